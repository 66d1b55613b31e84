"""Every move on an enrolment: what it writes, and that a refusal leaves nothing behind."""

from datetime import date, timedelta
from typing import Any

import pytest

from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.cohorts import promote
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment, EnrolmentEvent
from people.clock import now
from people.models import Employee, Notice, User
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
UNIT, OTHER, LONG = "ai-governance", "ai-transformation", "ai-practitioner"
DAY = timedelta(1)
DATES = ("status", "start_date", "planned_end_date", "ended_on", "return_on", "cohort_id", "seat_id", "version_id")


@pytest.fixture
def hr() -> User:
    """Somebody who decides."""
    return UserFactory(is_hr=True)


@pytest.fixture
def ada() -> Employee:
    """Somebody to enrol."""
    return EmployeeFactory(given_names="Ada")


def running(person: Employee, code: str = UNIT, start: int = -10, days: int = 28, **facts: Any) -> Enrolment:
    """Enrolled and started by the product's own action, so that its history is whole."""
    first = TODAY + start * DAY
    wish = Wish(person, programme(code), first, first + (days - 1) * DAY, **facts)
    (outcome,) = enrol([wish], by=None, on=min(first, TODAY))
    assert outcome.is_done, outcome.refusal
    if first <= TODAY:
        enforce([person.pk], on=TODAY)
    return Enrolment.objects.get(pk=outcome.subject.enrolment.pk) if outcome.subject.enrolment else Enrolment()


def state(enrolment: Enrolment) -> list[Any]:
    """How its row stands."""
    enrolment.refresh_from_db()
    return [getattr(enrolment, name) for name in DATES]


MOVES: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    ("extend", UNIT, {"planned_end_date": TODAY + 30 * DAY}, S.ACTIVE, {"planned_end_date": TODAY + 30 * DAY}),
    ("shorten", UNIT, {"planned_end_date": TODAY + DAY}, S.ACTIVE, {"planned_end_date": TODAY + DAY}),
    ("begin_break", LONG, {"return_on": None, "planned_end_date": None}, S.PAUSED, {"return_on": None}),
    (
        "begin_break",
        LONG,
        {"return_on": TODAY + 60 * DAY, "planned_end_date": TODAY + 600 * DAY},
        S.PAUSED,
        {"return_on": TODAY + 60 * DAY, "planned_end_date": TODAY + 600 * DAY},
    ),
    ("complete", UNIT, {"ended_on": TODAY}, S.COMPLETED, {"ended_on": TODAY}),
    ("withdraw", UNIT, {"ended_on": TODAY - DAY}, S.WITHDRAWN, {"ended_on": TODAY - DAY}),
]


