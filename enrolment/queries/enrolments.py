"""What pages ask about enrolments: the list, one person's records, cohorts with seats, what a wish would come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.queries.facts import gathered
from enrolment.rules import Refusal
from people.models import Employee, User
from programmes.models import Cohort, Programme, ProgrammeVersion
from programmes.rules import version_on

S = Enrolment.Status
MOST_COHORTS = 50  # of one programme, in one list of choices
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
    """Everything a person (row id) was, is and will be on, earliest first, as it stands on a day.

    What has no dates comes last, each behind what it follows.
    """
    rows = Enrolment.objects.filter(employee_id=person).select_related(*RELATED)
    records = as_of(list(rows.order_by("start_date", "id")), on=on)
    undated = {record.pk: record.follows_id for record in records if record.start_date is None}
    return sorted(records, key=lambda record: _steps_behind(record.pk, undated))


def _steps_behind(record: int, undated: Mapping[int, int | None]) -> int:
    """How many without dates a record (row id) stands behind, itself counted: none where it has dates itself."""
    ahead: int | None = record
    for steps in range(len(undated) + 1):  # and no further, should they follow each other in a ring
        if ahead is None or ahead not in undated:
            return steps
        ahead = undated[ahead]
    return len(undated)


def as_of(enrolments: Sequence[Enrolment], *, on: date) -> list[Enrolment]:
    """One person's records as the calendar leaves them on a day, in memory: what pages show before the nightly run."""
    day = rules.day_for(enrolments, on)
    for enrolment in day.forgotten:
        enrolment.return_on = None
    for enrolment in day.started:
        enrolment.status = S.ACTIVE
    for enrolment in day.overdue:
        enrolment.status = S.OVERDUE
    for enrolment, blocker in day.queued:
        rules.lose_days(enrolment, blocker, enrolments)
        enrolment.status = S.QUEUED
    return list(enrolments)


@dataclass(frozen=True)
class Now:
    """Where a person stands, in one ``sentence`` for whoever decides; ``to_close`` is past its end."""

    sentence: str
    to_close: Enrolment | None = None


def now_of(history: Iterable[Enrolment], *, on: date) -> Now:
    """What holds a person (their `history_of` the day) from a day on, and from when they are free."""
    holds = [(days, e) for e in history if (days := rules.held(e)) and (days.last is None or days.last >= on)]
    free, chain, later = on, [], []
    for days, record in sorted(holds, key=lambda hold: hold[0].first):
        name = record.programme.name
        if days.last is None and record.status == S.OVERDUE and record.planned_end_date:
            ran = f"{name} ran past its planned end, {rules.say(record.planned_end_date)}"
            return Now(f"Now: {ran}; close it first.", record)
        if days.last is None:
            return Now(f"Now: {name}, {record.get_status_display()}, {rules.between(days)}.")
        if days.first <= free:
            chain.append(f"{name} until {rules.say(days.last)}")
            free = days.last + timedelta(days=1)
        else:
            later.append(f"{name} {rules.between(days)}")
    stands = f"{', then '.join(chain)}; free from {rules.say(free)}" if chain else "free"
    return Now(f"Now: {stands}{'; planned: ' if later else ''}{', '.join(later)}.")


def live_on(history: Iterable[Enrolment], programme: Programme) -> Enrolment | None:
    """What of a person's `history_of` is planned, queued or running on a programme."""
    same = (e for e in history if e.programme_id == programme.pk and e.status in Enrolment.LIVE)
    return next(same, None)


def first_start(
    employee: Employee, programme: Programme, history: Sequence[Enrolment], length: timedelta, *, on: date
) -> date | None:
    """The earliest legal start from a day on, for planned ends that far behind it."""
    versions = list(ProgrammeVersion.objects.filter(programme=programme).order_by("first_start"))
    return rules.earliest_legal_start(
        employee, programme, versions, history, not_before=on, ends=lambda day: day + length, on=on
    )


