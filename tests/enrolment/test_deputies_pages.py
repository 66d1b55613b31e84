"""The page on which a manager names who acts for them."""

import pytest
from django.test import Client
from django.urls import reverse

from people.clock import today
from people.roles import Delegation
from tests.enrolment.test_hr_enrol import text
from tests.factories import EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("account", ["none", "closed", "open"])
def test_a_deputy_who_cannot_sign_in_is_accepted_and_it_is_said(account: str) -> None:
    manager = EmployeeFactory(user=UserFactory())
    EmployeeFactory(manager=manager)
    user = None if account == "none" else UserFactory(is_active=account == "open")
    deputy = EmployeeFactory(given_names="Di", family_name="Deputy", user=user)
    browser = Client()
    browser.force_login(manager.user)
    days = {"first_day": today().isoformat(), "last_day": today().isoformat()}
    said = text(browser.post(reverse("enrolment:my_deputies"), {"deputy": deputy.staff_number, **days}, follow=True))
    assert Delegation.objects.get().to_employee == deputy
    assert "Di Deputy acts for you on these days." in said
    assert ("Di cannot sign in at present" in said) is (account != "open")
