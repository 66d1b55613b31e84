"""Files of people as HR systems export them: taken in, matched, judged; and who is missing from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from enrolment.actions.files import keep_judged, keep_table, remember
from enrolment.imports.people import check_people, rows_of
from enrolment.models import Batch, Source
from enrolment.queries.batches import source_of
from enrolment.queries.files import Matching, matching_of
from people.imports import HEADER, MOST_ROWS, REQUIRED
from people.models import User
from people.reading import Question, Reading, reading_of
from people.records import BEGINNINGS, records_of
from people.tables import table_of


def receive_people(content: bytes, *, file_name: str, by: User | None, on: date, most: int = MOST_ROWS) -> Batch:
    """Take a file in: one with our own columns, or of a source that is known, is judged at once; nobody is written.

    Raises ValidationError ``unreadable_file``.
    """
    if _has_our_header(content):
        return check_people(content, file_name=file_name, by=by, on=on, most=most)
    table = table_of(content)
    names = [header.lower() for header in table.columns]
    source = source_of(table.columns)
    facts: Sequence[str] = ()
    if set(REQUIRED) <= set(names) <= set(HEADER) and len(set(names)) == len(names):
        facts = names
    elif source:
        facts = source.facts
    batch = keep_table(table, file_name=file_name, by=by, on=on)
    if facts:
        said = {"order": source.order, "epoch": source.epoch} if source else {}
        reading, questions = reading_of(table, facts, is_remembered=True, **said)
        if not questions:
            _judge(batch, reading, source, most=most)
            batch.refresh_from_db(fields=["status", "counts", "total"])
    return batch


def questions_of(matching: Matching, facts: Sequence[str], said: Mapping[str, str]) -> tuple[Reading, list[Question]]:
    """How the file is read with this choice of columns, and what has to be asked first."""
    return reading_of(matching.table, facts, order=said.get("order", ""), epoch=said.get("epoch", ""))


def match_people(
    batch: Batch, reading: Reading, *, name: str, by: User | None, on: date, most: int = MOST_ROWS
) -> Batch:
    """Read a file with this choice of columns, remember it for the source of this name, and judge its rows.

    Raises ValidationError: ``source_exists``, ``unreadable_file``.
    """
    source = remember(name, matching_of(batch).table.columns, reading, by=by, on=on)
    _judge(batch, reading, source, most=most, leave_on=batch.leave_on)
    return batch


def say_who_leaves(batch: Batch, *, leave_on: date | None) -> bool:
    """Judge a checked file again as the whole organisation, so that who is missing leaves on this day; None: as a part.

    Returns whether the file had not begun.
    """
    reading = Reading.from_json(batch.reading) if batch.reading else None
    return _judge(batch, reading, batch.source, leave_on=leave_on)


def _judge(
    batch: Batch, reading: Reading | None, source: Source | None, *, most: int = MOST_ROWS, leave_on: date | None = None
) -> bool:
    batch.reading = reading.as_json() if reading else None
    batch.leave_on, batch.leaving = leave_on, []
    rows, names = rows_of(batch, on=batch.made_on, most=most, is_foreseen=True)
    return keep_judged(batch, rows, reading=reading, source=source, names=names, leave_on=leave_on)


def _has_our_header(content: bytes) -> bool:
    """Whether this is a CSV file in UTF-8 with commas whose first row has the columns that ours need."""
    if content.startswith(tuple(beginning for beginning, _ in BEGINNINGS)):
        return False
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    header = next((cells for _, cells, problem in records_of(text) if cells and not problem), [])
    return set(REQUIRED) <= {cell.strip().lower() for cell in header}
