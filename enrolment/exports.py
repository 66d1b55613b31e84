"""Lists as CSV files that spreadsheets open without running anything."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from people.entries import RISKY

HEADERS = (
    "reference",
    "staff_number",
    "given_names",
    "family_name",
    "programme",
    "status",
    "start_date",
    "planned_end_date",
    "ended_on",
    "cohort",
)


def safe_cell(value: Any) -> str:
    """A cell's text; what a spreadsheet would take for a formula gets an apostrophe first and keeps every character."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


class _Line:
    """What the csv writer writes to: gives each line back."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def lines(headers: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """A CSV file line by line, with a byte order mark, so that spreadsheets read it as UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(headers)
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])
