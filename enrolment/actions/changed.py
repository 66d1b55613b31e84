"""What a file made of people, kept for a day: enough to take back, row by row, what nothing has touched since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from enrolment.models import Batch, BatchChange
from people.entries import COLUMNS, Fact, Facts
from people.imports import Row

KEPT_FOR = timedelta(hours=24)
# Facts in the order of `entries.COLUMNS`, as they are now; where ``old`` has one, that column was so before.
KEEP = """
INSERT INTO enrolment_batchchange (batch_id, position, row, staff_number, before, after)
SELECT %s, new.position, new.row, e.staff_number,
       CASE WHEN new.old IS NOT NULL THEN (
           SELECT jsonb_agg(coalesce(nullif(new.old -> place, 'null'), now.facts -> place) ORDER BY place)
           FROM generate_series(0, jsonb_array_length(now.facts) - 1) AS place
       ) END,
       now.facts
FROM unnest(%s::int[], %s::int[], %s::text[], %s::jsonb[]) AS new (position, row, staff_number, old)
JOIN people_employee e ON e.staff_number = new.staff_number
LEFT JOIN people_department d ON d.id = e.department_id
LEFT JOIN people_employee m ON m.id = e.manager_id
CROSS JOIN LATERAL (SELECT jsonb_build_array(
    e.given_names, e.family_name, e.email, e.job_title, coalesce(d.name, ''), coalesce(m.staff_number, ''),
    coalesce(e.date_of_birth::text, ''), coalesce(e.employed_from::text, ''), coalesce(e.employed_until::text, '')
) AS facts) now
"""


def keep_changes(rows: Sequence[Row], batch: Batch) -> None:
    """Inside the action that wrote these rows: what each made of its person, from what to what."""
    written = [row for row in rows if row.entry and (row.changes or row.outcome == "created")]
    if not written:
        return
    lines = [(row.position, row.row, row.staff_number, _old(row)) for row in written]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [batch.pk, *map(list, zip(*lines, strict=True))])


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


def _old(row: Row) -> str | None:
    """What the columns that became something else were, each in its place; None for somebody new."""
    if row.outcome == "created":
        return None
    old = {change.column: change.old for change in row.changes}
    return json.dumps([_text(old[column]) if column in old else None for column in COLUMNS])


def _text(fact: Fact) -> str:
    return fact.isoformat() if isinstance(fact, date) else fact or ""
