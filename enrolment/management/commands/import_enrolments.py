"""Loads enrolments from a CSV file: plans, what runs and what is history, each judged by the rule."""

from collections.abc import Sequence
from datetime import date

from enrolment.entries import HEADER, OUTCOMES, Row
from enrolment.imports.enrolments import load_enrolments
from people.commands import LoadCommand


class Command(LoadCommand):
    """Exit 0: done; 1: some rows were refused; 2: the file could not be read."""

    help = f"Load enrolments from a CSV file with the columns {', '.join(HEADER)}."
    outcomes = OUTCOMES
    nothing_new = "Nothing changed: all {} enrolments are already as the file says."

    def load(self, content: bytes, *, file_name: str, on: date) -> Sequence[Row]:
        """Each row in file order, judged among those accepted before it."""
        return load_enrolments(content, file_name=file_name, by=None, on=on)
