"""Proposed dates that cannot be had any more are withdrawn, with the reason; those that can be had stay (design.md)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment
from enrolment.queries.calendar import followers_due
from enrolment.queries.knock_on import preview
from enrolment.queries.today import proposed
from people.models import Employee, User
from programmes.models import Cohort
from tests.factories import TODAY, CohortFactory, EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
FIRST, SECOND, THIRD, LONG = "ai-leadership-literacy", "ai-governance", "ai-transformation", "ai-practitioner"
DAY = timedelta(1)
END = TODAY + 40 * DAY  # of what comes before, once it is extended


@pytest.fixture
def hr() -> User:
    """Somebody who decides."""
    return UserFactory(is_hr=True)


@pytest.fixture
def ada() -> Employee:
    return EmployeeFactory(given_names="Ada")


@pytest.fixture
def later() -> Cohort:
    """The only cohort that begins after what comes before; one seat."""
    start = END + 10 * DAY
    return CohortFactory(programme=programme(SECOND), start_date=start, planned_end_date=start + 27 * DAY, seats=1)


@pytest.fixture
def asked(ada: Employee, hr: User, later: Cohort) -> Enrolment:
    """A follower whose cohort cannot be reached any more: the later one is proposed to HR."""
    soon = TODAY + 20 * DAY
    CohortFactory(programme=later.programme, start_date=soon, planned_end_date=soon + 27 * DAY)
    first = Wish(ada, programme(FIRST), TODAY - 10 * DAY, TODAY + 17 * DAY)
    wishes = [first, Wish(ada, later.programme, behind=first, in_cohort=True)]
    assert all(outcome.is_done for outcome in enrol(wishes, by=hr, on=TODAY))
    before = Enrolment.objects.get(employee=ada, programme=programme(FIRST))
    assert changes.extend([before], planned_end_date=END, by=hr, on=TODAY, push=True)[0].is_done
    record = Enrolment.objects.get(employee=ada, programme=later.programme)
    assert (record.status, record.proposed_start_date, record.cohort) == (S.QUEUED, later.start_date, later)
    return record


def yes(record: Enrolment, hr: User) -> Outcome[Wish]:
    """HR says yes to what is proposed."""
    return plan([Wish(record.employee, record.programme, enrolment=record)], by=hr, on=TODAY)[0]


def withdrawn(record: Enrolment) -> str:
    """Why the proposal was withdrawn, of which nothing is left."""
    record.refresh_from_db()
    left = (record.proposed_start_date, record.proposed_end_date, record.cohort, record.start_date)
    assert (record.status, *left) == (S.QUEUED, None, None, None, None)
    assert not proposed().exists()
    event = record.events.latest("id")
    assert (event.move, event.from_status, event.to_status) == ("unpropose", S.QUEUED, S.QUEUED)
    return event.reason


def followers(on: date) -> set[int]:
    """Of whom the planner is asked, by the night and after a change; others are due for a reminder besides."""
    return set(followers_due(on, since=datetime(2020, 1, 1, tzinfo=UTC)))


def closed(record: Enrolment) -> None:
    """What comes before ends on time."""
    before = record.follows
    assert before is not None
    assert changes.complete([before], ended_on=END, by=None, on=END)[0].is_done


def test_a_proposal_that_can_still_be_had_stays(asked: Enrolment, hr: User) -> None:
    """Nobody asks about it, and asking changes nothing; HR's yes is kept."""
    assert not followers(TODAY + DAY)
    assert enforce([asked.employee_id], on=TODAY + DAY) == []
    asked.refresh_from_db()
    assert asked.proposed_start_date is not None
    assert yes(asked, hr).is_done


def test_on_the_day_itself_it_stays(asked: Enrolment, later: Cohort) -> None:
    """HR can say yes until the day is over."""
    closed(asked)
    assert not followers(later.start_date)


