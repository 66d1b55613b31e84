"""What the calendar asks: to whom a day does something, and what could come next for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db.models import FETCH_PEERS, Exists, F, Func, OuterRef, Q, QuerySet, Value

from assessment.models import Recommendation
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.queries.nominations import chased
from enrolment.queries.reminders import untold
from enrolment.rules.nominations import cutoffs
from enrolment.rules.progression import fitting, path_of
from people.models import Employee
from people.queries import policy, rows_of
from programmes.models import Programme, Seat

S = Enrolment.Status
TO_COME = (S.PLANNED, S.QUEUED, S.WAITING)


def people_due(on: date, *, with_followers: bool = True) -> list[int]:
    """Row ids, in order, of the people to whom a day does something.

    A start, an overrun, a return that passed, a leaver with what they leave behind, a nomination that waited too long,
    an unwritten reminder; and, with followers, somebody queued who could get dates or cannot have those proposed.
    Whether they do is the planner's to say: those to whom it gives none would come back every hour, so only the night
    asks about all of them, and changes about theirs (`followers_due`).
    """
    parts: list[QuerySet[Any]] = [
        Enrolment.objects.due_to_start(on),
        Enrolment.objects.overran(on),
        Enrolment.objects.past_their_return(on),
        _before_leavers(on),
        of_leavers(on),
        chased(cutoffs(policy(), on)),
    ]
    if with_followers:
        parts.append(_to_plan(on))
    found = {pk for part in parts for pk in part.order_by().values_list("employee_id", flat=True)}
    leaving = Employee.objects.all().leaving(on).order_by().values_list("pk", flat=True)
    return sorted(found.union(leaving, (due.employee for due in untold(on))))


def followers_due(on: date, *, since: datetime) -> list[int]:
    """Row ids, in order, of people with somebody queued who could get dates and something that changed since a moment.

    Found by what changed, so its cost follows that and not how many are queued.
    """
    changed = EnrolmentEvent.objects.filter(at__gte=since).order_by().values("subject__employee_id")
    rows = _to_plan(on).filter(employee_id__in=changed)
    return sorted(set(rows.order_by().values_list("employee_id", flat=True)))


def of_leavers(on: date) -> QuerySet[Nomination]:
    """Nominations that wait for somebody although their person has left."""
    return Nomination.objects.unanswered().filter(employee__employed_until__lt=on)


def next_plans(
    enrolments: Iterable[Enrolment], records: Mapping[int, Iterable[Enrolment]] | None = None
) -> dict[int, Enrolment]:
    """By employee id, what is planned after the given enrolments: the earliest plan, else one that waits for dates.

    ``records``: what is in the way of each (by row id), where that is known.
    """
    people = {enrolment.employee_id for enrolment in enrolments}
    rows: Iterable[Enrolment]
    if records is None:
        rows = Enrolment.objects.filter(employee_id__in=rows_of(people), status__in=TO_COME).fetch_mode(FETCH_PEERS)
    else:
        rows = (row for person in people for row in records.get(person, ()) if row.status in TO_COME)
    found: dict[int, Enrolment] = {}
    for plan in sorted(rows, key=lambda plan: (plan.start_date or date.max, plan.pk)):
        found.setdefault(plan.employee_id, plan)
    return found


def next_ideas(enrolments: Iterable[Enrolment]) -> dict[int, Programme]:
    """By employee id, what fits after the given enrolment and was not had: by the latest answers, else by the path."""
    rows = list(enrolments)
    if not rows:
        return {}
    had: dict[int, set[int]] = {}
    taken = Enrolment.objects.filter(employee_id__in=rows_of({e.employee_id for e in rows})).exclude(status=S.CANCELLED)
    for employee, programme in taken.order_by().values_list("employee_id", "programme_id"):
        had.setdefault(employee, set()).add(programme)
    answers = Recommendation.objects.filter(is_latest=True, employee_id__in=rows_of({e.employee_id for e in rows}))
    recommended = dict(answers.order_by().values_list("employee_id", "programme_id"))
    programmes = {programme.pk: programme for programme in Programme.objects.all()}
    leads_to = {programme.pk: programme.leads_to_id for programme in programmes.values()}
    ideas: dict[int, Programme] = {}
    for row in rows:
        taken_already = had.get(row.employee_id, set()) | {row.programme_id}
        path = path_of(row.programme_id, leads_to)
        if idea := fitting(path, taken_already, recommended.get(row.employee_id)):
            ideas[row.employee_id] = programmes[idea]
    return ideas


def _before_leavers(on: date) -> QuerySet[Enrolment]:
    """What people who have left had before them."""
    return Enrolment.objects.filter(status__in=TO_COME, employee__employed_until__lt=on)


def _to_plan(on: date) -> QuerySet[Enrolment]:
    """Queued followers and displaced plans that could get dates, or have dates proposed that cannot be had any more.

    They could: the end of what they follow is known, or they wait for days of their own; nothing of the person is
    open-ended, and nothing waits for HR's yes. They cannot: the start has passed, something else of the person holds
    those days, what they follow has no dates, or their cohort has no seat to give or other days by now.
    """
    open_ended = Enrolment.objects.filter(
        Q(status=S.OVERDUE) | Q(status=S.PAUSED, return_on=None), employee=OuterRef("employee_id")
    )
    is_known = (
        Q(follows__status__in=[S.COMPLETED, S.WITHDRAWN, S.CANCELLED])
        | Q(follows__status__in=[S.PLANNED, S.ACTIVE], follows__planned_end_date__gte=on)
        | Q(follows__status=S.PAUSED, follows__return_on__gte=on)
    )
    could = (is_known | Q(is_displaced=True)) & Q(proposed_start_date=None) & ~Exists(open_ended)
    days = (OuterRef("proposed_start_date"), OuterRef("proposed_end_date"), Value("[]"))
    proposed = Func(*days, function="daterange", output_field=DateRangeField())
    held = Enrolment.objects.filter(employee=OuterRef("employee_id"), held__overlap=proposed)
    free = Seat.objects.filter(~Exists(Enrolment.objects.filter(seat=OuterRef("pk"))), cohort=OuterRef("cohort_id"))
    has_moved = ~Q(cohort__start_date=F("proposed_start_date"), cohort__planned_end_date=F("proposed_end_date"))
    has_none = Q(cohort__isnull=False) & (Q(cohort__closed_on__isnull=False) | ~Exists(free) | has_moved)
    has_no_dates = Q(follows__status__in=[S.QUEUED, S.WAITING], is_displaced=False)
    cannot = Q(proposed_start_date__lt=on) | Exists(held) | has_no_dates | has_none
    queued = Enrolment.objects.filter(Q(follows__isnull=False) | Q(is_displaced=True), status=S.QUEUED)
    return queued.filter(could | Q(proposed_start_date__isnull=False) & cannot)
