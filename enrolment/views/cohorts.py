"""A cohort's own page: its seats, who has one, who waits and why not yet; giving seats, opening it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enrolment import rules
from enrolment.actions import cohorts as actions
from enrolment.actions.outcomes import run
from enrolment.forms.cohorts import key_of
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries import cohorts as queries
from people.access import everywhere_decides, hr_required
from people.clock import today
from people.queries import as_hr
from people.reach import acts_for_everybody
from people.retry import retried
from programmes.models import Cohort
from programmes.queries import Seats, seats_of
from programmes.views.cohorts import when
from programmes.views.pages import page_links

S = Enrolment.Status
DRAWN = 60  # seats that are drawn one by one; more become a bar
IN_ROW = 20
STEP, ROW = 16, 20  # from one drawn seat to the next, and from row to row


@hr_required
@require_safe
def cohort(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One cohort: its dates, seats, people and waiting list; after a change to it, what that came to."""
    found, on = visible(request, public_id), today()
    previous_url, next_url, people = page_links(request, as_hr(queries.seated(found), request.user))
    seats = seats_of([found])[found.pk]
    in_line = as_hr(queries.waiting_list([found.pk]), request.user)
    waiting = list(in_line.select_related(*queries.PERSON)[: queries.IN_LINE])
    key = key_of(request.GET.get("did", ""))
    status, label = when(found, on)
    can_decide = acts_for_everybody(request.user)
    has_started, has_ended = found.start_date <= on, found.planned_end_date < on
    context = {
        "cohort": found,
        "status": status,
        "status_label": label,
        "seats": seats,
        "picture": Picture.of(found, seats),
        "rows": people,
        "previous_url": previous_url,
        "next_url": next_url,
        "in_line": _in_line(found, waiting, on=on),
        "in_line_most": queries.IN_LINE,
        "has_started": has_started,
        "can_decide": can_decide,
        "hands_off": request.user.is_hr,  # type: ignore[union-attr]
        "can_move": can_decide and not has_ended,
        "can_close": can_decide and not has_ended and not found.closed_on,
        "can_reopen": can_decide and found.closed_on and not has_started,
        "can_give": can_decide and bool(seats.free and seats.waiting) and status == "open",
        "is_stranded": bool(seats.waiting) and has_started and not found.closed_on,
        "done": _came(queries.came_of(found, key, request.user)) if key else None,
        "everybody_url": f"{reverse('enrolment:enrolments')}?cohort={found.public_id}",
    }
    return render(request, "enrolment/cohort.html", context)


@everywhere_decides
@require_POST
def give_seats(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the free seats to who waits, now instead of within the minute."""
    found = visible(request, public_id)
    outcomes = run(actions.promote, [found], by=request.user, on=today())
    placed = [outcome.subject.employee.name for outcome in outcomes if outcome.is_done]
    if placed:
        who = f"{', '.join(placed[:5])}{f' and {len(placed) - 5} more' if len(placed) > 5 else ''}"
        messages.success(request, f"{who} {'has' if len(placed) == 1 else 'have'} a seat now and will hear of it.")
    else:
        messages.info(request, "Nobody on the waiting list can have a seat now: the list says why.")
    return redirect("enrolment:cohort", public_id)


@everywhere_decides
@require_POST
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open a closed cohort again."""
    found, by = visible(request, public_id), request.user
    try:
        retried(actions.reopen_cohort, found, by=by, on=today())  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"{found.name} is open again. Nobody comes back by themselves.")
    return redirect("enrolment:cohort", public_id)


def visible(request: HttpRequest, public_id: UUID) -> Cohort:
    """The cohort a page is about, if the reader may see it."""
    rows = Cohort.objects.visible_to(request.user).select_related("programme", "provider")
    return get_object_or_404(rows, public_id=public_id)


