"""Two plans of one person change places: in one UPDATE, judged by the rules, with history and notices."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrolment.actions.changes import redate
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.swap import swap
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.facts import gathered
from enrolment.rules import swapping
from enrolment.rules.swapping import Swap
from people.models import Employee, Notice, User
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
LITERACY, GOVERNANCE, TRANSFORMATION = "ai-leadership-literacy", "ai-governance", "ai-transformation"


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


@pytest.fixture
def ada() -> Employee:
    return EmployeeFactory()


def planned(person: Employee, code: str, first: date, days: int, **facts: object) -> Enrolment:
    last = first + timedelta(days - 1)
    return EnrolmentFactory(
        employee=person, programme=programme(code), start_date=first, planned_end_date=last, **facts
    )


def found(one: Enrolment, other: Enrolment) -> Swap:
    """What exchanging them comes to now, as a page shows it."""
    rows = list(Enrolment.objects.filter(employee=one.employee_id).select_related("employee", "programme"))
    beside = [row for row in rows if row.pk not in (one.pk, other.pk)]
    one, other = (next(row for row in rows if row.pk == plan.pk) for plan in (one, other))
    comes_to = swapping.swap(one, other, beside, gathered(rows, on=TODAY), on=TODAY)
    assert isinstance(comes_to, Swap)
    return comes_to


def dates(enrolment: Enrolment) -> tuple[date | None, date | None]:
    enrolment.refresh_from_db()
    return enrolment.start_date, enrolment.planned_end_date


@pytest.mark.parametrize("is_later_named_first", [False, True])
def test_two_plans_change_places(ada, hr, is_later_named_first):
    """The later takes the earlier's start for its own length; the earlier follows right after and from now on."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 7, 29), 14)
    pair = (second, first) if is_later_named_first else (first, second)
    (outcome,) = swap([pair], by=hr, on=TODAY, reason="The board meets in July.")
    assert outcome.is_done
    assert dates(second) == (date(2026, 7, 1), date(2026, 7, 14))
    assert dates(first) == (date(2026, 7, 15), date(2026, 8, 11))
    assert (first.follows, second.follows) == (second, None)
    for enrolment, beside in ((first, second), (second, first)):
        event = enrolment.events.get()
        why = f"Changed places with {beside.programme.name}. The board meets in July."
        assert (event.move, event.by, event.reason) == ("redate", hr, why)
        assert (event.start_date, event.planned_end_date) == dates(enrolment)
    assert set(Notice.objects.values_list("kind", "subject")) == {
        ("moved", first.public_id),
        ("moved", second.public_id),
    }


