"""Loads people from a CSV file: new ones are made, known ones brought up to date, nobody is removed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from enrolment.actions.people import OUTCOMES, counted
from enrolment.imports import as_json, load_people
from people.commands import Command as ProductCommand
from people.commands import content_of
from people.imports import HEADER, Row


class Command(ProductCommand):
    """Exit 0: done; 1: some rows were refused; 2: the file could not be read."""

    help = f"Load people from a CSV file with the columns {', '.join(HEADER)}."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, besides what every command has."""
        parser.add_argument("file", metavar="FILE", help="the CSV file, in UTF-8")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file and say what came of each row."""
        path = Path(options["file"])
        content = content_of(path)
        try:
            rows = load_people(content, file_name=path.name, by=None, on=self.day(options))
        except ValidationError as error:
            raise CommandError(error.messages[0], returncode=2 if error.code == "unreadable_file" else 1) from None
        counts = counted(rows)
        if options["json"]:
            answer = {"rows": [as_json(row) for row in rows], "counts": {name: counts[name] for name in OUTCOMES}}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self._say(rows, counts)
        if counts["refused"]:
            sys.exit(1)

    def _say(self, rows: Sequence[Row], counts: dict[str, int]) -> None:
        for row in rows:
            if row.code:
                person = f", staff number {row.staff_number}" if row.staff_number else ""
                self.stdout.write(f"Row {row.row}{person}: {row.outcome} ({row.code}). {row.sentence}")
        if counts["unchanged"] == len(rows):
            self.stdout.write(f"Nothing changed: all {len(rows):,} people are already as the file says.")
        else:
            self.stdout.write(", ".join(f"{counts[name]:,} {name}" for name in OUTCOMES) + ".")
