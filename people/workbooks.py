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

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser, iterparse

from people.records import unreadable

MOST_UNPACKED = 300 * 1024 * 1024
MOST_TEXTS = 48 * 1024 * 1024  # of `sharedStrings.xml`, which is held in memory whole
MOST_STRINGS = 1_000_000  # of those texts
MOST_DEPTH = 1000  # of one element inside another; a sheet has fewer than ten
MOST_OTHER = 4 * 1024 * 1024  # of each other part that is read whole
MOST_PARTS = 2000
MOST_ROWS = 260_000
MOST_FORMATTED = 1_048_576  # rows of a sheet, blank ones too: Excel has no more
MOST_HELD = 200_000  # elements of one row, which is held whole: Excel has 16,384 cells in it
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
            book = _Reader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            with book.archive:
                book.read()
                return _book(book, most_columns)
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


@dataclass(frozen=True)
class _Sheet:
    """A sheet of a workbook: its name, and the part that holds it."""

    name: str
    part: str


class _Reader(ExcelReader):
    """openpyxl's, which opens no sheet: its own looks in each for its size, and holds whole those that do not say it.

    Attributes: shown, the sheets that are not hidden.
    """

    shown: tuple[_Sheet, ...] = ()

    def read_worksheets(self) -> None:
        """Only where the sheets are."""
        found = [(sheet, rel) for sheet, rel in self.parser.find_sheets() if rel.target in self.valid_files]
        self.shown = tuple(
            _Sheet(sheet.name, rel.target)
            for sheet, rel in found
            if "chartsheet" not in rel.Type and sheet.state == "visible"
        )


def _book(book: _Reader, most_columns: int) -> Book:
    sheets = book.shown
    if len(sheets) > MOST_SHEETS:
        raise unreadable(
            f"The workbook has {len(sheets)} sheets. Save only the sheet of people, as a workbook or as CSV."
        )
    filled = [sheet for sheet in sheets if any(True for _ in _filled(book, sheet))]
    if not filled:
        raise unreadable("The workbook is empty. Its first row names the columns, and each row below is one person.")
    if len(filled) > 1:
        names = ", ".join(f"“{sheet.name[:40]}”" for sheet in filled[:5])
        raise unreadable(
            f"The workbook has {len(filled)} sheets with something in them: {names}. Keep only the sheet of people."
        )
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_rows(book, filled[0], most_columns))
    epoch = "1904" if book.wb.epoch == CALENDAR_MAC_1904 else "1900"
    return Book(text.getvalue(), filled[0].name[:60], epoch)


def _rows(book: _Reader, sheet: _Sheet, most_columns: int) -> Iterator[Sequence[str]]:
    """Every row from the first, so that each has the number that the spreadsheet shows; blank ends cut off.

    Blank rows count only once something stands below them: a sheet that is formatted to its foot has a million.
    """
    last = 0
    for number, values in _filled(book, sheet):
        if number > MOST_ROWS:
            raise unreadable(f"The sheet has more than {MOST_ROWS:,} rows. Split it and load the parts one by one.")
        if number <= last:
            raise unreadable(f"Row {number:,} of the sheet stands below row {last:,}. {AGAIN}")
        # A row of one blank cell is written as a line that reads as a blank row again.
        yield from repeat([""], number - last - 1)
        last = number
        columns = max(values)
        if columns > most_columns:
            raise unreadable(
                f"Row {number:,} has {columns:,} columns; at most {most_columns} can be read. "
                "Leave out what is not about people."
            )
        yield [_cell(values[at]) if at in values else "" for at in range(1, columns + 1)]


def _filled(book: _Reader, sheet: _Sheet) -> Iterator[tuple[int, dict[int, Any]]]:
    """The rows in which something stands: the number of each, and its values by the number of their column."""
    with book.archive.open(sheet.part) as source:
        parser = _Parser(
            source,
            book.shared_strings,
            data_only=True,
            epoch=book.wb.epoch,
            date_formats=book.wb._date_formats,
            timedelta_formats=book.wb._timedelta_formats,
        )
        for number, cells in parser.parse():
            values = {cell["column"]: cell["value"] for cell in cells}
            if filled := {at: value for at, value in values.items() if value is not None and value != ""}:
                yield number, filled


class _Parser(WorkSheetParser):
    """openpyxl's, for the cells alone: its own keeps what every row looks like, and reads on below the rows."""

    def parse(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Row by row, each number with its cells."""
        rows = held = 0
        for _, element in iterparse(self.source):
            held += 1
            if element.tag == ROW_TAG:
                rows += 1
                yield self.parse_row(element)
                element.clear()
                self.row_dimensions.clear()
                held = 0
            elif element.tag == DATA_TAG:
                return
            if held > MOST_HELD or rows > MOST_FORMATTED:
                raise unreadable("This workbook holds far more than a sheet of people. Save only that sheet, as CSV.")


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
