"""What a file says that people answered, row by row: the answers as they were read, and what they came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUTCOMES = ("created", "updated", "unchanged", "refused")


@dataclass(slots=True)
class AnswersRow:
    """One person's answers in a file: ``row`` counts as a spreadsheet does, the header is 1.

    Without ``answers`` (option codes by question code) it cannot be taken. ``position`` is its place in the order of
    applying. ``outcome``, ``code`` and ``message`` are known once it was judged.
    """

    row: int
    staff_number: str
    answers: Mapping[str, str] | None
    code: str = ""
    message: str = ""
    outcome: str = ""
    name: str = ""
    position: int = 0

    def refuse(self, code: str, message: str) -> None:
        """This row comes back with its reason; nothing of it is recorded."""
        self.answers, self.outcome, self.code, self.message = None, "refused", code, message

    def as_json(self) -> dict[str, Any]:
        """The row as the command answers it: every key always present, null where there is nothing (design.md)."""
        return {
            "row": self.row,
            "staff_number": self.staff_number or None,
            "outcome": self.outcome,
            "code": self.code or None,
            "message": self.message or None,
            "clashes_with": None,
            "earliest_start": None,
            "warnings": None,
        }
