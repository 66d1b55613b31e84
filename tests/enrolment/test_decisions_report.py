"""The report on decisions and rules: how often people differ from rules, rule by rule, and what decides nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from assessment.actions import versions
from assessment.models import Questionnaire, SecondLook
from assessment.queries import health as healths
from enrolment.queries import decisions as queries
from enrolment.queries.decisions import Line, Moved
from tests.enrolment.test_hr_enrol import recommended, text
from tests.factories import TODAY, DepartmentFactory, PlacementFactory, UserFactory, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return Questionnaire.objects.get(status="published")


def decided(made, otherwise=None, *, department=None):
    """HR's decision on a recommendation: agreed, or otherwise (a programme's code, or “none”)."""
    if department:
        made.employee.department = department
        made.employee.save()
    placed = {"programme": made.programme}
    if otherwise:
        instead = None if otherwise == "none" else programme(otherwise)
        placed = {"programme": instead, "is_agreed": False, "reason": "Their manager says so."}
    return PlacementFactory(employee=made.employee, recommendation=made, **placed)


def by_rule(made, rule):
    made.rule = rule
    made.save()
    return made


def test_by_programme_and_by_department_and_what_was_decided_instead():
    operations, audit = DepartmentFactory(name="Operations"), DepartmentFactory(name="Audit")
    decided(recommended(), department=operations)
    decided(recommended(), "none", department=audit)
    decided(recommended(), "none", department=audit)
    decided(recommended(), "ai-transformation")
    decided(recommended("ai-transformation"), department=operations)
    decided(recommended(None), "ai-transformation", department=operations)  # no rule fitted: nobody differs from it
    recommended()
    name = programme("ai-governance").name, programme("ai-transformation").name
    hr = UserFactory(is_hr=True)
    assert sorted(queries.by_programme(hr), key=str) == sorted([Line(name[0], 4, 3), Line(name[1], 1, 0)], key=str)
    assert queries.by_department(hr) == [Line("Audit", 2, 2), Line("No department", 1, 1), Line("Operations", 2, 0)]
    assert queries.moved(hr) == [Moved(name[0], "None for now", 2), Moved(name[0], name[1], 1)]
    assert queries.by_hand(hr) == (1, 1)
    assert [line.share for line in queries.by_department(hr)] == ["100%", "100%", "0%"]


def test_each_rule_with_its_hits_overrides_and_second_looks(version):
    rule = version.rules.select_related("programme").first()
    code = rule.programme.code
    made = [by_rule(recommended(code), rule) for _ in range(3)]
    decided(made[0])
    decided(made[1], "none")
    recommended(None)
    hr = UserFactory(is_hr=True)
    facts = {"asked_by": hr, "words": "Why?", "asked_on": TODAY, "due_on": TODAY}
    for number, one in enumerate(made[:2]):
        SecondLook.objects.create(reference=f"SL-{number}", employee=one.employee, recommendation=one, **facts)
    closed = SecondLook.objects.get(reference="SL-0")
    closed.outcome, closed.is_changed, closed.closed_by, closed.closed_on = "Read again.", True, hr, TODAY
    closed.save()
    lines = healths.health(version)
    assert len(lines) == version.rules.count() + 1
    first, last = lines[0], lines[-1]
    assert (first.hits, first.decided, first.otherwise, first.looks, first.changed) == (3, 2, 1, 2, 1)
    assert (first.share, lines[1].hits, lines[1].share) == ("50%", 0, "–")
    assert (last.position, last.hits, last.otherwise) == (None, 1, 0)


def test_questions_that_decide_nothing(version):
    made = recommended()
    made.answers_used = {"does": "decides_governs"}
    made.save()
    counts = {one.short: one.count for one in healths.questions(version)}
    asked = version.questions.get(code="does")
    assert counts.pop(asked.short) == 1
    assert set(counts.values()) == {0}
    assert {one.short for one in healths.idle(healths.questions(version))} == set(counts)


def test_the_page_says_it_in_words():
    browser = Client()
    browser.force_login(UserFactory(is_hr=True))
    url = reverse("enrolment:decisions_report")
    assert "Nothing that a rule recommended is decided yet" in text(browser.get(url))
    decided(recommended(), "none")
    page = browser.get(url, {"version": "no such"})
    assert "1 of 1 decisions (100%) were otherwise" in text(page)
    assert url in browser.get(reverse("enrolment:impact_report")).content.decode()


def test_the_version_page_shows_real_answers_beside_the_certificate(version):
    browser = Client()
    browser.force_login(UserFactory(is_hr=True))
    url = reverse("assessment:version", args=[version.public_id])
    assert "Nobody has sent answers to this version yet." in text(browser.get(url))
    rule = version.rules.select_related("programme").first()
    decided(by_rule(recommended(rule.programme.code), rule), "none")
    for _ in range(3):
        recommended(None)
    page = browser.get(url)
    said = text(page)
    assert "4 recommendations by this version: a person decides 75 % of them." in said
    assert "25 % of real answers" in said
    line, of_answers, of_combinations = page.context["health"][0]
    assert (line.position, line.hits, line.otherwise, of_answers) == (1, 1, 1, "25 %")
    assert of_combinations == page.context["certificate"].shares[1].words
    assert page.context["never"] == []
    assert reverse("enrolment:decisions_report") + "?version=" in page.content.decode()
    assert url in browser.get(reverse("enrolment:decisions_report")).content.decode()


def test_a_draft_names_a_question_that_never_decides_and_has_no_health():
    hr = UserFactory(is_hr=True)
    draft = versions.draft(by=hr, on=TODAY, reason="Simpler")
    for rule in draft.rules.all():
        rule.conditions.pop("need", None)
        rule.save()
    browser = Client()
    browser.force_login(hr)
    page = browser.get(reverse("assessment:version", args=[draft.public_id]))
    assert [question.code for question in page.context["never"]] == ["need"]
    assert "this question never decides anything" in text(page)
    assert "Rule health" not in text(page)