@pytest.mark.parametrize(("name", "code", "how", "status", "facts"), MOVES)
def test_a_move_writes_row_event_and_reason(
    ada: Employee, hr: User, name: str, code: str, how: dict[str, Any], status: str, facts: dict[str, Any]
) -> None:
    """Row and event say the same; the event knows who, when and why."""
    enrolment = running(ada, code, days=28 if code == UNIT else 500)
    (outcome,) = getattr(changes, name)([enrolment], by=hr, on=TODAY, reason="For the test.", **how)
    assert outcome.is_done, outcome.refusal
    enrolment.refresh_from_db()
    assert enrolment.status == status
    assert {key: getattr(enrolment, key) for key in facts} == facts
    event = EnrolmentEvent.objects.filter(subject=enrolment).latest("id")
    assert (event.move, event.by, event.on, event.reason) == (name, hr, TODAY, "For the test.")
    assert {key: getattr(event, key) for key in facts} == facts


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("begin_break", UNIT, {"return_on": None, "planned_end_date": None}, "cannot_pause"),
    ("begin_break", LONG, {"return_on": TODAY, "planned_end_date": TODAY + 500 * DAY}, "in_past"),
    ("begin_break", LONG, {"return_on": TODAY + 9 * DAY, "planned_end_date": None}, "dates_missing"),
    ("begin_break", LONG, {"return_on": TODAY + 9 * DAY, "planned_end_date": TODAY + DAY}, "end_before_start"),
    ("extend", UNIT, {"planned_end_date": TODAY}, "end_not_later"),
    ("extend", UNIT, {"planned_end_date": TODAY + 200 * DAY}, "too_long"),
    ("extend", LONG, {"planned_end_date": TODAY + 46 * 365 * DAY}, "too_long"),
    ("begin_break", LONG, {"return_on": TODAY + 9 * DAY, "planned_end_date": TODAY + 46 * 365 * DAY}, "too_long"),
    ("shorten", UNIT, {"planned_end_date": TODAY - DAY}, "in_past"),
    ("shorten", UNIT, {"planned_end_date": TODAY + 90 * DAY}, "end_not_earlier"),
    ("shorten", LONG, {"planned_end_date": TODAY + 9 * DAY}, "too_short"),
    ("complete", UNIT, {"ended_on": TODAY + DAY}, "in_future"),
    ("complete", UNIT, {"ended_on": TODAY - 60 * DAY}, "end_before_start"),
    ("withdraw", UNIT, {"ended_on": TODAY + DAY}, "in_future"),
    ("reopen", UNIT, {"planned_end_date": None}, "move_not_allowed"),
    ("end_break", LONG, {"planned_end_date": TODAY + 500 * DAY}, "move_not_allowed"),
    ("redate", UNIT, {"start_date": TODAY, "planned_end_date": TODAY + 9 * DAY}, "move_not_allowed"),
]


@pytest.mark.parametrize(("name", "code", "how", "refused"), REFUSED)
def test_a_refusal_has_a_code_and_leaves_nothing_behind(
    ada: Employee, hr: User, name: str, code: str, how: dict[str, Any], refused: str
) -> None:
    """Row, history and notices are as they were."""
    enrolment = running(ada, code, days=28 if code == UNIT else 500)
    before, events, told = state(enrolment), enrolment.events.count(), Notice.objects.count()
    (outcome,) = getattr(changes, name)([enrolment], by=hr, on=TODAY, reason="Why not.", **how)
    assert outcome.refusal
    assert outcome.refusal.code == refused
    assert (state(enrolment), enrolment.events.count(), Notice.objects.count()) == (before, events, told)


def test_closing_needs_a_reason_where_people_will_ask(ada: Employee, hr: User) -> None:
    """Withdrawing, cancelling, correcting, re-opening: the history says why."""
    enrolment = running(ada)
    (outcome,) = changes.withdraw([enrolment], ended_on=TODAY, by=hr, on=TODAY, reason=" ")
    assert outcome.refusal
    assert outcome.refusal.code == "reason_missing"


def test_a_break_that_ends_as_stated_moves_the_end(ada: Employee, hr: User) -> None:
    """Paused with a return holds to the new end; back, HR confirms the end."""
    enrolment = running(ada, LONG, days=500)
    changes.begin_break([enrolment], return_on=None, planned_end_date=None, by=hr, on=TODAY, reason="Ill.")
    known: dict[str, Any] = {"return_on": TODAY + 30 * DAY, "planned_end_date": TODAY + 520 * DAY}
    assert changes.state_return([enrolment], by=hr, on=TODAY, **known)[0].is_done
    enrolment.refresh_from_db()
    assert enrolment.held.upper == TODAY + 521 * DAY
    enforce([ada.pk], on=TODAY + 31 * DAY)
    enrolment.refresh_from_db()
    assert (enrolment.return_on, enrolment.held.upper) == (None, None)
    back = TODAY + 40 * DAY
    typed = TODAY + 46 * 365 * DAY  # 2072 instead of 2027
    (refused,) = changes.end_break([enrolment], planned_end_date=typed, by=hr, on=back)
    assert refused.refusal
    assert refused.refusal.code == "too_long"
    assert changes.end_break([enrolment], planned_end_date=TODAY + 540 * DAY, by=hr, on=back)[0].is_done
    assert state(enrolment)[0] == S.ACTIVE


