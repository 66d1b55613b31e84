"""No days are named that are none, nor asked for that are over: never attended, without an end, cancelled, past."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from enrolment import rules
from enrolment.views.moves import NEVER_ATTENDED
from enrolment.views.ways import WAYS
from tests.enrolment.test_hr_enrol import text
from tests.enrolment.test_moves_pages import FIRST, TODAY, S, ask, confirm, later, make, on_programme
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(UserFactory(is_hr=True))
    return client


def test_what_was_never_attended_is_said_before_and_after(browser: Client) -> None:
    """A last day before the start holds nothing: no days are named that were none."""
    one = on_programme(S.ACTIVE, FIRST, start_date=TODAY, planned_end_date=later(27))
    check = ask(browser, one, "withdraw", ended_on=later(-1), reason="She never came.")
    assert "never attended, so none" in text(check)
    assert NEVER_ATTENDED in text(check)
    assert WAYS["withdraw"].consequence not in text(check)
    said = text(confirm(browser, one, "withdraw", check))
    assert f"{one.programme.name} for Ada Ash is now withdrawn, never attended." in said
    assert f"{rules.say(TODAY)} to {rules.say(later(-1))}" not in said
    assert f"last day {rules.say(later(-1))}, never attended" in said
    again = ask(browser, one, "correct", ended_on=TODAY, reason="A slip.")
    assert NEVER_ATTENDED in text(again)
    person = text(browser.get(reverse("enrolment:person", args=[one.employee.public_id])))
    assert "by user" in person.split("History")[-1]
    assert "never attended" in person.split("History")[-1]
    assert f"{rules.say(TODAY)} to {rules.say(later(-1))}" not in person


def test_a_break_without_a_return_names_no_end(browser: Client) -> None:
    one = on_programme()
    said = text(make(browser, one, "begin_break", reason="Parental leave."))
    stands = f"from {rules.say(later(-300))}, no end yet"
    assert f"is now on a break in learning, {stands}." in said
    assert f"to {rules.say(later(30))}" not in said.split("All programmes of")[0]
    assert said.count(stands) == 2  # the headline and the history
    person = text(browser.get(reverse("enrolment:person", args=[one.employee.public_id])))
    assert stands in person.split("History")[-1]
    assert f"{rules.say(later(-300))} , no end yet" in person.split("Time-line")[0]
    assert f"to {rules.say(later(30))}" not in person


def test_what_is_cancelled_names_days_that_were_only_planned(browser: Client) -> None:
    one = on_programme(S.PLANNED, FIRST, start_date=later(20), planned_end_date=later(47))
    said = text(make(browser, one, "cancel", reason="Not now."))
    once = f"once planned from {rules.say(later(20))} to {rules.say(later(47))}"
    assert f"is now cancelled, {once}." in said
    assert said.count(once) == 3  # the headline, the line under the heading, the history


@pytest.mark.parametrize(
    ("status", "move", "end", "is_needed"),
    [
        (S.COMPLETED, "reopen", later(30), False),
        (S.COMPLETED, "reopen", later(-1), True),
        (S.WITHDRAWN, "reinstate", later(-1), True),
    ],
)
def test_a_planned_end_that_has_passed_is_asked_anew(
    browser: Client, status: str, move: str, end: date, is_needed: bool
) -> None:
    one = on_programme(status, ended_on=later(-3), planned_end_date=end)
    box = browser.get(reverse(f"enrolment:{move}", args=[one.public_id])).context["form"]["planned_end_date"]
    assert box.initial == (None if is_needed else end)
    assert ("has passed" in box.help_text, box.field.required) == (is_needed, is_needed)
    if is_needed:
        assert "Give the planned end." in text(ask(browser, one, move, reason="Too soon."))
    assert "Check before you confirm" in text(ask(browser, one, move, reason="Too soon.", planned_end_date=later(40)))
