"""Loading enrolments from a file: read it, foresee what it comes to, apply it in chunks of people, resume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from enrolment.actions.batches import finish, keep
from enrolment.actions.history import counted, foresee, import_enrolments, kept, skip_people
from enrolment.actions.outcomes import Outcome, in_chunks
from enrolment.entries import HEADER, Entry, Row, by_person
from enrolment.models import Batch, Enrolment
from enrolment.queries.batches import turn
from people.cells import cleaned, day_sentence, iso_day, places, short, unguarded
from people.clock import now
from people.models import User
from people.records import LOST, records_of, text_of, unreadable
from people.retry import patient
from people.rules import is_likely

S = Enrolment.Status
KIND, ENROL = "enrolments", "enrol"  # a file; the people that somebody chose on a page
TYPED_TWICE = "typed_twice"  # remark: [staff number, how often] of those that somebody typed more than once
# Columns that change nothing: what our own files say of refused rows and of enrolments.
ABOUT = ("row", "code", "reason", "earliest_start", "reference", "given_names", "family_name", "department")
MOST_ROWS = 2_000_000
MOST_CHARACTERS = {"staff_number": 40, "programme": 40, "cohort": 120}
LABELS = {
    "staff_number": "staff number",
    "programme": "programme",
    "start_date": "start",
    "planned_end_date": "planned end",
    "status": "status",
    "ended_on": "day it ended",
    "cohort": "cohort",
}


def read_enrolments(content: bytes, *, most: int = MOST_ROWS) -> list[Row]:
    """The rows of a file, each an entry or a refusal. Raises ValidationError ``unreadable_file``."""
    records = records_of(text_of(content))
    header = next((cells for _, cells, problem in records if cells and not problem), None)
    if header is None:
        raise unreadable("The file is empty. Its first row names the columns, and each row below is one enrolment.")
    at, unused = places(header, HEADER, 2)
    if strange := [name for name in unused if name not in ABOUT]:
        raise unreadable(
            f"There is no column “{short(strange[0])}”. The columns are {', '.join(HEADER)}; the first two are needed. "
            "Name it as one of them, or take it out."
        )
    rows: list[Row] = []
    for number, cells, problem in records:
        if problem:  # before the cells: of such a row there is only its line
            rows.append(Row(number, "", None, "not_readable", problem, "refused"))
        elif any(cells):
            rows.append(_row(number, cells, at, len(header)))
        if len(rows) > most:
            raise unreadable(f"The file has more than {most:,} rows. Split it and load the parts one by one.")
    if not rows:
        raise unreadable("The file has its header and nothing below it. Add one row for each enrolment.")
    return rows


def check_enrolments(
    content: bytes,
    *,
    file_name: str,
    by: User | None,
    on: date,
    most: int = MOST_ROWS,
    kind: str = KIND,
    remarks: Mapping[str, Any] = MappingProxyType({}),
) -> Batch:
    """Read and judge a file and keep what it would come to; nothing is recorded.

    ``remarks`` are kept beside the counts until it is done, for its page (`TYPED_TWICE`). Raises ValidationError
    ``unreadable_file``.
    """
    rows = read_enrolments(content, most=most)
    public_id = uuid4()
    taken: set[int] = set()
    for outcomes in in_chunks(foresee, by_person(rows), by=by, on=on, taken=taken, seed=_seed(kind, public_id)):
        for outcome in outcomes:
            _not_done(outcome)
    return keep(
        kept(rows),
        kind=kind,
        name=file_name,
        content=content,
        total=len(rows),
        counts={**counted(rows), **remarks},
        by=by,
        on=on,
        public_id=public_id,
    )


def load_enrolments(content: bytes, *, file_name: str, by: User | None, on: date) -> list[Row]:
    """Load a file here and now; returns its rows in file order with their outcomes.

    Raises ValidationError ``unreadable_file``.
    """
    rows = read_enrolments(content)
    people, public_id = by_person(rows), uuid4()
    with turn(public_id):
        batch = keep(
            (),
            kind=KIND,
            name=file_name,
            content=content,
            total=len(rows),
            counts=counted(()),
            by=by,
            on=on,
            public_id=public_id,
            is_begun=True,
        )
        for _ in _apply(batch, people):
            pass
    return rows


def apply_enrolments(batch: Batch) -> int | None:
    """Apply a kept file from where it stands to its end; returns how many rows were done now.

    None when somebody else is at it: the next sweep comes back.
    """
    with turn(batch.public_id) as is_ours:
        if not is_ours:
            return None
        batch.refresh_from_db(fields=["status", "done"])
        if batch.status != Batch.Status.APPLYING:
            return 0
        people = by_person(read_enrolments(bytes(batch.content)))
        return sum(_apply(batch, [person for person in people if person[0].position >= batch.done]))


def _apply(batch: Batch, people: Sequence[Sequence[Row]]) -> Iterator[int]:
    """Chunk after chunk from where the batch stands; gives how many rows each did. At its end the batch is applied."""
    seed = _seed(batch.kind, batch.public_id)
    for outcomes in in_chunks(patient(import_enrolments), people, batch=batch, on=batch.made_on, seed=seed):
        failed = [outcome.subject for outcome in outcomes if not outcome.is_done]
        for outcome in outcomes:
            _not_done(outcome)
        if failed:
            skip_people(failed, batch=batch)
        yield sum(len(outcome.subject) for outcome in outcomes)
    finish(batch, at=now())


def _not_done(outcome: Outcome[Sequence[Row]]) -> None:
    """A chunk that the database refused whole: each of its rows says so."""
    if outcome.refusal:
        for row in outcome.subject:
            row.refuse(outcome.refusal)


def _seed(kind: str, public_id: UUID) -> str:
    """What makes rows without a start differ from those of other jobs: nothing for files, which come again."""
    return str(public_id) if kind == ENROL else ""


def _row(number: int, cells: Sequence[str], at: dict[str, int], width: int) -> Row:
    """One row: an entry, or refused with the code of the first thing that is wrong and a sentence for each."""
    problems: list[tuple[str, str]] = []
    cells = [unguarded(cell.strip()) for cell in cells]
    text = "".join(cells)
    if not text.isprintable() or LOST in text:
        cells, problems = cleaned(cells)
    if len(cells) > width and any(cells[width:]):
        problems.append(("too_many_cells", f"The row has {len(cells)} cells and the header {width}."))
    says = {name: cells[place] if place < len(cells) else "" for name, place in at.items()}
    for name in ("programme", "staff_number"):
        if not says[name]:
            problems.insert(0, (f"{name}_missing", f"The {LABELS[name]} is missing."))
    for name, most in MOST_CHARACTERS.items():
        if len(says.get(name, "")) > most:
            count = len(says[name])
            problems.append(("too_long_text", f"The {LABELS[name]} has {count:,} characters; at most {most} fit."))
    status = says.get("status", "").lower() or S.PLANNED
    if status not in S.values:
        known = ", ".join(S.values)
        problems.append(("unknown_status", f"There is no status “{short(status)}”. They are {known}."))
    start, end, ended_on = (
        _day(name, says.get(name, ""), problems) for name in ("start_date", "planned_end_date", "ended_on")
    )
    staff_number = says["staff_number"]
    if problems:
        message = " ".join(dict.fromkeys(sentence for _, sentence in problems))
        return Row(number, staff_number[:60], None, problems[0][0], message, "refused")
    entry = Entry(staff_number, says["programme"].lower(), start, end, S(status), ended_on, says.get("cohort", ""))
    return Row(number, staff_number, entry)


def _day(name: str, text: str, problems: list[tuple[str, str]]) -> date | None:
    if not text:
        return None
    day = iso_day(text)
    if day is None or not is_likely(day):
        problems.append(("bad_date", day_sentence(LABELS[name], text[:60], day)))
        return None
    return day
