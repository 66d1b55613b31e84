"""`load_catalogue`: makes the database say of the four programmes what the data file says."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from programmes.imports import load_catalogue


class Command(BaseCommand):
    """Loads the catalogue and tells what changed. Exits 1 when an entry was refused; nothing is loaded then."""

    help = "Load the four programmes, their versions and the source of each fact; loading again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option, for machines."""
        parser.add_argument("--json", action="store_true", help="print the outcome of each programme as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a programme, or the rows and counts as JSON."""
        try:
            loaded = load_catalogue()
        except ValidationError as error:
            raise CommandError(f"The catalogue was not loaded: {' '.join(error.messages)}") from error
        if options["json"]:
            self.stdout.write(json.dumps(loaded, ensure_ascii=False))
            return
        for row in loaded["rows"]:
            facts = f": {', '.join(row['changed'])}" if row["changed"] else ""
            self.stdout.write(f"{row['programme']} {row['outcome']}{facts}")
