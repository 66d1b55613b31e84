"""`import_enrolments`, sentence by sentence of design.md: each row made, moved, left alone or refused with its facts."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from enrolment import rules
from enrolment.actions import history as actions
from enrolment.actions import outcomes
from enrolment.actions.batches import begin
from enrolment.actions.changes import begin_break, cancel, complete, extend, withdraw
from enrolment.actions.enrolments import Wish, enrol
from enrolment.entries import HEADER, OUTCOMES, Row
from enrolment.imports import apply_batch
from enrolment.imports.enrolments import check_enrolments, load_enrolments
from enrolment.models import Batch, Enrolment, EnrolmentEvent
from enrolment.tasks import resume_batches
from lifecycle.moves import START
from people.models import Notice, Policy
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
UNIT, OTHER, LONG = "ai-governance", "ai-transformation", "ai-practitioner"
DAY = timedelta(days=1)
KEYS = ["row", "staff_number", "outcome", "code", "message", "clashes_with", "earliest_start", "warnings"]


def enrolments_file(*rows: dict[str, object], header: Iterable[str] = HEADER) -> bytes:
    """A file with these rows; the person is staff number 1 and the programme a unit where a row does not say."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(header), restval="")
    writer.writeheader()
    writer.writerows({"staff_number": "1", "programme": UNIT, **row} for row in rows)
    return text.getvalue().encode()


def row(start: str = "", end: str = "", status: str = "", **more: str) -> dict[str, object]:
    """One row: dates and status, and whatever else it says."""
    return {"start_date": start, "planned_end_date": end, "status": status, **more}


def load(*rows: dict[str, object], on: date = TODAY) -> list[Row]:
    """Load rows as a command does; their outcomes in file order. What is recorded follows from its history."""
    done = load_enrolments(enrolments_file(*rows), file_name="sample.csv", by=None, on=on)
    assert not history_problems()
    return done


def came_to(*rows: dict[str, object], on: date = TODAY) -> list[str]:
    """The outcome of each row, with its code if it was refused."""
    return [f"{each.outcome} {each.code}".strip() for each in load(*rows, on=on)]


def history_problems() -> list[str]:
    """Where a chain of events breaks the table of moves, or does not end in what is recorded: what `prove` looks at."""
    problems = []
    for record in Enrolment.objects.prefetch_related("events"):
        events = sorted(record.events.all(), key=lambda event: (event.at, event.pk))
        if not events:
            continue  # made by a factory, past the actions
        status = START if events[0].from_status == START else events[0].from_status
        for event in events:
            move = rules.MOVES.move(event.move, status)
            if event.from_status != status or move is None or move.target != event.to_status:
                problems.append(f"{record.pk}: {event.move} out of {status}")
            status = event.to_status
        last = events[-1]
        facts = ("start_date", "planned_end_date", "ended_on", "return_on", "cohort_id")
        if status != record.status or any(getattr(last, name) != getattr(record, name) for name in facts):
            problems.append(f"{record.pk}: {last} is not {record}")
    return problems


def facts(record: Enrolment) -> tuple[str, str, str, str]:
    """What a row can say of a record."""
    record.refresh_from_db()
    days = (record.start_date, record.planned_end_date, record.ended_on)
    return (record.status, *(str(day or "") for day in days))  # type: ignore[return-value]


def only() -> Enrolment:
    """The one enrolment there is."""
    return Enrolment.objects.get()


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


def crowd(people: int) -> bytes:
    """A file over many people, each twice and some three times, their rows far apart; some rows cannot be taken."""
    for number in range(people):
        EmployeeFactory(staff_number=f"P{number:04}")
    first = [
        row("2026-05-04", "2026-05-31", "completed", staff_number=f"P{number:04}", ended_on="2026-05-31")
        for number in range(people)
    ]
    second = [
        row("2026-06-01", "2026-06-28", "active", programme=OTHER, staff_number=f"P{number:04}")
        for number in reversed(range(people))
    ]
    third = [
        row("2026-06-28", "2026-07-20", programme="ai-leadership-literacy", staff_number=f"P{number:04}")
        for number in range(0, people, 4)
    ]
    return enrolments_file(*first, *second, *third, row("2026-09-07", "2026-10-04", staff_number="404"))


