"""A row whose enrolment is there: left alone, moved as the row implies, or refused; what is over is a fact."""

from datetime import date

import pytest

from enrolment.actions.changes import begin_break, cancel, complete, withdraw
from enrolment.imports.enrolments import check_enrolments
from tests.enrolment.files import DAY, LONG, OTHER, UNIT, came_to, enrolments_file, facts, load, only, row
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, programme

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def person(db: None) -> object:
    """Staff number 1, for whom most rows are."""
    return EmployeeFactory(staff_number="1")


PLAN, RUN, LATE = (
    ("planned", "2026-09-07", "2026-10-04", ""),
    ("active", "2026-06-01", "2026-06-28", ""),
    ("overdue", "2026-05-04", "2026-05-31", ""),
)
DONE, LEFT, OFF = (
    ("completed", "2026-05-04", "2026-05-31", "2026-05-30"),
    ("withdrawn", "2026-05-04", "2026-05-31", "2026-05-20"),
    ("cancelled", "2026-09-07", "2026-10-04", ""),
)
AGAIN = {
    "planned, planned": (PLAN, row("2026-09-07", "2026-10-04", "planned"), "unchanged", PLAN),
    "planned, active": (PLAN, row("2026-09-07", "2026-10-04", "active"), "unchanged", PLAN),
    "active, planned": (RUN, row("2026-06-01", "2026-06-28"), "unchanged", RUN),
    "active, overdue": (RUN, row("2026-06-01", "2026-06-28", "overdue"), "unchanged", RUN),
    "overdue, planned": (LATE, row("2026-05-04", "2026-05-31"), "unchanged", LATE),
    "overdue, active": (LATE, row("2026-05-04", "2026-05-31", "active"), "unchanged", LATE),
    "re-date": (PLAN, row("2026-09-07", "2026-10-11"), "updated", ("planned", "2026-09-07", "2026-10-11", "")),
    "re-date, too long": (PLAN, row("2026-09-07", "2027-10-11"), "refused too_long", PLAN),
    "extend": (RUN, row("2026-06-01", "2026-07-05"), "updated", ("active", "2026-06-01", "2026-07-05", "")),
    "extend what is overdue": (
        LATE,
        row("2026-05-04", "2026-06-30", "active"),
        "updated",
        ("active", "2026-05-04", "2026-06-30", ""),
    ),
    "extend into the past": (LATE, row("2026-05-04", "2026-06-10"), "refused in_past", LATE),
    "shorten": (RUN, row("2026-06-01", "2026-06-20"), "updated", ("active", "2026-06-01", "2026-06-20", "")),
    "shorten what is overdue": (LATE, row("2026-05-04", "2026-05-20"), "refused move_not_allowed", LATE),
    "complete": (
        RUN,
        row("2026-06-01", "2026-06-28", "completed", ended_on="2026-06-12"),
        "updated",
        ("completed", "2026-06-01", "2026-06-28", "2026-06-12"),
    ),
    "complete a plan": (
        PLAN,
        row("2026-09-07", "2026-10-04", "withdrawn", ended_on="2026-06-01"),
        "refused move_not_allowed",
        PLAN,
    ),
    "withdraw": (
        LATE,
        row("2026-05-04", "2026-05-31", "withdrawn", ended_on="2026-05-20"),
        "updated",
        ("withdrawn", "2026-05-04", "2026-05-31", "2026-05-20"),
    ),
    "pause a unit": (RUN, row("2026-06-01", "2026-06-28", "paused"), "refused cannot_pause", RUN),
    "cancel": (PLAN, row("2026-09-07", "2026-10-04", "cancelled"), "updated", OFF),
    "cancel what runs": (RUN, row("2026-06-01", "2026-06-28", "cancelled"), "refused move_not_allowed", RUN),
    "completed, completed": (
        DONE,
        row("2026-05-04", "2026-05-31", "completed", ended_on="2026-05-30"),
        "unchanged",
        DONE,
    ),
    "correct the finish": (
        DONE,
        row("2026-05-04", "2026-05-31", "completed", ended_on="2026-05-29"),
        "updated",
        ("completed", "2026-05-04", "2026-05-31", "2026-05-29"),
    ),
    "withdraw what is completed": (
        DONE,
        row("2026-05-04", "2026-05-31", "withdrawn", ended_on="2026-05-29"),
        "refused move_not_allowed",
        DONE,
    ),
    "completed since": (DONE, row("2026-05-04", "2026-05-31", "active"), "unchanged", DONE),
    "withdrawn since": (LEFT, row("2026-05-04", "2026-05-31"), "unchanged", LEFT),
    "cancelled since": (OFF, row("2026-09-07", "2026-10-04"), "unchanged", OFF),
    "completed since, other dates": (DONE, row("2026-05-04", "2026-06-30"), "refused move_not_allowed", DONE),
}


