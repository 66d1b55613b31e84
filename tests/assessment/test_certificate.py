"""The certificate against brute force, and what it says of tables that are wrong."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment import imports
from assessment.rules import Question, Rule, Table, certify, compare, deciding_questions

BUILT_IN = imports.table(imports.read())
CODES = ("ai-practitioner", "ai-leadership-literacy", "ai-governance", "ai-transformation")


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Up to four questions of up to four options, and up to nine rules, some of which end with a person."""
    questions = tuple(
        Question(f"q{n}", tuple(f"o{m}" for m in range(draw(st.integers(1, 4)))))
        for n in range(draw(st.integers(1, 4)))
    )
    rules = []
    for position in range(1, draw(st.integers(0, 9)) + 1):
        asked = draw(st.lists(st.sampled_from(questions), max_size=3, unique=True))
        conditions = {q.code: frozenset(draw(st.lists(st.sampled_from(q.options), min_size=1))) for q in asked}
        rules.append(Rule(position, conditions, draw(st.sampled_from(["a", "b", None])), "Because."))
    return Table(questions, tuple(rules))


def outcome(table: Table, answers: dict[str, str]) -> str | None:
    """Where answers lead."""
    rule = table.deciding(answers)
    return rule.programme if rule else None


@settings(max_examples=300)
@given(tables())
def test_the_first_rule_that_applies_decides(table: Table) -> None:
    """Rule by rule, against the bits that the table is compiled to."""
    for answers in table.combinations():
        assert table.deciding(answers) is next((rule for rule in table.rules if rule.applies(answers)), None)
        changed = {**answers, "q0": "no longer offered"}  # as a replay may meet
        assert table.deciding(changed) is next((rule for rule in table.rules if rule.applies(changed)), None)


@settings(max_examples=300)
@given(tables())
def test_every_count_is_exact(table: Table) -> None:
    """Rule by rule, programme by programme, against looking at every combination."""
    everybody = list(table.combinations())
    found = certify(table, ("a", "b"))
    assert found.combinations == len(everybody)
    deciding = [table.deciding(answers) for answers in everybody]
    for share in found.rules:
        count = sum(rule is not None and rule.position == share.position for rule in deciding)
        assert (share.combinations, share.share) == (count, Fraction(count, len(everybody)))
    for code, count in found.programmes.items():
        assert count == sum(outcome(table, answers) == code for answers in everybody)
    assert found.person_decides == sum(outcome(table, answers) is None for answers in everybody)


@settings(max_examples=300)
@given(tables())
def test_what_is_wrong_is_named(table: Table) -> None:
    """A rule that cannot fire with those that swallow it, a programme out of reach; each persona is such a case."""
    everybody = list(table.combinations())
    fired = {rule.position for answers in everybody if (rule := table.deciding(answers))}
    problems = certify(table, ("a", "b")).problems
    assert {p.rule for p in problems if p.code == "rule_never_fires"} == {r.position for r in table.rules} - fired
    reached = {outcome(table, answers) for answers in everybody}
    assert {p.programme for p in problems if p.code == "programme_unreachable"} == {"a", "b"} - reached
    for problem in problems:
        if problem.rule is None:
            continue
        rule = table.rules[problem.rule - 1]
        mine = [answers for answers in everybody if rule.applies(answers)]
        takers = [table.rules[position - 1] for position in problem.swallowed_by]
        assert all(taker.position < rule.position for taker in takers)
        assert all(any(taker.applies(answers) for taker in takers) for answers in mine)
        assert problem.persona in mine
        winner = table.deciding(problem.persona or {})
        assert winner
        assert winner.position in problem.swallowed_by or len(takers) == 1


@settings(max_examples=300)
@given(tables())
def test_a_question_decides_exactly_where_two_answers_to_it_lead_apart(table: Table) -> None:
    """Against looking at every combination with every other answer to the question."""
    deciding = {
        question.code
        for question in table.questions
        if any(
            outcome(table, answers) != outcome(table, {**answers, question.code: option})
            for answers in table.combinations()
            for option in question.options
        )
    }
    assert deciding_questions(table) == deciding


@settings(max_examples=300)
@given(tables(), st.data())
def test_what_moved_is_counted_exactly(table: Table, data: st.DataObject) -> None:
    """Between a table and one with other rules: how many combinations went from where to where."""
    kept = tuple(rule for rule in table.rules if data.draw(st.booleans()))
    other = Table(table.questions, kept)
    expected: dict[tuple[str | None, str | None, bool], int] = {}
    for answers in table.combinations():
        key = outcome(table, answers), outcome(other, answers), other.deciding(answers) is not None
        expected[key] = expected.get(key, 0) + 1
    found = compare(other, table)
    assert {key: cell.combinations for key, cell in found.items()} == expected
    for (before, now, _), cell in found.items():
        assert (outcome(table, cell.persona), outcome(other, cell.persona)) == (before, now)


def test_the_built_in_table_is_certified() -> None:
    """A thousand combinations, four programmes, every rule."""
    found = certify(BUILT_IN, CODES, published=BUILT_IN)
    assert found.is_ok
    assert found.combinations == 1000
    assert found.person_decides == 628
    assert sum(share.share for share in found.rules) + found.share(found.person_decides) == 1


@pytest.mark.parametrize("left_out", range(1, 18))
def test_without_any_one_row_it_is_not(left_out: int) -> None:
    """Whichever row is taken away, somebody whom the published table places falls out: a concrete persona."""
    rows = tuple(rule for rule in BUILT_IN.rules if rule.position != left_out)
    table = Table(BUILT_IN.questions, rows)
    problems = certify(table, CODES, published=BUILT_IN).problems
    assert problems
    gap = next(problem for problem in problems if problem.code == "gap")
    assert gap.persona
    assert table.deciding(gap.persona) is None
    assert outcome(BUILT_IN, gap.persona) == gap.programme
    assert gap.combinations > 0


def test_a_row_that_says_a_person_decides_closes_a_gap_on_purpose() -> None:
    """Taken away and said so is a decision, not a slip."""
    rows = (*BUILT_IN.rules[:-1], Rule(17, BUILT_IN.rules[-1].conditions, None, "A person looks at this."))
    assert not [
        p for p in certify(Table(BUILT_IN.questions, rows), CODES, published=BUILT_IN).problems if p.code == "gap"
    ]


def test_billions_of_combinations_are_counted_without_going_through_them() -> None:
    """12 questions of 6 options: 2,176,782,336 combinations."""
    questions = tuple(Question(f"q{n}", tuple("abcdef")) for n in range(12))
    rules = tuple(
        Rule(n + 1, {f"q{n}": frozenset("ab"), f"q{(n + 5) % 12}": frozenset("abc")}, "a" if n % 2 else "b", "Because.")
        for n in range(12)
    )
    found = certify(Table(questions, rules), ("a", "b"))
    assert found.combinations == 6**12
    assert sum(share.combinations for share in found.rules) + found.person_decides == 6**12
    assert found.rules[0].combinations == 6**12 // 6
