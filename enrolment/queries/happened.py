"""Everything that happened to a person and was said to them: many kinds of record as one list, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from assessment.models import Placement, Recommendation, SecondLook
from enrolment.models import EnrolmentEvent, Nomination, NominationEvent, NotNow, StatementEvent
from enrolment.queries.messages import KEPT_FOR_ME
from people.models import Employee, Notice

MOST = 20
# What a learner reads of their own nominations; what was declined is said to them in words of its own, afterwards.
NOMINATION_STEPS = (
    "ask",
    "turn_down",
    "take_back",
    "nominate",
    "give_word",
    "remind",
    "escalate",
    "warn",
    "approve",
    "retract",
    "expire",
)


@dataclass(frozen=True)
class Happening:
    """One thing that happened on a ``day``: ``kind`` names its source, ``row`` is its record."""

    kind: str
    day: date
    row: Any


@dataclass(frozen=True)
class Happenings:
    """One page of them, newest first, and where the older ones begin (empty: there are none)."""

    shown: list[Happening]
    after: str


@dataclass(frozen=True)
class _Source:
    """Records of one kind, and the column that says on which day each happened."""

    kind: str
    column: str
    rows: QuerySet[Any]


def happened(employee: Employee, *, on: date, after: str = "") -> Happenings:
    """What happened to a learner up to a day, twenty at a time, as they may read it; one query a kind.

    ``after`` is what an earlier page gave as such; anything else begins at the newest.
    """
    sources = _sources(employee, on)
    place = _read(after)
    found: list[tuple[int, int, int, Happening]] = []
    for rank, source in enumerate(sources):
        rows = source.rows.order_by(f"-{source.column}", "-id")
        if place:
            rows = rows.filter(_older(source.column, rank, place))
        for row in rows[: MOST + 1]:
            day = getattr(row, source.column)
            found.append((-day.toordinal(), rank, -row.pk, Happening(source.kind, day, row)))
    found.sort(key=lambda entry: entry[:3])
    shown = found[:MOST]
    last = shown[-1] if len(found) > MOST else None
    return Happenings(
        [happening for *_, happening in shown],
        after=f"{last[3].day.isoformat()}.{last[1]}.{last[3].row.pk}" if last else "",
    )


def _sources(employee: Employee, on: date) -> list[_Source]:
    """The kinds in the order in which those of one day are shown: what was said stands above what it speaks of."""
    notices = Notice.objects.filter(employee=employee, due_on__lte=on, status__in=KEPT_FOR_ME)
    looks = SecondLook.objects.filter(employee=employee).select_related(
        "employee", "asked_by__employee", "closed_by__employee"
    )
    nominations = NominationEvent.objects.filter(subject__employee=employee, move__in=NOMINATION_STEPS)
    enrolments = EnrolmentEvent.objects.filter(subject__employee=employee, on__lte=on)
    return [
        _Source("notice", "due_on", notices),
        _Source("second_look_closed", "closed_on", looks.filter(closed_on__isnull=False)),
        _Source("second_look_asked", "asked_on", looks),
        _Source("statement", "on", _statements(employee)),
        _Source("not_now", "said_on", NotNow.objects.filter(employee=employee).select_related("programme")),
        _Source("nomination", "on", nominations.select_related("subject__programme", "by__employee")),
        _Source("enrolment", "on", enrolments.select_related("subject__programme", "by__employee", "cohort")),
        _Source("placement", "decided_on", _placements(employee)),
        _Source("recommendation", "made_on", _recommendations(employee)),
    ]


def _statements(employee: Employee) -> QuerySet[StatementEvent]:
    rows = StatementEvent.objects.filter(subject__enrolment__employee=employee)
    return rows.select_related("subject__enrolment__programme", "by__employee")


def _placements(employee: Employee) -> QuerySet[Placement]:
    """The decisions; why somebody was nominated was written to HR, so it is marked and stays there."""
    nominated = Nomination.objects.filter(enrolment__placement=OuterRef("pk"))
    rows = Placement.objects.filter(employee=employee).annotate(is_nominated=Exists(nominated))
    return rows.select_related("programme", "decided_by__employee", "recommendation")


def _recommendations(employee: Employee) -> QuerySet[Recommendation]:
    return Recommendation.objects.filter(employee=employee).select_related("programme", "response")


def _older(column: str, rank: int, place: tuple[date, int, int]) -> Q:
    """What of one kind comes after a place in the list of all kinds."""
    day, at, row = place
    earlier = Q(**{f"{column}__lt": day})
    same = Q(**{column: day})
    if rank == at:
        return earlier | same & Q(id__lt=row)
    return earlier | same if rank > at else earlier


def _read(text: str) -> tuple[date, int, int] | None:
    day, _, rest = text.partition(".")
    rank, _, row = rest.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in (rank, row)):
        return None
    try:
        return date.fromisoformat(day), int(rank), int(row)
    except ValueError:
        return None
