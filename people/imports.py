"""Reading the people CSV: bytes become rows, each an entry or a refusal; then judged against everybody there is.

Headers are design.md's; only staff number and names are required. One bad row never stops the others; a file that is
no such CSV is refused whole, in one sentence, with the code ``unreadable_file``. Nothing here writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from people.cells import cleaned, day_sentence, iso_day, listed, places, short, unguarded
from people.entries import (
    COLUMNS,
    EMAIL,
    EVERYTHING,
    LABELS,
    LOST_LETTER,
    MANAGER,
    NAMES,
    Change,
    Entry,
    Fact,
    changed,
    email_clashes,
    manager_loops,
    managers_first,
)
from people.queries import email_holders, former_numbers, in_parts, managers_upwards, stored
from people.reading import Reading
from people.records import DUPLICATE, LOST, records_of, text_of, unreadable
from people.rules import is_likely, say

HEADER = ("staff_number", *COLUMNS)
REQUIRED = HEADER[:3]
MOST_CHARACTERS = {
    "staff_number": 40,
    "given_names": 200,
    "family_name": 200,
    "email": 254,
    "job_title": 300,
    "department": 200,
    "manager_staff_number": 40,
    "date_of_birth": 40,
    "employed_from": 40,
    "employed_until": 40,
}
MOST_ROWS = 2_000_000
MOST_REFUSED = 200_000
JOINS_LATER = "joins_later"  # missing from a file of the whole organisation, and not here yet on its last day
LOST_SENTENCE = f"The name holds “{LOST_LETTER}” for a letter that was lost when the file was made."
KEPT_SENTENCE = f"{LOST_SENTENCE[:-1]}: the stored name is kept."
# What nearly every e-mail looks like; anything else is for Django's own, slower judgement.
PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:(?![^.]{64})[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,20}"
)


@dataclass(slots=True)
class Row:
    """One person of a file: ``row`` counts as a spreadsheet does, the header is 1. Without ``entry`` it is refused.

    ``position`` is its place in the order of applying; ``outcome`` (created, updated, unchanged, refused) and
    ``changes``, from what to what, are known once it was compared or written. ``is_missing``: the person is not in the
    file, which has the whole organisation, so they leave.
    """

    row: int
    staff_number: str
    entry: Entry | None
    code: str = ""
    message: str = ""
    outcome: str = ""
    changes: tuple[Change, ...] = ()
    position: int = 0
    refused_name: str = ""
    is_missing: bool = False

    @property
    def name(self) -> str:
        """Given names and family name, where the row could be read."""
        if self.entry and not self.is_missing:
            return f"{self.entry.facts[0]} {self.entry.facts[1]}"
        return self.refused_name

    @property
    def sentence(self) -> str:
        """What to tell people about this row: what is wrong, and what changed; empty when there is nothing to say."""
        changes = f"Changed: {'; '.join(map(str, self.changes))}." if self.changes else ""
        lost = (KEPT_SENTENCE if self.entry.has_kept else LOST_SENTENCE) if self.entry and self.entry.has_lost else ""
        return " ".join(filter(None, (self.message, lost, changes)))

    def refuse(self, code: str, message: str) -> None:
        """This person stays as they are in the database."""
        self.refused_name = self.name
        self.entry, self.code, self.message, self.outcome = None, code, message, "refused"


@dataclass(slots=True)
class Sheet:
    """A file that could be read: its people in file order, and the headers it has that are not used."""

    rows: list[Row]
    unused: list[str] = field(default_factory=list)


def read_people(content: bytes, *, on: date, most: int = MOST_ROWS, reading: Reading | None = None) -> Sheet:
    """The people in a file. ``on``: nobody is born after it. Raises ValidationError ``unreadable_file``.

    ``reading`` tells how a file with other columns than ours is read, kept as text in UTF-8.
    """
    records = reading.records(content.decode()) if reading else records_of(text_of(content))
    header_row, header = next(((row, cells) for row, cells, problem in records if cells and not problem), (0, None))
    if header is None:
        raise unreadable("The file is empty. Its first row names the columns, and each row below is one person.")
    at, unused = places(header, HEADER, len(REQUIRED))
    reader = _Reader(at, len(header), header_row, on)
    rows: list[Row] = []
    refused = 0
    for number, cells, problem in records:
        if problem:  # before the cells: of such a row there is only its line
            rows.append(Row(number, "", None, "not_readable", problem, "refused"))
        elif any(cells):
            rows.append(reader.read(number, cells))
        else:
            continue
        if len(rows) > most:
            raise unreadable(f"The file has more than {most:,} people. Split it and load the parts one by one.")
        refused += rows[-1].entry is None
        if refused > MOST_REFUSED:  # it is not what it seems, and each costs memory
            why = rows[-1].message
            raise unreadable(f"More than {MOST_REFUSED:,} rows cannot be loaded, row {number} among them: {why}")
    if not rows:
        raise unreadable("The file has its header and nobody below it. Add one row for each person.")
    return Sheet(rows, unused)


def judge(sheet: Sheet) -> list[Row]:
    """Every row in the order to apply them: judged against the others and the database, managers before their reports.

    A row whose e-mail somebody else has in the end is refused, and one of a record that was merged; an unknown manager
    and one that would close a loop are left out, with a code. A part applied already changes no verdict and no order.
    """
    _follow_merged(sheet.rows)
    _refuse_shared_emails(sheet.rows)
    _leave_out_managers(sheet.rows)
    entries = {row.staff_number: row.entry for row in sheet.rows if row.entry}
    managers = {number: str(entry.facts[MANAGER]) for number, entry in entries.items() if entry.facts[MANAGER]}
    depth = managers_first(list(entries), managers)
    ordered = sorted(sheet.rows, key=lambda row: depth[row.staff_number] if row.entry else 0)
    for position, row in enumerate(ordered):
        row.position = position
    return ordered


def compare(rows: Sequence[Row]) -> None:
    """Say of each judged row what applying it would come to now: created, updated or unchanged."""
    for part in in_parts([row for row in rows if row.entry], 5000):
        known = stored(row.staff_number for row in part)
        for row in part:
            before = known.get(row.staff_number)
            if before and row.entry:
                row.changes = changed(before.facts, row.entry.over(before.facts))
            row.outcome = ("updated" if row.changes else "unchanged") if before else "created"
            if row.is_missing:
                row.outcome = "left" if row.changes else "unchanged"


def merged_sentence(number: str) -> str:
    """Why a row of a merged record is refused."""
    return f"The record {short(number)} was merged into another, which is kept: take this row out of your file."


def _follow_merged(rows: Sequence[Row]) -> None:
    """Rows of merged records are refused; where one is named as a manager, the kept record is meant."""
    numbers = {row.staff_number for row in rows if row.entry}
    named = {str(row.entry.facts[MANAGER]) for row in rows if row.entry} - {""}
    former = former_numbers(numbers | named)
    for row in rows if former else ():
        if row.entry and row.staff_number in former:
            row.refuse("merged", merged_sentence(row.staff_number))
        elif row.entry and (kept := former.get(str(row.entry.facts[MANAGER]))):
            row.entry.facts = (*row.entry.facts[:MANAGER], kept, *row.entry.facts[MANAGER + 1 :])


def _refuse_shared_emails(rows: Sequence[Row]) -> None:
    claims = [
        (row.staff_number, str(row.entry.facts[EMAIL]).lower()) for row in rows if row.entry and row.entry.says[EMAIL]
    ]
    emails = {email for _, email in claims if email}
    if not emails:
        return
    clashes = email_clashes(claims, email_holders(emails))
    if not clashes:
        return
    for row in rows:
        if row.entry and (other := clashes.get(row.staff_number)):
            email = row.entry.facts[EMAIL]
            row.refuse(
                "email_taken", f"{email} is also the e-mail of staff number {other}; each person needs their own."
            )


def _leave_out_managers(rows: Sequence[Row]) -> None:
    """Unknown managers and loops: the person is loaded without that manager, and the row says so."""
    entries = {row.staff_number: row.entry for row in rows if row.entry}
    says = {number for number, entry in entries.items() if entry.says[MANAGER]}
    named = {str(entries[number].facts[MANAGER]) for number in says} - {""}
    known = managers_upwards(entries.keys() | named) if named else {}
    pairs = []
    for row in rows:
        if row.entry and row.staff_number in says and (manager := str(row.entry.facts[MANAGER])):
            if manager in entries or manager in known:
                pairs.append((row.staff_number, manager))
            else:
                _without_manager(row, "unknown_manager", f"Nobody has the staff number {manager}")
    fixed = [(person, manager) for person, manager in known.items() if manager and person not in says]
    loops = manager_loops(pairs, fixed)
    for row in rows if loops else ():
        if loop := loops.get(row.staff_number):
            _without_manager(row, "manager_loop", _loop_sentence(loop))


def _without_manager(row: Row, code: str, why: str) -> None:
    assert row.entry
    row.entry.facts = (*row.entry.facts[:MANAGER], "", *row.entry.facts[MANAGER + 1 :])
    row.code, row.message = code, f"{why}: no manager is recorded."


def _loop_sentence(loop: Sequence[str]) -> str:
    if len(loop) == 1:
        return "Nobody is their own manager"
    return f"{loop[0]} reports to {' who reports to '.join(loop[1:])} who reports to {loop[0]}"


class _Reader:
    """Turns the cells of one row into an entry or a refusal; remembers the staff numbers it has met and the days."""

    def __init__(self, places: dict[str, int], width: int, header_row: int, on: date) -> None:
        self.on, self.width = on, width
        self.number_at = places["staff_number"]
        self.at = [places.get(column) for column in COLUMNS]
        self.is_plain = self.number_at == 0 and self.at == list(range(1, len(HEADER)))
        self.first_rows: dict[str, int] = {}
        self.days: dict[str, date | None] = {"": None}

    def read(self, number: int, cells: Sequence[str]) -> Row:
        """One row: an entry, or refused with the code of the first thing that is wrong and a sentence for each."""
        cells = [cell.strip() for cell in cells]
        problems: list[tuple[str, str]] = []
        text = "".join(cells)
        if "'" in text:
            cells = [unguarded(cell) for cell in cells]
        if not text.isprintable() or LOST in text:
            cells, problems = cleaned(cells)
        if len(cells) > self.width and any(cells[self.width :]):
            problems.append(("too_many_cells", f"The row has {len(cells)} cells and the header {self.width}."))
        staff_number = cells[self.number_at] if self.number_at < len(cells) else ""
        problems[:0] = self._number_problems(number, staff_number)  # first: nobody else may be taken for this person
        says = self._says(len(cells))
        texts = (
            cells[1 : len(HEADER)]
            if self.is_plain and says is EVERYTHING
            else [cells[at] if said and at is not None else "" for at, said in zip(self.at, says, strict=True)]
        )
        facts = self._facts(texts, problems)
        if problems:
            message = " ".join(dict.fromkeys(sentence for _, sentence in problems))
            name = " ".join(filter(None, texts[:2]))
            return Row(number, staff_number[:60], None, problems[0][0], message, "refused", refused_name=name)
        has_lost = LOST_LETTER in text and any(LOST_LETTER in name for name in texts[:NAMES])
        return Row(number, staff_number, Entry(staff_number, facts, says, has_lost))

    def _says(self, width: int) -> tuple[bool, ...]:
        """Which columns this row speaks of. Excel leaves blank cells at the end of rows out: those speak of nothing."""
        if self.is_plain and width >= len(HEADER):
            return EVERYTHING
        return tuple(at is not None and at < width for at in self.at)

    def _number_problems(self, number: int, staff_number: str) -> Iterator[tuple[str, str]]:
        if not staff_number:
            yield "staff_number_missing", "The staff number is missing."
            return
        first = self.first_rows.setdefault(staff_number, number)
        if first != number:
            yield DUPLICATE, f"Staff number {short(staff_number)} is in row {first} already."
        if len(staff_number) > 40:
            yield _too_long("staff_number", staff_number)

    def _facts(self, texts: Sequence[str], problems: list[tuple[str, str]]) -> tuple[Fact, ...]:
        """The facts in order, with what is wrong with them added to ``problems``."""
        if not texts[0] or not texts[1]:
            missing = listed([LABELS[column] for column, text in zip(COLUMNS[:2], texts, strict=False) if not text])
            problems.append(("names_missing", f"Missing: {missing}."))
        for column, text in zip(COLUMNS, texts, strict=True):
            if len(text) > 40 and len(text) > MOST_CHARACTERS[column]:
                problems.append(_too_long(column, text))
        email = texts[EMAIL]
        is_of_length = email and len(email) <= MOST_CHARACTERS["email"]
        if is_of_length and not PLAIN_EMAIL.fullmatch(email) and not _can_be_mailed(email):
            problems.append(("bad_email", f"“{short(email)}” is not an e-mail address."))
        born, since, until = (
            self._day(column, text, problems) for column, text in zip(COLUMNS[6:], texts[6:], strict=True)
        )
        if born and born > self.on:
            problems.append(("bad_date", f"The date of birth, {say(born)}, is still to come."))
        if since and until and until < since:
            problems.append(("end_before_start", f"Employment ends on {say(until)}, before it begins on {say(since)}."))
        return (*texts[:6], born, since, until)

    def _day(self, column: str, text: str, problems: list[tuple[str, str]]) -> date | None:
        if text in self.days:
            return self.days[text]
        day = iso_day(text)
        if day is None or not is_likely(day):
            if len(text) <= MOST_CHARACTERS[column]:
                problems.append(("bad_date", day_sentence(LABELS[column], text, day)))
            return None
        self.days[text] = day
        return day


def _can_be_mailed(email: str) -> bool:
    """Whether it is an address, and one whose domain can be written in the letters that mail servers know."""
    try:
        validate_email(email)
        for label in email.rpartition("@")[2].split("."):
            label.encode("idna")
    except (ValidationError, UnicodeError):
        return False
    return True


def _too_long(column: str, text: str) -> tuple[str, str]:
    most = MOST_CHARACTERS[column]
    return "too_long_text", f"The {LABELS[column]} has {len(text):,} characters; at most {most} fit."