def bar(record: Enrolment, *, label: str = "", detail: str = "", url: str = "") -> dict[str, Any]:
    """A record as its bar on a time-line: the days it holds, a cancelled one the days it would have held.

    What was never attended held nothing, so it is listed without days and not drawn. ``label`` is the programme's name
    unless another is given.
    """
    days = rules.held(record)
    start, end = (days.first, days.last) if days else (None, None)
    if record.status == S.CANCELLED:
        start, end = record.start_date, record.planned_end_date
    return {
        "label": label or record.programme.name,
        "detail": detail or ("never attended" if record.status == S.WITHDRAWN and days is None else ""),
        "start": start,
        "end": end,
        "status": record.status,
        "status_label": record.get_status_display(),
        "url": url,
    }


def chain_of(enrolment: Enrolment | None) -> set[int]:
    """The row ids of what an enrolment follows, and of what those follow, however far."""
    found: set[int] = set()
    ahead = enrolment.follows_id if enrolment else None
    while ahead and ahead not in found:
        found.add(ahead)
        ahead = Enrolment.objects.filter(pk=ahead).values_list("follows_id", flat=True).first()
    return found


def events_of(enrolment: Enrolment) -> QuerySet[EnrolmentEvent]:
    """What happened to an enrolment, earliest first, with who did it."""
    return enrolment.events.select_related("by", "by__employee", "cohort").order_by("id")


def coming_cohorts(on: date, programme: Programme | None = None) -> QuerySet[Cohort]:
    """The next open cohorts of each programme (or of one) from a day on, with ``taken``, the seats that are gone."""
    taken = Count("enrolments", filter=Q(enrolments__status__in=Enrolment.SEATED))
    coming = Cohort.objects.open().filter(start_date__gte=on)
    if programme:
        coming = coming.filter(programme=programme)
    place = Window(RowNumber(), partition_by="programme", order_by=("start_date", "name", "id"))
    next_ones = coming.order_by().annotate(place=place).filter(place__lte=MOST_COHORTS)
    rows = Cohort.objects.filter(pk__in=next_ones.values("pk")).select_related("programme", "provider")
    return rows.annotate(taken=taken).order_by("programme__position", "start_date", "name")


def by_key(person: Employee, key: UUID | None) -> Enrolment | None:
    """What the first submit of a person's form with this one-time key made, if there was one."""
    return Enrolment.objects.filter(employee=person, request_key=key).first() if key else None


@dataclass(frozen=True)
class Weighed:
    """What enrolling would come to today: the days, the version, what is worth saying, or why not."""

    start_date: date
    planned_end_date: date
    version: ProgrammeVersion | None
    refusal: Refusal | None
    warnings: tuple[str, ...]
    is_to_wait: bool = False  # the cohort is full: it joins the waiting list
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
    may_wait: bool = False,
    reader: User | None = None,
) -> Weighed:
    """Judge a wish as the action will, without writing. ``instead_of`` is the queued enrolment that gets the dates.

    ``may_wait``: a full cohort has a waiting list.

    ``cohorts`` (with ``taken``) are looked through for others that would do when the days clash.
    """
    others = [e for e in history_of(employee.pk, on=on) if instead_of is None or e.pk != instead_of.pk]
    facts = gathered((), on=on, people=[employee], reader=reader)
    versions = facts.versions.get(programme.pk, ())

    def judged(first: date, last: date) -> Refusal | None:
        trial = Enrolment(employee=employee, programme=programme, start_date=first, planned_end_date=last)
        return rules.judge(trial, others, versions, on=on)

    refusal = (None if may_wait else _seat_refusal(programme, cohort)) or judged(start, end)
    fitting = [
        other
        for other in cohorts
        if refusal and refusal.code in {"clash", "no_seat"} and other.programme_id == programme.pk and other != cohort
        if free_seats(other) > 0 and judged(other.start_date, other.planned_end_date) is None
    ]
    trial = Enrolment(employee=employee, programme=programme, status=S.PLANNED, start_date=start, planned_end_date=end)
    crowd = facts.load_warnings(trial, on=on)
    warnings = (*rules.warnings(trial, others), *crowd, *_nominated_elsewhere(employee, programme))
    is_to_wait = may_wait and cohort is not None and not free_seats(cohort)
    return Weighed(start, end, version_on(versions, start), refusal, warnings, is_to_wait, tuple(fitting[:3]))


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
