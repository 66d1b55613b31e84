"""The certificate: what a table does over all combinations of answers, exactly, without going through them.

One pass over the questions keeps which rules can still match; equal sets are merged and their combinations added up, as
in a decision diagram, so the counts are exact however many combinations there are (design.md, the questionnaire).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from assessment.rules.table import Outcome, Rule, Table

type Persona = dict[str, str]  # one complete set of answers, to show a case by


@dataclass(frozen=True)
class Problem:
    """Why a table cannot be published: a code, the rule at fault (its position) or the programme, and a persona.

    ``swallowed_by`` are the positions of the earlier rules that take everything a rule would.
    """

    code: str
    rule: int | None = None
    programme: Outcome = None
    persona: Persona | None = None
    swallowed_by: tuple[int, ...] = ()
    combinations: int = 0


@dataclass(frozen=True)
class Share:
    """How many combinations of answers one rule decides, and which part of all."""

    position: int
    programme: Outcome
    combinations: int
    share: Fraction


@dataclass(frozen=True)
class Certificate:
    """What a table does: the share of every rule, every programme and “a person decides”; and what is wrong with it."""

    combinations: int
    rules: tuple[Share, ...]
    programmes: Mapping[str, int]
    person_decides: int
    problems: tuple[Problem, ...] = field(default=())

    @property
    def is_ok(self) -> bool:
        """Whether the table may be published."""
        return not self.problems

    def share(self, combinations: int) -> Fraction:
        """A number of combinations as the exact part of all."""
        return Fraction(combinations, self.combinations)


def certify(table: Table, programmes: tuple[str, ...], *, published: Table | None = None) -> Certificate:
    """Prove a table: every rule can fire, every programme can be reached, and nobody falls where somebody stood.

    The last is said against the ``published`` table: answers that it sends to a programme and this one to no row at all
    are a gap; a row that says “a person decides” closes it on purpose.
    """
    counts = _decided(table)
    total = table.count()
    reached: dict[str, int] = dict.fromkeys(programmes, 0)
    for number, rule in enumerate(table.rules):
        if rule.programme is not None:
            reached[rule.programme] = reached.get(rule.programme, 0) + counts.get(number, 0)
    shares = tuple(
        Share(rule.position, rule.programme, counts.get(n, 0), Fraction(counts.get(n, 0), total))
        for n, rule in enumerate(table.rules)
    )
    problems = [_swallowed(table, n, rule) for n, rule in enumerate(table.rules) if not counts.get(n)]
    problems += [Problem("programme_unreachable", programme=code) for code in programmes if not reached[code]]
    if published is not None:
        problems += _gaps(table, published)
    person = total - sum(reached.values())
    return Certificate(total, shares, reached, person, tuple(problems))


def deciding_questions(table: Table) -> frozenset[str]:
    """The questions on which an outcome depends: for some answers to all others, two answers to it lead apart.

    Every other question is in no set of answers used, whatever is answered. One pass as for the certificate, then back
    from its end: what leads to the same outcomes whatever follows is one and the same, so a question decides exactly
    where the answers to it lead to what is not the same.
    """
    compiled = table.compiled
    layers: list[dict[int, tuple[int, ...]]] = []
    states = {compiled.all}
    for at, options in enumerate(compiled.options):
        ways = tuple(dict.fromkeys(accepted for _, accepted in options))
        layers.append({alive: tuple(compiled.narrowed(alive, at, way) for way in ways) for alive in states})
        states = {after for following in layers[-1].values() for after in following}
    names: dict[Hashable, int] = {}
    same = {alive: names.setdefault(table.outcome(alive), len(names)) for alive in states}
    found = set[str]()
    for at, layer in reversed(list(enumerate(layers))):
        before: dict[int, int] = {}
        for alive, following in layer.items():
            leads_to = tuple(same[after] for after in following)
            if len(set(leads_to)) > 1:
                found.add(compiled.questions[at])
                before[alive] = names.setdefault((at, leads_to), len(names))
            else:
                before[alive] = leads_to[0]
        same = before
    return frozenset(found)


def _decided(table: Table) -> dict[int, int]:
    """How many combinations each rule (by its number) decides; what nobody decides is left out."""
    compiled = table.compiled
    states = {compiled.all: 1}
    for at, options in enumerate(compiled.options):
        following: dict[int, int] = {}
        for alive, count in states.items():
            for _, accepted in options:
                after = compiled.narrowed(alive, at, accepted)
                following[after] = following.get(after, 0) + count
        states = following
    counts: dict[int, int] = {}
    for alive, count in states.items():
        if alive:
            first = (alive & -alive).bit_length() - 1
            counts[first] = counts.get(first, 0) + count
    return counts


def _swallowed(table: Table, number: int, rule: Rule) -> Problem:
    """A rule that never fires: everything it would accept is taken by these earlier rules; a persona shows one case."""
    taken = _first_of(table, number, rule)
    whole = next((n for n in range(number) if _covers(table.rules[n], rule, table)), None)
    by = (whole,) if whole is not None else tuple(sorted(taken))
    persona = taken[by[0]] if by and by[0] in taken else next(iter(taken.values()), None)
    return Problem(
        "rule_never_fires",
        rule=rule.position,
        programme=rule.programme,
        persona=persona,
        swallowed_by=tuple(table.rules[n].position for n in by),
    )


def _covers(earlier: Rule, rule: Rule, table: Table) -> bool:
    """Whether a rule accepts everything that another accepts."""
    options = {question.code: frozenset(question.options) for question in table.questions}
    return all(rule.conditions.get(code, options[code]) <= accepted for code, accepted in earlier.conditions.items())


def _first_of(table: Table, number: int, rule: Rule) -> dict[int, Persona]:
    """By the number of each earlier rule that wins among the answers that a rule accepts: a persona for it."""
    compiled = table.compiled
    mine = 1 << number
    states: dict[int, Persona] = {compiled.all & ((mine << 1) - 1): {}}
    for at, (code, options) in enumerate(zip(compiled.questions, compiled.options, strict=True)):
        following: dict[int, Persona] = {}
        for alive, so_far in states.items():
            for option, accepted in options:
                if code in rule.conditions and option not in rule.conditions[code]:
                    continue
                after = compiled.narrowed(alive, at, accepted)
                following.setdefault(after, {**so_far, code: option})
        states = following
    found: dict[int, Persona] = {}
    for alive, persona in states.items():
        if alive:
            found.setdefault((alive & -alive).bit_length() - 1, _ordered(table, persona))
    return found


@dataclass(frozen=True)
class Cell:
    """Where answers led and where they lead now: how many combinations, and one of them."""

    combinations: int
    persona: Persona


def compare(table: Table, published: Table) -> dict[tuple[Outcome, Outcome, bool], Cell]:
    """How many combinations move from where to where, exactly: (before, now, whether a row says so) → how many.

    Both tables are followed at once. A question or an option that the published table does not know is passed over:
    what nobody could answer yet does not move.
    """
    now, before = table.compiled, published.compiled
    known = {q.code: q for q in published.questions}
    rows = dict(zip(before.questions, enumerate(before.options), strict=True))
    states: dict[tuple[int, int], Cell] = {(now.all, before.all): Cell(1, {})}
    settled = 0
    for at, (code, options) in enumerate(zip(now.questions, now.options, strict=True)):
        place = rows.get(code)
        answers = dict(place[1]) if place else {}
        settled += place is not None
        following: dict[tuple[int, int], Cell] = {}
        for (alive, alive_before), cell in states.items():
            for option, accepted in options:
                if code in known and option not in answers:
                    continue
                after = now.narrowed(alive, at, accepted)
                after_before = alive_before & answers[option] if answers else alive_before
                met = following.get((after, after_before))
                persona = met.persona if met else {**cell.persona, code: option}
                following[after, after_before] = Cell((met.combinations if met else 0) + cell.combinations, persona)
        states = following
    if settled < len(known):
        return {}  # a question was taken away: no combination of the new table tells what the old one said
    found: dict[tuple[Outcome, Outcome, bool], Cell] = {}
    for (alive, alive_before), cell in states.items():
        key = published.outcome(alive_before), table.outcome(alive), bool(alive)
        met = found.get(key)
        more = met.combinations if met else 0
        found[key] = Cell(more + cell.combinations, met.persona if met else _ordered(table, cell.persona))
    return found


def _gaps(table: Table, published: Table) -> list[Problem]:
    """Answers that the published table sends to a programme and this one to no row at all, by programme."""
    return [
        Problem("gap", programme=before, persona=cell.persona, combinations=cell.combinations)
        for (before, _, has_row), cell in compare(table, published).items()
        if before is not None and not has_row
    ]


def _ordered(table: Table, persona: Persona) -> Persona:
    """A persona's answers in the order of the questions."""
    return {question.code: persona[question.code] for question in table.questions if question.code in persona}
