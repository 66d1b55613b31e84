"""The decision table: questions with options, ordered rules; first match wins, else a person decides (domain.md §5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

type Answers = Mapping[str, str]  # question code → option code
type Outcome = str | None  # a programme's code; None: a person decides

NOBODY_FITS = "Your answers do not point to one programme, so a person looks at them and decides with you."


@dataclass(frozen=True)
class Question:
    """One question and the codes of its options, in the order people see them."""

    code: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """*If* each question named here has one of these answers *then* this programme, *because*.

    Without a programme it says on purpose that a person decides.
    """

    position: int
    conditions: Mapping[str, frozenset[str]]
    programme: Outcome
    because: str

    def ruled_out_by(self, answers: Answers) -> dict[str, str]:
        """The answers that this rule does not accept; empty when it applies."""
        return {code: answers[code] for code, accepted in self.conditions.items() if answers[code] not in accepted}

    def applies(self, answers: Answers) -> bool:
        """Whether every condition is met."""
        return all(answers[code] in accepted for code, accepted in self.conditions.items())


@dataclass(frozen=True)
class Compiled:
    """A table as numbers, one bit a rule, the first rule the lowest: what every exact question about it is asked of.

    ``options`` are, question by question in the order that keeps the diagram narrow, the option codes with the rules
    that accept each; ``settled`` the rules that look at no question after that one.
    """

    questions: tuple[str, ...]
    options: tuple[tuple[tuple[str, int], ...], ...]
    settled: tuple[int, ...]
    all: int

    def narrowed(self, alive: int, at: int, accepted: int) -> int:
        """The rules still in play once question ``at`` is answered: those behind one that is sure are out of it."""
        alive &= accepted
        if sure := alive & self.settled[at]:
            alive &= ((sure & -sure) << 1) - 1
        return alive


@dataclass(frozen=True)
class Table:
    """The questions and the rules, each in order. A table that contradicts its own questions raises ValueError."""

    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        """Refuse a rule about a question or an option that does not exist, and one that could never apply."""
        offered = {question.code: set(question.options) for question in self.questions}
        for rule in self.rules:
            for code, accepted in rule.conditions.items():
                if not accepted or not accepted <= offered.get(code, set()):
                    raise ValueError(f"Rule {rule.position} asks “{code}” for more than it offers: {sorted(accepted)}")

    def unanswered(self, answers: Answers) -> tuple[str, ...]:
        """The questions without an answer that they offer, in order."""
        return tuple(q.code for q in self.questions if answers.get(q.code) not in q.options)

    def deciding(self, answers: Answers) -> Rule | None:
        """The first rule that applies to complete answers, or None: a person decides.

        Each answer keeps the rules that accept it, all at once as the bits of one number; the lowest left is the first.
        """
        alive = self.compiled.all
        for code, accepting, indifferent in self._asked:
            alive &= accepting.get(answers[code], indifferent)
        return self.rules[(alive & -alive).bit_length() - 1] if alive else None

    def outcomes_of(self, answers: Answers) -> frozenset[Outcome]:
        """Every outcome that answers lead to, whatever is said to the questions that they leave open.

        One: these answers decide, and what is open does not matter.
        """
        states = {self.compiled.all}
        for code, accepting, indifferent in self._asked:
            given = answers.get(code)
            ways = {accepting[given]} if given in accepting else set(accepting.values())
            states = {alive & (way | indifferent) for alive in states for way in ways}
        return frozenset(map(self.outcome, states))

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every complete set of answers."""
        codes = [question.code for question in self.questions]
        for options in product(*(question.options for question in self.questions)):
            yield dict(zip(codes, options, strict=True))

    def count(self) -> int:
        """How many complete sets of answers there are."""
        total = 1
        for question in self.questions:
            total *= len(question.options)
        return total

    def outcome(self, deciding: int) -> Outcome:
        """Where the rules left at the end lead: the first of them decides, none means a person."""
        return self.rules[(deciding & -deciding).bit_length() - 1].programme if deciding else None

    @cached_property
    def compiled(self) -> Compiled:
        """The table as numbers. Questions that most rules look at come first, so that few rules stay in play."""
        asked = {q.code: sum(q.code in rule.conditions for rule in self.rules) for q in self.questions}
        ordered = sorted(self.questions, key=lambda question: -asked[question.code])
        last = [max((at for at, q in enumerate(ordered) if q.code in r.conditions), default=-1) for r in self.rules]
        return Compiled(
            questions=tuple(question.code for question in ordered),
            options=tuple(
                tuple((option, self._accepting(question.code, option)) for option in question.options)
                for question in ordered
            ),
            settled=tuple(sum(1 << n for n, end in enumerate(last) if end <= at) for at in range(len(ordered))),
            all=(1 << len(self.rules)) - 1,
        )

    @cached_property
    def _asked(self) -> tuple[tuple[str, dict[str, int], int], ...]:
        """The questions that rules look at: which rules accept each option, and which do not look at the question."""
        compiled = self.compiled
        looked_at = {code for rule in self.rules for code in rule.conditions}
        return tuple(
            (code, dict(options), sum(1 << n for n, rule in enumerate(self.rules) if code not in rule.conditions))
            for code, options in zip(compiled.questions, compiled.options, strict=True)
            if code in looked_at
        )

    @cached_property
    def outcomes(self) -> frozenset[Outcome]:
        """Every outcome that some combination of answers leads to."""
        compiled = self.compiled
        states = {compiled.all}
        for at, options in enumerate(compiled.options):
            states = {compiled.narrowed(alive, at, accepted) for alive in states for _, accepted in options}
        return frozenset(map(self.outcome, states))

    def _accepting(self, code: str, option: str) -> int:
        rules = enumerate(self.rules)
        return sum(1 << n for n, rule in rules if code not in rule.conditions or option in rule.conditions[code])
