"""What our commands share: `--on` sets the day, `--json` the form; exit 0 done, 1 refused, 2 bad usage."""

import json
import stat
import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from people.clock import today

MOST_MEGABYTES = 256  # far more than two million rows need


def iso_day(text: str) -> date:
    """A day given as YYYY-MM-DD. Raises ArgumentTypeError, which argparse turns into exit 2."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a day like 2026-05-04") from None


def content_of(path: Path) -> bytes:
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


class Command(BaseCommand):
    """Base of the product's commands. A refusal is a CommandError, which exits 1."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The two options that every command has."""
        parser.add_argument("--on", type=iso_day, default=None, metavar="YYYY-MM-DD", help="the day it counts for")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def day(self, options: dict[str, Any]) -> date:
        """The day asked for, else today in London."""
        return options["on"] or today()

    def answer(self, options: dict[str, Any], facts: Any, sentence: str) -> None:
        """The answer, once: JSON where it was asked for, else a sentence."""
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if options["json"] else sentence)


class LoadCommand(Command):
    """Base of the commands that load a CSV file and say what came of each row.

    Exit 0: done; 1: some rows were refused, or another file has the turn; 2: the file could not be read.
    """

    outcomes: Sequence[str]
    nothing_new: str  # with {} for how many rows there are

    def load(self, content: bytes, *, file_name: str, on: date) -> Sequence[Any]:
        """The rows in file order with their outcomes. Raises ValidationError where the file is refused whole."""
        raise NotImplementedError

    def row_as_json(self, row: Any) -> dict[str, Any]:
        """One row of the answer in JSON, every key always present (design.md)."""
        facts: dict[str, Any] = row.as_json()
        return facts

    def said(self, row: Any) -> str:
        """What people should hear about a row; empty for nothing."""
        sentence: str = row.sentence
        return sentence

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, besides what every command has."""
        parser.add_argument("file", metavar="FILE", help="the CSV file, in UTF-8")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file and say what came of each row."""
        path = Path(options["file"])
        content = content_of(path)
        try:
            rows = self.load(content, file_name=path.name, on=self.day(options))
        except ValidationError as error:
            raise CommandError(error.messages[0], returncode=2 if error.code == "unreadable_file" else 1) from None
        counts = {name: sum(row.outcome == name for row in rows) for name in self.outcomes}
        if options["json"]:
            answer = {"rows": [self.row_as_json(row) for row in rows], "counts": counts}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self._say(rows, counts)
        if counts["refused"]:
            sys.exit(1)

    def _say(self, rows: Sequence[Any], counts: dict[str, int]) -> None:
        for row in rows:
            if sentence := self.said(row):
                person = f", staff number {row.staff_number}" if row.staff_number else ""
                code = f" ({row.code})" if row.code else ""
                self.stdout.write(f"Row {row.row}{person}: {row.outcome}{code}. {sentence}")
        if counts["unchanged"] == len(rows):
            self.stdout.write(self.nothing_new.format(f"{len(rows):,}"))
        else:
            self.stdout.write(", ".join(f"{count:,} {name}" for name, count in counts.items()) + ".")
