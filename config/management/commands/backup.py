"""`backup FILE`: the whole database, as it is at one moment, in one file."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from config import backups
from people.commands import Command as ProductCommand


class Command(ProductCommand):
    """Exit 0: the file is there and was read back; 1: refused, no file; 2: the file's place cannot be written."""

    help = "Write the whole database into one file, which restore puts back. Pages may go on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, besides what every command has."""
        parser.add_argument("file", metavar="FILE", help="the file to write, which must not exist")
        parser.add_argument("--force", action="store_true", help="replace the file if it exists")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say what is in it."""
        path = Path(options["file"])
        try:
            counts = backups.write(path, is_forced=options["force"])
        except ValidationError as refused:
            raise CommandError(refused.messages[0], returncode=2 if refused.code == "unwritable" else 1) from None
        size = path.stat().st_size
        facts = {
            "file": str(path),
            "bytes": size,
            "people": counts["people_employee"],
            "rows": sum(counts.values()),
            "tables": counts,
        }
        sentence = (
            f"{path} holds the whole database: {facts['people']:,} people, {facts['rows']:,} rows, {size:,} bytes. "
            "It can be read by you only; keep it where personal data may lie."
        )
        self.answer(options, facts, sentence)
