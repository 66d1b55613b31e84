"""What needs a manager: their line's, oldest first, counted, done in place; and the good page when nothing does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assessment.models import Asked, Sending
from enrolment.models import Enrolment, Nomination
from people.clock import today
from people.models import Notice
from tests.factories import (
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    NoticeFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
NEEDS = "enrolment:needs"


@pytest.fixture
def manager():
    """Somebody with an account and people."""
    return EmployeeFactory(given_names="Grace", user=UserFactory())


@pytest.fixture
def page(client, manager):
    """What the manager is shown now."""
    client.force_login(manager.user)
    return lambda: client.get(reverse(NEEDS))


def on_unit(employee, *, start, days=28, status=S.ACTIVE, code="ai-leadership-literacy", **more):
    """An enrolment on a unit, as a row, its start counted from today."""
    first = today() + start * DAY
    last = first + (days - 1) * DAY
    ended = {"ended_on": last} if status == S.COMPLETED else {}
    days_of = {"start_date": first, "planned_end_date": last, **ended, **more}
    return EnrolmentFactory(employee=employee, programme=programme(code), status=status, **days_of)


def asked(employee, days: int, **more) -> Asked:
    """Somebody who was asked a month ago to answer so many days from today."""
    by = UserFactory(is_hr=True)
    due = today() + days * DAY
    sending = Sending.objects.create(to="Some", due_on=due, sent_by=by, sent_on=today() - 30 * DAY, **more)
    return Asked.objects.create(sending=sending, employee=employee)


def rows(page, heap: str) -> list:
    """What a heap shows."""
    return page.context[heap].rows


def test_each_heap_holds_what_the_line_needs_and_nobody_elses(manager, page):
    for person in (EmployeeFactory(manager=manager), EmployeeFactory()):
        on_unit(person, start=-60, status=S.OVERDUE)
        NominationFactory(employee=person, programme=programme("ai-governance"), word="not_now", word_on=today())
        NoticeFactory(employee=person, status=Notice.Status.NO_ADDRESS, due_on=today())
        asked(person, 3)
        NominationFactory(
            employee=person, programme=programme("ai-transformation"), status="asked", reason="", asked_on=today()
        )
        on_unit(EmployeeFactory(manager=person.manager), start=-60, status=S.COMPLETED)
    mine = {person.pk for person in manager.reports.all()}
    shown = page()
    for heap in ("asks", "to_close", "not_wanted", "going_on", "to_tell", "unanswered"):
        assert [row.employee_id in mine for row in rows(shown, heap)] == [True], heap
    assert "Nothing needs you" not in shown.content.decode()


def test_nothing_is_a_good_page_and_the_first_one(client, manager):
    EmployeeFactory(manager=manager)
    client.force_login(manager.user)
    answer = client.get(reverse("programmes:home"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse(NEEDS)
    assert "Nothing needs you today" in answer.content.decode()


def test_the_oldest_stands_first_and_the_count_goes_on(manager, page):
    people = [EmployeeFactory(manager=manager) for _ in range(7)]
    for place, person in enumerate(people):
        on_unit(person, start=-100 + place, status=S.OVERDUE)
    heap = page().context["to_close"]
    assert [row.employee for row in heap.rows] == people[:5]
    assert (heap.count, heap.has_more) == (7, True)


def test_told_in_place(client, manager, page):
    person = EmployeeFactory(manager=manager)
    row = NoticeFactory(employee=person, status=Notice.Status.FAILED, due_on=today())
    assert row.headline in page().content.decode()
    said = client.post(reverse("enrolment:in_person"), {"chosen": row.public_id, "next": "needs"})
    assert said.url == reverse(NEEDS)
    row.refresh_from_db()
    assert row.status == Notice.Status.TOLD
    assert rows(page(), "to_tell") == []


def test_the_next_step_is_nominated_for_with_one_click(client, manager, page):
    person = EmployeeFactory(manager=manager)
    done = on_unit(person, start=-60, status=S.COMPLETED)
    ((row, step),) = page().context["steps"]
    assert row == done
    client.post(reverse("enrolment:next_step", args=[done.public_id]), {"programme": step.programme.code})
    assert Nomination.objects.get().programme == step.programme
    assert rows(page(), "going_on") == []


@pytest.mark.parametrize("word", ["", "yes"])
def test_who_said_yes_or_nothing_needs_no_talk(manager, page, word):
    person = EmployeeFactory(manager=manager)
    on = today() if word else None
    NominationFactory(employee=person, programme=programme("ai-governance"), word=word, word_on=on)
    assert rows(page(), "not_wanted") == []


def test_somebody_asked_twice_is_there_once_by_the_sooner_day(manager, page):
    person = EmployeeFactory(manager=manager)
    asked(person, 9)
    sooner = asked(person, 2)
    asked(person, 1, ended_on=today())
    asked(EmployeeFactory(manager=manager, employed_until=today() - DAY), 1)
    assert rows(page(), "unanswered") == [sooner]
