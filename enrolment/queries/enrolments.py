"""What pages ask about enrolments: the list, one person's records, cohorts with seats, what a wish would come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.rules import Refusal
from people.models import Employee
from programmes.models import Cohort, Programme, ProgrammeVersion
from programmes.rules import version_on

S = Enrolment.Status
MOST_COHORTS = 200
RELATED = (
    "employee",
    "employee__department",
    "programme",
    "cohort",
    "cohort__provider",
    "version",
    "follows",
    "follows__programme",
)
LIST_COLUMNS = (
    "id",
    "public_id",
    "reference",
    "status",
    "start_date",
    "planned_end_date",
    "ended_on",
    "programme_id",
    "employee__given_names",
    "employee__family_name",
    "employee__job_title",
)


def listed(rows: QuerySet[Enrolment]) -> QuerySet[Any, Any]:
    """Enrolments as the list shows them: named tuples of just those columns, one query for all joins."""
    return rows.values_list(*LIST_COLUMNS, named=True)


def history_of(person: int, *, on: date) -> list[Enrolment]:
    """Everything a person (row id) was, is and will be on, earliest first, as it stands on a day."""
    rows = Enrolment.objects.filter(employee_id=person).select_related(*RELATED)
    return as_of(list(rows.order_by("start_date", "id")), on=on)


def as_of(enrolments: Sequence[Enrolment], *, on: date) -> list[Enrolment]:
    """One person's records as the calendar leaves them on a day, in memory: what pages show before the nightly run."""
    day = rules.day_for(enrolments, on)
    for enrolment in day.started:
        enrolment.status = S.ACTIVE
    for enrolment in day.overdue:
        enrolment.status = S.OVERDUE
    for enrolment, blocker in day.queued:
        enrolment.status, enrolment.follows = S.QUEUED, blocker
        enrolment.start_date = enrolment.planned_end_date = enrolment.cohort = enrolment.version = None
    return list(enrolments)


def events_of(enrolment: Enrolment) -> QuerySet[EnrolmentEvent]:
    """What happened to an enrolment, earliest first, with who did it."""
    return enrolment.events.select_related("by", "by__employee", "cohort").order_by("at", "id")


def coming_cohorts(on: date, programme: Programme | None = None) -> QuerySet[Cohort]:
    """Cohorts (of a programme) that start on or after a day, with ``taken``, the seats that are gone."""
    taken = Count("enrolments", filter=Q(enrolments__status__in=Enrolment.SEATED))
    coming = Cohort.objects.filter(start_date__gte=on).select_related("programme", "provider")
    if programme:
        coming = coming.filter(programme=programme)
    return coming.annotate(taken=taken).order_by("programme__position", "start_date", "name")[:MOST_COHORTS]


def by_key(key: UUID | None) -> Enrolment | None:
    """What the first submit with this one-time key made, if there was one."""
    return Enrolment.objects.filter(request_key=key).first() if key else None


@dataclass(frozen=True)
class Weighed:
    """What enrolling would come to today: the days, the version, what is worth saying, or why not."""

    start_date: date
    planned_end_date: date
    version: ProgrammeVersion | None
    refusal: Refusal | None
    warnings: tuple[str, ...]
    fitting_cohorts: tuple[Cohort, ...] = ()  # where the days clash: cohorts of the same programme that are clear


def weigh(
    employee: Employee,
    programme: Programme,
    start: date,
    end: date,
    *,
    on: date,
    cohort: Cohort | None = None,
    cohorts: Iterable[Cohort] = (),
    instead_of: Enrolment | None = None,
) -> Weighed:
    """Judge a wish as the action will, without writing. ``instead_of`` is the queued enrolment that gets the dates.

    ``cohorts`` (with ``taken``) are looked through for others that would do when the days clash.
    """
    others = [e for e in history_of(employee.pk, on=on) if instead_of is None or e.pk != instead_of.pk]
    versions = list(ProgrammeVersion.objects.filter(programme=programme).order_by("first_start"))

    def judged(first: date, last: date) -> Refusal | None:
        trial = Enrolment(employee=employee, programme=programme, start_date=first, planned_end_date=last)
        return rules.judge(trial, others, versions, on=on)

    refusal = _seat_refusal(programme, cohort) or judged(start, end)
    fitting = [
        other
        for other in cohorts
        if refusal and refusal.code in {"clash", "no_seat"} and other.programme_id == programme.pk and other != cohort
        if free_seats(other) > 0 and judged(other.start_date, other.planned_end_date) is None
    ]
    trial = Enrolment(employee=employee, programme=programme, planned_end_date=end)
    warnings = (*rules.warnings(trial, others), *_nominated_elsewhere(employee, programme))
    return Weighed(start, end, version_on(versions, start), refusal, warnings, tuple(fitting[:3]))


def free_seats(cohort: Cohort) -> int:
    """How many seats are left in a cohort that came with ``taken``."""
    return max(0, cohort.seats - getattr(cohort, "taken", 0))


def _seat_refusal(programme: Programme, cohort: Cohort | None) -> Refusal | None:
    if cohort is None or free_seats(cohort):
        return None
    return Refusal("no_seat", f"{cohort.name} is full: no seat is free.")


def _nominated_elsewhere(employee: Employee, programme: Programme) -> tuple[str, ...]:
    """A nomination holds nothing, and warns (domain.md §2)."""
    waiting = Nomination.objects.filter(employee=employee, status=Nomination.Status.SUBMITTED)
    return tuple(
        f"A nomination for {nomination.programme.name} is still waiting for HR."
        for nomination in waiting.exclude(programme=programme).select_related("programme").order_by("id")
    )
