"""What a file holds, whatever wrote it: letters, separators and Excel's parts become plain rows of text."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from people import workbooks
from people.records import BEGINNINGS, REASONS, records_of, unreadable

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
MOST_COLUMNS = 250
LOOKED_AT = 60  # records that tell the separator,
LOOKED_INTO = 400_000  # at most so many characters of them
TITLES = 20  # rows among which the one that names the columns is
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SAID = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}
WEB_PAGE = re.compile(r"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
# What text has none of; line ends and tabs it has.
NO_TEXT = re.compile(r"[\x01-\x08\x0e-\x1f]")
NUMBERED = re.compile(r"[\d\s.,/:-]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A file as text: its separator, the record that names the columns, what it was in words, Excel's first day."""

    text: str
    separator: str
    header_row: int
    headers: tuple[str, ...]
    was: str
    epoch: str = ""

    def as_json(self) -> dict[str, Any]:
        """What is kept beside the text."""
        return {name: getattr(self, name) for name in ("separator", "header_row", "headers", "was", "epoch")}

    @classmethod
    def from_json(cls, text: str, kept: Mapping[str, Any]) -> Table:
        """As it was kept."""
        return cls(text=text, **{**kept, "headers": tuple(kept["headers"])})

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of the file itself, without the reasons in front; one without a name is called by its letter."""
        own = self.headers[self.skipped :]
        return tuple(header or f"Column {letters(self.skipped + at)}" for at, header in enumerate(own))

    @property
    def skipped(self) -> int:
        """How many columns in front are the reasons of a file of refused rows."""
        return len(REASONS) if tuple(self.headers[: len(REASONS)]) == REASONS else 0


def table_of(content: bytes) -> Table:
    """The rows of a CSV file or an Excel workbook. Raises ValidationError ``unreadable_file`` with one sentence."""
    if content.startswith(b"PK\x03\x04"):
        book = workbooks.read(content, most_columns=MOST_COLUMNS)
        row, headers = _header(book.text, ",")
        return Table(book.text, ",", row, headers, f"Excel, sheet “{book.sheet}”", book.epoch)
    text, encoding = _text(content)
    separator = _separator(text)
    row, headers = _header(text, separator)
    return Table(text, separator, row, headers, f"{SAID[encoding]} with {SEPARATORS[separator]}")


def _text(content: bytes) -> tuple[str, str]:
    """The letters of a file and the encoding they were in: told by its marks, else UTF-8, else Windows-1252."""
    for beginning, what in BEGINNINGS:
        if content.startswith(beginning) and beginning not in MARKS:
            if beginning == b"\xd0\xcf\x11\xe0":
                what = "an old Excel workbook, or one with a password"
            raise unreadable(
                f"This is {what}. Save it as a workbook (.xlsx) without a password or as CSV, and try again."
            )
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), "") or _without_mark(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise unreadable(_damage(content, encoding, error.start))
    if NO_TEXT.search(text, 0, 4000) or "\0" in text[:4000]:
        raise unreadable("This is not a table of people: it holds characters that no text has.")
    if WEB_PAGE.match(text):
        raise unreadable("This is a web page, whatever its name says. Save it as a workbook (.xlsx) or as CSV.")
    return text, encoding


def _damage(content: bytes, encoding: str, at: int) -> str:
    """What is wrong with a file whose bytes are not all letters of its encoding, and what to do."""
    if encoding == "cp1252":
        return "The file begins as text and then holds what is none. Save it again as CSV, and try again."
    line = content[:at].decode(encoding, errors="replace").count("\n") + 1
    if encoding == "utf-8-sig":
        return f"Line {line:,} has letters that are not in UTF-8, which the file says it is in. Save it again as CSV."
    return (
        f"This file is text in UTF-16, and from line {line:,} on some of its bytes are missing or changed, "
        "as when a download or a copy breaks off. Export it again, or save it as “CSV UTF-8”, and try again."
    )


def _without_mark(content: bytes) -> str:
    start = content[:2000]
    if start.count(b"\0", 1) > len(start) // 4:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    try:
        content.decode()
    except UnicodeDecodeError as error:
        # Where most letters beyond ASCII are well-formed UTF-8 it is UTF-8 with damage, not another encoding.
        plain = content.decode(errors="replace")
        lost = plain.count("\ufffd")
        if sum(1 for letter in plain if letter > "\x7f") > 2 * lost:
            line = content.count(b"\n", 0, error.start) + 1
            raise unreadable(
                f"Line {line:,} has letters that are not in UTF-8, which the rest is in. Save it again as CSV."
            )
        return "cp1252"
    return "utf-8"


def _separator(text: str) -> str:
    """What stands between the cells: that which cuts most of the first rows into the same number of cells."""
    ranks = []
    beginning = text[:LOOKED_INTO]
    for mark in SEPARATORS:
        counts = Counter(
            len(cells)
            for _, cells, problem in islice(records_of(beginning, mark), LOOKED_AT)
            if not problem and any(cells)
        )
        if not counts:
            continue
        width, times = max(counts.items(), key=lambda item: (item[1], item[0]))
        if width > 1:
            ranks.append((round(times / counts.total(), 1), width, mark))
    if not text or text.isspace():
        raise unreadable("The file is empty. Its first row names the columns, and each row below is one person.")
    if not ranks:
        raise unreadable(
            "The file has one column only: its cells are not separated by commas, semicolons or tabs. "
            "Save it as a workbook (.xlsx) or as CSV, and try again."
        )
    return max(ranks)[2]


def _header(text: str, separator: str) -> tuple[int, tuple[str, ...]]:
    """The record that names the columns: below titles, the first with nearly as many filled cells as any."""
    first = [(number, cells) for number, cells, problem in islice(records_of(text, separator), TITLES) if not problem]
    widths = [len([cell for cell in cells if cell.strip()]) for _, cells in first]
    most = max(widths, default=0)
    if most == 0:
        raise unreadable("The file is empty. Its first row names the columns, and each row below is one person.")
    for (number, cells), width in zip(first, widths, strict=True):
        if width >= max(2, 0.6 * most) and not any(NUMBERED.fullmatch(cell) and cell.strip() for cell in cells):
            if len(cells) > MOST_COLUMNS:
                raise unreadable(
                    f"The file has {len(cells):,} columns; at most {MOST_COLUMNS} can be read. "
                    "Leave out what is not about people."
                )
            return number, tuple(cell.strip() for cell in cells)
    raise unreadable("No row names the columns. Write their names above the people, and try again.")


def letters(at: int) -> str:
    """What a spreadsheet calls a column, counted from 0: A, B, …, Z, AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


def samples(table: Table, most: int) -> Iterator[Sequence[str]]:
    """The cells of the first rows below the header that hold something, column by column as `columns` names them."""
    found = 0
    for number, cells, problem in records_of(table.text, table.separator):
        if number <= table.header_row or problem or not any(cells):
            continue
        yield [cell.strip() for cell in cells[table.skipped :]]
        found += 1
        if found == most:
            return
