"""A plan that followed nothing and lost its days gets them back once they are free, and never earlier ones."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolment import rules
from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.models import Enrolment
from enrolment.queries.enrolments import history_of
from enrolment.queries.knock_on import Preview, preview
from people.clock import now
from people.models import Employee, Notice, User
from programmes.models import Cohort
from tests.factories import TODAY, CohortFactory, EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
FIRST, SECOND, THIRD, LONG = "ai-governance", "ai-transformation", "ai-leadership-literacy", "ai-practitioner"
DAY = timedelta(1)
END = TODAY + 17 * DAY  # of what runs
OWN, OWN_END = END + 57 * DAY, END + 84 * DAY  # the days that HR gave the later plan
FREE = "Its own days are free again."


@pytest.fixture
def hr() -> User:
    """Somebody who decides."""
    return UserFactory(is_hr=True)


@pytest.fixture
def ada() -> Employee:
    """On a unit until END."""
    person = EmployeeFactory(given_names="Ada")
    made(person, FIRST, start_date=TODAY - 10 * DAY, planned_end_date=END)
    return person


def made(person: Employee, code: str, **facts: Any) -> Enrolment:
    """Enrolled as HR does it."""
    (outcome,) = enrol([Wish(person, programme(code), **facts)], by=None, on=TODAY)
    assert outcome.subject.enrolment, outcome.refusal
    return outcome.subject.enrolment


def cohort_on(start: date, **facts: Any) -> Cohort:
    return CohortFactory(programme=programme(SECOND), start_date=start, planned_end_date=start + 27 * DAY, **facts)


def of(person: Employee, code: str) -> Enrolment:
    """What a person has of a programme."""
    return Enrolment.objects.get(employee=person, programme=programme(code))


def stands(record: Enrolment) -> tuple[Any, ...]:
    """Where a plan stands, in which cohort, and what it follows."""
    record.refresh_from_db()
    assert (record.seat_id is None) == (record.cohort_id is None or record.status == S.QUEUED)
    return record.status, record.start_date, record.planned_end_date, record.cohort, record.follows


def shown(record: Enrolment, name: str, on: date, **how: Any) -> Preview:
    """What the check page of a move shows."""
    records = history_of(record.employee_id, on=on)
    before = next(each for each in records if each.pk == record.pk)
    return preview(records, before, name, {"reason": "", **how}, on=on, at=now())


def test_what_a_plan_gets_back_moves_a_proposal_in_the_same_night(ada: Employee) -> None:
    """A proposal holds nothing, so it was looked at first; the next night has nothing left to do."""
    later = made(ada, LONG, start_date=END + DAY, planned_end_date=END + 541 * DAY)
    first = Enrolment.objects.filter(employee=ada, programme=programme(FIRST))
    first.update(status=S.COMPLETED, ended_on=TODAY - DAY)
    no_days = {"status": S.QUEUED, "start_date": None, "planned_end_date": None, "version": None}
    Enrolment.objects.filter(pk=later.pk).update(**no_days, follows=first.get())
    enforce([ada.pk], on=TODAY)
    later.refresh_from_db()
    assert later.proposed_start_date
    assert later.proposed_start_date < OWN
    own = made(ada, SECOND, start_date=OWN, planned_end_date=OWN_END)
    Enrolment.objects.filter(pk=own.pk).update(**no_days, is_displaced=True)
    enforce([ada.pk], on=TODAY)
    assert stands(own) == (S.PLANNED, OWN, OWN_END, None, None)
    later.refresh_from_db()
    assert later.proposed_start_date == OWN_END + DAY
    assert enforce([ada.pk], on=TODAY) == []


@pytest.mark.parametrize("in_cohort", [True, False])
def test_after_an_overrun_it_is_where_hr_put_it(ada: Employee, hr: User, in_cohort: bool) -> None:
    """The preview says so in the words that the history then has; it follows nothing, as before."""
    group = cohort_on(OWN) if in_cohort else None
    cohort_on(END + 3 * DAY)  # an earlier one with a seat tempts nobody
    days = {"cohort": group} if group else {"start_date": OWN, "planned_end_date": OWN_END}
    later, first, on = made(ada, SECOND, **days), of(ada, FIRST), END + 2 * DAY
    enforce([ada.pk], on=on)
    assert stands(later) == (S.QUEUED, None, None, None, first)
    assert later.events.latest("id").reason.endswith("It gets its days back if they are free by then.")
    look = shown(first, "complete", on, ended_on=TODAY)
    assert [(s.how, s.plan.start, s.plan.end, s.plan.cohort, s.why) for s in look.shifts] == [
        (rules.MOVED, OWN, OWN_END, group, FREE)
    ]
    assert changes.complete([first], ended_on=TODAY, by=hr, on=on)[0].is_done
    assert stands(later) == (S.PLANNED, OWN, OWN_END, group, None)
    assert later.events.latest("id").reason == FREE


def test_after_a_break_it_is_where_hr_put_it(hr: User) -> None:
    """A break without a return takes its days; the same planned end gives them back, and it follows nothing."""
    person, end = EmployeeFactory(), TODAY + 400 * DAY
    long = made(person, LONG, start_date=TODAY - 10 * DAY, planned_end_date=end)
    later = made(person, SECOND, start_date=end + 12 * DAY, planned_end_date=end + 39 * DAY)
    nothing: dict[str, Any] = {"return_on": None, "planned_end_date": None}
    look = shown(long, "begin_break", TODAY, **nothing)
    assert changes.begin_break([long], by=hr, on=TODAY, reason="Ill.", push=True, **nothing)[0].is_done
    event = later.events.latest("id")
    assert [(s.how, s.why) for s in look.shifts] == [(rules.QUEUED, event.reason)]
    assert event.reason == f"{long.programme.name} has no end yet. It gets its days back if they are free by then."
    letter = Notice.objects.get(subject=later.public_id, kind="queued")
    assert f"cannot stand, because {long.programme.called} needs those days." in letter.body
    assert "You get those days back if they are free in time, else other days" in letter.body
    back: dict[str, Any] = {"return_on": TODAY + 30 * DAY, "planned_end_date": end}
    assert changes.state_return([long], by=hr, on=TODAY, **back)[0].is_done
    assert stands(later) == (S.PLANNED, end + 12 * DAY, end + 39 * DAY, None, None)


def test_where_its_days_are_taken_it_comes_later_and_follows_nothing(ada: Employee, hr: User) -> None:
    """What ran on covers the first days; a change that makes room afterwards moves it no more."""
    later, first = made(ada, SECOND, start_date=END + 5 * DAY, planned_end_date=END + 32 * DAY), of(ada, FIRST)
    enforce([ada.pk], on=END + DAY)
    assert changes.extend([first], planned_end_date=END + 9 * DAY, by=hr, on=END + DAY)[0].is_done
    assert stands(later) == (S.PLANNED, END + 10 * DAY, END + 37 * DAY, None, None)
    assert later.events.latest("id").reason == "Its own days are not free: these are the first after them."
    assert changes.shorten([first], planned_end_date=END + 2 * DAY, by=hr, on=END + DAY, push=True)[0].is_done
    assert stands(later)[1] == END + 10 * DAY


def test_a_full_cohort_leads_to_the_next_one_with_a_seat(ada: Employee, hr: User) -> None:
    group, after = cohort_on(OWN, seats=1), cohort_on(OWN + 10 * DAY)
    later, first, on = made(ada, SECOND, cohort=group), of(ada, FIRST), END + DAY
    enforce([ada.pk], on=on)
    made(EmployeeFactory(), SECOND, cohort=group)
    assert changes.complete([first], ended_on=END, by=hr, on=on)[0].is_done
    assert stands(later) == (S.PLANNED, after.start_date, after.planned_end_date, after, None)


def test_the_night_gives_the_days_back_too(ada: Employee) -> None:
    """Where what was in the way went past the actions."""
    later = made(ada, SECOND, start_date=OWN, planned_end_date=OWN_END)
    enforce([ada.pk], on=END + DAY)
    Enrolment.objects.filter(employee=ada, programme=programme(FIRST)).update(status=S.COMPLETED, ended_on=END)
    enforce([ada.pk], on=END + 2 * DAY)
    assert stands(later) == (S.PLANNED, OWN, OWN_END, None, None)


def test_pushed_too_far_it_is_proposed_and_after_the_yes_still_follows_nothing(ada: Employee, hr: User) -> None:
    later, first = made(ada, SECOND, start_date=END + 5 * DAY, planned_end_date=END + 32 * DAY), of(ada, FIRST)
    changes.extend([first], planned_end_date=END + 40 * DAY, by=hr, on=TODAY, push=True)
    assert (stands(later)[0], later.proposed_start_date) == (S.QUEUED, END + 41 * DAY)
    assert plan([Wish(ada, later.programme, enrolment=later)], by=hr, on=TODAY)[0].is_done
    assert stands(later) == (S.PLANNED, END + 41 * DAY, END + 68 * DAY, None, None)
    assert changes.shorten([first], planned_end_date=END, by=hr, on=TODAY, push=True)[0].is_done
    assert stands(later)[1] == END + 41 * DAY  # what somebody said yes to stays


def test_proposed_and_its_own_days_are_free_again(ada: Employee, hr: User) -> None:
    """Nobody has to say yes to the days it had."""
    later, first = made(ada, SECOND, start_date=END + 5 * DAY, planned_end_date=END + 32 * DAY), of(ada, FIRST)
    changes.extend([first], planned_end_date=END + 40 * DAY, by=hr, on=TODAY, push=True)
    assert changes.shorten([first], planned_end_date=END, by=hr, on=TODAY, push=True)[0].is_done
    assert stands(later) == (S.PLANNED, END + 5 * DAY, END + 32 * DAY, None, None)
    assert later.proposed_start_date is None


def test_what_did_follow_goes_on_following(hr: User) -> None:
    """The third of a path never overtakes the second, which waits for HR's yes after a long overrun."""
    person = EmployeeFactory()
    first = Wish(person, programme(THIRD), TODAY - 10 * DAY, END)
    second = Wish(person, programme(FIRST), behind=first)
    enrol([first, second, Wish(person, programme(SECOND), behind=second)], by=hr, on=TODAY)
    enforce([person.pk], on=END + DAY)
    on = END + 20 * DAY
    assert changes.complete([of(person, THIRD)], ended_on=on, by=hr, on=on)[0].is_done
    middle, last = of(person, FIRST), of(person, SECOND)
    assert (middle.status, middle.proposed_start_date, middle.is_displaced) == (S.QUEUED, on + 7 * DAY, False)
    assert (last.status, last.proposed_start_date, last.follows, last.is_displaced) == (S.QUEUED, None, middle, False)
    assert plan([Wish(person, middle.programme, enrolment=middle)], by=hr, on=on)[0].is_done
    last.refresh_from_db()
    middle.refresh_from_db()
    assert middle.planned_end_date
    assert middle.planned_end_date < (last.start_date or last.proposed_start_date or date.min)


