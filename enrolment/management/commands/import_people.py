"""Loads people from a CSV file: new ones are made, known ones brought up to date, nobody is removed."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from enrolment.actions.people import OUTCOMES, counted
from enrolment.imports import as_json, load_people
from people.commands import Command as ProductCommand
from people.imports import HEADER, Row

MOST_MEGABYTES = 256  # far more than two million people need


def _content(path: Path) -> bytes:
    """What is in the file. Raises CommandError for what is none (a device never ends) and for one that is too large."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise CommandError(f"{path} is not a regular file. Name a CSV file.", returncode=2)
        most = MOST_MEGABYTES * 1024 * 1024
        with path.open("rb") as file:
            content = b"" if facts.st_size > most else file.read(most + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from None
    if facts.st_size > most or len(content) > most:
        raise CommandError(
            f"{path} has more than {MOST_MEGABYTES} MB. Split it and load the parts one by one.", returncode=2
        )
    return content


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
        content = _content(path)
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
