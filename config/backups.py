"""The backup file: rows and tables in pg_dump's own format, written beside its name and read whole before it counts."""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import connection
from psycopg import Connection

from config.embedded import client_programs

MIGRATIONS = "django_migrations"
# Sessions: a stolen backup signs nobody in, and people sign in again after a restore. The cache holds only counters of
# attempts to sign in. Their tables stay, empty.
LEFT_OUT = ("django_session", "usersessions_usersession", "config_cache")
STARTS_WITH = b"PGDMP"
ROWS = re.compile(rb"COPY public\.(\w+) \(([^)]*)\) FROM stdin;\n")
NUMBER = re.compile(rb"SELECT pg_catalog\.setval\('public\.(\w+)', (\d+), (true|false)\);\n")
END_OF_ROWS = b"\\.\n"


@dataclass(frozen=True)
class Rows:
    """The rows of one table in a backup, as COPY's text: one line a row. The lines can be read once."""

    table: str
    columns: tuple[str, ...]
    lines: Iterator[bytes]


@dataclass(frozen=True)
class NextNumber:
    """The number that a sequence gives next."""

    sequence: str
    number: int


def write(path: Path, *, is_forced: bool = False) -> dict[str, int]:
    """Write the whole database, as it is at one moment, into a file that only its owner reads; rows by table.

    Raises ValidationError, and then there is no new file: ``file_exists`` (unless forced), ``unwritable``,
    ``nothing_here``, ``no_program``, ``failed``.
    """
    _refuse_taken(path, is_forced=is_forced)
    if MIGRATIONS not in connection.introspection.table_names():
        raise ValidationError("There is nothing to back up: the database has no tables yet.", "nothing_here")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # mode 0600
        os.close(handle)
    except OSError as error:
        raise ValidationError(f"{path} cannot be written: {error.strerror}.", "unwritable") from None
    part = Path(name)
    try:
        _dump(part)
        counts = count(part)
        _refuse_taken(path, is_forced=is_forced)  # it may have come meanwhile
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return counts


def read(path: Path, *, table: str = "") -> Generator[Rows | NextNumber]:
    """What is in a backup, one table after the other (or only the one named), then the sequences.

    Nothing of the file is run: only rows and numbers are taken from it. Memory stays flat: rows come as they are read.
    Raises ValidationError: ``no_backup``, ``damaged``, ``no_program``.
    """
    with path.open("rb") as file:
        if file.read(len(STARTS_WITH)) != STARTS_WITH:
            raise ValidationError(f"{path.name} is no backup of Waypoint.", "no_backup")
    only = [f"--table={table}"] if table else []
    command = [str(program("pg_restore")), "--data-only", "--file=-", *only, "--", str(path)]
    with tempfile.TemporaryFile() as words:  # a pipe nobody reads would block it
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, env=_environment())
        assert process.stdout is not None
        try:
            yield from _parts(process.stdout, path)
            has_failed = process.wait() != 0
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
        if has_failed:
            words.seek(0)
            raise _damaged(path, f": {_reason(words.read().decode(errors='replace'))}")


def count(path: Path) -> dict[str, int]:
    """How many rows of each table a restore would put back, having read all of it. Raises as ``read`` does."""
    with contextlib.closing(read(path)) as parts:
        found = {part.table: sum(1 for _ in part.lines) for part in parts if isinstance(part, Rows)}
    return {table: rows for table, rows in found.items() if table not in (MIGRATIONS, *LEFT_OUT)}


def migrations(path: Path) -> frozenset[tuple[str, str]]:
    """App and name of each migration that the backup's tables had. Raises as ``read`` does."""
    found = set()
    with contextlib.closing(read(path, table=MIGRATIONS)) as parts:
        for rows in (part for part in parts if isinstance(part, Rows)):
            for line in rows.lines:
                row = dict(zip(rows.columns, line.decode().rstrip("\n").split("\t"), strict=True))
                found.add((row["app"], row["name"]))
    if not found:
        raise ValidationError(f"{path.name} is no backup of Waypoint.", "no_backup")
    return frozenset(found)


def database() -> Connection:
    """The driver's own connection under Django's: the same transaction, with its COPY and its typed errors."""
    with connection.cursor() as cursor:
        found: Connection = cursor.connection
        return found


def program(name: str) -> Path:
    """pg_dump or pg_restore that is not older than the database. Raises ValidationError ``no_program``."""
    wanted = database().info.server_version // 10_000
    for path in client_programs(name):
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        if (version := re.search(r" (\d+)", said)) and int(version[1]) >= wanted:
            return path
    raise ValidationError(
        f"There is no {name} of PostgreSQL {wanted} or newer here: install the client programs of the database.",
        "no_program",
    )


def _dump(part: Path) -> None:
    info = database().info
    command = [
        str(program("pg_dump")),
        "--format=custom",
        "--encoding=UTF8",
        "--no-owner",  # other places have other roles; `restore` grants rights anew
        "--no-privileges",
        "--lock-wait-timeout=60s",
        "--no-password",
        *(f"--exclude-table-data=public.{table}" for table in LEFT_OUT),
        f"--file={part}",  # on standard output it appends its table of contents, so that a lost end is not noticed
        f"--dbname={info.dsn}",  # without the password, which everybody could read in the list of processes
    ]
    words = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=_environment() | ({"PGPASSWORD": info.password} if info.password else {}),
    )
    if words.returncode:
        raise ValidationError(f"The backup could not be made: {_reason(words.stderr)}.", "failed")


def _parts(lines: Iterator[bytes], path: Path) -> Iterator[Rows | NextNumber]:
    for line in lines:
        if found := ROWS.fullmatch(line):
            columns = tuple(name.strip('"') for name in found[2].decode().split(", "))
            rows = _until_the_end(lines, path)
            yield Rows(found[1].decode(), columns, rows)
            for _ in rows:  # what the reader did not want
                pass
        elif found := NUMBER.fullmatch(line):
            yield NextNumber(found[1].decode(), int(found[2]) + (found[3] == b"true"))


def _until_the_end(lines: Iterator[bytes], path: Path) -> Iterator[bytes]:
    for line in lines:
        if line == END_OF_ROWS:
            return
        yield line
    raise _damaged(path)


def _damaged(path: Path, why: str = "") -> ValidationError:
    return ValidationError(f"{path.name} is damaged or only half there{why}.", "damaged")


def _refuse_taken(path: Path, *, is_forced: bool) -> None:
    if not os.path.lexists(path):
        return
    if not path.is_file():  # a device would be replaced as well
        raise ValidationError(f"{path} is not a regular file: name another one.", "unwritable")
    if not is_forced:
        raise ValidationError(f"{path} exists already: name another file, or say --force.", "file_exists")


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _reason(words: str) -> str:
    """The last line a program said, without its name."""
    last = (words.strip().splitlines() or ["no reason was given"])[-1]
    return re.sub(r"^pg_\w+: (?:error: |detail: |hint: )*", "", last).rstrip(".")