@dataclass(frozen=True)
class Picture:
    """The seats drawn: each by itself, ``marks`` (x, y, whether it is taken), or as a bar filled to ``percent``."""

    marks: tuple[tuple[int, int, bool], ...]
    width: int
    height: int
    percent: int

    @classmethod
    def of(cls, cohort: Cohort, seats: Seats) -> Picture:
        """The picture of a cohort's seats."""
        percent = round(100 * seats.taken / cohort.seats)
        if cohort.seats > DRAWN:
            return cls((), 0, 0, percent)
        marks = tuple(
            (STEP * (place % IN_ROW) + 1, ROW * (place // IN_ROW) + 1, place < seats.taken)
            for place in range(cohort.seats)
        )
        rows = -(-cohort.seats // IN_ROW)
        return cls(marks, STEP * min(cohort.seats, IN_ROW) + 2, ROW * rows, percent)


def _in_line(cohort: Cohort, waiting: list[Enrolment], *, on: Any) -> list[dict[str, Any]]:
    """The waiting list as its table shows it: place, person, and for who would be passed over why and the cure."""
    outlook = queries.Outlook(cohort, {record.employee_id for record in waiting}, on=on)
    shown = []
    position = queries.places(waiting)  # among all who wait, of whom not everybody is shown to everybody
    for record in waiting:
        if record.pk not in position:
            continue  # given a seat a moment ago
        place = outlook.in_line(record, position[record.pk])
        said, url, label = cure(place)
        shown.append({"place": place, "record": record, "cure": said, "cure_url": url, "cure_label": label})
    return shown


def cure(place: queries.InLine) -> tuple[str, str, str]:
    """What would help somebody who is passed over, in a sentence, and where that is done: address and label."""
    record, plan = place.record, reverse("enrolment:plan", args=[place.record.public_id])
    if place.refusal is None:
        return "", "", ""
    if place.fits:
        start = rules.say(place.fits.start_date)
        url = f"{plan}?{urlencode({'cohort': place.fits.public_id})}"
        return f"{place.fits.name} from {start} fits and has a seat.", url, "Give that seat"
    if place.to_close:
        url = reverse("enrolment:enrolment", args=[place.to_close.public_id])
        return f"Close {place.to_close.programme.name} first.", url, "Open it"
    if place.earliest:
        start = rules.say(place.earliest)
        url = f"{plan}?{urlencode({'start_date': place.earliest.isoformat()})}"
        return f"No other cohort fits; the earliest legal start is {start}.", url, "Give dates"
    url = reverse("enrolment:cancel", args=[record.public_id])
    return "No cohort to come fits.", url, "Cancel it"


def _came(events: list[EnrolmentEvent]) -> dict[str, Any]:
    """What a change came to, person by person and in sum."""
    rows = [{"record": event.subject, "name": event.subject.employee.name, "said": _said(event)} for event in events]
    sums = Counter(_words(event)[0] for event in events if event.move in WORDS)
    return {"rows": rows, "sums": [f"{count} {word}" for word, count in sums.items()]}


END_ALONE = ("with the new planned end", "Has the new planned end")
WORDS = {
    "redate": ("moved with it", "Moved with it"),
    "extend": END_ALONE,
    "shorten": END_ALONE,
    "change_cohort": ("in another cohort", "Seat"),
    "plan": ("in another cohort", "Seat"),
    "wait": ("on another waiting list", "Waiting list"),
    "queue": ("queued", "Queued, dates follow"),
    "cancel": ("cancelled", "Cancelled"),
}


def _words(event: EnrolmentEvent) -> tuple[str, str]:
    """What became of somebody, in the sum and in their row; whoever starts as before has not moved."""
    is_end_alone = event.move == "redate" and event.start_date == event.before  # type: ignore[attr-defined]
    return END_ALONE if is_end_alone else WORDS.get(event.move, ("", event.move))


def _said(event: EnrolmentEvent) -> str:
    said = _words(event)[1]
    if event.move in ("change_cohort", "plan", "wait") and event.cohort:
        return f"{said} from {rules.say(event.cohort.start_date)}: {event.cohort.name}"
    return said
