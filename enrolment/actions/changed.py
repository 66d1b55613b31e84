"""What a file made of people, kept for a day: enough to take back, row by row, what nothing has touched since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from enrolment.models import Batch, BatchChange
from people.entries import COLUMNS, Facts
from people.imports import Row
from people.queries import stored

KEPT_FOR = timedelta(hours=24)
COPY = """
COPY enrolment_batchchange (batch_id, position, row, staff_number, before, after) FROM STDIN
"""


def keep_changes(rows: Sequence[Row], batch: Batch) -> None:
    """Inside the action that wrote these rows: what each made of its person, from what to what."""
    written = [row for row in rows if row.entry and (row.changes or row.outcome == "created")]
    if not written:
        return
    now = stored(row.staff_number for row in written)
    # Only Django's own errors are known to callers; COPY raises psycopg's.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for line in _lines(written, {number: person.facts for number, person in now.items()}, batch.pk):
            copy.write_row(line)


@transaction.atomic
def forget_changes(*, now: datetime) -> int:
    """Delete what can be undone no more; returns how many rows. Files that are being undone wait."""
    busy = Batch.objects.filter(undoes__isnull=False, status=Batch.Status.APPLYING).values("undoes")
    old = Batch.objects.filter(applied_at__lt=now - KEPT_FOR).exclude(pk__in=busy)
    return BatchChange.objects.filter(batch__in=old.values("pk")).delete()[0]


def facts_of(kept: Iterable[str | None]) -> Facts:
    """The facts of a person as they were kept."""
    return tuple(
        (date.fromisoformat(text) if text else None) if column in DAYS else text or ""
        for column, text in zip(COLUMNS, kept, strict=True)
    )


DAYS = COLUMNS[6:]


def _lines(rows: Iterable[Row], now: dict[str, Facts], batch: int) -> Iterator[tuple[object, ...]]:
    for row in rows:
        after = now[row.staff_number]
        before = None
        if row.outcome != "created":
            old = {change.column: change.old for change in row.changes}
            before = _json([old.get(column, fact) for column, fact in zip(COLUMNS, after, strict=True)])
        yield batch, row.position, row.row, row.staff_number, before, _json(after)


def _json(facts: Iterable[object]) -> str:
    return json.dumps([fact.isoformat() if isinstance(fact, date) else fact or "" for fact in facts])
