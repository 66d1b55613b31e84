"""Loads what people answered from a CSV file: answers to the published questionnaire, as if they had sent them."""

from collections.abc import Sequence
from datetime import date

from enrolment.answers import OUTCOMES, AnswersRow
from enrolment.imports.responses import load_responses
from people.commands import LoadCommand


class Command(LoadCommand):
    """Exit 0: done; 1: some rows were refused; 2: the file could not be read, or its columns are not the questions."""

    help = "Load answers from a CSV file: staff_number, then a column for each question of the published version."
    outcomes = OUTCOMES
    nothing_new = "Nothing changed: the answers of all {} people are as the file says."

    def load(self, content: bytes, *, file_name: str, on: date) -> Sequence[AnswersRow]:
        """Each person's answers, recorded and routed as the page does it."""
        return load_responses(content, file_name=file_name, by=None, on=on)

    def said(self, row: AnswersRow) -> str:
        """Why a row was refused."""
        return row.message
