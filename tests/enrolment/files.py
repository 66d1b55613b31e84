"""Enrolment files for tests: written row by row, loaded as a command does, their history read as `prove` reads it."""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta

from enrolment import rules
from enrolment.entries import HEADER, Row
from enrolment.imports.enrolments import load_enrolments
from enrolment.models import Enrolment
from lifecycle.moves import START
from tests.factories import TODAY

S = Enrolment.Status
UNIT, OTHER, LONG = "ai-governance", "ai-transformation", "ai-practitioner"
DAY = timedelta(days=1)


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
