"""`replay`: a draft of the questionnaire over every past response: who would go elsewhere, from where to where."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from assessment import queries
from assessment.models import Questionnaire
from assessment.rules.differences import PERSON
from enrolment.queries.replay import facts
from people.commands import Command as ProductCommand


class Command(ProductCommand):
    """Exit 0: done; 2: there is no such version."""

    help = "Show what a version of the questionnaire would have said to everybody who ever answered."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which version."""
        super().add_arguments(parser)
        parser.add_argument("draft", type=int, metavar="DRAFT", help="the number of the version")

    def handle(self, *args: Any, **options: Any) -> None:
        """Nothing is changed."""
        found = Questionnaire.objects.filter(version=options["draft"]).first()
        if found is None:
            raise CommandError(f"There is no version {options['draft']}.", returncode=2)
        said = facts(queries.version(found))
        lines = [f"{found}: {said['responses']:,} past responses."]
        for way in said["ways"]:
            mark = "  " if way["before"] == way["after"] else "→ "
            counts = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in way["people"].items())
            lines.append(f"{mark}{way['before'] or PERSON} → {way['after'] or PERSON}: {way['responses']:,} ({counts})")
        lines += [f"! {one['responses']:,} do not fit: no answer to {one['question']}" for one in said["unfit"]]
        self.answer(options, said, "\n".join(lines))
