"""The health of a version: what each rule did with real answers, and which questions decide; added up in SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from assessment.models import Question, Questionnaire, Recommendation, Rule, SecondLook
from assessment.queries.authoring import PERSON, in_words

# How many recommendations of one version used an answer to each question; a question in none of them decided nothing.
USED = """
SELECT used.code, count(*)
FROM assessment_recommendation AS made
JOIN assessment_response AS sent ON sent.id = made.response_id
CROSS JOIN LATERAL jsonb_object_keys(made.answers_used) AS used(code)
WHERE sent.questionnaire_id = %s
GROUP BY used.code
"""


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


@dataclass(frozen=True)
class Real:
    """How real answers to a version fell, beside its certificate: by rule, and by where they led."""

    people: int
    by_name: Mapping[str, int]

    def part(self, count: int) -> str:
        """So many as a part of all real answers, as people say it; empty where nobody has answered."""
        return in_words(Fraction(count, self.people)) if self.people else ""

    def led_to(self, name: str) -> str:
        """The part that led to the programme of this name, or to a person."""
        return self.part(self.by_name.get(name, 0))


def real(lines: Sequence[Health]) -> Real:
    """The real answers of a version, from its rules' health."""
    by_name = Counter[str]()
    for line in lines:
        by_name[line.programme] += line.hits
    return Real(by_name.total(), by_name)


def health(version: Questionnaire) -> list[Health]:
    """Each rule of a version in its order, also those that never fired; last what no rule fitted, if there is any."""
    mine = Q(response__questionnaire=version)
    made = {row["rule"]: row for row in _made(mine)}
    looks = {row["recommendation__rule"]: row for row in _looks(version)}
    rules = Rule.objects.filter(questionnaire=version).select_related("programme").order_by("position")
    lines = [_health(rule, made.get(rule.pk, {}), looks.get(rule.pk, {})) for rule in rules]
    if None in made:
        lines.append(_health(None, made[None], looks.get(None, {})))
    return lines


def questions(version: Questionnaire) -> list[Used]:
    """Each question of a version, and how many recommendations rest on it."""
    with connection.cursor() as cursor:
        cursor.execute(USED, [version.pk])
        counts = dict(cursor.fetchall())
    asked = Question.objects.filter(questionnaire=version).order_by("position")
    return [Used(question.short, question.text, counts.get(question.code, 0)) for question in asked]


def idle(asked: Iterable[Used]) -> list[Used]:
    """The questions that no recommendation rests on."""
    return [question for question in asked if not question.count]


def _made(mine: Q) -> Iterable[Mapping[str, Any]]:
    rows = Recommendation.objects.filter(mine).order_by().values("rule")
    decided, otherwise = Count("placement"), Count("placement", Q(placement__is_agreed=False))
    return rows.annotate(hits=Count("id"), decided=decided, otherwise=otherwise)


def _looks(version: Questionnaire) -> Iterable[Mapping[str, Any]]:
    rows = SecondLook.objects.filter(recommendation__response__questionnaire=version).order_by()
    return rows.values("recommendation__rule").annotate(looks=Count("id"), changed=Count("id", Q(is_changed=True)))


def _health(rule: Rule | None, made: Mapping[str, Any], looks: Mapping[str, Any]) -> Health:
    return Health(
        position=rule.position if rule else None,
        programme=rule.programme.name if rule and rule.programme else PERSON,
        because=rule.because if rule else "No rule fits.",
        hits=made.get("hits", 0),
        decided=made.get("decided", 0),
        # Where a person decides, every decision is their own: none of them overrides anything.
        otherwise=made.get("otherwise", 0) if rule and rule.programme else 0,
        looks=looks.get("looks", 0),
        changed=looks.get("changed", 0),
    )