def test_checking_a_file_records_nothing_and_foresees_what_applying_does():
    cohort = CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
    EmployeeFactory(staff_number="2")
    content = enrolments_file(row(cohort="Autumn"), row(cohort="Autumn", staff_number="2"), row("2026-01-01"))
    batch = check_enrolments(content, file_name="sample.csv", by=None, on=TODAY)
    assert not Enrolment.objects.exists()
    assert not EnrolmentEvent.objects.exists()
    foreseen = {"created": 1, "updated": 0, "unchanged": 0, "queued": 0, "waiting": 1, "refused": 1}
    assert batch.counts == foreseen
    assert list(batch.counts) == list(OUTCOMES) or set(batch.counts) == set(OUTCOMES)
    begin([batch], on=TODAY)
    assert apply_batch(batch.pk) == 3
    batch.refresh_from_db()
    assert (batch.status, batch.counts) == ("applied", foreseen)
    assert Enrolment.objects.filter(cohort=cohort).count() == 2
    assert apply_batch(batch.pk) == 0


def test_seats_that_one_chunk_foresees_are_taken_for_the_next(monkeypatch):
    monkeypatch.setattr(outcomes, "CHUNK", 1)
    CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
    EmployeeFactory(staff_number="2")
    content = enrolments_file(row(cohort="Autumn"), row(cohort="Autumn", staff_number="2"))
    batch = check_enrolments(content, file_name="x", by=None, on=TODAY)
    assert (batch.counts["created"], batch.counts["waiting"]) == (1, 1)


class Killed(BaseException):
    """A worker that goes away without a word."""


@pytest.mark.parametrize("survived", [0, 1, 2, 3], ids=["first", "second", "middle", "last"])
def test_a_killed_workers_file_is_finished_with_the_same_counts(monkeypatch, survived):
    """The worker goes away inside a chunk, before its transaction ends; another begins where it stopped."""
    monkeypatch.setattr(outcomes, "CHUNK", 10)
    content = crowd(39)  # and one row about nobody: four chunks of ten people
    batch = check_enrolments(content, file_name="sample.csv", by=None, on=TODAY)
    foreseen = batch.counts
    assert (foreseen["created"], foreseen["refused"]) == (78, 11)
    begin([batch], on=TODAY)
    chunks, advance = iter(range(9)), actions._advance

    def die(rows, batch):
        if next(chunks) == survived:
            raise Killed
        advance(rows, batch)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_advance", die)
        with pytest.raises(Killed):
            apply_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.status == "applying"
    assert Enrolment.objects.count() == 20 * survived
    assert resume_batches() == 89 - batch.done
    done = Batch.objects.get(pk=batch.pk)
    assert (done.status, done.done, done.counts) == ("applied", 89, foreseen)
    assert done.rows.count() == 89
    assert Enrolment.objects.count() == 78
    assert Counter(Enrolment.objects.values_list("status", flat=True)) == {"completed": 39, "active": 39}
    again = load_enrolments(content, file_name="x", by=None, on=TODAY)
    assert Counter(each.outcome for each in again) == {"unchanged": 78, "refused": 11}


def test_a_chunk_that_the_database_refuses_is_said_so_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(outcomes, "CHUNK", 10)
    content = crowd(25)
    write, calls = actions.create, iter(range(9))

    def refuse(made):
        if next(calls) == 1:
            raise IntegrityError
        write(made)

    monkeypatch.setattr(actions, "create", refuse)
    rows = load_enrolments(content, file_name="x", by=None, on=TODAY)
    assert Counter(each.code for each in rows if each.outcome == "refused")["not_done"] == 22
    batch = Batch.objects.get()
    assert (batch.status, batch.done, batch.counts["created"]) == ("applied", len(rows), 30)


