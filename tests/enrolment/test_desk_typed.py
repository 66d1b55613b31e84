"""What somebody types at the clash desk, and where they are afterwards."""

import pytest
from django.test import Client

from enrolment import rules
from enrolment.models import Enrolment
from tests.enrolment.test_desk import DAY, DESK, TODAY, TRANSFORMATION, S, record, sent
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    client = Client()
    client.force_login(UserFactory(is_hr=True))
    return client


@pytest.mark.parametrize(
    ("fix", "box", "day", "words"),
    [
        ("complete", "ended_on", 400, "has not come yet"),
        ("complete", "ended_on", -400, "before the start"),
        ("extend", "planned_end_date", 400, "at most 112 days"),
    ],
)
def test_a_day_that_cannot_be_is_said_at_its_box(browser, fix, box, day, words):
    late = record(S.OVERDUE, start=-40)
    response = sent(browser, late, fix, kind="overdue", **{box: rules.say(TODAY + day * DAY)})
    (tried,) = (one for one in response.context["again"]["forms"] if one["is_open"])
    assert words in tried["boxes"][0]["error"]
    assert "any more" not in response.context["tried"].why


def test_a_day_for_what_is_settled_meanwhile_is_said_at_the_top(browser):
    late = record(S.OVERDUE, start=-40)
    Enrolment.objects.filter(pk=late.pk).update(status=S.COMPLETED, ended_on=TODAY - 20 * DAY)
    response = sent(browser, late, "extend", kind="overdue", planned_end_date=rules.say(TODAY + 9 * DAY))
    assert "That cannot be done any more." in response.context["tried"].why


def test_the_heap_that_was_chosen_stays_chosen(browser):
    queued = record(S.QUEUED)
    page = browser.get(DESK, {"kind": "queued"})
    assert f'action="{DESK}?kind=queued"' in page.content.decode()
    response = browser.post(f"{DESK}?kind=queued", page.context["items"][0]["buttons"][0]["sent"])
    queued.refresh_from_db()
    assert queued.start_date
    assert "kind=queued" in response["Location"]


def test_accepting_keeps_it_behind_what_it_follows(browser):
    ahead = record(S.ACTIVE, TRANSFORMATION, start=-5)
    proposed = {"proposed_start_date": TODAY + 60 * DAY, "proposed_end_date": TODAY + 87 * DAY}
    queued = record(S.QUEUED, employee=ahead.employee, follows=ahead, **proposed)
    item = next(one for one in browser.get(DESK).context["items"] if one["buttons"])
    browser.post(DESK, item["buttons"][0]["sent"])
    queued.refresh_from_db()
    assert (queued.status, queued.follows) == (S.PLANNED, ahead)
