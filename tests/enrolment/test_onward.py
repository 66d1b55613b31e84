"""Today is done in place: a yes stays there, and what leads away leads on to the next and back."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from enrolment import rules
from enrolment.actions.changes import complete
from enrolment.models import Enrolment
from people import clock
from people.models import User
from people.roles import HrDepartment
from tests.enrolment.test_hr_enrol import text
from tests.factories import DepartmentFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
TODAY, DAY = clock.today(), timedelta(days=1)
S = Enrolment.Status
BACK = 'class="back-link" href="/today/"'


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr: User) -> Client:
    client = Client()
    client.force_login(hr)
    return client


def later(days: int) -> date:
    return TODAY + days * DAY


def past_its_end(name: str) -> Enrolment:
    days = {"start_date": later(-30), "planned_end_date": later(-3)}
    person = EmployeeFactory(given_names=name, family_name="Ash")
    made: Enrolment = EnrolmentFactory(employee=person, programme=programme("ai-governance"), status=S.OVERDUE, **days)
    return made


def proposed(name: str) -> Enrolment:
    """Queued behind something that runs, with dates that wait for a yes."""
    person = EmployeeFactory(given_names=name, family_name="Ash")
    days = {"start_date": later(-20), "planned_end_date": later(7)}
    ahead = EnrolmentFactory(employee=person, programme=programme("ai-governance"), status=S.ACTIVE, **days)
    made: Enrolment = EnrolmentFactory(
        employee=person,
        programme=programme("ai-leadership-literacy"),
        status=S.QUEUED,
        start_date=None,
        planned_end_date=None,
        follows=ahead,
        proposed_start_date=later(60),
        proposed_end_date=later(87),
    )
    return made


def url_of(one: Enrolment) -> str:
    return reverse("enrolment:enrolment", args=[one.public_id])


def say_yes(browser: Client, plan: Enrolment, **sent: str) -> Any:
    key = browser.get(url_of(plan)).context["proposal_key"]
    return browser.post(reverse("enrolment:accept", args=[plan.public_id]), {"key": key, **sent}, follow=True)


def test_a_yes_said_on_today_stays_there_and_says_what_was_done(browser: Client) -> None:
    plan, other = proposed("Ada"), proposed("Bea")
    assert 'name="from" value="today"' in browser.get("/today/").content.decode()
    page = say_yes(browser, plan, **{"from": "today"})
    assert page.redirect_chain == [("/today/", 302)]
    days = f"{rules.say(later(60))} to {rules.say(later(87))}"
    assert f"Dates given: {plan.programme.name} for Ada Ash is now planned, {days}." in " ".join(text(page).split())
    assert [row for row, _ in page.context["proposals"]] == [other]


def test_a_yes_said_on_today_that_cannot_be_is_told_there_by_name(browser: Client) -> None:
    plan = proposed("Ada")
    Enrolment.objects.filter(followers=plan).update(planned_end_date=later(70))
    page = say_yes(browser, plan, **{"from": "today"})
    assert page.redirect_chain == [("/today/", 302)]
    assert f"Ada Ash, {plan.programme.name}: " in text(page)
    assert "Give other dates." in text(page)
    assert "Dates given" not in text(page)


def test_a_yes_elsewhere_leads_to_the_next_that_waits_and_to_today(browser: Client) -> None:
    plan, other = proposed("Ada"), proposed("Bea")
    assert 'name="from"' not in browser.get(url_of(plan)).content.decode()
    page = say_yes(browser, plan)
    assert page.context["onward"] == [("Next: Bea Ash", url_of(other)), ("Today", "/today/")]


def test_closing_one_leads_to_the_next_and_to_today(browser: Client, hr: User) -> None:
    one, other = past_its_end("Ada"), past_its_end("Bea")
    assert f'href="{url_of(one)}?from=today"' in browser.get("/today/").content.decode()
    assert BACK in browser.get(f"{url_of(one)}?from=today").content.decode()
    assert BACK not in browser.get(url_of(one)).content.decode()
    key = uuid4()
    complete([one], ended_on=later(-3), by=hr, on=TODAY, key=key)
    page = browser.get(f"{url_of(one)}?key={key}")
    assert page.context["onward"] == [("Next: Bea Ash", url_of(other)), ("Today", "/today/")]
    assert f'<a href="{url_of(other)}">Next: Bea Ash</a>' in page.content.decode()


def test_the_next_is_one_that_the_reader_acts_for(hr: User) -> None:
    one = past_its_end("Ada")
    past_its_end("Bea")
    one.employee.department = DepartmentFactory()
    one.employee.save()
    mine, key = UserFactory(is_hr=True, is_narrowed=True), uuid4()
    HrDepartment.objects.create(user=mine, department=one.employee.department)
    browser = Client()
    browser.force_login(mine)
    complete([one], ended_on=later(-3), by=hr, on=TODAY, key=key)
    assert browser.get(f"{url_of(one)}?key={key}").context["onward"] == [("Today", "/today/")]


def test_dates_given_and_facts_confirmed_lead_on_too(browser: Client) -> None:
    plan, waits = proposed("Ada"), proposed("Bea")
    waits.proposed_start_date = waits.proposed_end_date = None
    waits.save()
    page = browser.get(f"{url_of(plan)}?done=planned")
    give = reverse("enrolment:plan", args=[waits.public_id])
    assert page.context["onward"] == [("Next: Bea Ash", give), ("Today", "/today/")]
    assert browser.get(f"{url_of(plan)}?done=confirmed").context["onward"] == [("Today", "/today/")]
    assert browser.get(url_of(plan)).context["onward"] == []