@pytest.mark.parametrize(("there", "asked", "outcome", "recorded"), AGAIN.values(), ids=AGAIN.keys())
def test_the_same_key_again_is_unchanged_or_the_move_it_implies_or_that_moves_refusal(
    person, there, asked, outcome, recorded
):
    status, start, end, ended_on = there
    record = EnrolmentFactory(
        employee=person,
        programme=programme(UNIT),
        status=status,
        start_date=date.fromisoformat(start),
        planned_end_date=end,
        ended_on=ended_on or None,
    )
    assert came_to(asked) == [outcome]
    assert facts(only()) == recorded
    assert only() == record
    if outcome in ("unchanged", "updated"):
        [done] = load(asked)
        assert done.outcome == "unchanged"


@pytest.mark.parametrize("since", ["completed", "withdrawn", "cancelled"])
def test_a_record_closed_since_stays_closed_and_the_message_says_so(person, since):
    start = TODAY + DAY if since == "cancelled" else TODAY - 10 * DAY
    asked = row(start.isoformat(), (start + 27 * DAY).isoformat())
    load(asked)
    closing = {
        "completed": lambda: complete([only()], ended_on=TODAY, by=None, on=TODAY),
        "withdrawn": lambda: withdraw([only()], ended_on=TODAY, by=None, on=TODAY, reason="x"),
        "cancelled": lambda: cancel([only()], by=None, on=TODAY, reason="x"),
    }
    closing[since]()
    [done] = load(asked)
    assert (done.outcome, only().status) == ("unchanged", since)
    assert f"It has been {since}" in done.message
    assert "stays so" in done.message


def test_a_break_begins_ends_and_is_left_alone():
    asked = row("2026-01-05", "2027-07-04", "active", programme=LONG)
    assert came_to(asked) == ["created"]
    begin_break([only()], return_on=None, planned_end_date=None, by=None, on=TODAY, reason="x")
    [left] = load(asked)
    assert (left.outcome, only().status) == ("unchanged", "paused")
    assert "break in learning" in left.message
    assert came_to({**asked, "planned_end_date": "2027-09-05"}) == ["updated"]
    assert (only().status, only().planned_end_date) == ("active", date(2027, 9, 5))
    paused = {**asked, "planned_end_date": "2027-10-05", "status": "paused"}
    assert came_to(paused, paused) == ["updated", "unchanged"]
    assert (only().status, only().planned_end_date, only().return_on) == ("paused", date(2027, 10, 5), None)
    assert came_to({**paused, "planned_end_date": "2027-11-05"}) == ["updated"]


def test_a_row_moves_a_plan_into_the_cohort_it_names():
    CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
    load(row("2026-09-07", "2026-10-04"))
    EmployeeFactory(staff_number="2")
    assert came_to(row("2026-09-07", "2026-10-04", cohort="Autumn")) == ["updated"]
    assert only().seat_id is not None
    second = row("2026-09-07", "2026-10-04", staff_number="2")
    assert came_to(second, {**second, "cohort": "Autumn"}) == ["created", "refused no_seat"]


def test_the_same_programme_under_another_start_is_already_on_it_while_one_is_live():
    assert came_to(row("2026-09-07", "2026-10-04"), row("2027-01-04", "2027-01-31")) == [
        "created",
        "refused already_on_programme",
    ]
    assert came_to(row()) == ["refused already_on_programme"]
    cancel([only()], by=None, on=TODAY, reason="x")
    assert came_to(row("2027-01-04", "2027-01-31")) == ["created"]


def test_what_a_row_before_made_is_named_by_its_row_as_checked_so_as_loaded():
    """While a file is checked nothing of it has a reference yet; one that is named then would be found nowhere."""
    rows = [row("2026-09-07", "2026-10-04"), row("2027-01-04", "2027-01-31")]
    batch = check_enrolments(enrolments_file(*rows), file_name="x.csv", by=None, on=TODAY)
    name, days = "Adopting and Governing AI Systems", "from 7 September 2026 to 4 October 2026"
    said = f"{name} is already planned, {days} (row 2 of this file)."
    assert batch.rows.get(outcome="refused").message == said
    assert [each.message for each in load(*rows)] == ["", said]
    assert only().reference.startswith("WP-")
    assert [each.message for each in load(rows[1])] == [said.replace("row 2 of this file", only().reference)]


def test_what_is_over_is_a_fact_and_only_a_clash_refuses_it(person):
    person.date_of_birth, person.employed_from = date(2010, 1, 1), date(2026, 6, 1)
    person.save()
    over = row("2025-01-06", "2025-12-31", "completed", ended_on="2026-01-31")
    [done] = load(over)
    assert done.outcome == "created"
    assert [said.rsplit("(", 1)[1] for said in done.warnings] == ["too_long)", "outside_programme_dates)", "too_young)"]
    [clash] = load(row("2026-01-31", "2026-02-20", "completed", programme=OTHER, ended_on="2026-02-20"))
    assert (clash.code, clash.clashes[0].shared.count()) == ("clash", 1)
    short = row("2026-02-02", "2026-02-20", "withdrawn", programme=LONG, ended_on="2026-02-20")
    [left] = load(short)
    assert left.outcome == "created"
    assert any("too_short" in said for said in left.warnings)
    assert came_to(row("2026-02-21", "2026-03-20", "completed", ended_on="2026-03-20")) == ["created"]
