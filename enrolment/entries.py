"""What a file says of enrolments, row by row: the entry as it was read, and what it came to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from enrolment.models import Enrolment
from enrolment.rules import Clash, Refusal

S = Enrolment.Status
HEADER = ("staff_number", "programme", "start_date", "planned_end_date", "status", "ended_on", "cohort")
CODE = re.compile(r" \([a-z_]+\)$")  # what a warning ends with for machines
OUTCOMES = ("created", "updated", "unchanged", "queued", "waiting", "refused")


@dataclass(frozen=True, slots=True)
class Entry:
    """One enrolment as a file has it: a person by staff number, a programme by code, a cohort by name ("": none)."""

    staff_number: str
    programme: str
    start: date | None = None
    end: date | None = None
    status: Enrolment.Status = S.PLANNED
    ended_on: date | None = None
    cohort: str = ""

    @property
    def has_dates(self) -> bool:
        """Whether the row itself says when."""
        return self.start is not None and self.end is not None


@dataclass(slots=True)
class Row:
    """One row of a file: ``row`` counts as a spreadsheet does, the header is 1. Without ``entry`` it cannot be taken.

    ``position`` is its place in the order of applying. ``outcome``, ``code``, ``message``, ``warnings``, ``clashes``
    and ``earliest_start`` are known once it was judged.
    """

    row: int
    staff_number: str
    entry: Entry | None
    code: str = ""
    message: str = ""
    outcome: str = ""
    name: str = ""
    position: int = 0
    clashes: tuple[Clash, ...] = ()
    earliest_start: date | None = None
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What to tell people about this row; empty when there is nothing to say. Codes are for machines."""
        return " ".join(filter(None, (self.message, *(CODE.sub("", said) for said in self.warnings))))

    def refuse(self, refusal: Refusal) -> None:
        """This row comes back with its reason; nothing of it is recorded."""
        self.outcome, self.code, self.message, self.warnings = "refused", refusal.code, refusal.message, ()
        self.clashes, self.earliest_start = refusal.clashes, refusal.earliest_start

    def as_json(self) -> dict[str, Any]:
        """The row as the command answers it: every key always present, null where there is nothing (design.md)."""
        return {
            "row": self.row,
            "staff_number": self.staff_number or None,
            "outcome": self.outcome,
            "code": self.code or None,
            "message": self.message or None,
            "clashes_with": [clash.facts() for clash in self.clashes] or None,
            "earliest_start": self.earliest_start.isoformat() if self.earliest_start else None,
            "warnings": list(self.warnings) or None,
        }


def by_person(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each person together, people by their first row; a row without a number stands alone.

    Rows are given their ``position`` in that order. So a person's rows are judged in one transaction, in file order.
    """
    people: dict[str, list[Row]] = {}
    for row in rows:
        people.setdefault(row.staff_number or f"\0{row.row}", []).append(row)
    groups = list(people.values())
    for position, row in enumerate(row for group in groups for row in group):
        row.position = position
    return groups
