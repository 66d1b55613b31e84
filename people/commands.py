"""What our commands share: `--on` sets the day, `--json` the form; exit 0 done, 1 refused, 2 bad usage."""

import json
from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from people.clock import today


def iso_day(text: str) -> date:
    """A day given as YYYY-MM-DD. Raises ArgumentTypeError, which argparse turns into exit 2."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a day like 2026-05-04") from None


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
