"""Nominations that wait: asked, reminded, escalated, warned, expired, each once, in working days; declined by turns."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from enrolment.actions.calendar import enforce
from enrolment.actions.nominations import NominationWish, decline, nominate, undo_declining
from enrolment.actions.words import give_word
from enrolment.models import Nomination, NominationEvent
from enrolment.queries.calendar import people_due
from people.clock import now
from people.models import Notice
from tests.factories import EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
N = Nomination.Status
DAY = timedelta(days=1)
GOOD_FRIDAY_AHEAD = date(2026, 3, 30)  # a Monday: the clocks went forward the night before, Easter is on 5 April


@pytest.fixture
def hr():
    """Somebody in HR, with a record that letters go to."""
    return EmployeeFactory(user=UserFactory(is_hr=True)).user


@pytest.fixture
def waiting(hr):
    """A nomination made on the Monday before Easter."""
    manager = EmployeeFactory(user=UserFactory())
    ada = EmployeeFactory(manager=manager, user=UserFactory())
    wish = NominationWish(ada, programme("ai-governance"), "Good.", protected_hours=4)
    return nominate([wish], by=manager.user, on=GOOD_FRIDAY_AHEAD)[0].subject.nomination


def told(kind):
    """Who was told so, and from when."""
    return {
        (notice.employee_id, notice.due_on) for notice in Notice.objects.filter(kind=kind).exclude(status="withdrawn")
    }


def test_each_step_comes_on_its_working_day_and_once(waiting, hr):
    boss = EmployeeFactory(user=UserFactory(is_administrator=True))
    for number in range(40):
        on = GOOD_FRIDAY_AHEAD + number * DAY
        for _ in range(2):
            enforce(people_due(on), on=on)
    moves = [(event.move, event.on) for event in NominationEvent.objects.order_by("id")]
    assert moves == [
        ("nominate", GOOD_FRIDAY_AHEAD),
        ("remind", date(2026, 4, 2)),
        ("escalate", date(2026, 4, 8)),  # Good Friday and Easter Monday do not count
        ("warn", date(2026, 4, 17)),
        ("expire", date(2026, 4, 21)),
    ]
    record = hr.employee.pk
    assert told("nomination_waits") == set()  # it is closed: what was not sent is withdrawn
    assert Notice.objects.filter(kind="nomination_waits").count() == 1
    escalated = Notice.objects.filter(kind="nomination_escalated").values_list("employee_id", flat=True)
    assert sorted(escalated) == sorted([record, boss.pk])
    both = {(waiting.employee_id, date(2026, 4, 21)), (waiting.employee.manager_id, date(2026, 4, 21))}
    assert told("nomination_expired") == both
    assert Nomination.objects.get().status == N.EXPIRED


def test_the_manager_hears_first_and_an_undo_withdraws_what_was_not_sent(waiting, hr):
    decline([waiting], by=hr, on=date(2026, 4, 1), reason="The audit comes first.")
    assert told("nomination_declined") == {(waiting.employee.manager_id, date(2026, 4, 1))}
    assert told("nomination_not_this_time") == {(waiting.employee_id, date(2026, 4, 7))}
    (outcome,) = undo_declining([waiting], by=hr, on=date(2026, 4, 2), at=now())
    assert (outcome.subject.status, outcome.subject.held_since) == (N.SUBMITTED, date(2026, 4, 2))
    assert told("nomination_declined") == told("nomination_not_this_time") == set()


def test_only_the_nominee_gives_the_word_and_the_manager_hears_of_a_no(waiting, hr):
    (refused,) = give_word([waiting], by=hr, on=GOOD_FRIDAY_AHEAD, word="yes")
    assert refused.refusal is not None
    assert refused.refusal.code == "not_yours"
    for _ in range(2):
        give_word([waiting], by=waiting.employee.user, on=GOOD_FRIDAY_AHEAD, word="not_now", comment="In May.")
    assert NominationEvent.objects.filter(move="give_word").count() == 1
    assert told("nomination_word") == {(waiting.employee.manager_id, GOOD_FRIDAY_AHEAD)}


def test_the_learner_says_yes_on_their_page_and_does_not_read_the_reason(client, waiting):
    client.force_login(waiting.employee.user)
    address = reverse("enrolment:my_nomination", args=[waiting.public_id])
    assert address in client.get(reverse("enrolment:my_programme")).content.decode()
    page = client.get(address).content.decode()
    assert "HR holds the decision since" in page
    assert "Good." not in page
    assert client.post(address, {"word": ""}).context["form"].errors["word"]
    client.post(address, {"word": "yes", "comment": "Gladly."})
    found = Nomination.objects.get()
    assert (found.word, found.word_comment) == ("yes", "Gladly.")
