"""Editing a draft: its questions, their options, its rules. Every edit says which revision its editor was shown.

An edit of another revision is refused with ``changed_meanwhile``; of a version that is not open, ``move_not_allowed``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from assessment.actions.versions import keep_edit, locked
from assessment.models import Option, Question, Questionnaire, Rule
from assessment.queries.authoring import OPTION_WORDS
from assessment.rules.document import RESERVED, reads_as
from people.models import User
from programmes.models import Programme

S = Questionnaire.Status
LEAST_OPTIONS = 2
UP, DOWN, TO = "up", "down", "to"


@dataclass(frozen=True)
class QuestionWords:
    """What a question says. A new one has no ``code``, gets its own, and brings its options as ``answers``."""

    text: str
    short: str
    hint: str = ""
    code: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class OptionWords:
    """What an option says; ``code`` is empty for a new one, which gets its own."""

    label: str
    hint: str = ""
    phrase: str = ""
    code: str = ""
    job_titles: str = ""


@dataclass(frozen=True)
class RuleWords:
    """What a rule says. ``row`` is the row that says it now, None for a new rule; no programme: a person decides."""

    conditions: Mapping[str, Collection[str]]
    programme: Programme | None
    because: str
    row: int | None = None


@transaction.atomic
def rename(version: Questionnaire, name: str, *, revision: int, by: User, on: date, reason: str = "") -> Questionnaire:
    """Give a draft another name, which is the heading that people read above it."""
    draft = _opened(version, revision=revision)
    draft.name = name
    draft.save(update_fields=["name"])
    return keep_edit(draft, f"The name is “{name}” now.", by=by, on=on, reason=reason)


@transaction.atomic
def save_question(
    version: Questionnaire, words: QuestionWords, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Change a question's words, or add it at the end: a new one comes with at least two answers (``too_few``).

    No two of them read the same (``said_twice``).
    """
    draft = _opened(version, revision=revision)
    questions = {row.code: row for row in draft.questions.all()}
    if row := questions.get(words.code):
        row.text, row.short, row.hint = words.text, words.short, words.hint
        row.save(update_fields=["text", "short", "hint"])
        return keep_edit(draft, f"“{row.short}”: the question was changed.", by=by, on=on, reason=reason)
    if len(words.answers) < LEAST_OPTIONS:
        raise ValidationError({"answers": ValidationError("Give at least two answers, one a line.", code="too_few")})
    if twice := [label for label, count in Counter(map(reads_as, words.answers)).items() if count > 1]:
        raise ValidationError({"answers": _said_twice(next(one for one in words.answers if reads_as(one) in twice))})
    row = Question.objects.create(
        questionnaire=draft,
        position=len(questions) + 1,
        code=words.code or _code(words.short, {*questions, *RESERVED}),
        text=words.text,
        short=words.short,
        hint=words.hint,
    )
    taken: dict[str, str] = {}
    for label in words.answers:
        taken[_code(label, taken)] = label
    Option.objects.bulk_create(
        Option(question=row, position=place, code=code, label=label)
        for place, (code, label) in enumerate(taken.items(), start=1)
    )
    return keep_edit(draft, f"“{row.short}”: a new question.", by=by, on=on, reason=reason)


@transaction.atomic
def save_option(
    version: Questionnaire,
    question: str,
    words: OptionWords,
    *,
    revision: int,
    by: User,
    on: date,
    reason: str = "",
) -> Questionnaire:
    """Change an answer's words, or add it at the end of its question's. ``question_gone`` where that was removed.

    Refused with ``said_twice`` where another answer reads the same.
    """
    draft = _opened(version, revision=revision)
    asked = _question(draft, question)
    options = {row.code: row for row in asked.options.all()}
    if any(reads_as(row.label) == reads_as(words.label) for row in options.values() if row.code != words.code):
        raise ValidationError({"label": _said_twice(words.label)})
    if row := options.get(words.code):
        for name in OPTION_WORDS:
            setattr(row, name, getattr(words, name))
        row.save(update_fields=OPTION_WORDS)
        return keep_edit(draft, f"“{asked.short}”: “{row.label}” was changed.", by=by, on=on, reason=reason)
    Option.objects.create(
        question=asked,
        position=len(options) + 1,
        code=words.code or _code(words.label, options),
        **{name: getattr(words, name) for name in OPTION_WORDS},
    )
    return keep_edit(draft, f"“{asked.short}”: also offers “{words.label}”.", by=by, on=on, reason=reason)


