"""The decision table: every audience of the seed reaches its programme, and the proof proves what it says."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment import imports
from assessment.rules import Question, Rule, Table, recommend

BUILT_IN = imports.table(imports.read())
EVERYBODY = list(BUILT_IN.combinations())

PRACTITIONER, LITERACY = "ai-practitioner", "ai-leadership-literacy"
GOVERNANCE, TRANSFORMATION = "ai-governance", "ai-transformation"

IMPROVES = {"does": "improves_work", "stage": "exploring", "need": "build"}
SETS = {"does": "sets_direction", "stage": "exploring", "need": "understand"}
GOVERNS = {"does": "decides_governs", "stage": "choosing", "need": "govern"}
OVERSEES = {"does": "oversees_delivery", "stage": "embedding", "need": "deliver"}

# Each role that the seed lists under a programme, answering in its own role; what they do separates equal titles.
AUDIENCES = [
    ("Operations and Business Improvement roles", "operations", IMPROVES, PRACTITIONER),
    ("Finance and Administrative functions", "finance_admin", IMPROVES, PRACTITIONER),
    ("Sales and Marketing teams", "sales_marketing", IMPROVES, PRACTITIONER),
    ("Project, Transformation or Change roles", "project_change", IMPROVES, PRACTITIONER),
    ("Technical or data-focused roles", "technical_data", IMPROVES, PRACTITIONER),
    ("Directors", "senior_leader", SETS, LITERACY),
    ("Heads of Department", "senior_leader", SETS, LITERACY),
    ("Senior Leadership Team members", "senior_leader", SETS, LITERACY),
    ("Strategic decision-makers", "senior_leader", SETS, LITERACY),
    ("Heads of Function: Operations", "senior_manager", GOVERNS, GOVERNANCE),
    ("Heads of Function: HR", "senior_manager", GOVERNS, GOVERNANCE),
    ("Heads of Function: IT", "senior_manager", GOVERNS, GOVERNANCE),
    ("Heads of Function: Finance", "senior_manager", GOVERNS, GOVERNANCE),
    ("Risk Leads", "assurance_lead", GOVERNS, GOVERNANCE),
    ("Compliance Leads", "assurance_lead", GOVERNS, GOVERNANCE),
    ("Governance Leads", "assurance_lead", GOVERNS, GOVERNANCE),
    ("Programme Leads", "delivery_lead", GOVERNS, GOVERNANCE),
    ("Transformation Leads who govern", "delivery_lead", GOVERNS, GOVERNANCE),
    ("Senior Managers shaping business cases", "senior_manager", GOVERNS, GOVERNANCE),
    ("Transformation Leads who oversee", "delivery_lead", OVERSEES, TRANSFORMATION),
    ("Programme Managers", "delivery_lead", OVERSEES, TRANSFORMATION),
    ("Heads of Operations", "delivery_lead", OVERSEES, TRANSFORMATION),
    ("Senior Delivery Leads", "delivery_lead", OVERSEES, TRANSFORMATION),
]
# How an audience may answer the other two questions and still be that audience.
ALSO: dict[str, dict[str, list[str] | None]] = {
    PRACTITIONER: {"stage": None, "need": None},
    LITERACY: {"stage": ["exploring"], "need": ["understand", "not_sure"]},
    GOVERNANCE: {"stage": None, "need": ["govern"]},
    TRANSFORMATION: {"stage": None, "need": ["deliver"]},
}


@pytest.mark.parametrize(("audience", "role", "answers", "programme"), AUDIENCES, ids=[row[0] for row in AUDIENCES])
def test_every_audience_of_the_seed_reaches_its_programme(audience, role, answers, programme):
    assert recommend(BUILT_IN, {"role": role, **answers}).programme == programme


def test_all_23_audiences_are_there():
    assert len({audience for audience, *_ in AUDIENCES}) == 23


@pytest.mark.parametrize(("audience", "role", "answers", "programme"), AUDIENCES, ids=[row[0] for row in AUDIENCES])
def test_an_audience_keeps_its_programme_however_it_puts_its_stage_and_need(audience, role, answers, programme):
    offered = {question.code: question.options for question in BUILT_IN.questions}
    for stage in ALSO[programme]["stage"] or offered["stage"]:
        for need in ALSO[programme]["need"] or offered["need"]:
            given_answers = {**answers, "role": role, "stage": stage, "need": need}
            assert recommend(BUILT_IN, given_answers).programme == programme, given_answers


@pytest.mark.parametrize(
    "answers",
    [
        {"role": "other", "does": "none_of_these", "stage": "not_sure", "need": "not_sure"},
        {"role": "senior_leader", "does": "improves_work", "stage": "exploring", "need": "build"},
        {"role": "senior_leader", "does": "sets_direction", "stage": "choosing", "need": "deliver"},
        {"role": "sales_marketing", "does": "sets_direction", "stage": "embedding", "need": "understand"},
        {"role": "delivery_lead", "does": "oversees_delivery", "stage": "embedding", "need": "govern"},
    ],
)
def test_answers_that_fit_nobody_end_with_a_person_who_is_shown_what_is_near(answers):
    verdict = recommend(BUILT_IN, answers)
    assert verdict.programme is None
    assert verdict.rule is None
    assert "a person" in verdict.because
    assert {change.programme for change in verdict.nearest} == {PRACTITIONER, LITERACY, GOVERNANCE, TRANSFORMATION}
    sizes = [len(change.answers) for change in verdict.nearest]
    assert all(first <= second for first, second in pairwise(sizes))


def test_every_rule_decides_for_somebody_and_the_share_left_to_a_person_is_known():
    deciding = [BUILT_IN.deciding(answers) for answers in EVERYBODY]
    assert {rule.position for rule in deciding if rule} == {rule.position for rule in BUILT_IN.rules}
    assert len(EVERYBODY) == 1000
    assert deciding.count(None) == 628


def test_people_who_lead_are_rarely_left_without_a_recommendation():
    leaders = {"senior_leader", "senior_manager", "assurance_lead", "delivery_lead"}
    lead = {"sets_direction", "decides_governs", "oversees_delivery"}
    led = [a for a in EVERYBODY if a["role"] in leaders and a["does"] in lead and a["need"] != "build"]
    undecided = [a for a in led if BUILT_IN.deciding(a) is None]
    assert len(undecided) / len(led) < 0.2


def test_the_sentence_speaks_to_the_person_and_fits_its_column():
    for rule in BUILT_IN.rules:
        assert rule.because.startswith("You said that you")
        assert rule.because.endswith(".")
        assert len(rule.because) <= 400


@st.composite
def tables(draw):
    """A small table with any rules, and complete answers to it."""
    questions = tuple(
        Question(f"q{number}", tuple(f"o{option}" for option in range(draw(st.integers(1, 3)))))
        for number in range(draw(st.integers(1, 4)))
    )
    rules = []
    for position in range(1, draw(st.integers(0, 5)) + 1):
        asked = draw(st.lists(st.sampled_from(questions), unique=True, max_size=3))
        conditions = {q.code: frozenset(draw(st.sets(st.sampled_from(q.options), min_size=1))) for q in asked}
        rules.append(Rule(position, conditions, draw(st.sampled_from("ABC")), "Because."))
    answers = {question.code: draw(st.sampled_from(question.options)) for question in questions}
    return Table(questions, tuple(rules)), answers


@given(tables())
def test_every_complete_set_of_answers_has_one_verdict_and_the_first_rule_that_fits_decides(drawn):
    table, answers = drawn
    verdict = recommend(table, answers)
    fitting = [rule for rule in table.rules if not rule.ruled_out_by(answers)]
    assert verdict.rule == (fitting[0] if fitting else None)
    assert len(verdict.lost) == len(table.rules) - bool(fitting)
    for lost in verdict.lost:
        assert lost.ruled_out_by == {
            code: answers[code] for code, accepted in lost.rule.conditions.items() if answers[code] not in accepted
        }
        assert lost.ruled_out_by or (verdict.rule and lost.rule.position > verdict.rule.position)


@given(tables())
def test_the_answers_used_are_as_few_as_can_be(drawn):
    """With them kept, every combination of the others gives the same outcome; leave any one open and some differs."""
    table, answers = drawn
    verdict = recommend(table, answers)

    def outcomes(kept):
        same = (c for c in table.combinations() if all(c[code] == option for code, option in kept.items()))
        return {rule.programme if (rule := table.deciding(c)) else None for c in same}

    assert outcomes(verdict.answers_used) == {verdict.programme}
    for code in verdict.answers_used:
        assert len(outcomes({other: option for other, option in verdict.answers_used.items() if other != code})) > 1


@given(tables(), st.data())
def test_what_some_answers_lead_to_is_what_any_answers_to_the_others_lead_to(drawn, data):
    table, answers = drawn
    kept = {code: answers[code] for code in data.draw(st.sets(st.sampled_from(sorted(answers))))}
    same = (c for c in table.combinations() if all(c[code] == option for code, option in kept.items()))
    assert table.outcomes_of(kept) == {rule.programme if (rule := table.deciding(c)) else None for c in same}


def _fewest(table, answers):
    """For each outcome the fewest answers that must differ to reach it, by looking at every combination."""
    fewest: dict[str | None, int] = {}
    for other in table.combinations():
        rule = table.deciding(other)
        outcome = rule.programme if rule else None
        count = sum(other[code] != answers[code] for code in answers)
        fewest[outcome] = min(count, fewest.get(outcome, count))
    return fewest


def _nearest_is_right(table, answers):
    verdict, fewest = recommend(table, answers), _fewest(table, answers)
    for change in verdict.nearest:
        assert change.programme != verdict.programme
        assert all(answers[code] != option for code, option in change.answers.items())
        rule = table.deciding({**answers, **change.answers})
        assert (rule.programme if rule else None) == change.programme
        assert len(change.answers) == fewest[change.programme]
    assert {change.programme for change in verdict.nearest} == set(fewest) - {verdict.programme}
    programmes = [change.programme for change in verdict.nearest if change.programme]
    assert verdict.runner_up == (programmes[0] if programmes else None)
    if verdict.smallest_change:
        assert len(verdict.smallest_change.answers) == min(len(change.answers) for change in verdict.nearest)


@given(tables())
def test_the_smallest_change_leads_elsewhere_and_no_smaller_one_does(drawn):
    _nearest_is_right(*drawn)


@settings(deadline=None)  # each looks at all thousand combinations, many times
@given(st.sampled_from(EVERYBODY))
def test_the_smallest_change_is_right_in_the_built_in_table(answers):
    _nearest_is_right(BUILT_IN, answers)


def test_among_equal_changes_the_role_is_left_alone():
    verdict = recommend(BUILT_IN, {"role": "senior_leader", **SETS})
    assert verdict.runner_up == GOVERNANCE
    assert verdict.smallest_change
    assert "role" not in verdict.smallest_change.answers


def test_incomplete_or_unknown_answers_are_refused():
    with pytest.raises(ValueError, match="stage, need"):
        recommend(BUILT_IN, {"role": "operations", "does": "improves_work", "need": "no such answer"})


@pytest.mark.parametrize(
    "conditions", [{"role": frozenset({"emperor"})}, {"age": frozenset({"old"})}, {"role": frozenset()}]
)
def test_a_table_that_contradicts_its_questions_is_refused(conditions):
    with pytest.raises(ValueError, match="Rule 1"):
        Table(BUILT_IN.questions, (Rule(1, conditions, PRACTITIONER, "Because."),))
