"""Loads people from a CSV file: new ones are made, known ones brought up to date, nobody is removed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from enrolment.actions.people import OUTCOMES
from enrolment.imports import as_json, load_people
from people.commands import LoadCommand
from people.imports import HEADER, Row


class Command(LoadCommand):
    """Exit 0: done; 1: some rows were refused; 2: the file could not be read."""

    help = f"Load people from a CSV file with the columns {', '.join(HEADER)}."
    outcomes = OUTCOMES
    nothing_new = "Nothing changed: all {} people are already as the file says."

    def load(self, content: bytes, *, file_name: str, on: date) -> Sequence[Row]:
        """The people of the file, managers before those they manage."""
        return load_people(content, file_name=file_name, by=None, on=on)

    def row_as_json(self, row: Row) -> dict[str, Any]:
        """As the pages' batches keep it too."""
        return as_json(row)

    def said(self, row: Row) -> str:
        """What is wrong with a row, or what was left out of it."""
        return row.sentence if row.code else ""