def test_queued_by_hr_behind_something_it_is_a_follower(ada: Employee, hr: User) -> None:
    """Said by somebody: then it moves both ways."""
    later = made(ada, SECOND, start_date=OWN, planned_end_date=OWN_END)
    assert changes.queue([later], behind=of(ada, FIRST), by=hr, on=TODAY)[0].is_done
    later.refresh_from_db()
    assert (later.is_displaced, later.proposed_start_date, later.follows) == (False, END + DAY, of(ada, FIRST))


@given(gap=st.integers(1, 80), late=st.integers(1, 60), back=st.integers(0, 70), push=st.integers(0, 30))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_earlier_and_back_exactly_where_it_is_free(db: None, gap: int, late: int, back: int, push: int) -> None:
    """Overrun, extended or not, then closed: the days it had, if they lie ahead and are free; else later ones."""
    person = EmployeeFactory()
    first = made(person, FIRST, start_date=TODAY - 10 * DAY, planned_end_date=END)
    own = END + gap * DAY
    later = made(person, SECOND, start_date=own, planned_end_date=own + 27 * DAY)
    on, ended = END + late * DAY, END + (late - min(back, late + 10)) * DAY
    enforce([person.pk], on=END + DAY)
    if late > 1 and push:
        changes.extend([first], planned_end_date=on + push * DAY, by=None, on=on)
    changes.complete([first], ended_on=ended, by=None, on=on)
    later.refresh_from_db()
    start = later.start_date or later.proposed_start_date
    assert start is not None
    assert start >= own
    moved = later.events.filter(start_date__gt=own).exists()
    if own > on and own > ended and not moved:
        assert (later.status, start, later.follows) == (S.PLANNED, own, None)
