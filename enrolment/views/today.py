"""HR's first page: what needs a decision today."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enrolment.models import Enrolment
from enrolment.queries import desk
from enrolment.queries import today as queries
from enrolment.queries.endings import told
from enrolment.queries.messages import number_to_tell
from enrolment.queries.night import SINCE, night
from enrolment.views.endings import sentence, way_to_close
from enrolment.views.enrolment import proposal_key
from enrolment.views.night import how_it_stands, mail_is_late
from people.access import hr_required
from people.clock import today as day
from people.reach import acts_for_everybody, reads_everybody

NEEDED = (
    "undecided",
    "nominations",
    "second_looks",
    "complaints",
    "disputes",
    "placed",
    "to_close",
    "proposed",
    "without_dates",
    "to_confirm",
)


@hr_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Every heap with its count and its first few; ``?all=`` shows nearly all of one that has no list of its own."""
    on, user = day(), request.user
    assert user.is_authenticated
    whole = request.GET.get("all", "")
    whole = whole if whole in ("placed", "to_confirm", "disputes") else ""
    is_everywhere = reads_everybody(user)
    heaps = queries.heaps(user, on=on, whole=whole)
    to_tell = number_to_tell(user, on)
    context = {
        **heaps,
        "decides": user.is_hr,
        "has_people": queries.has_people(user),
        "on_desk": (on_desk := desk.total(desk.counts(user, on=on), but=queries.DESK_HERE)),
        "needs_nothing": not any(heaps[name].rows for name in NEEDED) and not on_desk and not to_tell,
        "proposals": [(row, proposal_key(row)) for row in heaps["proposed"].rows],
        "closing": _closing(heaps["to_close"].rows),
        "whole": whole,
        "soon": (soon := on + queries.SOON),
        "lately": (lately := on - queries.SOON),
        # What the night did, the proof and the mail are about everybody.
        "night": _night(on) if is_everywhere else [],
        "promise": how_it_stands() if is_everywhere else None,
        "mail_delay": mail_is_late() if is_everywhere else None,
        "is_everywhere": is_everywhere,
        "may_load": acts_for_everybody(user),
        "to_tell": to_tell,
        "starting_url": _list(status="planned", starts_from=on, starts_to=soon, sort="start"),
        "ended_url": _list(ends_from=lately, ends_to=on, sort="-end"),
    }
    return render(request, "enrolment/today.html", context)


def _closing(rows: list[Enrolment]) -> list[dict[str, Any]]:
    """What is past its end, each with what HR was told of it and the move that does it; one query for all."""
    said = told(rows)
    found = [(row, said.get(row.pk)) for row in rows]
    return [
        {"row": row, "told": word, "sentence": sentence(word), "way": way_to_close(word, row)}
        if word
        else {"row": row, "told": None}
        for row, word in found
    ]


def _night(on: date) -> list[tuple[str, str]]:
    """What the calendar did since yesterday, in words, each with its list; what did not happen is left out."""
    lists = {
        "start": ("started", _list(status="active", starts_from=on - SINCE, starts_to=on)),
        "mark_overdue": ("ran past the planned end", _list(status="overdue", sort="-end")),
        "queue": ("lost their dates to an overrun", _list(status="queued")),
        "remind": ("reminded", reverse("enrolment:messages")),
    }
    counts = night(on)
    return [(f"{count} {words}", url) for move, (words, url) in lists.items() if (count := counts.get(move))]


def _list(**narrowed: Any) -> str:
    return f"{reverse('enrolment:enrolments')}?{urlencode(narrowed)}"
