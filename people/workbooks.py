"""Excel workbooks: one sheet becomes the text of a CSV file, within bounds that a hostile file cannot move."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from people.records import unreadable

MOST_UNPACKED = 300 * 1024 * 1024
MOST_TEXTS = 48 * 1024 * 1024  # of `sharedStrings.xml`, which is held in memory whole
MOST_STRINGS = 1_000_000  # of those texts
MOST_DEPTH = 1000  # of one element inside another; a sheet has fewer than ten
MOST_OTHER = 4 * 1024 * 1024  # of each other part that is read whole
MOST_PARTS = 2000
MOST_ROWS = 260_000
MOST_SHEETS = 60
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# A formula whose result the workbook does not hold: read, its cell would be blank and clear what is stored.
NO_RESULT = re.compile(rb"(?:<f(?:\s[^<>]*)?/>|</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
PIECE = 1024 * 1024
AGAIN = "Save it again in Excel, or as CSV, and try again."


@dataclass(frozen=True, slots=True)
class Book:
    """The one sheet of a workbook that has rows: as CSV with commas, its name, and Excel's first day (1900, 1904)."""

    text: str
    sheet: str
    epoch: str


def read(content: bytes, *, most_columns: int) -> Book:
    """The sheet with the people. Days become ISO days, whole numbers have no point, formulas their stored results.

    Raises ValidationError ``unreadable_file``: no workbook, macros, more than fits, several sheets with rows.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check(parts)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out (styles, validation, charts) is not asked for
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            try:
                return _book(book, most_columns)
            finally:
                book.close()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise unreadable(f"This is no whole Excel workbook: its parts cannot be unpacked. {AGAIN}")
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OverflowError):
        raise unreadable(f"This Excel workbook is damaged. {AGAIN}")


def _check(parts: zipfile.ZipFile) -> None:
    """Before anything is read: sizes as declared, which Python's zipfile never reads beyond."""
    infos = parts.infolist()
    names = {info.filename for info in infos}
    if "xl/workbook.xml" not in names:
        raise unreadable("This is a zipped file and no Excel workbook. Choose the workbook (.xlsx) or a CSV file.")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise unreadable(
            "This workbook holds macros. Save it as an Excel workbook without macros (.xlsx), and try again."
        )
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise unreadable(
            "This workbook is far larger inside than its size says. Save only the sheet of people, as CSV."
        )
    for info in infos:
        name = info.filename
        if not name.lower().endswith((".xml", ".rels")):
            continue
        most = MOST_TEXTS if name.endswith("sharedStrings.xml") else MOST_OTHER
        if not SHEET.fullmatch(name) and info.file_size > most:
            raise unreadable("This workbook holds far more than a sheet of people. Save only that sheet, as CSV.")
        _scan(parts, info)


def _scan(parts: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """One part, a piece at a time, cut where a tag ends.

    No entities, which multiply; no letters or tags without end and none too deep, which are held whole; no more texts
    than fit; no formula without its result.
    """
    before, rest, depth, texts = b"", b"", 0, 0
    with parts.open(info) as part:
        while piece := part.read(PIECE):
            rest += piece
            if b"\0" in piece:  # letters of two bytes, among which nothing below would be found
                raise unreadable(f"This Excel workbook is written in a way that no spreadsheet writes. {AGAIN}")
            whole, tag, rest = rest.rpartition(b">")
            whole += tag
            if len(rest) > PIECE:
                raise unreadable("A cell of this workbook holds far more than a cell can. Empty it, and try again.")
            if DECLARATIONS.search(whole):
                raise unreadable(f"This workbook declares entities, which no spreadsheet does. {AGAIN}")
            depth += whole.count(b"<") - 2 * whole.count(b"</") - whole.count(b"/>") - whole.count(b"<?")
            texts += whole.count(b"<si>") + whole.count(b"<si ")
            if depth > MOST_DEPTH or texts > MOST_STRINGS:
                raise unreadable("This workbook holds far more than a sheet of people. Save only that sheet, as CSV.")
            if SHEET.fullmatch(info.filename) and NO_RESULT.search(before + whole):
                raise unreadable(
                    "Some formulas of this workbook have no results in it. Open it in Excel, save it, and try again."
                )
            before = (before + whole)[-300:]


def _book(book: Any, most_columns: int) -> Book:
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if len(sheets) > MOST_SHEETS:
        raise unreadable(
            f"The workbook has {len(sheets)} sheets. Save only the sheet of people, as a workbook or as CSV."
        )
    filled = [sheet for sheet in sheets if _has_rows(sheet, most_columns)]
    if not filled:
        raise unreadable("The workbook is empty. Its first row names the columns, and each row below is one person.")
    if len(filled) > 1:
        names = ", ".join(f"“{sheet.title[:40]}”" for sheet in filled[:5])
        raise unreadable(
            f"The workbook has {len(filled)} sheets with something in them: {names}. Keep only the sheet of people."
        )
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_rows(filled[0], most_columns))
    epoch = "1904" if book.epoch == CALENDAR_MAC_1904 else "1900"
    return Book(text.getvalue(), filled[0].title[:60], epoch)


def _has_rows(sheet: Any, most_columns: int) -> bool:
    return any(any(row) for row in _rows(sheet, most_columns))


def _rows(sheet: Any, most_columns: int) -> Iterator[Sequence[str]]:
    """Every row from the first, so that each has the number that the spreadsheet shows; blank ends cut off.

    Blank rows count only once something stands below them: a sheet that is formatted to its foot has a million.
    """
    blank = 0
    sheet.reset_dimensions()  # what a sheet says of its size may be a lie, and is not needed
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        if all(value is None or value == "" for value in values):
            blank += 1
            continue
        if number > MOST_ROWS:
            raise unreadable(f"The sheet has more than {MOST_ROWS:,} rows. Split it and load the parts one by one.")
        # A row of one blank cell is written as a line that reads as a blank row again.
        yield from repeat([""], blank)
        blank = 0
        cells = ["" if value is None else _cell(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > most_columns:
            raise unreadable(
                f"Row {number:,} has {len(cells):,} columns; at most {most_columns} can be read. "
                "Leave out what is not about people."
            )
        yield cells


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value)
