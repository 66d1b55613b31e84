"""On which days messages leave, over a year of days: needed ones on their own, the others when people are at work."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrolment.actions.digests import write_digests
from enrolment.actions.sendings import remind_all, send
from enrolment.models import Nomination
from enrolment.queries import digest, foreseen
from enrolment.queries.messages import Narrowed
from enrolment.rules.kinds import DIGEST_HR, DIGEST_TEAM, KINDS, leaves_on
from enrolment.rules.reminders import REMINDERS, first_day
from enrolment.rules.sendings import DUE_SOON_REMINDER, OVERDUE_REMINDER
from enrolment.rules.working_days import is_working_day
from people.ledger import NoticeChoice
from people.models import Employee, Notice
from tests.factories import EmployeeFactory, NominationFactory, UserFactory, programme

DAY = timedelta(days=1)
FIRST = date(2026, 12, 1)
YEAR = [FIRST + number * DAY for number in range(396)]  # two Christmases, an Easter, every bank holiday between
ASKS = {"training_plan", "review", "to_close"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_waits_for_work_only_where_one_may_do_without_or_it_asks_for_work(kind: str) -> None:
    for day in YEAR:
        leaves = leaves_on(kind, day)
        if KINDS[kind].is_optional or kind in ASKS:
            assert is_working_day(leaves)
            assert not any(is_working_day(day + number * DAY) for number in range((leaves - day).days))
        else:
            assert leaves == day


@pytest.mark.parametrize("kind", REMINDERS)
def test_each_reminder_leaves_in_time_and_on_a_working_day_if_it_is_no_need(kind: str) -> None:
    reminder = REMINDERS[kind]
    for about in YEAR:
        usual = about - timedelta(days=reminder.before)
        leaves = first_day(reminder, about, FIRST - 400 * DAY)
        assert usual <= leaves <= about + timedelta(days=reminder.after)
        if KINDS[kind].is_optional or kind in ASKS:
            assert is_working_day(leaves)
        else:
            assert leaves == usual
        for late in (about - DAY, about - 2 * DAY, about + DAY):  # found late: while it makes sense it is said
            said = first_day(reminder, about, late)
            assert said >= late
            assert said <= max(late, about + timedelta(days=reminder.after))


def test_a_start_after_a_weekend_that_is_found_late_is_said_at_the_weekend() -> None:
    """On the Monday it would say nothing new any more."""
    monday = date(2027, 6, 14)
    assert first_day(REMINDERS["starts_soon"], monday, monday - 2 * DAY) == monday - 2 * DAY


def test_answers_due_soon_are_asked_for_on_a_working_day_before_the_day() -> None:
    for due in YEAR:
        usual = DUE_SOON_REMINDER.day(due)
        assert is_working_day(usual)
        assert due - 6 * DAY <= usual <= due - 2 * DAY
        assert DUE_SOON_REMINDER.next_day(due - 20 * DAY, due) == usual
        for late in (usual + number * DAY for number in range((due - usual).days + 1)):
            goes = DUE_SOON_REMINDER.next_day(late, due)
            assert late <= goes <= due
            assert is_working_day(goes) or not any(
                is_working_day(late + number * DAY) for number in range((due - late).days + 1)
            )
        assert OVERDUE_REMINDER.next_day(FIRST - 99 * DAY, due) == due + DAY


@pytest.mark.django_db
def test_summaries_are_written_on_working_days_and_weekly_ones_on_the_first_of_the_week() -> None:
    daily, weekly = EmployeeFactory(user=UserFactory()), EmployeeFactory(user=UserFactory())
    by = UserFactory(is_hr=True)
    for manager in (daily, weekly):
        EmployeeFactory(manager=manager)
    NoticeChoice.objects.create(employee=daily, kind=DIGEST_TEAM.code, choice="daily", by=by, on=FIRST)
    people = {"daily": Employee.objects.filter(pk=daily.pk), "weekly": Employee.objects.filter(pk=weekly.pk)}
    with CaptureQueriesContext(connection) as asked:
        assert len(digest.turns(DIGEST_TEAM.code, YEAR, among=Employee.objects.all(), on=FIRST)) == len(YEAR)
    assert len(asked) == 2, "one for each of the two choices, however many days"
    turns = {name: digest.turns(DIGEST_TEAM.code, YEAR, among=some, on=FIRST) for name, some in people.items()}
    assert [day for day in YEAR if turns["daily"][day]] == [day for day in YEAR if is_working_day(day)]
    weeks = [day for day in YEAR if turns["weekly"][day]]
    assert len(weeks) == len({day.isocalendar()[:2] for day in weeks}) == 56  # the year begins on a Tuesday
    assert all(is_working_day(day) for day in weeks)
    assert {(late - early).days for early, late in pairwise(weeks)} == {6, 7, 8, digest.LONGEST}
    saturday = date(2027, 6, 12)
    assert digest.readers(DIGEST_TEAM.code, saturday) == digest.readers(DIGEST_HR.code, saturday) == []
    assert digest.readers(DIGEST_TEAM.code, saturday + 2 * DAY) == [daily.pk, weekly.pk]


@pytest.mark.django_db
def test_the_summary_after_a_bank_holiday_speaks_of_all_days_since_the_one_before() -> None:
    manager = EmployeeFactory(user=UserFactory())
    monday, tuesday = date(2027, 3, 22), date(2027, 3, 30)  # the Monday between them is Easter Monday
    NominationFactory(
        employee=EmployeeFactory(manager=manager), nominated_on=FIRST, programme=programme("ai-governance"),
        nominated_by=manager.user,
    )  # fmt: skip
    assert write_digests(on=monday) == 1
    assert [write_digests(on=monday + number * DAY) for number in range(1, 8)] == [0] * 7
    (found,) = digest.digests(DIGEST_TEAM.code, [manager], tuesday)
    assert found.since == monday
    assert write_digests(on=tuesday) == 1
    assert Nomination.objects.count() == 1


@pytest.mark.django_db
def test_who_has_until_monday_is_reminded_on_friday_and_as_foreseen() -> None:
    hr, person = UserFactory(is_hr=True), EmployeeFactory()
    monday = date(2027, 6, 21)
    send([person.pk], to="one", due_on=monday, by=hr, on=monday - 10 * DAY)
    Notice.objects.all().delete()
    friday = monday - 3 * DAY
    expected = [
        (line.kind, line.day) for line in foreseen.foreseen(hr, Narrowed(), on=monday - 9 * DAY).lines if line.count
    ]
    assert expected == [("questionnaire_due_soon", friday), ("questionnaire_overdue", monday + DAY)]
    said = [day for day in (monday + number * DAY for number in range(-9, 3)) if remind_all(on=day)]
    assert said == [friday, monday + DAY]


@pytest.mark.django_db
def test_who_was_missed_on_friday_is_reminded_on_monday_not_on_saturday() -> None:
    hr, person = UserFactory(is_hr=True), EmployeeFactory()
    monday = date(2027, 6, 21)
    send([person.pk], to="one", due_on=monday, by=hr, on=monday - 10 * DAY)
    assert [remind_all(on=monday + number * DAY) for number in (-2, -1, 0)] == [0, 0, 1]
