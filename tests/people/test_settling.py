"""What people do to notices: each step from where it may, with its history, one or many, and kinds that are held."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from people.actions.mailing import send_due
from people.actions.notices import tell
from people.actions.settling import (
    call_off,
    hold,
    hold_kinds,
    hurry,
    release,
    release_kinds,
    retry,
    tell_in_person,
)
from people.ledger import HeldKind, NoticeChoice, NoticeEvent
from people.models import Notice
from people.queries import late_notices
from people.rules import STEPS
from tests.factories import TODAY, EmployeeFactory, NoticeFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 15, 9, tzinfo=UTC)
Q = Notice.Status
DAY = timedelta(1)
HOW: dict[str, Any] = {
    "hold": {"status": Q.DUE},
    "release": {"status": Q.HELD},
    "hurry": {"status": Q.DUE, "due_on": TODAY + 9 * DAY},
    "call_off": {"status": Q.DUE},
    "retry": {"status": Q.FAILED, "attempts": 18, "sent_to": "old@sample.example"},
    "tell_in_person": {"status": Q.NO_ADDRESS},
}
ACTIONS: dict[str, Any] = {"hold": hold, "release": release, "hurry": hurry, "call_off": call_off, "retry": retry}
ACTIONS["tell_in_person"] = lambda rows, *, by, on, reason: tell_in_person(rows, by=by, on=on, at=AT)


def send() -> int:
    """One sweep of today."""
    return send_due(on=TODAY, now=AT)


@pytest.mark.parametrize("name", HOW)
def test_each_step_on_many_with_its_history(name: str) -> None:
    hr = UserFactory(is_hr=True)
    rows = [NoticeFactory(**HOW[name]) for _ in range(2)]
    settled = ACTIONS[name]([row.pk for row in rows], by=hr, on=TODAY, reason="Because.")
    assert [one.code for one in settled] == ["", ""]
    for row in Notice.objects.all():
        assert (row.status, row.settled_by) == (STEPS[name].to, hr)
    events = NoticeEvent.objects.values_list("notice", "step", "by", "on")
    assert list(events) == [(row.pk, name, hr.pk, TODAY) for row in rows]


@pytest.mark.parametrize("status", Q.values)
@pytest.mark.parametrize("name", HOW)
def test_a_step_is_made_only_from_where_it_may_be(name: str, status: str) -> None:
    more = {"sent_at": AT} if status in ("sent", "told") else {"leased_until": AT} if status == "sending" else {}
    row = NoticeFactory(status=status, **more)
    (settled,) = ACTIONS[name]([row.pk], by=UserFactory(is_hr=True), on=TODAY, reason="Because.")
    may = status in STEPS[name].sources
    row.refresh_from_db()
    assert (settled.code, row.status) == ("" if may else "move_not_allowed", STEPS[name].to if may else status)
    assert NoticeEvent.objects.count() == may


def test_the_held_stays_and_the_released_goes() -> None:
    hr, row = UserFactory(is_hr=True), NoticeFactory()
    hold([row.pk], by=hr, on=TODAY, reason="The dates are being checked.")
    assert send() == 0
    release([row.pk], by=hr, on=TODAY)
    assert send() == 1


def test_the_hurried_goes_today_even_when_its_words_change() -> None:
    hr, person = UserFactory(is_hr=True), EmployeeFactory()
    said = {"employee": person, "kind": "starts_soon", "due_on": TODAY + 9 * DAY, "about_on": TODAY + 16 * DAY}
    row = NoticeFactory(**said)
    hurry([row.pk], by=hr, on=TODAY)
    other = Notice(**{**said, "subject": row.subject, "headline": "Said better", "body": "Better."})
    assert tell([other]) == 1
    row.refresh_from_db()
    assert (row.headline, row.due_on) == ("Said better", TODAY)
    assert send() == 1


def test_the_hurried_waits_again_once_its_day_is_another() -> None:
    hr, person = UserFactory(is_hr=True), EmployeeFactory()
    said = {"employee": person, "kind": "starts_soon", "due_on": TODAY + 9 * DAY, "about_on": TODAY + 16 * DAY}
    row = NoticeFactory(**said)
    hurry([row.pk], by=hr, on=TODAY)
    later = {"due_on": TODAY + 12 * DAY, "about_on": TODAY + 19 * DAY}
    tell([Notice(**{**said, **later, "subject": row.subject, "headline": "Later", "body": "Later."})])
    row.refresh_from_db()
    assert (row.due_on, row.settled_by) == (TODAY + 12 * DAY, None)
    assert send() == 0


def test_a_kind_that_is_held_holds_what_is_written_later_until_it_is_released() -> None:
    hr = UserFactory(is_hr=True)
    NoticeFactory(kind="started")
    assert hold_kinds(["started"], by=hr, on=TODAY, reason="The words are wrong.") == 1
    assert hold_kinds(["started"], by=hr, on=TODAY, reason="Again.") == 0
    later, other = NoticeFactory(kind="started"), NoticeFactory(kind="enrolled")
    assert send() == 1
    assert mail.outbox[0].to == [other.employee.email]
    later.refresh_from_db()
    assert (later.status, later.why) == (Q.HELD, "All of this kind are held: The words are wrong.")
    assert release_kinds(["started"], by=hr, at=AT, reason="They are right.") == 2
    assert send() == 2
    held = HeldKind.objects.get()
    assert (held.released_by, held.released_at, held.released_because) == (hr, AT, "They are right.")


def test_one_of_a_held_kind_can_be_let_go_and_one_held_by_itself_stays() -> None:
    hr = UserFactory(is_hr=True)
    one, other = NoticeFactory(kind="started"), NoticeFactory(kind="started")
    hold_kinds(["started"], by=hr, on=TODAY, reason="Wrong.")
    hold([other.pk], by=hr, on=TODAY, reason="Not them.")
    assert send() == 0
    release([one.pk], by=hr, on=TODAY)
    assert send() == 1
    release_kinds(["started"], by=hr, at=AT)
    assert send() == 0
    other.refresh_from_db()
    assert (other.status, other.why) == (Q.HELD, "Not them.")


def test_a_kind_is_held_once_at_a_time() -> None:
    HeldKind.objects.create(kind="started", reason="Wrong.")
    with transaction.atomic(), pytest.raises(IntegrityError, match="a_kind_is_held_once"):
        HeldKind.objects.create(kind="started", reason="Wrong.")
    HeldKind.objects.update(released_at=AT)
    HeldKind.objects.create(kind="started", reason="Wrong.")


def test_what_is_held_is_not_late() -> None:
    row = NoticeFactory(kind="started", due_on=TODAY - 9 * DAY)
    Notice.objects.update(created_at=AT - 9 * DAY)
    how: dict[str, Any] = {"now": AT, "hours": (8, 20), "by": timedelta(hours=2)}
    assert late_notices(**how) == [row]
    hold_kinds(["started"], by=UserFactory(is_hr=True), on=TODAY, reason="Wrong.")
    assert late_notices(**how) == []


def test_what_failed_is_tried_again_with_all_its_tries() -> None:
    row = NoticeFactory(status=Q.FAILED, attempts=18, why="The mail server refused it: 550 no")
    retry([row.pk], by=UserFactory(is_hr=True), on=TODAY)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.why) == (Q.DUE, 0, "")
    assert send() == 1


def test_whoever_still_has_no_address_is_not_tried_again() -> None:
    row = NoticeFactory(employee=EmployeeFactory(email=""), status=Q.NO_ADDRESS)
    (settled,) = retry([row.pk], by=UserFactory(is_hr=True), on=TODAY)
    assert settled.code == "no_address"
    row.refresh_from_db()
    assert row.status == Q.NO_ADDRESS


def test_what_is_told_in_person_says_who_told_it_and_is_not_told_again() -> None:
    manager = UserFactory()
    row = NoticeFactory(status=Q.NO_ADDRESS)
    tell_in_person([row.pk], by=manager, on=TODAY, at=AT)
    row.refresh_from_db()
    assert (row.status, row.settled_by, row.sent_at) == (Q.TOLD, manager, AT)
    (again,) = tell_in_person([row.pk], by=manager, on=TODAY, at=AT)
    assert (again.code, again.message) == ("move_not_allowed", "It is told in person.")


def test_nobody_gets_what_they_switched_off_and_it_stays_so_for_that_day() -> None:
    row = NoticeFactory(kind="starts_soon")
    user = UserFactory()
    NoticeChoice.objects.create(employee=row.employee, kind="starts_soon", choice="off", by=user, on=TODAY)
    other = NoticeFactory(kind="started", employee=row.employee)
    assert send() == 1
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, row.settled_by, other.status) == (Q.WITHDRAWN, user, Q.SENT)


def test_a_hold_on_what_is_taken_stops_it() -> None:
    """Whoever has taken a notice and has not begun to send it leaves it."""
    row = NoticeFactory(leased_until=AT + timedelta(minutes=5))
    hold([row.pk], by=UserFactory(is_hr=True), on=TODAY, reason="Wait.")
    row.refresh_from_db()
    assert (row.status, row.leased_until) == (Q.HELD, None)
