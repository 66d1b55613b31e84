"""The manager hears once that one of theirs is placed, with the days as they are when the letter leaves."""

from datetime import timedelta

import pytest

from enrolment.actions.changes import redate
from enrolment.actions.cohorts import promote
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment
from enrolment.queries.lapsed import lapsed
from people.models import Employee, Notice
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
START = TODAY + 30 * DAY


@pytest.fixture
def boss() -> Employee:
    """A manager."""
    return EmployeeFactory(given_names="Mia", family_name="Boss")


def place(person: Employee, *, by=None) -> Enrolment:
    """Somebody enrolled from `START`."""
    wish = Wish(person, programme("ai-governance"), start_date=START, planned_end_date=START + 27 * DAY)
    (outcome,) = enrol([wish], by=by, on=TODAY)
    assert outcome.is_done
    assert outcome.subject.enrolment
    return outcome.subject.enrolment


def move(enrolment: Enrolment, days: int) -> None:
    """Its days begin so much later."""
    start, hr = START + days * DAY, UserFactory(is_hr=True)
    moved = redate([enrolment], start_date=start, planned_end_date=start + 27 * DAY, by=hr, on=TODAY, reason="Room.")
    assert moved[0].is_done


def copies() -> list[Notice]:
    """What managers were told of placements."""
    return list(Notice.objects.filter(kind="team_enrolled").order_by("id"))


def test_the_manager_hears_who_and_when(boss):
    place(EmployeeFactory(given_names="Ada", family_name="Lane", manager=boss))
    (copy,) = copies()
    assert copy.employee == boss
    assert copy.headline == "Ada Lane is enrolled on Adopting and Governing AI Systems"
    assert "from 15 July 2026 to 11 August 2026" in copy.body


def test_nobody_is_told_what_they_did_themselves_nor_after_they_left(boss):
    place(EmployeeFactory(manager=EmployeeFactory(employed_until=TODAY - DAY)))
    hr = EmployeeFactory(user=UserFactory(is_hr=True))
    place(EmployeeFactory(manager=hr), by=hr.user)
    place(EmployeeFactory())
    assert copies() == []


@pytest.mark.parametrize("status", ["due", "held", "withdrawn"])
def test_one_that_has_not_left_says_the_days_as_they_are(boss, status):
    enrolment = place(EmployeeFactory(manager=boss))
    Notice.objects.filter(kind="team_enrolled").update(status=status)
    move(enrolment, 7)
    (copy,) = copies()
    assert (copy.about_on, copy.status) == (START + 7 * DAY, "held" if status == "held" else "due")
    assert "from 22 July 2026" in copy.body


def test_one_that_was_sent_is_not_repeated(boss):
    enrolment = place(EmployeeFactory(manager=boss))
    Notice.objects.filter(kind="team_enrolled").update(status="sent", sent_at="2026-06-15T09:00Z")
    move(enrolment, 60)
    assert [copy.about_on for copy in copies()] == [START]


def test_who_got_a_seat_by_waiting_is_placed_too(boss):
    cohort = CohortFactory(programme=programme("ai-governance"), start_date=START, planned_end_date=START + 27 * DAY)
    EnrolmentFactory(
        employee=EmployeeFactory(manager=boss), programme=cohort.programme, cohort=cohort, status="waiting",
        start_date=None, planned_end_date=None, waiting_since="2026-06-01T09:00Z",
    )  # fmt: skip
    assert promote([cohort], by=None, on=TODAY)[0].is_done
    assert [(copy.employee, copy.about_on) for copy in copies()] == [(boss, START)]


def test_at_the_moment_of_sending_it_goes_to_who_is_the_manager_then(boss):
    person = EmployeeFactory(manager=boss)
    place(person)
    (copy,) = copies()
    assert lapsed([copy], TODAY) == {}
    Employee.objects.filter(pk=person.pk).update(manager=EmployeeFactory())
    assert lapsed([copy], TODAY) == {copy.pk: "It is somebody else’s to hear by now."}