def test_its_start_has_passed_and_there_is_no_other(asked: Enrolment, later: Cohort) -> None:
    closed(asked)
    on = later.start_date + DAY
    assert followers(on) == {asked.employee_id}
    enforce([asked.employee_id], on=on)
    assert "cannot be had any more" in withdrawn(asked)
    assert enforce([asked.employee_id], on=on + DAY) == []
    assert asked.events.filter(move="unpropose").count() == 1


def test_something_else_has_its_days_by_now(asked: Enrolment, hr: User, ada: Employee) -> None:
    """Found by the sweep, since the days are ahead; there is no cohort after them."""
    assert enrol([Wish(ada, programme(LONG), END + 5 * DAY, END + 400 * DAY)], by=hr, on=TODAY)[0].is_done
    assert followers(TODAY) == {ada.pk}
    enforce([ada.pk], on=TODAY)
    assert withdrawn(asked)


def test_what_it_follows_has_no_end_any_more(asked: Enrolment, ada: Employee) -> None:
    enforce([ada.pk], on=END + DAY)
    assert withdrawn(asked)
    assert not followers(END + 2 * DAY)


def test_what_it_follows_has_no_dates_any_more(ada: Employee, hr: User) -> None:
    """The second of a path loses its dates, so what is proposed to the third cannot be had."""
    first = Wish(ada, programme(FIRST), TODAY - 10 * DAY, TODAY + 17 * DAY)
    second = Wish(ada, programme(SECOND), behind=first)
    enrol([first, second, Wish(ada, programme(THIRD), behind=second)], by=hr, on=TODAY)
    before, middle, last = Enrolment.objects.filter(employee=ada).order_by("id")
    changes.extend([before], planned_end_date=END, by=hr, on=TODAY, push=True)
    assert yes(middle, hr).is_done
    last.refresh_from_db()
    assert last.proposed_start_date is not None
    Enrolment.objects.filter(pk=middle.pk).update(  # past the actions
        status=S.QUEUED, start_date=None, planned_end_date=None, version=None
    )
    Enrolment.objects.filter(pk=before.pk).update(status=S.OVERDUE, planned_end_date=TODAY - DAY)
    assert followers(TODAY) == {ada.pk}
    enforce([ada.pk], on=TODAY)
    assert programme(SECOND).name in withdrawn(last)


def test_its_seat_was_given_to_somebody_else(asked: Enrolment, hr: User, later: Cohort) -> None:
    assert enrol([Wish(EmployeeFactory(), later.programme, cohort=later)], by=hr, on=TODAY)[0].is_done
    assert followers(TODAY) == {asked.employee_id}
    enforce([asked.employee_id], on=TODAY)
    assert withdrawn(asked)


def test_a_later_cohort_is_proposed_in_its_place(asked: Enrolment, later: Cohort) -> None:
    """Only where there is no other is nothing proposed."""
    third = CohortFactory(
        programme=later.programme,
        start_date=later.start_date + 20 * DAY,
        planned_end_date=later.start_date + 47 * DAY,
    )
    closed(asked)
    enforce([asked.employee_id], on=later.start_date + DAY)
    asked.refresh_from_db()
    assert (asked.proposed_start_date, asked.cohort) == (third.start_date, third)


def test_the_check_page_says_it_before(asked: Enrolment, hr: User) -> None:
    """Extended into the proposed days: the preview says that the proposal goes, and why."""
    before = asked.follows
    assert before is not None
    records = list(Enrolment.objects.filter(employee=asked.employee).order_by("id"))
    given: dict[str, Any] = {"planned_end_date": END + 20 * DAY}
    look = preview(records, before, "extend", given, on=TODAY, at=asked.created_at)
    assert [(shift.enrolment, shift.how, shift.plan.start) for shift in look.shifts] == [(asked, "unproposed", None)]
    assert changes.extend([before], by=hr, on=TODAY, push=True, **given)[0].is_done
    assert withdrawn(asked)