class SameFileTwice(TestCase):
    """Whatever a file says, loading it again changes nothing, and what it holds never overlaps."""

    days = st.integers(-60, 90).map(lambda days: TODAY + days * DAY)
    lines = st.lists(
        st.fixed_dictionaries(
            {
                "staff_number": st.sampled_from(["7", "8", "9"]),
                "programme": st.sampled_from([UNIT, OTHER, "ai-leadership-literacy"]),
                "when": st.tuples(st.sampled_from(["dates", "dates", "cohort", "neither"]), days, st.integers(0, 40)),
                "status": st.sampled_from(["", "", "active", "completed", "withdrawn", "cancelled", "queued"]),
                "ended": days,
            }
        ),
        max_size=14,
    )

    @given(lines)
    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    def test_the_same_file_again_changes_nothing(self, lines: list[dict[str, object]]) -> None:
        for number in "789":
            EmployeeFactory(staff_number=number)
        CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
        rows = [as_row(line) for line in lines]
        if not rows:
            return
        first = load(*rows)
        before = snapshot()
        second = load(*rows)
        assert {each.outcome for each in second} <= {"unchanged", "refused"}
        assert snapshot() == before
        for one, other in zip(first, second, strict=True):
            assert one.outcome == "refused" or other.outcome == "unchanged", (one, other)


def as_row(line: dict[str, object]) -> dict[str, object]:
    """A drawn line as a row of a file."""
    how, start, length = line["when"]  # type: ignore[misc]
    end = start + length * DAY  # type: ignore[has-type]
    has_ended = line["status"] in ("completed", "withdrawn")
    return {
        "staff_number": line["staff_number"],
        "programme": line["programme"],
        "status": line["status"],
        "start_date": start if how == "dates" else "",  # type: ignore[has-type]
        "planned_end_date": end if how == "dates" else "",  # type: ignore[has-type]
        "cohort": "Autumn" if how == "cohort" else "",  # type: ignore[has-type]
        "ended_on": line["ended"] if has_ended else "",
    }


def snapshot() -> tuple[list[object], int, int]:
    """All that is recorded, and how much was said of it."""
    records = list(
        Enrolment.objects.order_by("id").values_list("id", "status", "start_date", "held", "seat", "ended_on")
    )
    return records, EnrolmentEvent.objects.count(), Notice.objects.count()


def command(content: bytes, tmp_path, *more: str) -> tuple[int, str]:
    """What the command exits with and says."""
    path, out = tmp_path / "enrolments.csv", io.StringIO()
    path.write_bytes(content)
    try:
        call_command("import_enrolments", str(path), "--on", TODAY.isoformat(), *more, stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_answers_in_json_with_every_key(tmp_path):
    content = enrolments_file(row("2026-09-07", "2026-10-04"), row("2026-10-04", "2026-10-31", programme=OTHER))
    status, out = command(content, tmp_path, "--json")
    answer = json.loads(out)
    assert status == 1
    assert answer["counts"] == {**dict.fromkeys(OUTCOMES, 0), "created": 1, "refused": 1}
    assert [list(each) for each in answer["rows"]] == [KEYS, KEYS]
    made, refused = answer["rows"]
    assert made == {**dict.fromkeys(KEYS), "row": 2, "staff_number": "1", "outcome": "created"}
    assert (refused["row"], refused["code"], refused["earliest_start"]) == (3, "clash", "2026-10-05")
    assert refused["clashes_with"][0]["shared_days"] == 1
    assert command(content, tmp_path, "--json")[0] == 1


def test_the_command_says_in_words_what_happened(tmp_path):
    content = enrolments_file(row("2026-09-07", "2026-10-04"))
    words = "1 created, 0 updated, 0 unchanged, 0 queued, 0 waiting, 0 refused.\n"
    assert command(content, tmp_path) == (0, words)
    assert command(content, tmp_path) == (0, "Nothing changed: all 1 enrolments are already as the file says.\n")
    status, out = command(enrolments_file(row("2026-09-07")), tmp_path)
    assert status == 1
    assert out.startswith("Row 2, staff number 1: refused (dates_missing).")


def test_the_command_refuses_what_it_cannot_read(tmp_path):
    for content in (b"", b"\x89PNG", b"a;b", b"staff_number\n1\n"):
        with pytest.raises(CommandError) as refused:
            command(content, tmp_path)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="cannot be read") as refused:
        call_command("import_enrolments", str(tmp_path / "nowhere.csv"))
    assert refused.value.returncode == 2