def test_taking_up_again_is_checked_like_everything_else(ada: Employee, hr: User) -> None:
    """Reinstated, re-opened and corrected into another programme's days: a clash, each of them."""
    first = running(ada, UNIT, start=-40, days=28)
    changes.complete([first], ended_on=TODAY - 20 * DAY, by=hr, on=TODAY)
    second = running(ada, OTHER, start=-10)
    attempts: list[tuple[Any, dict[str, Any]]] = [
        (changes.reopen, {"planned_end_date": TODAY + 9 * DAY}),
        (changes.correct, {"ended_on": TODAY - 9 * DAY}),
    ]
    for action, how in attempts:
        (outcome,) = action([first], by=hr, on=TODAY, reason="It was wrong.", **how)
        assert outcome.refusal
        assert outcome.refusal.code == "clash"
        assert outcome.refusal.clashes[0].other == second
    changes.withdraw([second], ended_on=TODAY - 5 * DAY, by=hr, on=TODAY, reason="Another job.")
    assert changes.reopen([first], planned_end_date=TODAY + 9 * DAY, by=hr, on=TODAY, reason="Not done.")[0].refusal
    assert changes.correct([second], ended_on=TODAY - 10 * DAY, by=hr, on=TODAY, reason="Never came.")[0].is_done
    assert changes.reopen([first], planned_end_date=TODAY + 9 * DAY, by=hr, on=TODAY, reason="Not done.")[0].is_done
    (outcome,) = changes.reinstate([second], planned_end_date=None, by=hr, on=TODAY, reason="Back.")
    assert outcome.refusal
    assert outcome.refusal.code == "clash"


def test_the_version_follows_the_start(ada: Employee, hr: User) -> None:
    """domain.md §1: a moved start re-opens version, window and age."""
    planned = running(ada, LONG, start=10, days=500)
    assert planned.version
    assert planned.version.version == "2.1"
    early: dict[str, Any] = {"start_date": date(2026, 5, 20), "planned_end_date": date(2027, 11, 19)}
    assert changes.redate([planned], by=hr, on=TODAY, **early)[0].is_done
    planned.refresh_from_db()
    assert planned.version.version == "2.0"
    assert planned.status == S.ACTIVE
    young = EmployeeFactory(date_of_birth=date(2007, 9, 1))
    unit = running(young, UNIT, start=90)
    soon: dict[str, Any] = {"start_date": TODAY + 9 * DAY, "planned_end_date": TODAY + 30 * DAY}
    (outcome,) = changes.redate([unit], by=hr, on=TODAY, **soon)
    assert outcome.refusal
    assert outcome.refusal.code == "too_young"


def test_a_freed_seat_goes_to_whoever_waits_longest_and_may_have_it(hr: User) -> None:
    """In order of joining; who clashes is passed over, keeps their place and is told why."""
    cohort = CohortFactory(programme=programme(UNIT), seats=1)
    people = EmployeeFactory.create_batch(4)
    wishes = [Wish(person, programme(UNIT), cohort=cohort, may_wait=True) for person in people]
    made = [o.subject.enrolment for o in enrol(wishes, by=hr, on=TODAY)]
    assert [e.status for e in made if e] == [S.PLANNED, S.WAITING, S.WAITING, S.WAITING]
    enrol([Wish(people[1], programme(OTHER), cohort.start_date, cohort.start_date + 9 * DAY)], by=hr, on=TODAY)
    seated = Enrolment.objects.get(employee=people[0])
    assert changes.cancel([seated], by=hr, on=TODAY, reason="Moved on.")[0].is_done
    passed, placed, late = promote([cohort], by=None, on=TODAY)
    assert passed.refusal
    assert passed.refusal.code == "clash"
    assert placed.is_done
    assert late.refusal
    assert late.refusal.code == "no_seat"
    statuses = [Enrolment.objects.get(employee=person, programme=programme(UNIT)).status for person in people]
    assert statuses == [S.CANCELLED, S.WAITING, S.PLANNED, S.WAITING]
    assert Notice.objects.get(kind="promoted").employee == people[2]
    assert promote([cohort], by=None, on=cohort.start_date)[0].refusal


