"""Records that somebody's employment ends; where the last day is over, all that leaving means is done at once."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from enrolment.actions.directory import leave
from enrolment.actions.outcomes import run
from people.commands import Command as Base
from people.commands import iso_day
from people.models import Employee, PersonChange


class Command(Base):
    """Exit 0: recorded; 1: refused; 2: bad usage."""

    help = "Record the last day of somebody's employment."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, which day, and why."""
        parser.add_argument("staff_number", metavar="STAFF_NUMBER")
        parser.add_argument("--last-day", type=iso_day, required=True, metavar="YYYY-MM-DD", help="included")
        parser.add_argument("--reason", default="", help="kept in the person's history")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Record it, and say whether they have left already."""
        number, last, on = options["staff_number"], options["last_day"], self.day(options)
        person = Employee.objects.filter(staff_number=number).first()
        if person is None:
            raise CommandError(f"Nobody has the staff number {number}.", returncode=1)
        outcome = run(leave, [(person, last)], by=None, on=on, reason=options["reason"])[0]
        if outcome.refusal:
            raise CommandError(outcome.refusal.message, returncode=1)
        person.refresh_from_db()
        left = PersonChange.objects.filter(person=person.public_id, kind=PersonChange.Kind.LEFT).first()
        has_left = person.left_on is not None
        facts = {"staff_number": number, "last_day": last.isoformat(), "left": has_left}
        facts |= {"left_behind": left.facts if left and has_left else None}
        when = "has left" if has_left else f"leaves on the day after {last}"
        self.answer(options, facts, f"{person.name}, {number}, {when}.")
