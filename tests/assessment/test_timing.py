"""How long people take: measured between showing and sending, capped, and told as medians."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessment.actions import Answered, answer, begin, submit
from assessment.models import Questionnaire, Response
from assessment.queries import published
from assessment.queries import timing as queries
from assessment.rules.timing import counted, in_words
from assessment.views import answering
from people import clock
from tests.factories import TODAY, EmployeeFactory, UserFactory

ANSWERS = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}


@pytest.mark.parametrize(
    ("before", "seconds", "after"),
    [(0, 12.4, 12), (12, 8, 20), (0, 9 * 3600, 300), (290, 30, 300), (0, -5, 0), (7, -5, 7)],
)
def test_what_counts(before, seconds, after):
    assert counted(before, seconds) == after


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (59.6, "1 minute"), (65, "1 minute 5 seconds"), (120, "2 minutes")],
)
def test_in_words(seconds, words):
    assert in_words(seconds) == words


def timed(*seconds: int, by_self: bool = True) -> Response:
    """A response that was sent, its questions open for so many seconds each."""
    person = EmployeeFactory(user=UserFactory())
    by = person.user if by_self else UserFactory(is_hr=True)
    [response] = begin([person], by=by, on=TODAY)
    answer([Answered(response, ANSWERS, dict(zip(ANSWERS, seconds, strict=False)))], by=by)
    submit([response], by=by, on=TODAY)
    return response


@pytest.mark.django_db
def test_medians_of_what_people_sent_themselves():
    assert queries.timing(published()) is None
    for seconds in ((10, 10, 10, 10), (20, 10, 10, 40), (60, 30, 10, 200), (5,)):
        timed(*seconds)
    timed(300, 300, 300, 300, by_self=False)
    begun = begin([EmployeeFactory()], by=None, on=TODAY)[0]
    answer([Answered(begun, {"role": "other"}, {"role": 299})], by=None)
    found = queries.timing(published())
    assert found
    assert [(row.words, row.responses) for row in found.questions] == [
        ("15 seconds", 4),
        ("10 seconds", 3),
        ("10 seconds", 3),
        ("40 seconds", 3),
    ]
    assert [row.percent for row in found.questions] == [38, 25, 25, 100]
    assert (found.responses, found.whole, found.is_quick) == (3, "1 minute 20 seconds", True)


@pytest.mark.django_db
def test_five_minutes_miss_the_aim_and_only_the_latest_count(monkeypatch):
    timed(1, 1, 1, 1)
    timed(100, 100, 50, 50)
    monkeypatch.setattr(queries, "MOST", 1)
    found = queries.timing(published())
    assert found
    assert (found.responses, found.whole, found.is_quick) == (1, "5 minutes", False)


@pytest.fixture
def walked(db, monkeypatch):
    """A browser at the first question, and a clock that can be moved on."""
    person = EmployeeFactory(user=UserFactory())
    browser = Client()
    browser.force_login(person.user)
    later = {"by": timedelta()}
    monkeypatch.setattr(answering, "now", lambda: clock.now() + later["by"])
    return browser, browser.post("/questionnaire/")["Location"], later


def shown(browser, address: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', browser.get(address).content.decode())
    assert found
    return found[1]


def seconds() -> dict[str, int]:
    return Response.objects.get().seconds


def test_a_question_is_timed_from_showing_to_sending(walked):
    browser, address, later = walked
    stamp = shown(browser, address)
    assert seconds() == {}
    later["by"] = timedelta(seconds=20)
    again = browser.post(address, {"shown": stamp})  # no answer: shown again, and the time goes on
    assert f'value="{stamp}"' in again.content.decode()
    later["by"] = timedelta(seconds=42)
    browser.post(address, {"shown": stamp, "role": "operations"})
    assert seconds()["role"] in (42, 43)


def test_a_night_does_not_count(walked):
    browser, address, later = walked
    stamp = shown(browser, address)
    later["by"] = timedelta(hours=9)
    browser.post(address, {"shown": stamp, "role": "operations"})
    assert seconds() == {"role": 300}


@pytest.mark.parametrize("damage", ["", "nonsense", "other"])
def test_what_a_page_makes_up_is_not_counted(walked, damage):
    browser, address, _ = walked
    stamp = shown(browser, address.replace("/role/", "/does/")) if damage == "other" else damage
    assert browser.post(address, {"shown": stamp, "role": "operations"}).status_code == 302
    assert Response.objects.get().answers == {"role": "operations"}
    assert seconds() == {}


@pytest.mark.django_db
def test_the_version_s_page_shows_it_to_hr():
    browser = Client()
    browser.force_login(UserFactory(is_hr=True))
    address = reverse("assessment:version", args=[Questionnaire.objects.published().get().public_id])
    assert "Nothing is measured yet" in browser.get(address).content.decode()
    timed(10, 20, 30, 40)
    page = browser.get(address).content.decode()
    assert "<strong>1 minute 40 seconds</strong>" in page
    assert "it is met" in page
    assert page.count("20 seconds</") == 2  # the picture and the table
