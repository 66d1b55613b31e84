"""What the calendar tells of a programme: which kind, of which day, from when, and not when it is over."""

from datetime import date, timedelta
from typing import Any

import pytest

from enrolment.actions.calendar import enforce
from enrolment.actions.changes import begin_break, cancel, complete, redate
from enrolment.models import Enrolment
from enrolment.queries.calendar import people_due
from enrolment.queries.lapsed import lapsed
from enrolment.queries.reminders import still, untold
from enrolment.rules.reminders import AHEAD, REMINDERS, first_day
from enrolment.rules.working_days import is_working_day
from people.actions.mailing import send_due
from people.clock import now
from people.models import Employee, Notice
from programmes.rules import add_months
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, NoticeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S, Q = Enrolment.Status, Notice.Status
DAY = timedelta(1)


def taken(code: str, status: str, start: date, end: date, **more: Any) -> Enrolment:
    """An enrolment as it stands."""
    row: Enrolment = EnrolmentFactory(
        programme=programme(code), status=status, start_date=start, planned_end_date=end, **more
    )
    return row


def night(on: date) -> None:
    """The nightly work; what it wrote is not changed by another."""
    enforce(people_due(on), on=on)


def said() -> dict[str, tuple[date | None, date]]:
    """By kind, what is to be said: the day it speaks of and the first day it may go."""
    rows = Notice.objects.filter(kind__in=REMINDERS, status=Q.DUE).order_by("id")
    return {row.kind: (row.about_on, row.due_on) for row in rows}


def test_an_apprenticeship_hears_of_its_start_its_plan_and_its_reviews() -> None:
    """Written ahead as far as a month, each from its day."""
    start, end = TODAY + 10 * DAY, date(2027, 12, 24)
    taken("ai-practitioner", S.PLANNED, start, end)
    night(TODAY)
    assert said() == {"starts_soon": (start, start - 7 * DAY), "started": (start, start)}
    night(start)
    assert said()["training_plan"] == (start + 42 * DAY, start + 28 * DAY)
    review = add_months(start, 3)
    night(review - (14 + AHEAD) * DAY)
    about, due = said()["review"]
    assert about == review
    assert is_working_day(due)
    assert review - 14 * DAY <= due <= review - 10 * DAY


def test_each_review_is_a_round_of_its_own() -> None:
    """Three months apart; none after the planned end."""
    start, end = date(2026, 6, 25), date(2027, 4, 20)
    taken("ai-practitioner", S.ACTIVE, start, end)
    reviews = [add_months(start, 3 * number) for number in (1, 2, 3)]
    for day in reviews:
        night(day - 14 * DAY)
        send_due(on=day - 10 * DAY, now=now())
    night(end - 20 * DAY)
    rounds = Notice.objects.filter(kind="review").order_by("round").values_list("round", "about_on", "status")
    assert list(rounds) == [(number, day, Q.SENT) for number, day in enumerate(reviews, 1)]


def test_a_unit_has_no_training_plan_and_no_reviews() -> None:
    taken("ai-governance", S.ACTIVE, TODAY - 10 * DAY, TODAY + 90 * DAY)
    for day in range(0, 90, 10):
        night(TODAY + day * DAY)
    assert set(Notice.objects.values_list("kind", flat=True)) == {"progression"}


def test_whoever_just_heard_of_a_start_is_not_told_of_it_again() -> None:
    """Nor on the very day: enrolled a week ahead, they would get both letters at once."""
    late, same, early = (taken("ai-governance", S.PLANNED, TODAY + 5 * DAY, TODAY + 40 * DAY) for _ in range(3))
    for record, told in ((late, TODAY), (same, TODAY - 2 * DAY), (early, TODAY - 5 * DAY)):
        NoticeFactory(
            employee=record.employee, subject=record.public_id, about_on=record.start_date, due_on=told, sent_at=now(),
            status=Q.SENT,
        )  # fmt: skip
    night(TODAY)
    assert Notice.objects.get(kind="starts_soon").subject == early.public_id


def test_a_finish_says_what_comes_next_and_the_end_is_not_spoken_of_any_more() -> None:
    """What was written ahead of the end is withdrawn with the move, not at its sending."""
    record = taken("ai-leadership-literacy", S.ACTIVE, TODAY - 10 * DAY, TODAY + 17 * DAY)
    night(TODAY)
    assert set(said()) == {"progression"}
    complete([record], ended_on=TODAY, by=UserFactory(is_hr=True), on=TODAY)
    assert said() == {"finished": (TODAY, TODAY)}
    night(TODAY)
    assert said() == {"finished": (TODAY, TODAY)}
    assert "The next step that fits is Adopting and Governing AI Systems" in Notice.objects.get(kind="finished").body


