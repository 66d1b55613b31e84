"""Loads what people answered from a CSV file: answers to the published questionnaire, as if they had sent them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from enrolment.actions.responses import counted
from enrolment.answers import OUTCOMES, AnswersRow
from enrolment.imports.responses import load_responses
from people.commands import Command as ProductCommand
from people.commands import content_of


class Command(ProductCommand):
    """Exit 0: done; 1: some rows were refused; 2: the file could not be read, or its columns are not the questions."""

    help = "Load answers from a CSV file: staff_number, then a column for each question of the published version."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, besides what every command has."""
        parser.add_argument("file", metavar="FILE", help="the CSV file, in UTF-8")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file and say what came of each row."""
        path = Path(options["file"])
        content = content_of(path)
        try:
            rows = load_responses(content, file_name=path.name, by=None, on=self.day(options))
        except ValidationError as error:
            raise CommandError(error.messages[0], returncode=2) from None
        counts = counted(rows)
        if options["json"]:
            answer = {"rows": [row.as_json() for row in rows], "counts": counts}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self._say(rows, counts)
        if counts["refused"]:
            sys.exit(1)

    def _say(self, rows: Sequence[AnswersRow], counts: dict[str, int]) -> None:
        for row in rows:
            if row.message:
                person = f", staff number {row.staff_number}" if row.staff_number else ""
                code = f" ({row.code})" if row.code else ""
                self.stdout.write(f"Row {row.row}{person}: {row.outcome}{code}. {row.message}")
        if counts["unchanged"] == len(rows):
            self.stdout.write(f"Nothing changed: the answers of all {len(rows):,} people are as the file says.")
        else:
            self.stdout.write(", ".join(f"{counts[name]:,} {name}" for name in OUTCOMES) + ".")
