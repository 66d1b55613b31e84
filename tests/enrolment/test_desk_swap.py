"""Changing places on the clash desk: what is shown is what is done, once, and both are named afterwards."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from enrolment import rules
from enrolment.models import Confirmation
from tests.enrolment.test_desk import DAY, DESK, LITERACY, PRACTITIONER, TODAY, TRANSFORMATION, record
from tests.factories import EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr):
    client = Client()
    client.force_login(hr)
    return client


def answered_no(hr):
    """A plan that HR answered no to for its start, and a later one that it can change places with."""
    plan = record(start=20)
    other = record(code=LITERACY, start=60, employee=plan.employee)
    fact = Confirmation.Fact.RIGHT_TO_WORK
    said = {"is_met": False, "for_start": plan.start_date, "confirmed_by": hr, "confirmed_on": TODAY}
    Confirmation.objects.create(enrolment=plan, fact=fact, **said)
    return plan, other


def test_swapping_two_plans(browser):
    young = EmployeeFactory(date_of_birth=date(TODAY.year - 19, TODAY.month, min(TODAY.day, 28)) + 40 * DAY)
    too_soon = record(start=20, employee=young)
    other = record(code=PRACTITIONER, start=60, days=300, employee=young)
    fixes = browser.get(DESK).context["items"][0]["buttons"]
    offered = next(fix for fix in fixes if fix["sent"]["fix"] == "swap")
    assert offered["label"] == "Swap with AI &amp; Automation Practitioner apprenticeship".replace("&amp;", "&")
    browser.post(DESK, offered["sent"])
    too_soon.refresh_from_db()
    other.refresh_from_db()
    assert other.start_date == TODAY + 20 * DAY
    assert too_soon.start_date == TODAY + 320 * DAY


def test_a_swap_on_a_page_that_is_stale_is_refused(browser, hr):
    """Two tabs, the same click in each: the second would put the two back, and say that it did as asked."""
    plan, other = answered_no(hr)
    tabs = [browser.get(DESK).context["items"][0]["buttons"] for _ in range(2)]
    first, second = (next(fix["sent"] for fix in tab if fix["sent"]["fix"] == "swap") for tab in tabs)
    assert browser.post(DESK, first).status_code == 302
    response = browser.post(DESK, second)
    plan.refresh_from_db()
    other.refresh_from_db()
    assert (other.start_date, plan.start_date) == (TODAY + 20 * DAY, TODAY + 48 * DAY)
    assert "The two plans have other dates than when this was shown." in response.content.decode()
    assert "Changed places" not in response.content.decode()
    assert other.events.count() == 1


def test_after_a_swap_both_are_named_with_their_dates(browser, hr):
    """On the desk, and in the history of each."""
    plan, other = answered_no(hr)
    record(code=TRANSFORMATION, start=120, employee=plan.employee)  # stays where it is, and is not named
    fixes = browser.get(DESK).context["items"][0]["buttons"]
    swap = next(fix["sent"] for fix in fixes if fix["sent"]["fix"] == "swap")
    done = browser.post(DESK, swap, follow=True).context["done"]
    ((event, words),) = done["moved"]
    assert (done["subject"], event.subject) == (plan, other)
    goes = f"now {rules.say(TODAY + 20 * DAY)} to {rules.say(TODAY + 47 * DAY)}."
    assert words == f"{goes} Changed places with {plan.programme.name}."
    for each, beside in ((plan, other), (other, plan)):
        page = browser.get(reverse("enrolment:enrolment", args=[each.public_id])).content.decode()
        assert f"Changed places with {beside.programme.name}." in page


def test_a_swap_says_what_follows_along(browser, hr):
    """Every edit of dates shows what it moves before it is made."""
    plan, other = answered_no(hr)
    record(code=TRANSFORMATION, start=100, employee=plan.employee, follows=other)
    fixes = browser.get(DESK).context["items"][0]["buttons"]
    effect = next(fix["effect"] for fix in fixes if fix["sent"]["fix"] == "swap")
    assert " Then: " in effect
    assert "Delivering AI-Enabled Transformation" in effect.split(" Then: ")[1]
