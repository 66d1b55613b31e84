"""The proof of one recommendation: the answers it used, the rules that lost, the nearest other outcomes.

Everything is found over all combinations, exactly: nothing here is guessed, and a table of any size is one pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assessment.rules.table import Answers, Outcome, Rule, Table

NOBODY_FITS = "Your answers do not point to one programme, so a person looks at them and decides with you."


@dataclass(frozen=True)
class Lost:
    """A rule that did not decide: the answers that ruled it out, or none where it fits too and stands further down."""

    rule: Rule
    ruled_out_by: dict[str, str]


@dataclass(frozen=True)
class Change:
    """The fewest answers that, given instead, lead elsewhere: to this programme, or to a person's decision (None)."""

    programme: Outcome
    answers: dict[str, str]


@dataclass(frozen=True)
class Verdict:
    """What the table says of complete answers, with its proof.

    ``answers_used`` are as few as can be: whatever the others were, the outcome would be the same. ``nearest`` holds
    every other outcome with the smallest change that leads to it, fewest answers first.
    """

    rule: Rule | None
    answers_used: dict[str, str]
    lost: tuple[Lost, ...]
    nearest: tuple[Change, ...]

    @property
    def programme(self) -> Outcome:
        """The programme recommended, or None: a person decides."""
        return self.rule.programme if self.rule else None

    @property
    def because(self) -> str:
        """The sentence that decided it, addressed to the person."""
        return self.rule.because if self.rule else NOBODY_FITS

    @property
    def smallest_change(self) -> Change | None:
        """The fewest answers that would lead elsewhere; None in a table that knows no other outcome."""
        return self.nearest[0] if self.nearest else None

    @property
    def runner_up(self) -> Outcome:
        """The programme nearest to the one recommended."""
        return next((change.programme for change in self.nearest if change.programme), None)


def recommend(table: Table, answers: Answers) -> Verdict:
    """What the table says of these answers. They must be complete: raises ValueError naming the questions left open."""
    if missing := table.unanswered(answers):
        raise ValueError(f"No answer to {', '.join(missing)}")
    deciding = table.deciding(answers)
    return Verdict(
        rule=deciding,
        answers_used=used(table, answers, deciding),
        lost=tuple(Lost(rule, rule.ruled_out_by(answers)) for rule in table.rules if rule is not deciding),
        nearest=nearest(table, answers),
    )


def used(table: Table, answers: Answers, deciding: Rule | None) -> dict[str, str]:
    """A smallest set of answers that settles the outcome: leave any one of them open and it could be another.

    Answers that the deciding rule does not look at are left open first, so that what remains is what the reason names.
    """
    looked_at = deciding.conditions if deciding else {}
    codes = [question.code for question in table.questions]
    kept = dict.fromkeys(codes)
    outcome = deciding.programme if deciding else None
    for code in sorted(codes, key=lambda each: (each in looked_at, -codes.index(each))):
        fewer = {other: None for other in kept if other != code}
        if is_settled(table, {other: answers[other] for other in fewer}, outcome):
            kept = fewer
    return {code: answers[code] for code in codes if code in kept}


def is_settled(table: Table, fixed: Answers, outcome: Outcome) -> bool:
    """Whether every combination that has these answers leads to one outcome."""
    compiled = table.compiled
    states: Iterable[int] = {compiled.all}
    for at, (code, options) in enumerate(zip(compiled.questions, compiled.options, strict=True)):
        accepting = [accepted for option, accepted in options if fixed.get(code, option) == option]
        states = {compiled.narrowed(alive, at, accepted) for alive in states for accepted in accepting}
    return all(table.outcome(alive) == outcome for alive in states)


def nearest(table: Table, answers: Answers) -> tuple[Change, ...]:
    """For each outcome that these answers do not lead to, the smallest change that does; fewest answers first.

    Among equally small changes the one that leaves the earlier questions alone comes first: a person's role is harder
    to change than what they need.
    """
    here = table.deciding(answers)
    sought = table.outcomes - {here.programme if here else None}
    found: dict[Outcome, dict[str, str]] = {}
    for count in range(1, len(table.questions) + 1):
        if sought <= found.keys():
            break
        for outcome, change in _within(table, answers, count).items():
            if outcome in sought:
                found.setdefault(outcome, change)
    return tuple(
        Change(outcome, {q.code: change[q.code] for q in table.questions if q.code in change})
        for outcome, change in found.items()
    )


def _within(table: Table, answers: Answers, most: int) -> dict[Outcome, dict[str, str]]:
    """Every outcome that at most so many changed answers lead to, with the cheapest change; cheapest first."""
    compiled = table.compiled
    positions = {question.code: number for number, question in enumerate(table.questions)}
    heavy = 1 << len(positions)  # one answer more weighs more than any choice of which answers
    states: dict[tuple[int, int], tuple[int, dict[str, str]]] = {(compiled.all, 0): (0, {})}
    for at, (code, options) in enumerate(zip(compiled.questions, compiled.options, strict=True)):
        weight = heavy + (1 << (len(positions) - 1 - positions[code]))
        following: dict[tuple[int, int], tuple[int, dict[str, str]]] = {}
        for (alive, changed), (cost, change) in states.items():
            for option, accepted in options:
                is_kept = option == answers[code]
                if not is_kept and changed == most:
                    continue
                key = compiled.narrowed(alive, at, accepted), changed + (not is_kept)
                price = cost if is_kept else cost + weight
                if key not in following or price < following[key][0]:
                    following[key] = price, change if is_kept else {**change, code: option}
        states = following
    found: dict[Outcome, dict[str, str]] = {}
    for (alive, _), (_, change) in sorted(states.items(), key=lambda state: state[1][0]):
        found.setdefault(table.outcome(alive), change)
    return found