@pytest.mark.parametrize("move", ["cancel", "redate"])
def test_moves_withdraw_what_was_written_ahead(move: str) -> None:
    record = taken("ai-governance", S.PLANNED, TODAY + 20 * DAY, TODAY + 60 * DAY)
    night(TODAY)
    assert set(said()) == {"starts_soon", "started"}
    by = UserFactory(is_hr=True)
    if move == "cancel":
        cancel([record], by=by, on=TODAY, reason="Other work.")
    else:
        start = TODAY + 25 * DAY
        redate([record], start_date=start, planned_end_date=start + 40 * DAY, by=by, on=TODAY)
    assert said() == {}
    night(TODAY)
    assert {about for about, _ in said().values()} == (set() if move == "cancel" else {TODAY + 25 * DAY})


def test_a_break_stops_reviews() -> None:
    record = taken("ai-practitioner", S.ACTIVE, TODAY - 80 * DAY, TODAY + 400 * DAY)
    night(TODAY)
    assert "review" in said()
    begin_break(
        [record], return_on=None, planned_end_date=None, by=UserFactory(is_hr=True), on=TODAY, reason="Parental leave."
    )
    night(TODAY)
    assert said() == {}


@pytest.mark.parametrize(
    ("kind", "status", "about", "is_so"),
    [
        ("starts_soon", S.PLANNED, TODAY + 5 * DAY, True),
        ("starts_soon", S.PLANNED, TODAY + 4 * DAY, False),
        ("starts_soon", S.CANCELLED, TODAY + 5 * DAY, False),
        ("started", S.ACTIVE, TODAY + 5 * DAY, True),
        ("progression", S.ACTIVE, TODAY + 28 * DAY, False),
    ],
)
def test_only_what_is_still_so_is_said(kind: str, status: str, about: date, is_so: bool) -> None:
    record = taken("ai-governance", status, TODAY + 5 * DAY, TODAY + 40 * DAY)
    notice = NoticeFactory(employee=record.employee, subject=record.public_id, kind=kind, about_on=about)
    assert bool(lapsed([notice], TODAY)) is not is_so


def test_a_start_that_was_told_too_late_is_not_told() -> None:
    """Mail that was down for nine days does not say that something starts in a week when it has."""
    taken("ai-governance", S.PLANNED, TODAY + 5 * DAY, TODAY + 90 * DAY)
    night(TODAY)
    later = TODAY + 6 * DAY
    night(later)
    assert send_due(on=later, now=now(), lapsed=lapsed) == 1
    assert dict(Notice.objects.values_list("kind", "status")) == {"starts_soon": Q.WITHDRAWN, "started": Q.SENT}


def test_what_a_person_cancelled_stays_cancelled_for_that_day() -> None:
    record = taken("ai-governance", S.ACTIVE, TODAY - 20 * DAY, TODAY + 10 * DAY)
    night(TODAY)
    Notice.objects.update(status=Q.WITHDRAWN, settled_by=UserFactory(is_hr=True))
    night(TODAY)
    assert said() == {}
    Enrolment.objects.filter(pk=record.pk).update(planned_end_date=TODAY + 12 * DAY)
    night(TODAY)
    assert said()["progression"][0] == TODAY + 12 * DAY


def test_leavers_hear_nothing() -> None:
    record = taken("ai-governance", S.ACTIVE, TODAY - 20 * DAY, TODAY + 10 * DAY)
    Employee.objects.filter(pk=record.employee_id).update(employed_until=TODAY - DAY)
    assert untold(TODAY) == []
    assert still(TODAY, subjects=[record.public_id]) == set()


def test_only_theirs() -> None:
    """Of all people, or of some."""
    records = [taken("ai-governance", S.ACTIVE, TODAY - 20 * DAY, TODAY + 10 * DAY) for _ in range(3)]
    some = [records[0].employee_id, EmployeeFactory().pk]
    assert [due.enrolment for due in untold(TODAY, people=some)] == [records[0].pk]
    assert [due.enrolment for due in untold(TODAY)] == [record.pk for record in records]


def test_what_asks_for_work_waits_for_a_working_day() -> None:
    """Christmas, Boxing Day and a weekend in between; see test_leaving_days for each kind and day."""
    kind = REMINDERS["review"]
    assert first_day(kind, date(2027, 1, 8), TODAY) == date(2026, 12, 29)
    assert first_day(REMINDERS["started"], date(2026, 12, 25), TODAY) == date(2026, 12, 25)
    assert first_day(kind, date(2026, 6, 16), TODAY) == TODAY
