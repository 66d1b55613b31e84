"""The calendar at work: what a night does, that a second night changes nothing, and one reminder each."""

from collections.abc import Sequence
from datetime import date, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends import locmem

from enrolment.actions.calendar import enforce
from enrolment.actions.changes import complete
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.calendar import people_due
from people.actions.mailing import send_due
from people.clock import now
from people.models import Employee, Notice
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status


def night(on: date) -> list[Enrolment]:
    """One nightly run over everybody whom the day concerns."""
    return [outcome.subject for outcome in enforce(people_due(on), on=on)]


def unit(person: Employee, code: str, status: str, first: str, last: str) -> Enrolment:
    """A unit with dates."""
    return EnrolmentFactory(
        employee=person,
        programme=programme(code),
        status=status,
        start_date=date.fromisoformat(first),
        planned_end_date=date.fromisoformat(last),
    )


def reminders() -> list[Notice]:
    """What the calendar said of ends, in the order made, without what was withdrawn."""
    said = Notice.objects.filter(kind__in=("progression", "finished"))
    return list(said.exclude(status=Notice.Status.WITHDRAWN).order_by("id"))


def test_what_is_due_starts_and_what_overran_is_marked() -> None:
    """On the start date, and on the first day after the planned end."""
    due = unit(EmployeeFactory(), "ai-governance", S.PLANNED, "2026-06-15", "2026-07-12")
    later = unit(EmployeeFactory(), "ai-governance", S.PLANNED, "2026-06-16", "2026-07-13")
    last_day = unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-19", "2026-06-15")
    past = unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-14")
    night(TODAY)
    statuses = {e.pk: e.status for e in Enrolment.objects.all()}
    assert statuses == {due.pk: S.ACTIVE, later.pk: S.PLANNED, last_day.pk: S.ACTIVE, past.pk: S.OVERDUE}
    assert past.events.get().by is None
    assert Enrolment.objects.get(pk=past.pk).held.upper is None


def test_a_plan_behind_an_overrun_gives_way() -> None:
    """It loses its dates, follows what overran, and its history says why; what began is not stopped."""
    ada = EmployeeFactory()
    first = unit(ada, "ai-leadership-literacy", S.ACTIVE, "2026-05-18", "2026-06-14")
    behind = unit(ada, "ai-governance", S.PLANNED, "2026-06-15", "2026-07-12")
    night(TODAY)
    first.refresh_from_db()
    behind.refresh_from_db()
    assert (first.status, behind.status, behind.follows) == (S.OVERDUE, S.QUEUED, first)
    assert (behind.start_date, behind.planned_end_date) == (None, None)
    assert "ran past its planned end" in behind.events.get(move="queue").reason


def test_a_second_night_changes_nothing() -> None:
    """However often it runs."""
    ada = EmployeeFactory()
    unit(ada, "ai-leadership-literacy", S.ACTIVE, "2026-05-18", "2026-06-14")
    unit(ada, "ai-governance", S.PLANNED, "2026-06-15", "2026-07-12")
    night(TODAY)
    before = list(EnrolmentEvent.objects.values()), list(Notice.objects.values())
    assert night(TODAY) == []
    assert enforce([ada.pk], on=TODAY) == []
    assert (list(EnrolmentEvent.objects.values()), list(Notice.objects.values())) == before


@pytest.mark.parametrize(
    ("status", "last", "reminded"),
    [
        (S.ACTIVE, TODAY + timedelta(28), True),
        (S.ACTIVE, TODAY + timedelta(29), False),
        (S.ACTIVE, TODAY - timedelta(1), True),
        (S.COMPLETED, TODAY - timedelta(10), True),
        (S.COMPLETED, TODAY - timedelta(366), False),
        (S.WITHDRAWN, TODAY - timedelta(10), False),
        (S.PLANNED, TODAY + timedelta(20), False),
    ],
)
def test_who_is_reminded(status: str, last: date, reminded: bool) -> None:
    """Those whose programme ends within 28 days or ended."""
    closed = {"ended_on": last} if status in (S.COMPLETED, S.WITHDRAWN) else {}
    start = min(last, TODAY) - timedelta(20) if status != S.PLANNED else TODAY + timedelta(5)
    EnrolmentFactory(
        programme=programme("ai-governance"),
        status=status,
        start_date=start,
        planned_end_date=max(last, start),
        **closed,
    )
    night(TODAY)
    night(TODAY)
    night(TODAY + timedelta(1))
    assert len(reminders()) == (1 if reminded else (1 if last == TODAY + timedelta(29) else 0))


