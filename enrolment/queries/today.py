"""What needs a decision today: each heap's first few, and how many there are up to a hundred."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from assessment.models import Placement, Recommendation
from enrolment.models import Enrolment, Nomination
from enrolment.queries.confirmations import to_confirm
from enrolment.queries.holding import for_hr
from enrolment.queries.reviews import open_complaints, open_looks
from enrolment.queries.statements import open_disputes
from people.models import Employee, User
from people.queries import as_hr, handled

S = Enrolment.Status
FEW = 5
MANY = 200
COUNT_TO = 99
SOON = timedelta(days=14)
PERSON = ("employee", "employee__department", "programme")


@dataclass(frozen=True)
class Heap:
    """One thing that waits: ``rows`` to show, ``count`` as people read it (“99+”), ``has_more`` than are shown."""

    rows: list[Any]
    count: int | str
    has_more: bool


def undecided(on: date) -> QuerySet[Recommendation]:
    """Recommendations of people who work here that wait for a decision, oldest first."""
    rows = Recommendation.objects.waiting().filter(_works(on))
    return rows.select_related(*PERSON).order_by("made_on", "id")


def _works(on: date) -> Q:
    return Q(employee__employed_until=None) | Q(employee__employed_until__gte=on)


def in_turn(on: date) -> tuple[QuerySet[Recommendation], QuerySet[Recommendation]]:
    """The same in the order in which HR decides: first those that no rule fits, then the others; each oldest first.

    Two walks along the index, where one order of both would sort everything that waits.
    """
    return undecided(on).filter(programme=None), undecided(on).filter(programme__isnull=False)


def next_undecided(user: User, on: date) -> Recommendation | None:
    """Whom somebody in HR decides about next, never themself; or None."""
    others = (handled(rows, user).exclude(employee__user=user) for rows in in_turn(on))
    return next((row for rows in others if (row := rows.first())), None)


def waiting_nominations(on: date) -> QuerySet[Nomination]:
    """What waits for HR, oldest first: nominations, and what learners ask for where no manager answers."""
    waiting = for_hr(Nomination.objects.unanswered(), on)
    return waiting.select_related(*PERSON, "nominated_by", "nominated_by__employee").order_by("nominated_on", "id")


def dates_to_follow(on: date) -> QuerySet[Placement]:
    """Current placements, of people who work here, that no enrolment has followed yet, oldest decision first.

    An enrolment follows a placement when it names it, when it is live on the same programme, or was made since. A
    cancelled one does not: its person still has a place and no dates. The database says so of each placement, so that
    those few are found among all that were ever made (docs/decisions/0014).
    """
    placed = Placement.objects.filter(_works(on), awaits_dates=True)
    return placed.select_related(*PERSON).order_by("decided_on", "id")


def to_close(on: date) -> QuerySet[Enrolment]:
    """Enrolments past their planned end that nobody has closed, longest overdue first."""
    running = Q(status=S.OVERDUE) | Q(status=S.ACTIVE, planned_end_date__lt=on)
    return Enrolment.objects.filter(running).select_related(*PERSON).order_by("planned_end_date", "id")


def without_dates() -> QuerySet[Enrolment]:
    """Queued enrolments, which need dates and have none proposed, those that wait longest first."""
    queued = Enrolment.objects.filter(start_date=None, status=S.QUEUED, proposed_start_date=None)
    return queued.select_related(*PERSON, "follows", "follows__programme").order_by("id")


def proposed() -> QuerySet[Enrolment]:
    """Queued enrolments with proposed dates that wait for HR's yes, soonest first."""
    offered = Enrolment.objects.filter(status=S.QUEUED, proposed_start_date__isnull=False)
    return offered.select_related(*PERSON, "follows", "follows__programme").order_by("proposed_start_date", "id")


def starting(on: date) -> QuerySet[Enrolment]:
    """Planned enrolments that start within a fortnight, soonest first."""
    planned = Enrolment.objects.filter(status=S.PLANNED, start_date__gte=on, start_date__lte=on + SOON)
    return planned.select_related(*PERSON, "cohort").order_by("start_date", "id")


def ended(on: date) -> QuerySet[Enrolment]:
    """Enrolments that ended in the last fortnight, latest first."""
    closed = Enrolment.objects.filter(ended_on__gte=on - SOON, ended_on__lte=on)
    return closed.select_related(*PERSON).order_by("-ended_on", "-id")


DESK_HERE = ("overdue", "queued", "nomination")  # on the clash desk, and on Today as heaps of their own
OF_OTHERS = ("undecided", "nominations", "placed")  # decisions, which nobody makes about themself
# Where a heap's people are, if not at `employee`.
PEOPLE = {"complaints": "made_by__employee", "disputes": "enrolment__employee"}
HEAPS: dict[str, Callable[[date], Any]] = {
    "undecided": in_turn,
    "nominations": waiting_nominations,
    "second_looks": lambda on: open_looks(),
    "complaints": lambda on: open_complaints(),
    "disputes": lambda on: open_disputes(),
    "placed": dates_to_follow,
    "to_close": to_close,
    "proposed": lambda on: proposed(),
    "without_dates": lambda on: without_dates(),
    "to_confirm": lambda on: to_confirm(on).select_related(*PERSON, "cohort"),
    "starting": starting,
    "ended": ended,
}


def heaps(user: User, *, on: date, whole: str = "") -> dict[str, Heap]:
    """Everything that Today shows somebody, two queries a heap, one more for each further part of it.

    ``whole`` names the one to show nearly all of. What HR decides about themself waits for a colleague, not for them.
    """
    return {
        name: heap(
            [_for(user, name, as_hr(part, user, PEOPLE.get(name, "employee"))) for part in parts_of(rows(on))],
            MANY if name == whole else FEW,
        )
        for name, rows in HEAPS.items()
    }


def parts_of(rows: QuerySet[Any] | tuple[QuerySet[Any], ...]) -> tuple[QuerySet[Any], ...]:
    """A heap as the parts that follow one another in it."""
    return rows if isinstance(rows, tuple) else (rows,)


def _for(user: User, name: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.exclude(employee__user=user) if name in OF_OTHERS and user.is_hr else rows


def next_in(name: str, user: User | AnonymousUser, *, on: date, but: int) -> Enrolment | None:
    """The enrolment that somebody in HR deals with next in one heap of enrolments, other than the one just done."""
    rows: QuerySet[Enrolment] = HEAPS[name](on).exclude(pk=but)
    return handled(rows, user).first()


def has_people(user: User) -> bool:
    """Whether anybody has been loaded yet."""
    return Employee.objects.visible_to(user).exists()


def heap(parts: Sequence[QuerySet[Any]], most: int) -> Heap:
    """The first of these rows, at most so many, and how many there are; ``parts`` follow one another."""
    # One walk a part finds what to show and counts it, to a hundred or to one more than is shown, however long it is.
    found: list[int] = []
    for rows in parts:
        found += rows.values_list("pk", flat=True)[: max(most, COUNT_TO) + 1 - len(found)]
    shown = {row.pk: row for rows in parts for row in rows.filter(pk__in=found[:most])} if found else {}
    count = f"{COUNT_TO}+" if len(found) > COUNT_TO else len(found)
    return Heap([shown[pk] for pk in found[:most] if pk in shown], count, has_more=len(found) > most)
