"""The queue that HR decides on: recommendations in words, many at once, and those with the same outcome together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from assessment.models import Questionnaire, Recommendation
from people.models import User
from people.queries import handled
from programmes.models import Programme

MOST = 50  # people that are decided on with one yes: as many as a page of the queue shows
TOLD = ("employee__department", "programme", "rule", "runner_up", "response")


@dataclass(frozen=True)
class Told:
    """One recommendation in words: all answers, and the smallest change of answers that leads elsewhere."""

    made: Recommendation
    answers: tuple[tuple[str, str], ...]
    elsewhere: str  # the programme that the smallest change leads to, or that a person decides; empty: nothing does
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Alike:
    """Recommendations with the same outcome: the same programme by the same rule."""

    programme: Programme | None
    position: int | None
    rows: list[Told]


def undecided_named(ids: Iterable[UUID], user: User) -> list[Recommendation]:
    """Of these the ones that wait for a decision and that are the reader's to decide, oldest first; at most fifty."""
    rows: QuerySet[Recommendation] = Recommendation.objects.undecided().filter(public_id__in=list(ids)[:MOST])
    return list(handled(rows, user).select_related(*TOLD).order_by("made_on", "id"))


def told(rows: Iterable[Recommendation]) -> list[Told]:
    """Recommendations in words, as many queries for fifty as for one; each has its response."""
    made = list(rows)
    asked = {row.response.questionnaire_id for row in made}
    questionnaires = Questionnaire.objects.filter(pk__in=asked).prefetch_related("questions__options")
    words = {one.pk: _words(one) for one in questionnaires}
    names = dict(Programme.objects.values_list("code", "name"))
    return [_told(row, words[row.response.questionnaire_id], names) for row in made]


def alike(rows: Iterable[Told]) -> list[Alike]:
    """By outcome: the same programme by the same rule of the same version."""
    groups: dict[tuple[int | None, int | None], Alike] = {}
    for row in rows:
        made = row.made
        position = made.rule.position if made.rule else None
        key = (made.programme_id, made.rule_id)
        groups.setdefault(key, Alike(made.programme, position, [])).rows.append(row)
    return list(groups.values())


type Words = Mapping[str, tuple[str, Mapping[str, str]]]


def _words(questionnaire: Questionnaire) -> Words:
    """By a question's code its short text, and by an option's code its label; in the order of the questions."""
    return {
        question.code: (question.short, {option.code: option.label for option in question.options.all()})
        for question in questionnaire.questions.all()
    }


def _told(made: Recommendation, words: Words, names: Mapping[str, str]) -> Told:
    change = made.smallest_change
    elsewhere = (names.get(change["programme"] or "") or "a person decides") if change else ""
    return Told(
        made, _pairs(words, made.response.answers), elsewhere, _pairs(words, change["answers"] if change else {})
    )


def _pairs(words: Words, answers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (short, labels[answers[code]]) for code, (short, labels) in words.items() if answers.get(code) in labels
    )
