"""What HR reads of messages and of what it did to them: in the past, once, and only what was really told."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from enrolment.forms.messages import StepForm
from people.clock import today
from people.models import Notice, User
from people.rules import STEPS
from tests.factories import EmployeeFactory, NoticeFactory, UserFactory

pytestmark = pytest.mark.django_db
SETTLE = "enrolment:settle_messages"


@pytest.fixture
def kelly() -> User:
    return EmployeeFactory(given_names="Mei", family_name="Kelly", user=UserFactory(is_hr=True)).user


@pytest.fixture
def hr(client: Client, kelly: User) -> Client:
    client.force_login(kelly)
    return client


def settle(client: Client, step: str, *notices: Notice, **more: str) -> str:
    """A step on messages, asked for and confirmed; the page that follows, on one line."""
    data = {"chosen": [str(notice.public_id) for notice in notices], "step": step, "count": str(len(notices))}
    answer = client.post(reverse(SETTLE), {**data, "do": "yes", "reason": "Wrong week.", **more}, follow=True)
    return " ".join(answer.content.decode().split())


def at(monkeypatch: pytest.MonkeyPatch, hour: int) -> None:
    """It is this hour on 27 November 2026."""
    moment = datetime(2026, 11, 27, hour, 33, tzinfo=ZoneInfo("Europe/London"))
    monkeypatch.setattr("enrolment.views.ahead.today", moment.date)
    monkeypatch.setattr("enrolment.views.ahead.time_of_day", lambda: time(hour, 33))


def test_a_reason_that_may_be_left_out_is_said_so_once(hr: Client) -> None:
    assert StepForm(step=STEPS["hurry"], count=1)["reason"].label == "Reason"
    notice = NoticeFactory(due_on=today())
    page = hr.post(reverse(SETTLE), {"chosen": str(notice.public_id), "step": "hurry"}).content.decode()
    assert page.count("(optional)") == 1


@pytest.mark.parametrize(
    ("step", "said"),
    [("hold", "Held back, by Mei Kelly"), ("hurry", "To be sent now, by Mei"), ("call_off", "Cancelled, by Mei Kelly")],
)
def test_the_history_speaks_of_what_was_done(hr: Client, step: str, said: str) -> None:
    notice = NoticeFactory(due_on=today())
    settle(hr, step, notice)
    page = " ".join(hr.get(reverse("enrolment:message", args=[notice.public_id])).content.decode().split())
    assert said in page


def test_what_hr_cancelled_is_called_so(hr: Client, kelly: User) -> None:
    cancelled, over, off = (NoticeFactory(due_on=today()) for _ in range(3))
    settle(hr, "call_off", cancelled)
    Notice.objects.filter(pk=over.pk).update(status="withdrawn", why="It is over.")
    Notice.objects.filter(pk=off.pk).update(status="withdrawn", why=Notice.NOT_WANTED, settled_by=kelly)
    for notice, word in ((cancelled, "cancelled"), (over, "no longer needed"), (off, "switched off")):
        notice.refresh_from_db()
        assert notice.state == word
        page = hr.get(reverse("enrolment:message", args=[notice.public_id])).content.decode().lower()
        assert word in page
    assert (
        "no longer needed"
        not in hr.get(reverse("enrolment:message", args=[cancelled.public_id])).content.decode().lower()
    )


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (20, "Mail leaves again on 28 November 2026 from 08:00."),
        (5, "Mail leaves again on 27 November 2026 from 08:00."),
        (12, "Mail leaves now, so that takes minutes."),
    ],
)
def test_sending_now_says_when_that_is(
    hr: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, hour: int, said: str
) -> None:
    settings.MAIL_HOURS = (8, 20)
    at(monkeypatch, hour)
    assert f"1 message is sent as soon as mail leaves. {said}" in settle(hr, "hurry", NoticeFactory())
    assert "Mail leaves" not in settle(hr, "hold", NoticeFactory()).replace("as soon as mail leaves", "")


def test_a_second_tab_is_told_that_it_came_late(hr: Client) -> None:
    one, two = NoticeFactory(due_on=today()), NoticeFactory(due_on=today())
    settle(hr, "call_off", one, two)
    said = settle(hr, "hurry", one)
    assert "This message cannot be sent now any more: it is cancelled. Nothing was changed." in said
    assert "None of these messages can be sent now any more. Nothing was changed." in settle(hr, "hurry", one, two)
    assert "tick at least one that can" in settle(hr, "hurry")


def test_the_address_of_the_step_alone_leads_to_the_list(hr: Client) -> None:
    for look in (hr.get, hr.head):
        assert look(reverse(SETTLE)).url == reverse("enrolment:messages_ahead")  # type: ignore[attr-defined]


def test_what_somebody_was_told_is_what_they_were_told(hr: Client) -> None:
    person = EmployeeFactory()
    for status in ("sent", "due", "withdrawn", "failed"):
        moment = datetime(2026, 6, 15, 9, tzinfo=ZoneInfo("UTC")) if status == "sent" else None
        NoticeFactory(employee=person, status=status, headline=f"That is {status}", sent_at=moment)
    page = hr.get(reverse("enrolment:person", args=[person.public_id])).content.decode()
    told = page.split('id="told"')[1].split("</section>")[0]
    assert "That is sent" in told
    assert told.count("That is") == 1