def test_both_are_written_in_one_update(ada, hr):
    """The database judges clashes at the end of each statement: two would collide half-way."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 7, 29), 28)
    with CaptureQueriesContext(connection) as asked:
        assert swap([(first, second)], by=hr, on=TODAY)[0].is_done
    updates = [query["sql"] for query in asked if query["sql"].lstrip().startswith("UPDATE enrolment_enrolment")]
    assert len(updates) == 1


def test_one_after_the_other_would_be_refused(ada, hr):
    """Which is what the one UPDATE is for."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 7, 29), 28)
    assert first.start_date
    (outcome,) = redate([second], start_date=first.start_date, planned_end_date=date(2026, 7, 28), by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "clash"


def test_seats_in_cohorts_are_given_up(ada, hr):
    """The dates are no longer the cohort's; the seat is somebody else's to have."""
    cohort = CohortFactory(
        programme=programme(LITERACY), start_date=date(2026, 7, 1), planned_end_date=date(2026, 7, 28)
    )
    first = planned(ada, LITERACY, date(2026, 7, 1), 28, cohort=cohort)
    second = planned(ada, GOVERNANCE, date(2026, 7, 29), 28)
    assert swap([(first, second)], by=hr, on=TODAY)[0].is_done
    first.refresh_from_db()
    assert (first.cohort, first.seat) == (None, None)


def test_the_version_follows_the_start(ada, hr):
    """Each is on the programme version of its new start."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 28, version=None)
    second = planned(ada, GOVERNANCE, date(2026, 8, 10), 28, version=None)
    assert swap([(first, second)], by=hr, on=TODAY)[0].is_done
    for enrolment in (first, second):
        enrolment.refresh_from_db()
        assert enrolment.version is not None
        assert enrolment.version.programme_id == enrolment.programme_id


def test_a_third_plan_makes_no_room(ada, hr):
    """Longer first, the exchange would reach into what lies in the gap; nothing is written."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 7)
    third = planned(ada, TRANSFORMATION, date(2026, 7, 10), 7)
    second = planned(ada, GOVERNANCE, date(2026, 8, 1), 28)
    before = [dates(each) for each in (first, second, third)]
    (outcome,) = swap([(first, second)], by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.clashes[0].other) == ("clash", third)
    assert [dates(each) for each in (first, second, third)] == before
    assert not EnrolmentEvent.objects.exists()
    assert not Notice.objects.exists()


def test_the_rules_judge_both_starts(hr):
    """The later one may be too late for the earlier start: its learner is not old enough then."""
    young = EmployeeFactory(date_of_birth=date(2007, 7, 20))
    first = planned(young, "ai-practitioner", date(2026, 7, 1), 250)
    second = planned(young, GOVERNANCE, date(2027, 4, 1), 28)
    (outcome,) = swap([(first, second)], by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "too_young"


def test_only_two_plans_of_one_person_change_places(ada, hr):
    """Not with what runs, not with somebody else's, not with itself."""
    plan = planned(ada, LITERACY, date(2026, 7, 1), 28)
    running = planned(ada, GOVERNANCE, date(2026, 6, 1), 28, status=S.ACTIVE)
    theirs = planned(EmployeeFactory(), GOVERNANCE, date(2026, 9, 1), 28)
    codes = [swap([(plan, other)], by=hr, on=TODAY)[0].refusal for other in (running, theirs, plan)]
    assert [refusal and refusal.code for refusal in codes] == ["move_not_allowed", "two_people", "two_people"]


def test_only_hr_and_never_about_themself(ada):
    """As for every move."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 8, 1), 28)
    (refused,) = swap([(first, second)], by=UserFactory(is_administrator=True), on=TODAY)
    own = UserFactory(is_hr=True)
    ada.user = own
    ada.save()
    (mine,) = swap([(first, second)], by=own, on=TODAY)
    assert [each.refusal and each.refusal.code for each in (refused, mine)] == ["move_not_allowed", "own_enrolment"]


def test_a_repeat_finds_the_first_result(ada, hr):
    """The same form twice exchanges once, not there and back."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 7, 29), 28)
    key = uuid4()
    for _ in range(2):
        assert swap([(first, second)], by=hr, on=TODAY, key=key)[0].is_done
    assert dates(second) == (date(2026, 7, 1), date(2026, 7, 28))
    assert first.events.count() == 1


def test_what_was_shown_is_exchanged_and_nothing_else(ada, hr):
    """A page that is stale would exchange them back, or with other dates: it is refused, and nothing is written."""
    first = planned(ada, LITERACY, date(2026, 7, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 7, 29), 14)
    shown = found(first, second).seen
    assert swap([(first, second)], by=hr, on=TODAY, key=uuid4(), seen=shown)[0].is_done
    stand = (dates(first), dates(second))
    (again,) = swap([(first, second)], by=hr, on=TODAY, key=uuid4(), seen=shown)
    assert (again.refusal and again.refusal.code) == "plans_changed"
    assert (dates(first), dates(second)) == stand
    assert first.events.count() == 1
    back = found(first, second).seen
    (moved,) = redate([first], start_date=date(2026, 8, 1), planned_end_date=date(2026, 8, 20), by=hr, on=TODAY)
    assert moved.is_done
    (late,) = swap([(first, second)], by=hr, on=TODAY, key=uuid4(), seen=back)
    assert (late.refusal and late.refusal.code) == "plans_changed"


def test_what_was_shown_names_what_moves_with_them(ada, hr):
    """A follower that came since is part of it: its new dates have been shown to nobody."""
    first = planned(ada, LITERACY, date(2026, 8, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 9, 10), 28)
    shown = found(first, second).seen
    (outcome,) = enrol([Wish(ada, programme(TRANSFORMATION), behind=second)], by=hr, on=TODAY)
    assert outcome.is_done
    (refused,) = swap([(first, second)], by=hr, on=TODAY, seen=shown)
    assert (refused.refusal and refused.refusal.code) == "plans_changed"


def test_a_follower_of_the_one_that_went_ahead_moves_up(ada, hr):
    """What follows the later plan moves with it where its days are free by then."""
    first = planned(ada, LITERACY, date(2026, 8, 1), 28)
    second = planned(ada, GOVERNANCE, date(2026, 9, 10), 28)
    (outcome,) = enrol([Wish(ada, programme(TRANSFORMATION), behind=second)], by=hr, on=TODAY)
    follower = outcome.subject.enrolment
    assert follower is not None
    assert follower.start_date == date(2026, 10, 8)
    assert swap([(first, second)], by=hr, on=TODAY)[0].is_done
    assert dates(first) == (date(2026, 8, 29), date(2026, 9, 25))
    assert dates(follower) == (date(2026, 9, 26), date(2026, 10, 23))


def test_many_pairs_in_one_call(hr):
    """Each is done or refused by itself."""
    pairs = []
    for gap in (0, 100):
        person = EmployeeFactory()
        first = planned(person, LITERACY, date(2026, 7, 1), 28)
        pairs.append((first, planned(person, GOVERNANCE, date(2026, 7, 29) + gap * DAY, 28)))
    blocked = pairs[1][0].employee
    planned(blocked, TRANSFORMATION, date(2026, 8, 1), 28)
    outcomes = swap(pairs, by=hr, on=TODAY)
    assert [outcome.is_done for outcome in outcomes] == [True, False]
