"""Puts a backup back: everything in one transaction, so that a restore that is killed leaves what was there."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import Connection, sql

from config import rights
from config.backups import LEFT_OUT, NextNumber, Rows, database, migrations, read

LONGEST_WAIT = "60s"  # for pages and tasks to let go of the tables

# Tables and numbers of ours. The record of migrations is never restored: it says what made the tables that are here.
TABLES = """
SELECT relname, pg_has_role(current_user, relowner, 'USAGE') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations' ORDER BY relname
"""
SEQUENCES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
  AND oid <> pg_get_serial_sequence('django_migrations', 'id')::regclass
"""
COLUMNS = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
"""
FOREIGN_KEYS = """
SELECT t.relname, f.conname, pg_get_constraintdef(f.oid) FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid
WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
TABLES_WITH_TRIGGERS = """
SELECT DISTINCT t.relname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal AND g.tgenabled = 'O' AND t.relnamespace = 'public'::regnamespace
"""


@transaction.atomic(durable=True)
def restore(path: Path, *, is_replacing: bool = False) -> dict[str, int]:
    """Make the database what the backup says; rows by table. With ``is_replacing`` whatever was there is emptied first.

    Works as the role that owns the tables, which alone may change history. Every table is locked until the end, so
    nobody sees half of it. Raises ValidationError, and then nothing has changed: ``no_backup``, ``damaged``,
    ``other_migrations``, ``people_here``, ``not_the_owner``, ``in_use``, ``breaks_a_rule``, ``no_program``.
    """
    _refuse_other_migrations(path)
    db = database()
    with _in_our_words(path):
        tables = _tables(db)
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        db.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LONGEST_WAIT))
        db.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
        if not is_replacing:
            _refuse_people(db)
        with _without_guards(db):
            db.execute(sql.SQL("TRUNCATE {}").format(names))
            counts = _load(db, path, tables)
        db.execute(sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"))
        db.execute(sql.SQL("ANALYZE {}").format(names))  # else the first pages are planned for empty tables
    rights.grant()
    return counts


def _load(db: Connection, path: Path, tables: list[str]) -> dict[str, int]:
    """Copy every table and set every sequence. Raises ValidationError unless the backup has exactly ours."""
    counts: dict[str, int] = {}
    columns: dict[str, set[str]] = {}
    for table, column in db.execute(COLUMNS):
        columns.setdefault(table, set()).add(column)
    sequences = {name for (name,) in db.execute(SEQUENCES)}
    with closing(read(path)) as parts:
        for part in parts:
            if isinstance(part, Rows) and part.table in tables and part.table not in (*LEFT_OUT, *counts):
                if columns[part.table] != set(part.columns):
                    raise _other_tables(path)
                counts[part.table] = _copy(db, part)
            elif isinstance(part, NextNumber) and part.sequence in sequences:
                sequences.remove(part.sequence)
                _set_next(db, part)
    if counts.keys() != set(tables) - set(LEFT_OUT) or sequences:
        raise _other_tables(path)
    return counts


def _copy(db: Connection, rows: Rows) -> int:
    names = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    with db.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(rows.table), names)) as copy:
            for line in rows.lines:
                copy.write(line)
        return cursor.rowcount


def _set_next(db: Connection, given: NextNumber) -> None:
    # not setval, which a rollback does not take back: history's next row would meet a number that is taken
    restart = sql.SQL("ALTER SEQUENCE {} RESTART WITH {}")
    db.execute(restart.format(sql.Identifier(given.sequence), sql.Literal(given.number)))


@contextmanager
def _without_guards(db: Connection) -> Iterator[None]:
    """Load tables in any order, and facts that triggers keep from being written now; in the end every key is judged."""
    keys = db.execute(FOREIGN_KEYS).fetchall()
    guarded = [table for (table,) in db.execute(TABLES_WITH_TRIGGERS)]
    for table, key, _ in keys:
        db.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(*map(sql.Identifier, (table, key))))
    for table in guarded:
        db.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
    yield
    for table in guarded:
        db.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
    for table, key, definition in keys:
        add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
        db.execute(add.format(sql.Identifier(table), sql.Identifier(key), sql.SQL(definition)))


@contextmanager
def _in_our_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        raise ValidationError(
            "The database is in use: stop web, worker and beat, then restore again. Nothing was changed.", "in_use"
        ) from None
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        rule = error.diag.constraint_name or error.diag.message_primary
        raise ValidationError(
            f"{path.name} has rows that break a rule of the database ({rule}). Nothing was changed.", "breaks_a_rule"
        ) from None


def _tables(db: Connection) -> list[str]:
    found = db.execute(TABLES).fetchall()
    if not all(is_ours for _, is_ours in found):
        raise ValidationError(
            "Only the role that owns the tables can restore: name it in DATABASE_OWNER_URL.", "not_the_owner"
        )
    return [name for name, _ in found]


def _refuse_people(db: Connection) -> None:
    counted = db.execute("SELECT (SELECT count(*) FROM people_employee), (SELECT count(*) FROM people_user)").fetchone()
    people, accounts = counted or (0, 0)
    if people or accounts:
        raise ValidationError(
            f"The database is in use by an organisation ({people:,} people, {accounts:,} accounts): "
            "--replace removes all of it first.",
            "people_here",
        )


def _refuse_other_migrations(path: Path) -> None:
    """The rows fit only tables that the same migrations made."""
    theirs, ours = migrations(path), MigrationRecorder(connection).applied_migrations().keys()
    if theirs != ours:
        differing = sorted(".".join(migration) for migration in theirs ^ ours)
        more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        where = "only the backup has" if theirs - ours else "the backup lacks"
        raise ValidationError(
            f"{path.name} was made by another version ({where} {differing[0]}{more}): restore it with that version, "
            "then upgrade.",
            "other_migrations",
        )


def _other_tables(path: Path) -> ValidationError:
    return ValidationError(f"{path.name} has not exactly the tables of this database; it is part of one.", "damaged")
