"""The limit on how many of a team are away at once: it binds the planner, and only warns of dates that people give."""

from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from enrolment.actions import changes
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment
from enrolment.queries.planning import planned
from people.clock import today
from people.models import Employee, Policy
from programmes.rules import DAY
from tests.enrolment.files import load, row
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
UNIT = "ai-governance"
FIRST, LAST = date(2026, 9, 7), date(2026, 10, 4)
SAID = "Too many of the team are on a programme from 7 September 2026 to 4 October 2026: Ben Birch."


@pytest.fixture(autouse=True)
def one_at_most(db):
    """One of a team at most."""
    Policy.objects.update_or_create(pk=1, defaults={"team_load_limit": 1})


@pytest.fixture
def team():
    """Ada and Cleo, free, and Ben, on a programme from September on; Dan is of another team."""
    manager = EmployeeFactory()
    ada = EmployeeFactory(staff_number="1", given_names="Ada", family_name="Ash", manager=manager)
    ben = EmployeeFactory(given_names="Ben", family_name="Birch", manager=manager)
    cleo = EmployeeFactory(staff_number="3", given_names="Cleo", family_name="Cole", manager=manager)
    other = EmployeeFactory(given_names="Dan", family_name="Dew", manager=EmployeeFactory())
    for person in (ben, other):
        EnrolmentFactory(employee=person, programme=programme(UNIT), start_date=FIRST, planned_end_date=LAST)
    return ada, ben, cleo


def wish(person: Employee, first: date | None = FIRST, last: date | None = LAST) -> Wish:
    return Wish(person, programme(UNIT), first, last)


def test_the_planner_avoids_it_and_names_who_is_away(team):
    ada, _, _ = team
    [step] = planned(ada, [programme(UNIT)], history=[], on=FIRST)
    assert step.trial.start_date == LAST + DAY
    assert step.plan.tried[0].code == "team_load"
    assert step.plan.tried[0].sentence == SAID


def test_dates_that_somebody_gives_are_taken_with_a_warning(team):
    ada, _, _ = team
    [outcome] = enrol([wish(ada)], by=UserFactory(is_hr=True), on=TODAY)
    assert outcome.is_done
    assert outcome.warnings == (SAID,)
    assert Enrolment.objects.get(employee=ada).start_date == FIRST


def test_days_on_which_the_team_can_spare_somebody_are_not_warned_of(team):
    ada, ben, _ = team
    hr = UserFactory(is_hr=True)
    assert enrol([wish(ada, LAST + DAY, LAST + 27 * DAY)], by=hr, on=TODAY)[0].warnings == ()
    [own] = enrol([Wish(ben, programme("ai-transformation"), LAST + 40 * DAY, LAST + 60 * DAY)], by=hr, on=TODAY)
    assert own.is_done
    assert own.warnings == ()  # nobody crowds themself out


def test_of_two_in_one_go_the_second_is_warned_of_the_first(team):
    ada, _, cleo = team
    days = (LAST + 30 * DAY, LAST + 50 * DAY)
    first, second = enrol([wish(ada, *days), wish(cleo, *days)], by=UserFactory(is_hr=True), on=TODAY)
    assert first.warnings == ()
    assert "Ada Ash" in second.warnings[0]


def test_a_file_is_taken_and_its_row_carries_the_warning(team):
    [done] = load(row(FIRST.isoformat(), LAST.isoformat(), programme=UNIT))
    assert (done.outcome, done.code) == ("created", "")
    assert done.warnings == (SAID,)
    assert done.as_json()["warnings"] == [SAID]


def test_a_move_is_made_with_the_warning(team):
    ada, _, _ = team
    later = {"start_date": LAST + DAY, "planned_end_date": LAST + 28 * DAY}
    one = EnrolmentFactory(employee=ada, programme=programme(UNIT), **later)
    [outcome] = changes.redate(
        [one], start_date=LAST, planned_end_date=LAST + 27 * DAY, by=UserFactory(is_hr=True), on=TODAY
    )
    assert outcome.is_done
    assert outcome.warnings == ("Too many of the team are on a programme on 4 October 2026: Ben Birch.",)