@transaction.atomic
def save_rule(
    version: Questionnaire, words: RuleWords, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Change a rule, or add it at the end; a rule that was removed meanwhile is added again.

    A question of which it accepts every answer, or none, does not matter to it. Raises ValidationError
    ``unknown_answer``.
    """
    draft = _opened(version, revision=revision)
    conditions = _conditions(draft, words.conditions)
    row = draft.rules.filter(pk=words.row).first() if words.row else None
    if row:
        row.conditions, row.programme, row.because = conditions, words.programme, words.because
        row.save(update_fields=["conditions", "programme", "because"])
        return keep_edit(draft, f"Rule {row.position} was changed.", by=by, on=on, reason=reason)
    position = draft.rules.count() + 1
    Rule.objects.create(
        questionnaire=draft,
        position=position,
        conditions=conditions,
        programme=words.programme,
        because=words.because,
    )
    return keep_edit(draft, f"Rule {position} is new.", by=by, on=on, reason=reason)


@transaction.atomic
def move_question(
    version: Questionnaire, code: str, where: str, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Move a question one place up or down."""
    draft = _opened(version, revision=revision)
    row = _question(draft, code)
    _shift(list(draft.questions.all()), row, where)
    return keep_edit(draft, f"“{row.short}” moved {where}.", by=by, on=on, reason=reason)


@transaction.atomic
def move_option(
    version: Questionnaire, question: str, code: str, where: str, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Move an answer one place up or down."""
    draft = _opened(version, revision=revision)
    asked = _question(draft, question)
    row = _option(asked, code)
    _shift(list(asked.options.all()), row, where)
    return keep_edit(draft, f"“{asked.short}”: “{row.label}” moved {where}.", by=by, on=on, reason=reason)


@transaction.atomic
def place_rule(
    version: Questionnaire, position: int, to: int, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Put a rule where another stands, which goes on from there; past the end of the table is its end."""
    draft = _opened(version, revision=revision)
    row = _rule(draft, position)
    rows = [one for one in draft.rules.all() if one.pk != row.pk]
    to = min(max(to, 1), len(rows) + 1)
    _renumber([*rows[: to - 1], row, *rows[to - 1 :]])
    return keep_edit(draft, f"Rule {position} was put in place {to}.", by=by, on=on, reason=reason)


@transaction.atomic
def remove_question(
    version: Questionnaire, code: str, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Remove a question that no rule asks about (else ``rules_ask``), and that is not the last (``too_few``)."""
    draft = _opened(version, revision=revision)
    row = _question(draft, code)
    if asking := [rule.position for rule in draft.rules.all() if code in rule.conditions]:
        raise ValidationError(f"{_named(asking)} about “{row.short}”. Change that first.", code="rules_ask")
    if draft.questions.count() == 1:
        raise ValidationError("A questionnaire asks at least one question.", code="too_few")
    row.delete()
    _renumber(list(draft.questions.all()))
    return keep_edit(draft, f"“{row.short}”: the question was removed.", by=by, on=on, reason=reason)


@transaction.atomic
def remove_option(
    version: Questionnaire, question: str, code: str, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Remove an answer, also from the rules that accept it among others.

    Refused with ``rules_ask`` where a rule accepts nothing else of its question, ``too_few`` where fewer than two
    answers would stay.
    """
    draft = _opened(version, revision=revision)
    asked = _question(draft, question)
    row = _option(asked, code)
    if asked.options.count() == LEAST_OPTIONS:
        raise ValidationError("A question needs at least two answers.", code="too_few")
    accepting = [rule for rule in draft.rules.all() if code in rule.conditions.get(question, ())]
    if alone := [rule.position for rule in accepting if len(rule.conditions[question]) == 1]:
        raise ValidationError(f"{_named(alone)} only for “{row.label}”. Change that first.", code="rules_ask")
    for rule in accepting:
        rule.conditions[question] = [option for option in rule.conditions[question] if option != code]
    Rule.objects.bulk_update(accepting, ["conditions"])
    row.delete()
    _renumber(list(asked.options.all()))
    return keep_edit(draft, f"“{asked.short}”: no longer offers “{row.label}”.", by=by, on=on, reason=reason)


@transaction.atomic
def remove_rule(
    version: Questionnaire, position: int, *, revision: int, by: User, on: date, reason: str = ""
) -> Questionnaire:
    """Remove a rule; those below it move up."""
    draft = _opened(version, revision=revision)
    row = _rule(draft, position)
    row.delete()
    _renumber(list(draft.rules.all()))
    what = f"Rule {position} ({row.programme or 'a person decides'}) was removed."
    return keep_edit(draft, what, by=by, on=on, reason=reason)


def _opened(version: Questionnaire, *, revision: int) -> Questionnaire:
    """The version, locked, as a draft: the database lets nobody change a part of anything else."""
    draft = locked(version, "edit", revision=revision)
    if draft.status != S.DRAFT:
        Questionnaire.objects.filter(pk=draft.pk).update(status=S.DRAFT)
    return draft


def _question(draft: Questionnaire, code: str) -> Question:
    if row := draft.questions.filter(code=code).first():
        return row
    raise ValidationError("This question is no longer there.", code="question_gone")


def _option(question: Question, code: str) -> Option:
    if row := question.options.filter(code=code).first():
        return row
    raise ValidationError("This answer is no longer there.", code="option_gone")


def _rule(draft: Questionnaire, position: int) -> Rule:
    if row := draft.rules.select_related("programme").filter(position=position).first():
        return row
    raise ValidationError("This rule is no longer there.", code="rule_gone")


def _conditions(draft: Questionnaire, wanted: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """What a rule asks for, in the order of the questions and of their options, without what does not matter."""
    found: dict[str, list[str]] = {}
    offered = {row.code: [o.code for o in row.options.all()] for row in draft.questions.prefetch_related("options")}
    for code, options in wanted.items():
        if not set(options) <= set(offered.get(code, ())):
            raise ValidationError("This rule asks for an answer that is no longer there.", code="unknown_answer")
    for code, options in offered.items():
        accepted = [option for option in options if option in wanted.get(code, ())]
        if accepted and len(accepted) < len(options):
            found[code] = accepted
    return found


def _shift(rows: Sequence[Any], row: Question | Option, where: str) -> None:
    """Change places with the row above or below; at the end of the line nothing moves."""
    at = next(place for place, one in enumerate(rows) if one.pk == row.pk)
    to = at - 1 if where == UP else at + 1
    if 0 <= to < len(rows):
        ordered = list(rows)
        ordered[at], ordered[to] = ordered[to], ordered[at]
        _renumber(ordered)


def _renumber(rows: Sequence[Any]) -> None:
    """Number rows of one kind in the order given, in one statement: positions are judged at its end."""
    for position, row in enumerate(rows, start=1):
        row.position = position
    if rows:
        type(rows[0]).objects.bulk_update(rows, ["position"])


def _code(words: str, taken: Collection[str]) -> str:
    """A code made of words, small letters and “_”, that none of these has."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:34].strip("_") or "x"
    stem = stem if stem[0].isalpha() else f"a_{stem}"
    number, code = 1, stem
    while code in taken:
        number += 1
        code = f"{stem}_{number}"
    return code


def _said_twice(label: str) -> ValidationError:
    return ValidationError(f"Another answer reads “{label}” too. People could not tell them apart.", code="said_twice")


def _named(positions: Sequence[int]) -> str:
    """Rule 3 asks; Rules 3 and 4 ask."""
    if len(positions) == 1:
        return f"Rule {positions[0]} asks"
    return f"Rules {', '.join(map(str, positions[:-1]))} and {positions[-1]} ask"
