"""How deciders and rules agree: by programme, rule and department, and what never decides anything; added up in SQL.

Each speaks of the people whom its reader, ``user``, reads as HR.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from assessment.models import Placement, Question, Questionnaire, Recommendation, Rule, SecondLook
from people.models import Department, User
from people.queries import as_hr
from people.reach import departments_of, reads_everybody
from programmes.models import Programme

MOST_DEPARTMENTS = 50
MOST_MOVES = 50

# How many recommendations of one version used an answer to each question; a question in none of them decided nothing.
USED = """
SELECT used.code, count(*)
FROM assessment_recommendation AS made
JOIN assessment_response AS sent ON sent.id = made.response_id
CROSS JOIN LATERAL jsonb_object_keys(made.answers_used) AS used(code)
WHERE sent.questionnaire_id = %s AND (%s OR made.employee_id IN (
    SELECT id FROM people_employee WHERE department_id = ANY(%s)
))
GROUP BY used.code
"""


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


@dataclass(frozen=True)
class Health:
    """One rule of a version: recommendations it made, decisions on them, those otherwise, second looks at them."""

    position: int | None  # None: no rule fitted
    programme: str
    because: str
    hits: int
    decided: int
    otherwise: int
    looks: int
    changed: int

    @property
    def share(self) -> str:
        """How many of a hundred decisions on it were otherwise."""
        return share(self.otherwise, self.decided)


@dataclass(frozen=True)
class Used:
    """One question of a version, and how many recommendations rest on an answer to it."""

    short: str
    text: str
    count: int


def share(part: int, whole: int) -> str:
    """A share in whole per cent, a dash of nothing."""
    return f"{round(100 * part / whole)}%" if whole else "–"


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
    found = as_hr(Recommendation.objects.filter(programme=None), user).aggregate(all=Count("id"), decided=Count("placement"))
    return found["all"], found["decided"]


def versions() -> list[Questionnaire]:
    """The versions that people have answered or answer today, newest first."""
    shown = Questionnaire.objects.filter(status__in=["published", "retired"])
    return list(shown.order_by("-version"))


def health(version: Questionnaire, user: User) -> list[Health]:
    """Each rule of a version in its order, also those that never fired; last what no rule fitted, if there is any."""
    mine = Q(response__questionnaire=version)
    made = {row["rule"]: row for row in _made(mine, user)}
    looks = {row["recommendation__rule"]: row for row in _looks(version, user)}
    rules = Rule.objects.filter(questionnaire=version).select_related("programme").order_by("position")
    lines = [_health(rule, made.get(rule.pk, {}), looks.get(rule.pk, {})) for rule in rules]
    if None in made:
        lines.append(_health(None, made[None], looks.get(None, {})))
    return lines


def questions(version: Questionnaire, user: User) -> list[Used]:
    """Each question of a version, and how many recommendations rest on it."""
    with connection.cursor() as cursor:
        everywhere = reads_everybody(user)
        cursor.execute(USED, [version.pk, everywhere, [] if everywhere else sorted(departments_of(user))])
        counts = dict(cursor.fetchall())
    asked = Question.objects.filter(questionnaire=version).order_by("position")
    return [Used(question.short, question.text, counts.get(question.code, 0)) for question in asked]


def idle(asked: Iterable[Used]) -> list[Used]:
    """The questions that no recommendation rests on."""
    return [question for question in asked if not question.count]


def _counted(user: User, *by: str) -> QuerySet[Any, dict[str, Any]]:
    return _decided(user).values(*by).annotate(decided=Count("id"), otherwise=Count("id", Q(is_agreed=False)))


def _made(mine: Q, user: User) -> Iterable[Mapping[str, Any]]:
    rows = as_hr(Recommendation.objects.filter(mine), user).order_by().values("rule")
    decided, otherwise = Count("placement"), Count("placement", Q(placement__is_agreed=False))
    return rows.annotate(hits=Count("id"), decided=decided, otherwise=otherwise)


def _looks(version: Questionnaire, user: User) -> Iterable[Mapping[str, Any]]:
    rows = as_hr(SecondLook.objects.filter(recommendation__response__questionnaire=version), user).order_by()
    return rows.values("recommendation__rule").annotate(looks=Count("id"), changed=Count("id", Q(is_changed=True)))


def _health(rule: Rule | None, made: Mapping[str, Any], looks: Mapping[str, Any]) -> Health:
    return Health(
        position=rule.position if rule else None,
        programme=rule.programme.name if rule and rule.programme else "A person decides",
        because=rule.because if rule else "No rule fits.",
        hits=made.get("hits", 0),
        decided=made.get("decided", 0),
        # Where a person decides, every decision is their own: none of them overrides anything.
        otherwise=made.get("otherwise", 0) if rule and rule.programme else 0,
        looks=looks.get("looks", 0),
        changed=looks.get("changed", 0),
    )
