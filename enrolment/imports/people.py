"""Loading people from a file: check and keep it, apply it in chunks, resume where a killed worker stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from enrolment.actions.batches import finish
from enrolment.actions.outcomes import in_chunks
from enrolment.actions.people import import_people, keep_file, skip_rows
from enrolment.models import Batch
from enrolment.queries.batches import Leaver, people_named, turn, who_is_missing
from people.clock import now
from people.entries import COLUMNS, NOTHING, Entry
from people.imports import MOST_ROWS, Row, compare, judge, read_people
from people.models import User
from people.naming import name_managers
from people.reading import Reading
from people.rules import say

JOINS_LATER = "joins_later"


def check_people(content: bytes, *, file_name: str, by: User | None, on: date, most: int = MOST_ROWS) -> Batch:
    """Read and judge a file and keep what it would come to; nobody is written.

    Raises ValidationError ``unreadable_file``.
    """
    rows = judge(read_people(content, on=on, most=most))
    compare(rows)
    return keep_file(rows, file_name=file_name, content=content, by=by, on=on)


def load_people(content: bytes, *, file_name: str, by: User | None, on: date) -> list[Row]:
    """Check a file and apply it here and now; returns its rows in file order with their outcomes.

    Raises ValidationError ``unreadable_file``, or ``busy`` while another file is being applied.
    """
    sheet = read_people(content, on=on)
    with turn() as is_ours:
        if not is_ours:
            raise ValidationError("Another file of people is being loaded. Try again when it is done.", "busy")
        rows = judge(sheet)
        batch = keep_file(rows, file_name=file_name, content=content, by=by, on=on, is_begun=True)
        for _ in _apply(batch, rows):
            pass
    return sorted(rows, key=lambda row: row.row)


def apply_people(batch: Batch) -> int | None:
    """Apply a kept file from where it stands to its end; returns how many rows were done now.

    None when another file has the turn: the next sweep comes back. Safe twice and in parallel: each chunk is done once.
    """
    with turn() as is_ours:
        if not is_ours:
            return None
        batch.refresh_from_db(fields=["status", "done"])
        if batch.status != Batch.Status.APPLYING:
            return 0
        rows, _ = rows_of(batch, on=batch.made_on)
        return sum(_apply(batch, rows))


def rows_of(batch: Batch, *, on: date, most: int = MOST_ROWS, is_foreseen: bool = False) -> tuple[list[Row], list[str]]:
    """A kept file's judged rows in the order to apply them, with who is missing last; and names that several have.

    Who is missing is asked once, when it is foreseen (``is_foreseen``), and kept: a part applied changes nothing of it.
    Raises ValidationError ``unreadable_file``.
    """
    reading = Reading.from_json(batch.reading) if batch.reading else None
    sheet = read_people(bytes(batch.content), on=on, most=most, reading=reading)
    names = name_managers(sheet, reading.names, on=on) if reading else []
    rows = judge(sheet)
    if batch.leave_on:
        in_file = {row.staff_number for row in rows}
        missing = who_is_missing(in_file, on=batch.leave_on) if is_foreseen else people_named(batch.leaving)
        last = max(row.row for row in rows)
        rows += [_leaver(person, last + at, len(rows) + at - 1, batch.leave_on) for at, person in enumerate(missing, 1)]
    if is_foreseen:
        compare(rows)
    return rows, names


def as_json(row: Row) -> dict[str, Any]:
    """One row as the commands answer it: every key always present, null where there is nothing (design.md)."""
    return {
        "row": row.row,
        "staff_number": row.staff_number or None,
        "outcome": row.outcome,
        "code": row.code or None,
        "message": row.sentence or None,
        "clashes_with": None,
        "earliest_start": None,
        "warnings": None,
    }


def _leaver(person: Leaver, row: int, position: int, on: date) -> Row:
    """Somebody who is missing from a file of the whole organisation: only their last day is said."""
    facts = (*NOTHING[:-1], on)
    says = tuple(column == "employed_until" for column in COLUMNS)
    found = Row(row, person.staff_number, Entry(person.staff_number, facts, says), position=position, is_missing=True)
    found.refused_name = person.name
    if person.employed_from and person.employed_from > on:
        found.entry, found.outcome, found.code = None, "unchanged", JOINS_LATER
        found.message = f"Joins on {say(person.employed_from)}, after that day: left as they are."
    return found


def _apply(batch: Batch, rows: list[Row]) -> Iterator[int]:
    """Chunk after chunk from where the batch stands; gives how many rows each did. At its end the batch is applied."""
    first = batch.done
    for outcomes in in_chunks(import_people, rows[first:], batch=batch):
        failed = [o.subject for o in outcomes if o.refusal and o.refusal.code == "not_done"]
        if failed:
            for row, outcome in zip(failed, outcomes, strict=True):
                row.refuse("not_done", outcome.refusal.message if outcome.refusal else "")
            skip_rows(failed, batch=batch)
        yield len(outcomes)
    finish(batch, at=now())