def test_of_two_that_move_in_one_go_the_second_is_warned_of_the_first(team):
    ada, _, cleo = team
    before, after = LAST + DAY, LAST + 40 * DAY
    plans = [
        EnrolmentFactory(
            employee=person, programme=programme(UNIT), start_date=before, planned_end_date=before + 27 * DAY
        )
        for person in (ada, cleo)
    ]
    hr, end = UserFactory(is_hr=True), after + 27 * DAY
    first, second = changes.redate(plans, start_date=after, planned_end_date=end, by=hr, on=TODAY)
    assert first.warnings == ()
    assert "Ada Ash" in second.warnings[0]


def test_who_has_just_given_the_days_up_is_not_counted(team):
    """The first row frees Ada's days, so the second may keep Cleo away on them."""
    ada, _, cleo = team
    for person in (ada, cleo):
        EnrolmentFactory(
            employee=person, programme=programme(UNIT), start_date=LAST + 2 * DAY, planned_end_date=LAST + 20 * DAY
        )
    start = (LAST + 2 * DAY).isoformat()
    free, taken = load(
        row(start, (LAST + 20 * DAY).isoformat(), "cancelled", programme=UNIT),
        row(start, (LAST + 25 * DAY).isoformat(), programme=UNIT, staff_number="3"),
    )
    assert (free.outcome, taken.outcome) == ("updated", "updated")
    assert taken.warnings == ()


def test_what_follows_is_counted_where_it_went(team):
    """Pushed by the first move, Ada's next unit no longer meets her first one: she is away once."""
    Policy.objects.update(team_load_limit=2)
    ada, _, cleo = team
    running = {"status": S.ACTIVE, "start_date": TODAY - DAY, "planned_end_date": TODAY + 5 * DAY}
    runs = [EnrolmentFactory(employee=each, programme=programme(UNIT), **running) for each in (ada, cleo)]
    EnrolmentFactory(
        employee=ada,
        programme=programme("ai-transformation"),
        start_date=TODAY + 20 * DAY,
        planned_end_date=TODAY + 30 * DAY,
        follows=runs[0],
    )
    end = TODAY + 25 * DAY
    outcomes = changes.extend(runs, planned_end_date=end, by=UserFactory(is_hr=True), on=TODAY, push=True)
    assert [(outcome.is_done, outcome.warnings) for outcome in outcomes] == [(True, ())] * 2
    assert Enrolment.objects.get(programme=programme("ai-transformation")).start_date == end + DAY


def test_a_long_list_of_names_is_cut(team):
    ada, ben, _ = team
    for number in range(7):
        person = EmployeeFactory(given_names="Eve", family_name=f"Elm{number}", manager=ben.manager)
        EnrolmentFactory(employee=person, programme=programme(UNIT), start_date=FIRST, planned_end_date=LAST)
    [outcome] = enrol([wish(ada)], by=UserFactory(is_hr=True), on=TODAY)
    assert outcome.warnings[0].endswith("Ben Birch, Eve Elm0, Eve Elm1, Eve Elm2, Eve Elm3 and 3 more.")


def test_the_check_pages_say_so_before_anything_is_recorded(team):
    ada, ben, _ = team
    hr = Client()
    hr.force_login(UserFactory(is_hr=True))
    first = today() + 60 * DAY
    last = first + 27 * DAY
    EnrolmentFactory(employee=ben, programme=programme("ai-transformation"), start_date=first, planned_end_date=last)
    days = {"start_date": first.isoformat(), "planned_end_date": last.isoformat()}
    page = hr.post(reverse("enrolment:enrol", args=[ada.public_id]), {"programme": UNIT, **days})
    assert "Too many of the team are on a programme" in page.content.decode()
    assert "Ben Birch" in page.content.decode()
    made = hr.post(
        reverse("enrolment:enrol", args=[ada.public_id]),
        {"programme": UNIT, **days, "key": str(uuid4()), "confirm": "yes"},
    )
    assert made.status_code == 302
    one = Enrolment.objects.get(employee=ada)
    after = {"start_date": (first + DAY).isoformat(), "planned_end_date": (last + DAY).isoformat()}
    look = hr.post(reverse("enrolment:redate", args=[one.public_id]), after)
    assert "Ben Birch" in look.content.decode()
    one.refresh_from_db()
    assert one.start_date == first