def test_undoing_within_a_day(ada: Employee, hr: User) -> None:
    """A withdrawal and a cancelling go back to where they began; later, or built upon, they do not."""
    enrolment = running(ada)
    before = state(enrolment)
    changes.withdraw([enrolment], ended_on=TODAY, by=hr, on=TODAY, reason="A slip.")
    assert changes.undo([enrolment], by=hr, on=TODAY, at=now())[0].is_done
    assert state(enrolment) == before
    (again,) = changes.undo([enrolment], by=hr, on=TODAY, at=now())
    assert again.refusal
    assert again.refusal.code == "nothing_to_undo"
    changes.withdraw([enrolment], ended_on=TODAY, by=hr, on=TODAY, reason="For good.")
    (late,) = changes.undo([enrolment], by=hr, on=TODAY, at=now() + timedelta(hours=25))
    assert late.refusal
    assert late.refusal.code == "too_late"
    enrol([Wish(ada, programme(OTHER), TODAY + DAY, TODAY + 9 * DAY)], by=hr, on=TODAY)
    (built,) = changes.undo([enrolment], by=hr, on=TODAY, at=now())
    assert built.refusal
    assert built.refusal.code == "clash"


def test_undoing_a_cancelling_wants_its_seat_back(hr: User) -> None:
    """Given on, it is gone."""
    cohort = CohortFactory(programme=programme(UNIT), seats=1)
    one, two = EmployeeFactory.create_batch(2)
    enrol([Wish(p, programme(UNIT), cohort=cohort, may_wait=True) for p in (one, two)], by=hr, on=TODAY)
    first = Enrolment.objects.get(employee=one)
    changes.cancel([first], by=hr, on=TODAY, reason="A slip.")
    assert changes.undo([first], by=hr, on=TODAY, at=now())[0].is_done
    changes.cancel([first], by=hr, on=TODAY, reason="For good.")
    promote([cohort], by=None, on=TODAY)
    (outcome,) = changes.undo([first], by=hr, on=TODAY, at=now())
    assert outcome.refusal
    assert outcome.refusal.code == "no_seat"


def test_leavers_give_up_what_lay_ahead(hr: User) -> None:
    """Plans, queues and waiting lists end; what runs is HR's to close."""
    leaver = EmployeeFactory(employed_until=TODAY)
    cohort = CohortFactory(programme=programme("ai-leadership-literacy"), start_date=TODAY + DAY, seats=1)
    runs = EnrolmentFactory(
        employee=leaver,
        programme=programme(UNIT),
        status=S.ACTIVE,
        start_date=TODAY - 9 * DAY,
        planned_end_date=TODAY + 9 * DAY,
    )
    plans = EnrolmentFactory(
        employee=leaver,
        programme=programme("ai-leadership-literacy"),
        cohort=cohort,
        start_date=TODAY + 10 * DAY,
        planned_end_date=TODAY + 20 * DAY,
    )
    queued = EnrolmentFactory(employee=leaver, programme=programme(OTHER), status=S.QUEUED, follows=runs)
    enforce([leaver.pk], on=TODAY)
    assert [state(e)[0] for e in (runs, plans, queued)] == [S.ACTIVE, S.PLANNED, S.QUEUED]
    enforce([leaver.pk], on=TODAY + DAY)
    assert [state(e)[0] for e in (runs, plans, queued)] == [S.ACTIVE, S.CANCELLED, S.CANCELLED]
    assert plans.seat_id is None


@pytest.mark.parametrize("push", [False, True])
def test_taken_up_beside_a_plan_of_the_same_programme_is_refused(ada: Employee, hr: User, *, push: bool) -> None:
    """Pushing moves the plan, and both would still be live: found by the state machine."""
    first = running(ada)
    changes.complete([first], ended_on=TODAY - DAY, by=hr, on=TODAY)
    running(ada, start=5)
    (outcome,) = changes.reopen(
        [first], planned_end_date=TODAY + 20 * DAY, by=hr, on=TODAY, reason="Too soon.", push=push
    )
    assert outcome.refusal is not None
    assert outcome.refusal.code == "already_on_programme"
