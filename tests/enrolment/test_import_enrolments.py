"""`import_enrolments`, sentence by sentence of design.md: what a new row makes or is refused for."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from enrolment.actions.changes import complete, extend
from enrolment.actions.enrolments import Wish, enrol
from enrolment.imports.enrolments import load_enrolments
from enrolment.models import Enrolment, EnrolmentEvent
from people.models import Notice, Policy
from tests.enrolment.files import DAY, LONG, OTHER, UNIT, S, came_to, enrolments_file, facts, load, only, row
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def person(db: None) -> object:
    """Staff number 1, for whom most rows are."""
    return EmployeeFactory(staff_number="1")


# One new row, on Monday 15 June 2026: what it comes to and what is recorded (status, start, planned end, ended on).
NEW = {
    "blank status is planned": (row("2026-09-07", "2026-10-04"), ("planned", "2026-09-07", "2026-10-04", "")),
    "planned": (row("2026-09-07", "2026-10-04", "planned"), ("planned", "2026-09-07", "2026-10-04", "")),
    "any capitals": (row("2026-09-07", "2026-10-04", "Planned"), ("planned", "2026-09-07", "2026-10-04", "")),
    "planned, due today": (row("2026-06-15", "2026-07-04"), ("active", "2026-06-15", "2026-07-04", "")),
    "planned and over": (row("2026-05-01", "2026-05-20"), ("overdue", "2026-05-01", "2026-05-20", "")),
    "active": (row("2026-06-01", "2026-06-28", "active"), ("active", "2026-06-01", "2026-06-28", "")),
    "active on its last day": (row("2026-06-01", "2026-06-15", "active"), ("active", "2026-06-01", "2026-06-15", "")),
    "active past its end": (row("2026-05-01", "2026-06-14", "active"), ("overdue", "2026-05-01", "2026-06-14", "")),
    "overdue": (row("2026-05-01", "2026-06-14", "overdue"), ("overdue", "2026-05-01", "2026-06-14", "")),
    "overdue, not past its end": (
        row("2026-05-01", "2026-06-20", "overdue"),
        ("active", "2026-05-01", "2026-06-20", ""),
    ),
    "completed": (
        row("2026-05-01", "2026-05-28", "completed", ended_on="2026-05-30"),
        ("completed", "2026-05-01", "2026-05-28", "2026-05-30"),
    ),
    "withdrawn": (
        row("2026-05-01", "2026-05-28", "withdrawn", ended_on="2026-05-10"),
        ("withdrawn", "2026-05-01", "2026-05-28", "2026-05-10"),
    ),
    "never attended": (
        row("2026-05-01", "2026-05-28", "withdrawn", ended_on="2026-04-20"),
        ("withdrawn", "2026-05-01", "2026-05-28", "2026-04-20"),
    ),
    "cancelled": (row("2026-09-07", "2026-10-04", "cancelled"), ("cancelled", "2026-09-07", "2026-10-04", "")),
    "cancelled, without dates": (row(status="cancelled"), ("cancelled", "", "", "")),
    "neither dates nor cohort": (row(), ("active", "2026-06-15", "2026-07-12", "")),
    "neither, said to be queued": (row(status="queued"), ("active", "2026-06-15", "2026-07-12", "")),
}


@pytest.mark.parametrize(("asked", "recorded"), NEW.values(), ids=NEW.keys())
def test_a_new_row_is_recorded_as_it_says_and_again_changes_nothing(asked, recorded):
    [done] = load(asked)
    assert (done.outcome, done.code) == ("created", "")
    assert facts(only()) == recorded
    before = list(EnrolmentEvent.objects.values_list("id", flat=True))
    assert came_to(asked) == ["unchanged"]
    assert facts(only()) == recorded
    assert list(EnrolmentEvent.objects.values_list("id", flat=True)) == before


def test_paused_means_return_unknown_and_holds_on():
    assert came_to(row("2026-01-05", "2027-07-04", "paused", programme=LONG)) == ["created"]
    assert (only().status, only().return_on, only().held.upper) == ("paused", None, None)
    assert came_to(row("2028-01-03", "2028-01-30")) == ["refused clash"]


# One row that cannot be taken, and its code.
REFUSED = {
    "only a start": (row("2026-09-07"), "dates_missing"),
    "only an end": (row("", "2026-09-07"), "dates_missing"),
    "active without dates": (row(status="active"), "dates_missing"),
    "completed without dates": (row(status="completed", ended_on="2026-05-01"), "dates_missing"),
    "queued with dates": (row("2026-09-07", "2026-10-04", "queued"), "dates_unexpected"),
    "waiting for no cohort": (row(status="waiting"), "unknown_cohort"),
    "reversed": (row("2026-09-07", "2026-09-06"), "end_before_start"),
    "reversed and over": (row("2026-05-07", "2026-05-06", "completed", ended_on="2026-05-08"), "end_before_start"),
    "completed before it began": (
        row("2026-05-07", "2026-05-20", "completed", ended_on="2026-05-06"),
        "end_before_start",
    ),
    "completed, no day": (row("2026-05-01", "2026-05-28", "completed"), "ended_on_missing"),
    "withdrawn, no day": (row("2026-05-01", "2026-05-28", "withdrawn"), "ended_on_missing"),
    "planned, ended": (row("2026-09-07", "2026-10-04", "", ended_on="2026-06-01"), "ended_on_unexpected"),
    "active, ended": (row("2026-06-01", "2026-06-28", "active", ended_on="2026-06-10"), "ended_on_unexpected"),
    "cancelled, ended": (row("2026-06-20", "2026-06-28", "cancelled", ended_on="2026-06-10"), "ended_on_unexpected"),
    "ended tomorrow": (row("2026-06-01", "2026-06-28", "completed", ended_on="2026-06-16"), "in_future"),
    "last day tomorrow": (row("2026-06-01", "2026-06-28", "withdrawn", ended_on="2026-06-16"), "in_future"),
    "active tomorrow": (row("2026-06-16", "2026-06-28", "active"), "in_future"),
    "too long": (row("2026-09-07", "2027-01-04"), "too_long"),
    "an apprenticeship to a mistyped year": (row("2026-09-07", "2072-03-06", programme=LONG), "too_long"),
    "too short": (row("2026-09-07", "2026-10-04", programme=LONG), "too_short"),
    "before the first start": (row("2026-04-27", "2026-05-20", "active"), "outside_programme_dates"),
    "nobody": (row("2026-09-07", "2026-10-04", staff_number="404"), "unknown_employee"),
    "no programme": (row("2026-09-07", "2026-10-04", programme="ai"), "unknown_programme"),
    "no such cohort": (row("2026-09-07", "2026-10-04", cohort="Autumn"), "unknown_cohort"),
    "no such status": (row("2026-09-07", "2026-10-04", "done"), "unknown_status"),
    "no staff number": (row("2026-09-07", "2026-10-04", staff_number=""), "staff_number_missing"),
    "no programme given": (row("2026-09-07", "2026-10-04", programme=""), "programme_missing"),
    "a day read two ways": (row("04/05/2026", "2026-10-04"), "bad_date"),
    "no day": (row("soon", "2026-10-04"), "bad_date"),
    "no likely day": (row("2026-09-07", "9999-01-01"), "bad_date"),
    "a unit paused": (row("2026-06-01", "2026-06-28", "paused"), "cannot_pause"),
}


@pytest.mark.parametrize(("asked", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_row_that_cannot_be_taken_is_refused_with_its_code_and_leaves_nothing(asked, code):
    [refused] = load(asked)
    assert (refused.outcome, refused.code) == ("refused", code)
    assert refused.message.endswith(".")
    assert not Enrolment.objects.exists()
    assert not Notice.objects.exists()


def test_who_is_too_young_or_not_employed_gets_the_first_day_that_would_do(person):
    person.date_of_birth, person.employed_from = date(2007, 9, 14), date(2026, 9, 21)
    person.save()
    [young] = load(row("2026-09-07", "2026-10-04"))
    assert (young.code, young.earliest_start) == ("too_young", date(2026, 9, 21))
    person.date_of_birth, person.employed_until = None, date(2026, 9, 30)
    person.save()
    assert came_to(row("2026-10-05", "2026-11-01")) == ["refused not_employed"]
    [missing] = load(row("2026-09-07"))
    assert (missing.code, missing.earliest_start) == ("dates_missing", date(2026, 9, 21))


def test_dates_are_judged_exactly_never_moved_or_queued(person):
    EnrolmentFactory(
        employee=person,
        programme=programme(OTHER),
        status=S.ACTIVE,
        start_date=TODAY,
        planned_end_date=TODAY + 27 * DAY,
    )
    [refused] = load(row("2026-07-12", "2026-08-08"))
    assert (refused.code, refused.earliest_start) == ("clash", date(2026, 7, 13))
    assert refused.as_json()["clashes_with"] == [
        {
            "programme": OTHER,
            "status": "active",
            "start": "2026-06-15",
            "end": "2026-07-12",
            "shared_from": "2026-07-12",
            "shared_until": "2026-07-12",
            "shared_days": 1,
        }
    ]
    assert came_to(row("2026-07-13", "2026-08-09")) == ["created"]


def test_behind_an_open_ended_hold_there_is_no_earliest_start_and_neither_dates_nor_cohort_is_queued(person):
    running = EnrolmentFactory(
        employee=person, programme=programme(OTHER), status=S.OVERDUE, start_date="2026-05-04", planned_end_date=TODAY
    )
    [refused] = load(row("2026-09-07", "2026-10-04"))
    assert (refused.code, refused.earliest_start) == ("clash", None)
    assert refused.as_json()["clashes_with"][0]["end"] is None
    [queued] = load(row())
    assert (queued.outcome, queued.code) == ("queued", "")
    made = Enrolment.objects.get(status=S.QUEUED)
    assert (made.follows, made.start_date) == (running, None)
    assert came_to(row()) == ["unchanged"]


def test_neither_dates_nor_cohort_is_planned_after_the_notice_period_and_behind_what_holds(person):
    Policy.objects.update_or_create(pk=1, defaults={"notice_days": 10})
    [planned] = load(row())
    assert (planned.outcome, planned.earliest_start) == ("created", TODAY + 10 * DAY)
    assert only().start_date == TODAY + 10 * DAY
    [next_one] = load(row(programme=OTHER))
    assert next_one.earliest_start == TODAY + 38 * DAY


def test_a_row_without_a_start_finds_what_it_made_whatever_became_of_it():
    load(row(), on=TODAY)
    redated = only()
    extend([redated], planned_end_date=date(2026, 8, 1), by=None, on=TODAY)
    assert came_to(row(), on=TODAY + DAY) == ["unchanged"]
    complete([redated], ended_on=TODAY, by=None, on=TODAY)
    [done] = load(row(), on=TODAY + DAY)
    assert done.outcome == "unchanged"
    assert "completed on 15 June 2026 since" in done.message


def test_a_cohort_without_dates_gives_its_own_or_a_place_on_its_waiting_list():
    cohort = CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
    EmployeeFactory(staff_number="2")
    asked = [row(cohort="AUTUMN"), row(cohort="Autumn", staff_number="2")]
    [placed, waits] = load(*asked)
    assert (placed.outcome, waits.outcome) == ("created", "waiting")
    made = Enrolment.objects.get(employee__staff_number="1")
    assert (made.start_date, made.planned_end_date, made.cohort) == (
        cohort.start_date,
        cohort.planned_end_date,
        cohort,
    )
    assert made.seat_id is not None
    assert came_to(*asked) == ["unchanged", "unchanged"]
    withdrawn = row(cohort="Autumn", status="completed", ended_on="2026-06-01", staff_number="2")
    assert came_to(withdrawn) == ["refused move_not_allowed"]


def test_a_cohort_with_dates_is_judged_on_them_and_never_waits():
    CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
    EmployeeFactory(staff_number="2")
    asked = [row("2026-09-07", "2026-10-11", cohort="Autumn", staff_number=number) for number in "12"]
    [placed, full] = load(*asked)
    assert (placed.outcome, full.code) == ("created", "no_seat")
    assert placed.warnings == ("Autumn itself is from 7 September 2026 to 4 October 2026.",)
    other = row("2026-09-07", "2026-10-04", programme=OTHER, cohort="Autumn", staff_number="2")
    assert came_to(other) == ["refused unknown_cohort"]


def test_who_finished_in_a_full_cohort_is_recorded_without_it():
    CohortFactory(
        name="May", programme=programme(UNIT), seats=1, start_date="2026-05-04", planned_end_date="2026-05-31"
    )
    EmployeeFactory(staff_number="2")
    asked = row("2026-05-04", "2026-05-31", "completed", ended_on="2026-05-31", cohort="May")
    [first, second] = load(asked, {**asked, "staff_number": "2"})
    assert (first.outcome, second.outcome) == ("created", "created")
    assert "no_seat" in second.warnings[0]
    assert Enrolment.objects.get(employee__staff_number="2").cohort is None
    assert came_to(asked, {**asked, "staff_number": "2"}) == ["unchanged", "unchanged"]


# A record as it is (status, start, planned end, ended on), the row that names it, what comes of it and of the record.


def test_rows_are_judged_in_file_order_each_seeing_those_accepted_before_it():
    first, second = row("2026-09-07", "2026-10-04"), row("2026-10-04", "2026-10-31", programme=OTHER)
    assert came_to(first, second) == ["created", "refused clash"]
    EmployeeFactory(staff_number="2")
    turned = [{**second, "staff_number": "2"}, {**first, "staff_number": "2"}]
    assert came_to(*turned) == ["created", "refused clash"]


def test_the_same_person_twice_is_fine_when_the_days_do_not_meet():
    rows = [
        row("2026-05-04", "2026-05-31", "completed", ended_on="2026-05-31"),
        row("2026-06-01", "2026-06-28", "active", programme=OTHER),
        row("2026-06-29", "2026-07-26", programme="ai-leadership-literacy"),
        row("2026-07-27", "2028-01-26", programme=LONG),
    ]
    assert came_to(*rows) == ["created"] * 4
    assert came_to(*rows) == ["unchanged"] * 4


def test_a_row_frees_the_days_for_the_next_one(person):
    EnrolmentFactory(
        employee=person, programme=programme(OTHER), status=S.OVERDUE, start_date="2026-05-04", planned_end_date=TODAY
    )
    closes = row("2026-05-04", "2026-06-15", "completed", programme=OTHER, ended_on="2026-06-10")
    assert came_to(closes, row("2026-06-11", "2026-07-08")) == ["updated", "created"]
    begins = row("2026-05-04", "2026-06-30", programme="ai-leadership-literacy", staff_number="2")
    EmployeeFactory(staff_number="2")
    ends = {**begins, "status": "withdrawn", "ended_on": "2026-06-01"}
    assert came_to(begins, ends, row("2026-06-02", "2026-06-29", staff_number="2")) == ["created", "updated", "created"]


def test_a_file_never_pushes_plans_and_its_clash_names_them(person):
    running = row("2026-06-01", "2026-06-28", programme=OTHER)
    load(running, row("2026-06-29", "2026-07-26"))
    [refused] = load({**running, "planned_end_date": "2026-07-05"})
    assert (refused.code, refused.clashes[0].other.programme.code) == ("clash", UNIT)
    assert refused.earliest_start == date(2026, 7, 27)


def test_people_hear_of_plans_and_not_of_history():
    load(
        row("2026-05-04", "2026-05-31", "completed", ended_on="2026-05-31"),
        row("2026-09-07", "2026-10-04", programme=OTHER),
    )
    assert [notice.kind for notice in Notice.objects.all()] == ["enrolled"]
    assert Notice.objects.get().about_on == date(2026, 9, 7)


def test_nobody_loads_themself(person):
    person.user = UserFactory(is_hr=True)
    person.save()
    [refused] = load_enrolments(
        enrolments_file(row("2026-09-07", "2026-10-04")), file_name="x", by=person.user, on=TODAY
    )
    assert refused.code == "own_enrolment"


def test_a_file_agrees_with_the_action_for_the_same_wish(person):
    enrol([Wish(person, programme(UNIT), date(2026, 9, 7), date(2026, 10, 4))], by=None, on=TODAY)
    assert came_to(row("2026-09-07", "2026-10-04")) == ["unchanged"]


def test_a_column_that_nobody_knows_is_not_taken_for_none() -> None:
    """Its dates would be left out without a word; what our own files say of a row is no such column."""
    content = b"staff_number,programme,start,end\n1,ai-governance,2026-09-07,2026-10-04\n"
    with pytest.raises(ValidationError) as refused:
        load_enrolments(content, file_name="mine.csv", by=None, on=TODAY)
    assert refused.value.code == "unreadable_file"
    assert "There is no column “start”." in refused.value.messages[0]
    known = b"row,code,reason,earliest_start,staff_number,programme\n2,clash,Why.,2026-09-07,1,ai-governance\n"
    (only_row,) = load_enrolments(known, file_name="mine.csv", by=None, on=TODAY)
    assert only_row.outcome == "created"
