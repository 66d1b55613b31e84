"""`restore FILE`: makes the database what a backup says, then proves it."""

import io
import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.actions import restore
from people.commands import Command as ProductCommand


class Command(ProductCommand):
    """Exit 0: restored, and proved clean; 1: refused, nothing changed, or damage found; 2: the file cannot be read."""

    help = "Make the database what a backup says. Stop web, worker and beat first."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, besides what every command has."""
        parser.add_argument("file", metavar="FILE", help="a file that backup wrote")
        parser.add_argument("--replace", action="store_true", help="remove everybody who is here now")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, prove, and say what came of both."""
        path = _readable(Path(options["file"]))
        _prepare_tables()
        try:
            counts = restore(path, is_replacing=options["replace"])
        except ValidationError as refused:
            raise CommandError(refused.messages[0]) from None
        proof = _prove()
        facts = {
            "file": str(path),
            "people": counts["people_employee"],
            "rows": sum(counts.values()),
            "tables": counts,
            "prove": proof,
        }
        sentence = (
            f"Restored from {path}: {facts['people']:,} people, {facts['rows']:,} rows. Everybody signs in again.\n"
            f"{_sentence(proof)}"
        )
        self.answer(options, facts, sentence)
        if proof and not proof["clean"]:
            raise CommandError("prove found damage in what was restored.")


def _readable(path: Path) -> Path:
    try:
        if not path.is_file():
            raise CommandError(f"{path} is not a file: name one that backup wrote.", returncode=2)
        path.open("rb").close()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from None
    return path


def _prepare_tables() -> None:
    """Make the tables of an empty database; refuse one that this code has not migrated."""
    executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        call_command("migrate", verbosity=0, interactive=False)
    elif executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database lacks migrations of this code: run migrate, then restore again.")


def _prove() -> dict[str, Any] | None:
    """What `prove` says of the restored rows: whether they are clean, and its whole answer. None: it is not there."""
    if "prove" not in get_commands():
        return None
    said, is_clean = io.StringIO(), True
    try:
        call_command("prove", "--json", stdout=said, stderr=io.StringIO())
    except (CommandError, SystemExit) as left:
        is_clean = not (left.returncode if isinstance(left, CommandError) else left.code)
    try:
        answer = json.loads(said.getvalue())
    except ValueError:
        answer = said.getvalue()
    return {"clean": is_clean, "answer": answer}


def _sentence(proof: dict[str, Any] | None) -> str:
    if proof is None:
        return "prove is not part of this version: nothing was proved."
    return "prove found no damage." if proof["clean"] else "prove found damage: run it to see what."
