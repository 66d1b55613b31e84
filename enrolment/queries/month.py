"""A manager's month: who of the team is away on learning, on which days, and how many on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from enrolment import rules
from enrolment.models import Enrolment
from people.models import Employee, User
from people.month import days_of, next_month
from people.reach import has_long_line


@dataclass(frozen=True)
class Stay:
    """The days of one enrolment: ``last`` is None while no end is known."""

    first: date
    last: date | None
    status: str
    label: str
    enrolment: Enrolment


@dataclass(frozen=True)
class Away:
    """One person who is away on some day of the month, with what they are on."""

    employee: Employee
    label: str
    stays: tuple[Stay, ...]


def away(user: User, month: date) -> QuerySet[Employee]:
    """Those of somebody's reports who are on a programme on some day of a month."""
    span = DateRange(month.replace(day=1), next_month(month))
    on_it = Enrolment.objects.filter(employee=OuterRef("pk"), held__overlap=span)
    return Employee.objects.managed_by(user).filter(Exists(on_it)).select_related("department")


def stays(people: Sequence[Employee], month: date) -> list[Away]:
    """What these people are on in a month, earliest first; one query for fifty as for one."""
    span = DateRange(month.replace(day=1), next_month(month))
    rows = Enrolment.objects.filter(employee__in=people, held__overlap=span).select_related("programme")
    found: dict[int, list[Stay]] = defaultdict(list)
    for row in rows.order_by("start_date", "id"):
        if days := rules.held(row):
            label = row.get_status_display()
            found[row.employee_id].append(Stay(days.first, days.last, row.status, label, row))
    return [Away(person, person.name, tuple(found[person.pk])) for person in people]


def counts(user: User, month: date) -> list[tuple[date, int]]:
    """For each day of a month how many of the whole team are on a programme; one query, none for a very long line."""
    if has_long_line(user):
        return []
    days = days_of(month)
    each = {f"day_{day.day}": Count("employee", distinct=True, filter=Q(held__contains=day)) for day in days}
    span = DateRange(days[0], next_month(month))
    rows = Enrolment.objects.filter(employee__in=Employee.objects.managed_by(user), held__overlap=span).aggregate(
        **each
    )
    return [(day, rows[f"day_{day.day}"]) for day in days]
