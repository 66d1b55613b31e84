"""What our commands share: `--on` sets the day, `--json` the form; exit 0 done, 1 refused, 2 bad usage."""

import json
import stat
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

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
