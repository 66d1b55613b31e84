"""What happened last night: each run of the calendar, what it did to whom and why, and how the promise stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrolment.models import EnrolmentEvent, Run
from enrolment.queries import night as queries
from enrolment.queries.keyset import page
from enrolment.queries.runs import Delay, Promise, mail_delay, number_found, promise
from enrolment.views.paging import page_links
from people.access import everywhere
from people.clock import now, today

SHOWN_FINDINGS = 20
DID = {  # of one, and of more
    "start": ("started", "started"),
    "mark_overdue": ("ran past the planned end", "ran past the planned end"),
    "queue": ("lost its dates", "lost their dates"),
    "forget_return": ("did not return as stated", "did not return as stated"),
    "plan": ("given dates", "given dates"),
    "shift": ("moved", "moved"),
    "propose": ("proposed to HR", "proposed to HR"),
    "unpropose": ("proposal withdrawn", "proposals withdrawn"),
    "promote": ("given a seat", "given a seat"),
    "cancel": ("called off for a leaver", "called off for leavers"),
    "expire": ("nomination expired", "nominations expired"),
    "leave": ("person left", "people left"),
    "remind_hr": ("nomination HR was reminded of", "nominations HR was reminded of"),
    "escalate": ("nomination escalated", "nominations escalated"),
    "warn_of_expiry": ("nomination about to expire", "nominations about to expire"),
    "remind": ("reminded", "reminded"),
    "not_done": ("could not be done", "could not be done"),
}
MOVED = {
    "start": ("Started", "The start date came."),
    "mark_overdue": ("Ran past the planned end", "The planned end passed, and nobody had closed it."),
    "queue": ("Lost its dates", "Another programme is in the way."),
    "forget_return": ("Return no longer known", "The stated return passed, and nobody confirmed it."),
    "plan": ("Dates given", "The end of what it follows is known."),
    "shift": ("Moved", "What it follows moved."),
    "propose": ("Dates proposed", "It would move further than a plan may without being asked about."),
    "unpropose": ("Proposal withdrawn", "The proposed dates cannot be had any more."),
    "promote": ("Seat given", "A seat became free."),
    "cancel": ("Called off", "The person has left."),
}


@everywhere
@require_safe
def night(request: HttpRequest) -> HttpResponse:
    """The runs, fifty moves of one day at a time (``?day=2026-05-04``, else that of the latest run), the proofs."""
    day = _day(request.GET.get("day", ""))
    runs = queries.runs(day or today())
    day = day or (runs[0].on if runs else today())
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    shown = page(queries.moves_of(day), "on", descending=True, **cursor)
    beside, proofs = queries.days_beside(day), queries.proofs()
    kept = {"day": day.isoformat()}
    context = {
        "promise": how_it_stands(),
        "day": day,
        "runs": [_run(run, day) for run in runs],
        "moves": [_moved(event) for event in shown.rows],
        **page_links(shown, kept, anchor="#moves"),
        "days": [(words, _at(other), other) for words, other in zip(("Before", "After"), beside, strict=True) if other],
        "proofs": [(proof, number_found(proof)) for proof in proofs],
        "findings": proofs[0].findings[:SHOWN_FINDINGS] if proofs else [],
        "more": max(0, number_found(proofs[0]) - SHOWN_FINDINGS) if proofs else 0,
    }
    return render(request, "enrolment/night.html", context)


def how_it_stands() -> Promise:
    """How the promise stands; only an installation that is always on is missed a whole proof."""
    return promise(now=now(), is_expected=not settings.LOOPBACK)


def mail_is_late() -> Delay | None:
    """Whether mail is late, and why, for HR's pages."""
    return mail_delay(now=now(), hours=settings.MAIL_HOURS)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _at(day: date) -> str:
    return f"?{urlencode({'day': day.isoformat()})}#moves"


def _run(run: Run, day: date) -> dict[str, Any]:
    """One line: when, how long, how many people, what it did in words, and whether it was cut short."""
    is_over, is_whole = run.finished_at is not None, run.done >= run.people
    return {
        "run": run,
        "kind": run.get_kind_display().capitalize(),
        "took": _length(run.finished_at - run.started_at) if run.finished_at else "under way",
        "did": [f"{times} {DID[move][times > 1]}" for move in DID if (times := run.counts.get(move))],
        "is_cut_short": is_over and not is_whole,
        "is_shown": run.on == day,
        "url": _at(run.on),
    }


def _moved(event: EnrolmentEvent) -> dict[str, Any]:
    words, why = MOVED[event.move]
    return {"event": event, "enrolment": event.subject, "words": words, "why": event.reason or why}


def _length(time: timedelta) -> str:
    seconds = time.total_seconds()
    if seconds < 10:
        return f"{max(seconds, 0.1):.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