def test_leavers_are_not_reminded() -> None:
    """Neither by a new row nor by mail for one that waited."""
    gone = EmployeeFactory(employed_until=TODAY - timedelta(1))
    unit(gone, "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    assert reminders() == []
    stays = EmployeeFactory()
    unit(stays, "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    Employee.objects.filter(pk=stays.pk).update(employed_until=TODAY)
    assert send_due(on=TODAY + timedelta(1), now=now()) == 0
    assert Notice.objects.get(employee=stays).status == Notice.Status.WITHDRAWN
    assert mail.outbox == []


def test_a_moved_end_moves_the_unsent_and_repeats_the_sent() -> None:
    """One round more only when the end moved by more than 28 days."""
    enrolment = unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    assert reminders()[0].about_on == date(2026, 6, 20)
    Enrolment.objects.filter(pk=enrolment.pk).update(planned_end_date=date(2026, 6, 30))
    night(TODAY)
    assert [(n.about_on, n.round) for n in reminders()] == [(date(2026, 6, 30), 1)]
    assert send_due(on=TODAY, now=now()) == 1
    Enrolment.objects.filter(pk=enrolment.pk).update(planned_end_date=date(2026, 7, 28))  # 28 days later
    night(date(2026, 7, 1))
    assert len(reminders()) == 1
    Enrolment.objects.filter(pk=enrolment.pk).update(planned_end_date=date(2026, 7, 29))
    night(date(2026, 7, 2))
    assert [(n.about_on, n.round) for n in reminders()] == [(date(2026, 6, 30), 1), (date(2026, 7, 29), 2)]


def test_the_reminder_says_what_comes_next() -> None:
    """A plan they have, else what often follows and they have not had."""
    hr = UserFactory(is_hr=True)
    ada, grace = EmployeeFactory(), EmployeeFactory()
    for person in (ada, grace):
        unit(person, "ai-leadership-literacy", S.ACTIVE, "2026-05-25", "2026-06-21")
    july = date(2026, 7, 1), date(2026, 7, 28)
    enrol([Wish(ada, programme("ai-transformation"), *july)], by=hr, on=TODAY)
    night(TODAY)
    told = {notice.employee_id: notice.body for notice in reminders()}
    assert "Next for you: Delivering AI-Enabled Transformation, from 1 July 2026" in told[ada.pk]
    assert "The next step that fits is Adopting and Governing AI Systems" in told[grace.pk]


def test_sending_marks_each_once_with_a_message_id() -> None:
    """A second sweep sends nothing; somebody without an address is marked, not lost."""
    enrolment = unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    unit(EmployeeFactory(email=""), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    assert send_due(on=TODAY, now=now()) == 1
    assert send_due(on=TODAY, now=now()) == 0
    (message,) = mail.outbox
    assert message.to == [enrolment.employee.email]
    notice = Notice.objects.get(employee=enrolment.employee)
    assert str(notice.public_id) in message.extra_headers["Message-ID"]
    assert {n.status for n in reminders()} == {Notice.Status.SENT, Notice.Status.NO_ADDRESS}


def test_one_that_fails_is_kept_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next sweep finds it."""
    first = unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    deliver = locmem.EmailBackend.send_messages

    def refuse_first(mailer: locmem.EmailBackend, messages: Sequence[mail.EmailMessage]) -> int:
        if messages[0].to == [first.employee.email]:
            raise SMTPRecipientsRefused({first.employee.email: (451, b"Try again later")})
        return deliver(mailer, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse_first)
    assert send_due(on=TODAY, now=now()) == 1
    monkeypatch.undo()
    assert send_due(on=TODAY, now=now()) == 0, "it rests for a minute first"
    assert send_due(on=TODAY, now=now() + timedelta(minutes=1)) == 1
    assert len(mail.outbox) == 2


def test_completing_moves_the_reminder_to_the_real_end() -> None:
    """The unsent reminder speaks of the finish, not of the plan."""
    hr = UserFactory(is_hr=True)
    enrolment = unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    complete([enrolment], ended_on=TODAY, by=hr, on=TODAY)
    night(TODAY)
    (reminder,) = reminders()
    assert reminder.about_on == TODAY
    assert "You finished" in reminder.body


def test_an_address_of_which_no_mail_can_be_made_stops_nobody() -> None:
    """It is marked, and those behind it hear."""
    unit(EmployeeFactory(email="a@" + "\u00fc" * 60 + ".com"), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    assert send_due(on=TODAY, now=now()) == 1
    assert sorted(notice.status for notice in reminders()) == [Notice.Status.FAILED, Notice.Status.SENT]


def test_the_day_has_an_end() -> None:
    """Whoever was told, or cannot be, is not looked at again the next hour; an address that comes is noticed."""
    silent = unit(EmployeeFactory(email=""), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    unit(EmployeeFactory(), "ai-governance", S.ACTIVE, "2026-05-18", "2026-06-20")
    night(TODAY)
    send_due(on=TODAY, now=now())
    assert people_due(TODAY) == []
    Employee.objects.filter(pk=silent.employee_id).update(email="now@example.org")
    assert people_due(TODAY) == [silent.employee_id]
    night(TODAY)
    assert send_due(on=TODAY, now=now()) == 1


def test_nobody_overtakes_what_they_follow() -> None:
    """While dates of the one before wait for HR's yes, the one behind it has none."""
    ada = EmployeeFactory()
    done = EnrolmentFactory(
        employee=ada,
        programme=programme("ai-leadership-literacy"),
        status=S.COMPLETED,
        start_date=date(2026, 5, 1),
        planned_end_date=date(2026, 5, 28),
        ended_on=date(2026, 5, 28),
    )
    second = EnrolmentFactory(employee=ada, programme=programme("ai-governance"), status=S.QUEUED, follows=done)
    third = EnrolmentFactory(employee=ada, programme=programme("ai-transformation"), status=S.QUEUED, follows=second)
    EnrolmentEvent.objects.create(
        subject=second,
        move="queue",
        from_status=S.PLANNED,
        to_status=S.QUEUED,
        on=TODAY,
        start_date=date(2026, 12, 1),
        planned_end_date=date(2026, 12, 28),
    )
    for _ in range(2):
        night(TODAY)
        second.refresh_from_db()
        third.refresh_from_db()
        assert (second.status, second.proposed_start_date) == (S.QUEUED, TODAY + timedelta(7))
        assert (third.status, third.start_date) == (S.QUEUED, None)
