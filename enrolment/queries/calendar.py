"""What the calendar asks: to whom a day does something, whose programme ends, and what could come next for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import FETCH_PEERS, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from enrolment.models import Enrolment
from enrolment.rules import REMIND_BEFORE
from people.models import Notice
from people.queries import rows_of
from people.rules import REPEAT_AFTER
from programmes.models import Programme

S = Enrolment.Status


def people_due(on: date) -> list[int]:
    """Row ids, in order, of the people to whom a day does something: a start, an overrun, an unwritten reminder."""
    parts = (
        Enrolment.objects.due_to_start(on),
        Enrolment.objects.overran(on),
        to_remind(on),
    )
    return sorted({pk for part in parts for pk in part.order_by().values_list("employee_id", flat=True)})


def ending(on: date) -> QuerySet[Enrolment]:
    """Enrolments whose learner should hear what comes next: running ones that end within 28 days, and finished ones.

    Leavers are left alone, and so is an end more than a year ago.
    """
    return Enrolment.objects.filter(
        Q(status__in=[S.ACTIVE, S.OVERDUE], planned_end_date__lte=on + REMIND_BEFORE)
        | Q(status=S.COMPLETED, ended_on__gte=on - timedelta(days=365)),
        Q(employee__employed_until=None) | Q(employee__employed_until__gte=on),
    )


def next_plans(enrolments: Iterable[Enrolment]) -> dict[int, Enrolment]:
    """By employee id, what is planned after the given enrolments: the earliest plan, else one that waits for dates."""
    people = {enrolment.employee_id for enrolment in enrolments}
    plans = Enrolment.objects.filter(employee_id__in=rows_of(people), status__in=[S.PLANNED, S.QUEUED, S.WAITING])
    found: dict[int, Enrolment] = {}
    for plan in plans.fetch_mode(FETCH_PEERS).order_by(F("start_date").asc(nulls_last=True), "id"):
        found.setdefault(plan.employee_id, plan)
    return found


def next_ideas(enrolments: Iterable[Enrolment]) -> dict[int, Programme]:
    """By employee id, the programme that often follows the given enrolment and that the person has not had."""
    rows = list(enrolments)
    had: dict[int, set[int]] = {}
    taken = Enrolment.objects.filter(employee_id__in=rows_of({e.employee_id for e in rows})).exclude(status=S.CANCELLED)
    for employee, programme in taken.order_by().values_list("employee_id", "programme_id"):
        had.setdefault(employee, set()).add(programme)
    programmes = {programme.pk: programme for programme in Programme.objects.all()}
    ideas: dict[int, Programme] = {}
    for row in rows:
        idea = row.programme.leads_to_id
        while idea in had[row.employee_id]:
            idea = programmes[idea].leads_to_id
        if idea:
            ideas[row.employee_id] = programmes[idea]
    return ideas


def to_remind(on: date, *, has_unsent: bool = False) -> QuerySet[Enrolment]:
    """Ending enrolments whose learner has not been told of the end they have now, by the latest round (`tell`).

    Somebody without an address has been told as far as that goes, until they have one. ``has_unsent``: also those whose
    reminder is written and could still say something else.
    """
    told = Notice.objects.filter(kind="progression", employee=OuterRef("employee_id"), subject=OuterRef("public_id"))
    latest = told.order_by("-round")
    last = Coalesce("ended_on", "planned_end_date")
    rows = ending(on).annotate(
        last=last,
        told_on=Subquery(latest.values("about_on")[:1]),
        told_how=Subquery(latest.values("status")[:1]),
    )
    is_other_day = ~Q(told_on=F("last"))
    return rows.filter(
        Q(told_how=None)
        | Q(told_how=Notice.Status.SENT)
        & (Q(told_on__lt=F("last") - REPEAT_AFTER) | Q(told_on__gt=F("last") + REPEAT_AFTER))
        | Q(told_how=Notice.Status.DUE) & (Q() if has_unsent else is_other_day)
        | Q(told_how=Notice.Status.NO_ADDRESS) & (is_other_day | ~Q(employee__email=""))
        | Q(told_how=Notice.Status.WITHDRAWN)
    )
