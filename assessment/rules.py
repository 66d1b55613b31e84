"""The decision table: which programme answers lead to, and the proof. First match wins, else a person decides.

Pure functions over codes; words and rows are somebody else's. The answers are finite, so everything claimed here (the
smallest change, the runner-up) is found by looking at all nearer answers, not guessed (domain.md §5).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

type Answers = Mapping[str, str]  # question code → option code

NOBODY_FITS = "Your answers do not point to one programme, so a person looks at them and decides with you."


@dataclass(frozen=True)
class Question:
    """One question and the codes of its options, in the order people see them."""

    code: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """*If* each question named here has one of these answers *then* this programme, *because*."""

    position: int
    conditions: Mapping[str, frozenset[str]]
    programme: str
    because: str

    def ruled_out_by(self, answers: Answers) -> dict[str, str]:
        """The answers that this rule does not accept; empty when it applies."""
        return {code: answers[code] for code, accepted in self.conditions.items() if answers[code] not in accepted}

    def applies(self, answers: Answers) -> bool:
        """Whether every condition is met."""
        return all(answers[code] in accepted for code, accepted in self.conditions.items())


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
        """The first rule that applies to complete answers, or None: a person decides."""
        return next((rule for rule in self.rules if rule.applies(answers)), None)

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every complete set of answers."""
        codes = [question.code for question in self.questions]
        for options in product(*(question.options for question in self.questions)):
            yield dict(zip(codes, options, strict=True))


@dataclass(frozen=True)
class Lost:
    """A rule that did not decide: the answers that ruled it out, or none where it fits too and stands further down."""

    rule: Rule
    ruled_out_by: dict[str, str]


@dataclass(frozen=True)
class Change:
    """The fewest answers that, given instead, lead to this programme."""

    programme: str
    answers: dict[str, str]


@dataclass(frozen=True)
class Verdict:
    """What the table says of complete answers, with its proof.

    ``nearest`` holds every other programme with the smallest change that leads to it, fewest answers first.
    """

    rule: Rule | None
    answers_used: dict[str, str]
    lost: tuple[Lost, ...]
    nearest: tuple[Change, ...]

    @property
    def programme(self) -> str | None:
        """The programme recommended, or None: a person decides."""
        return self.rule.programme if self.rule else None

    @property
    def because(self) -> str:
        """The sentence that decided it, addressed to the person."""
        return self.rule.because if self.rule else NOBODY_FITS

    @property
    def smallest_change(self) -> Change | None:
        """The fewest answers that would lead to another programme; None in a table that knows no other."""
        return self.nearest[0] if self.nearest else None

    @property
    def runner_up(self) -> str | None:
        """The programme that the smallest change leads to."""
        return self.nearest[0].programme if self.nearest else None


def recommend(table: Table, answers: Answers) -> Verdict:
    """What the table says of these answers. They must be complete: raises ValueError naming the questions left open."""
    if missing := table.unanswered(answers):
        raise ValueError(f"No answer to {', '.join(missing)}")
    deciding = table.deciding(answers)
    return Verdict(
        rule=deciding,
        answers_used={code: answers[code] for code in deciding.conditions} if deciding else dict(answers),
        lost=tuple(Lost(rule, rule.ruled_out_by(answers)) for rule in table.rules if rule is not deciding),
        nearest=nearest(table, answers),
    )


def nearest(table: Table, answers: Answers) -> tuple[Change, ...]:
    """For each programme that these answers do not lead to, the smallest change that does; fewest answers first.

    Among equally small changes the one that leaves the earlier questions alone comes first: a person's role is harder
    to change than what they need.
    """
    here = table.deciding(answers)
    sought = {rule.programme for rule in table.rules} - ({here.programme} if here else set())
    found: dict[str, Change] = {}
    for count in range(1, len(table.questions) + 1):
        for change in _changes(table, answers, count):
            rule = table.deciding({**answers, **change})
            if rule and rule.programme in sought:
                found.setdefault(rule.programme, Change(rule.programme, change))
        if len(found) == len(sought):
            break
    return tuple(found.values())


def _changes(table: Table, answers: Answers, count: int) -> Iterator[dict[str, str]]:
    """Every way to answer exactly ``count`` questions differently, the last questions first."""
    for questions in combinations(reversed(table.questions), count):
        others = ([option for option in q.options if option != answers[q.code]] for q in questions)
        for options in product(*others):
            yield {q.code: option for q, option in zip(reversed(questions), reversed(options), strict=True)}
