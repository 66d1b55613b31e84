"""How deciders and rules agree, by programme and department, among whom the reader reads as HR; added up in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from assessment.models import Placement, Questionnaire, Recommendation
from assessment.queries.health import share
from people.models import Department, User
from people.queries import as_hr
from programmes.models import Programme

MOST_DEPARTMENTS = 50
MOST_MOVES = 50


@dataclass(frozen=True)
class Line:
    """One programme or department: how many were decided on where a rule fitted, and how many of them otherwise."""

    name: str
    decided: int
    otherwise: int

    @property
    def share(self) -> str:
        """How many of a hundred were decided otherwise."""
        return share(self.otherwise, self.decided)


@dataclass(frozen=True)
class Moved:
    """How many the rules recommended for one programme and a person decided for another, or for none for now."""

    before: str
    after: str
    people: int


def _decided(user: User) -> QuerySet[Placement]:
    """Decisions on a recommendation for a programme: only they can differ from the rules."""
    return as_hr(Placement.objects.filter(recommendation__programme__isnull=False), user).order_by()


def by_programme(user: User) -> list[Line]:
    """One line for each programme that the rules recommended and somebody decided on, in the catalogue's order."""
    rows = {row["recommendation__programme"]: row for row in _counted(user, "recommendation__programme")}
    programmes = Programme.objects.filter(pk__in=rows).order_by("position").values_list("pk", "name")
    return [Line(name, rows[pk]["decided"], rows[pk]["otherwise"]) for pk, name in programmes]


def by_department(user: User) -> list[Line]:
    """One line for each department, most decided otherwise first; beyond the first 50 together.

    A person counts where they work now.
    """
    rows = list(_counted(user, "employee__department").order_by("-otherwise", "-decided", "employee__department"))
    shown, rest = rows[:MOST_DEPARTMENTS], rows[MOST_DEPARTMENTS:]
    ids = [row["employee__department"] for row in shown]
    names = dict(Department.objects.filter(pk__in=ids).values_list("pk", "name"))
    lines = [
        Line(names.get(row["employee__department"], "No department"), row["decided"], row["otherwise"]) for row in shown
    ]
    if rest:
        lines.append(together(f"{len(rest)} other departments", [Line("", r["decided"], r["otherwise"]) for r in rest]))
    return lines


def together(name: str, lines: Sequence[Line]) -> Line:
    """Several lines as one."""
    return Line(name, sum(line.decided for line in lines), sum(line.otherwise for line in lines))


def moved(user: User) -> list[Moved]:
    """From what the rules recommended to what was decided otherwise, most people first."""
    rows = _decided(user).filter(is_agreed=False).values_list("recommendation__programme__name", "programme__name")
    counted = rows.annotate(people=Count("id")).order_by("-people", "recommendation__programme", "programme")
    return [Moved(before, after or "None for now", people) for before, after, people in counted[:MOST_MOVES]]


def by_hand(user: User) -> tuple[int, int]:
    """How many recommendations no rule fitted, and how many of them somebody has decided on."""
    rows = as_hr(Recommendation.objects.filter(programme=None), user)
    found = rows.aggregate(all=Count("id"), decided=Count("placement"))
    return found["all"], found["decided"]


def versions() -> list[Questionnaire]:
    """The versions that people have answered or answer today, newest first."""
    shown = Questionnaire.objects.filter(published_on__isnull=False)
    return list(shown.order_by("-version"))


def _counted(user: User, *by: str) -> QuerySet[Any, dict[str, Any]]:
    return _decided(user).values(*by).annotate(decided=Count("id"), otherwise=Count("id", Q(is_agreed=False)))
