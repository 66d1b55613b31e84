"""Makes the demonstration: an invented organisation of any size, in an empty database and on this machine only."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from enrolment.actions.demo import Ground, add_enrolments, add_people, found
from enrolment.demo.crowd import MOST_EACH, Crowd, Record
from enrolment.demo.people import FEWEST, MOST, STORY, people
from enrolment.models import Enrolment
from people.commands import Command as Base
from people.demonstration import demo_mode
from people.models import Employee
from programmes.models import Programme, ProgrammeVersion

SLICE = 20_000  # people in one transaction: memory stays the same however many come


def size(text: str) -> int:
    """How many people. Raises ArgumentTypeError, which argparse turns into exit 2."""
    if text.isascii() and text.isdecimal() and FEWEST <= int(text) <= MOST:
        return int(text)
    raise ArgumentTypeError(f"give a number from {FEWEST} to {MOST:,}")


class Command(Base):
    """``demo --people N --seed S``; twice changes nothing. Refuses where real people are, and outside this machine."""

    help = "Makes an invented organisation to look around in."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many people, from which seed, and how many enrolments more for measuring."""
        super().add_arguments(parser)
        parser.add_argument("--people", type=size, default=STORY, metavar="N", help="how many people in all")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same people")
        parser.add_argument(
            "--enrolments", type=int, default=0, metavar="N", help="about how many enrolments the other people have"
        )

    def handle(self, **options: Any) -> None:
        """Found it and tell its story, then add the others, slice by slice."""
        if not settings.LOOPBACK:
            raise CommandError("A demonstration is for this machine only; this installation serves others.")
        if Employee.objects.exclude(staff_number__startswith="D").exists() or (
            Employee.objects.exists() and not demo_mode()
        ):
            raise CommandError("Real people are here: a demonstration needs a database without people.")
        others = options["people"] - STORY
        if options["enrolments"] < 0 or options["enrolments"] > max(others, 0) * MOST_EACH:
            raise CommandError(f"Each of the other people has at most {MOST_EACH} enrolments.", returncode=2)
        if demo_mode():
            return self._tell(options, is_new=False)
        on, seed = self.day(options), options["seed"]
        try:
            ground = found(seed=seed, size=options["people"], on=on)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        self._add_others(ground, options)
        return self._tell(options, is_new=True)

    def _add_others(self, ground: Ground, options: dict[str, Any]) -> None:
        on, last, left = self.day(options), options["people"], options["enrolments"]
        crowd = Crowd(list(Programme.objects.all()), list(ProgrammeVersion.objects.all()), on=on)
        for first in range(STORY, last, SLICE):
            until = min(first + SLICE, last)
            add_people(people(first, until, seed=options["seed"], on=on), ground)
            wanted = round(left * (until - first) / (last - first))
            left -= wanted
            if wanted:
                add_enrolments(_histories(crowd, first, until, wanted), ground)

    def _tell(self, options: dict[str, Any], *, is_new: bool) -> None:
        counts = dict(Enrolment.objects.order_by().values_list("status").annotate(Count("id")))
        count = Employee.objects.count()
        facts = {"created": is_new, "people": count, "seed": options["seed"] if is_new else None, "enrolments": counts}
        if is_new:
            sentence = f"The demonstration is ready, with {count:,} invented people. Sign in by one click."
        else:
            sentence = f"The demonstration is already here, with {count:,} people; nothing changed."
        self.answer(options, facts, sentence)


def _histories(crowd: Crowd, first: int, until: int, wanted: int) -> Iterator[Record]:
    """So many enrolments, spread evenly over the people of these numbers."""
    count = until - first
    for place, number in enumerate(range(first, until)):
        yield from crowd.history(number, wanted * (place + 1) // count - wanted * place // count)
