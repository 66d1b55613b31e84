"""`prove`: every hold derived again from history, everything that does not agree named; nothing is repaired."""

import argparse
import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils.timezone import is_naive, make_aware

from enrolment.actions.proofs import prove, prove_since
from enrolment.queries.prove import Finding
from enrolment.queries.runs import number_found
from people.clock import now
from people.commands import Command as DayCommand


def iso_moment(text: str) -> datetime:
    """A moment like 2026-05-04T08:00, London time unless it says otherwise. Raises ArgumentTypeError (exit 2)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a moment like 2026-05-04T08:00") from None
    return make_aware(moment) if is_naive(moment) else moment


class Command(DayCommand):
    """Prove the promise again. Exits 0 when nothing was found, 1 when something was."""

    help = "Derive every hold again from history and name whatever is wrong. Repairs nothing. Exit 1 if anything is."

    def add_arguments(self, parser: CommandParser) -> None:
        """A moment narrows it to what changed since."""
        super().add_arguments(parser)
        parser.add_argument("--since", type=iso_moment, metavar="MOMENT", help="only what changed since this moment")

    def handle(self, *args: Any, **options: Any) -> None:
        """Findings are written as they come, so that any number of them fits."""
        self.is_json, self.found = options["json"], 0
        on, since = self.day(options), options["since"]
        if self.is_json:
            self.stdout.write('{"findings": [', ending="")
        if since:
            proof = prove_since(since, on=on, now=now(), hear=self.hear)
        else:
            proof = prove(on=on, now=now(), hear=self.hear)
        facts = {
            "on": on.isoformat(),
            "whole": proof.is_whole,
            "checked": proof.checked,
            "seconds": proof.seconds,
            "found": number_found(proof),
            "ok": not proof.findings,
        }
        if self.is_json:
            self.stdout.write(f"], {json.dumps(facts)[1:]}")
        else:
            said = f"{self.found} found" if self.found else "nothing is wrong"
            self.stdout.write(f"{on}: {proof.checked} enrolments proved in {proof.seconds} s, {said}.")
        if proof.findings:
            raise SystemExit(1)

    def hear(self, finding: Finding) -> None:
        """One more finding."""
        if self.is_json:
            self.stdout.write(("," if self.found else "") + json.dumps(finding.facts(), ensure_ascii=False))
        else:
            who = f" (staff number {finding.staff_number})" if finding.staff_number else ""
            self.stdout.write(f"{finding.code}: {finding.sentence}{who}")
        self.found += 1
