"""`certify`: the exact proof of a questionnaire over all combinations of answers, on the screen or as JSON."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from assessment import queries
from assessment.models import Questionnaire
from assessment.queries import certificates
from assessment.rules.differences import PERSON
from people.commands import Command as DayCommand


class Command(DayCommand):
    """Say what a version of the questionnaire does over every combination of answers, and what is wrong with it."""

    help = "Prove a questionnaire: what each rule decides, exactly, and what keeps it from being published."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which version; the published one unless it is named."""
        super().add_arguments(parser)
        parser.add_argument("questionnaire", nargs="?", type=int, help="the number of the version")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 where something is wrong with it, 2 where there is no such version."""
        number = options["questionnaire"]
        versions = Questionnaire.objects.all() if number else Questionnaire.objects.published()
        found = versions.filter(version=number).first() if number else versions.first()
        if found is None:
            raise CommandError(f"There is no version {number}." if number else "No version is published.", returncode=2)
        facts = certificates.certificate_facts(queries.version(found))
        shares = facts["rules"]
        lines = [f"{found}: {facts['combinations']:,} combinations of answers."]
        lines += [
            f"  rule {r['position']}: {r['combinations']:,} ({r['share']}) → {r['programme'] or PERSON}" for r in shares
        ]
        left = facts["combinations"] - sum(r["combinations"] for r in shares)
        lines.append(f"  no rule fits: {left:,} → {PERSON}")
        lines += [f"  ! {problem['code']}: {problem['persona']}" for problem in facts["problems"]]
        lines.append(
            "Nothing is wrong with it." if facts["ok"] else f"{len(facts['problems'])} things are wrong with it."
        )
        self.answer(options, facts, "\n".join(lines))
        if not facts["ok"]:
            raise CommandError("It cannot be published as it is.", returncode=1)
