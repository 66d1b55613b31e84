"""HR's queue: what no rule fits comes first, and many are decided on at once only after their list was read."""

import pytest
from django.test import Client
from django.urls import reverse

from assessment.models import Placement, Questionnaire, SecondLook
from enrolment.actions.decisions import agree
from tests.enrolment.test_hr_enrol import recommended, text
from tests.factories import TODAY, PlacementFactory, UserFactory

pytestmark = pytest.mark.django_db
MANY = "/recommendations/decide/"


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr):
    client = Client()
    client.force_login(hr)
    return client


def opened(browser, *made):
    """The page that lists everybody ticked."""
    return browser.get(MANY, {"pick": [str(one.public_id) for one in made]})


def test_what_no_rule_fits_stands_first_with_answers_rule_and_near_misses(browser):
    one, other = recommended(), recommended(None)
    one.smallest_change = {"programme": None, "answers": {"does": "improves_work"}}
    one.rule = Questionnaire.objects.get(status="published").rules.first()
    one.save()
    said = text(browser.get(reverse("enrolment:recommendations")))
    assert said.index(other.employee.name) < said.index("Recommended by a rule") < said.index(one.employee.name)
    assert "Rule 1: " in said
    assert "A person decides, with" in said


def test_the_list_shows_everybody_and_one_yes_places_them(browser, hr):
    made = [recommended() for _ in range(3)]
    page = opened(browser, *made)
    for one in made:
        assert one.employee.name in text(page)
    listed = page.context["listed"]
    assert "Say that you have read the list." in text(browser.post(MANY, {"listed": listed}))
    assert not Placement.objects.exists()
    for _ in range(2):
        done = browser.post(MANY, {"listed": listed, "agreed": "yes"})
        assert "3 decided" in text(done)
    kept = Placement.objects.values_list("programme__code", "is_agreed", "decided_by")
    assert set(kept) == {("ai-governance", True, hr.pk)}
    assert Placement.objects.count() == 3


def test_without_the_list_nothing_is_decided(browser):
    made = recommended()
    for listed in ("", "made:up", opened(browser, made).context["listed"] + "x"):
        answer = browser.post(MANY, {"listed": listed, "agreed": "yes"}, follow=True)
        assert "Open the list of everybody first" in text(answer)
    other = Client()
    other.force_login(UserFactory(is_hr=True))
    answer = other.post(MANY, {"listed": opened(browser, made).context["listed"], "agreed": "yes"}, follow=True)
    assert "Open the list of everybody first" in text(answer)
    assert not Placement.objects.exists()


def test_different_outcomes_are_offered_group_by_group(browser):
    one, other, by_hand = recommended(), recommended("ai-transformation"), recommended(None)
    page = opened(browser, one, other, by_hand)
    assert "These have different outcomes" in text(page)
    assert len(page.context["groups"]) == 3
    assert not page.context["listed"]
    assert not opened(browser, by_hand).context["listed"]
    assert "Nobody is ticked" in text(browser.get(MANY, {"pick": "nobody"}))


def test_who_was_refused_comes_back_with_why(browser, hr):
    decided, looked_at, own, fine = (recommended() for _ in range(4))
    listed = opened(browser, decided, looked_at, own, fine).context["listed"]
    PlacementFactory(
        employee=decided.employee, recommendation=decided, programme=None, is_agreed=False, reason="Leaves."
    )
    SecondLook.objects.create(
        reference="SL-1",
        employee=looked_at.employee,
        recommendation=looked_at,
        asked_by=hr,
        words="Why?",
        asked_on=TODAY,
        due_on=TODAY,
    )
    own.employee.user = hr
    own.employee.save()
    said = text(browser.post(MANY, {"listed": listed, "agreed": "yes"}))
    assert "1 decided, 3 not" in said
    assert "has decided on this: none for now" in said
    assert "A second look is open" in said
    assert "Nobody decides about themself" in said
    assert set(Placement.objects.filter(is_agreed=True).values_list("employee", flat=True)) == {fine.employee.pk}


def test_the_action_refuses_what_is_not_alike(hr):
    outcomes = agree([recommended(), recommended("ai-transformation")], by=hr, on=TODAY)
    assert {outcome.refusal.code for outcome in outcomes if outcome.refusal} == {"not_alike"}
    alone = agree([recommended(None)], by=hr, on=TODAY)[0]
    assert alone.refusal is not None
    assert alone.refusal.code == "nothing_recommended"
    assert not Placement.objects.exists()
