"""What completed programmes changed at work: by programme, by department, the latest sentences, who may tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from enrolment.models import Enrolment, Impact
from people.models import Department, Employee, User
from people.queries import as_hr, may_speak_for
from people.reach import reads_everybody
from programmes.models import Programme

S = Enrolment.Status
MOST_DEPARTMENTS = 50
MOST_SENTENCES = 10


@dataclass(frozen=True)
class Line:
    """One programme or department: how many completed, how many of them told, and what they saved together."""

    name: str
    completed: int
    told: int
    hours_a_month: int
    pounds_a_year: int


@dataclass(frozen=True)
class Bar:
    """One bar of a picture: its name, its number in words, its length in hundredths of the longest."""

    name: str
    value: str
    length: str


def may_tell(enrolment: Enrolment, user: User) -> bool:
    """Whether somebody may tell what an enrolment changed: the learner, their manager, or HR."""
    return bool(may_speak_for(user, [enrolment.employee_id]))


def told_of(enrolment: Enrolment) -> Impact | None:
    """What was told of an enrolment, and by whom."""
    return Impact.objects.filter(enrolment=enrolment).select_related("told_by__employee").first()


def completed_by(employee: Employee) -> QuerySet[Enrolment]:
    """What somebody has completed, latest first, each with what was told of it."""
    rows = Enrolment.objects.filter(employee=employee, status=S.COMPLETED)
    return rows.select_related("programme", "impact").order_by("-ended_on", "-id")


def by_programme(user: User) -> list[Line]:
    """One line for each programme that anybody whom ``user`` reads as HR completed, in the catalogue's order."""
    found = {row["programme_id"]: row for row in _totals(user, "programme_id")}
    programmes = Programme.objects.filter(pk__in=found).order_by("position").values_list("pk", "name")
    return [_line(name, found[pk]) for pk, name in programmes]


def by_department(user: User) -> list[Line]:
    """One line for each department that completed anything, most hours saved first; beyond the first 50 together.

    A person counts where they work now.
    """
    rows = list(_totals(user, "employee__department_id").order_by(Coalesce("hours", 0).desc(), "-told", "-completed"))
    shown, rest = rows[:MOST_DEPARTMENTS], rows[MOST_DEPARTMENTS:]
    ids = [row["employee__department_id"] for row in shown]
    names = dict(Department.objects.filter(pk__in=ids).values_list("pk", "name"))
    lines = [_line(names.get(row["employee__department_id"], "No department"), row) for row in shown]
    if rest:
        lines.append(together(f"{len(rest)} other departments", [_line("", row) for row in rest]))
    return lines


def together(name: str, lines: Sequence[Line]) -> Line:
    """Several lines as one."""
    return Line(
        name,
        sum(line.completed for line in lines),
        sum(line.told for line in lines),
        sum(line.hours_a_month for line in lines),
        sum(line.pounds_a_year for line in lines),
    )


def sentences(user: User) -> list[Impact]:
    """The latest that was told in words, with whose it is."""
    said = Impact.objects.filter(enrolment__status=S.COMPLETED).exclude(what_changed="").order_by("-told_on", "-id")
    if not reads_everybody(user):
        said = said.filter(enrolment__employee__in=Employee.objects.read_as_hr_by(user))
    people = ("enrolment__employee__department", "enrolment__programme", "told_by__employee")
    return list(said.select_related(*people)[:MOST_SENTENCES])


def bars(lines: Sequence[Line], fact: str, words: str) -> list[Bar]:
    """Lines as a picture of one fact, ``words`` its unit with a place for the number; nothing where all is nought."""
    values = [getattr(line, fact) for line in lines]
    longest = max(values, default=0)
    if not longest:
        return []
    return [
        Bar(line.name, words.format(f"{value:,}"), f"{100 * value / longest:.1f}%")
        for line, value in zip(lines, values, strict=True)
    ]


def _totals(user: User, *by: str) -> QuerySet[Any, dict[str, Any]]:
    told = Count("id", Q(impact__isnull=False))
    saved = {"hours": Sum("impact__hours_a_month"), "pounds": Sum("impact__pounds_a_year")}
    rows = as_hr(Enrolment.objects.filter(status=S.COMPLETED), user).order_by().values(*by)
    return rows.annotate(completed=Count("id"), told=told, **saved)


def _line(name: str, row: dict[str, Any]) -> Line:
    return Line(name, row["completed"], row["told"], row["hours"] or 0, row["pounds"] or 0)
