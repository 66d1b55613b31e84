"""Keeping long jobs over many people: begun, advanced a chunk at a time, finished; whatever each of them does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection, transaction

from enrolment.models import Batch, BatchRow
from people.models import User
from people.wake import wake

COPY_ROWS = """
COPY enrolment_batchrow (batch_id, row, staff_number, name, outcome, code, message, earliest_start) FROM STDIN
"""


class Kept(NamedTuple):
    """What one row of a batch came to, as its page shows it."""

    row: int
    staff_number: str
    name: str
    outcome: str
    code: str
    message: str
    earliest_start: date | None = None


@transaction.atomic
def keep(
    rows: Iterable[Kept],
    *,
    kind: str,
    name: str,
    content: bytes,
    total: int,
    counts: Mapping[str, Any],
    by: User | None,
    on: date,
    public_id: UUID | None = None,
    is_begun: bool = False,
    **facts: Any,
) -> Batch:
    """Keep a job with what doing it would come to. ``is_begun``: whoever keeps it does it at once.

    ``facts``: other columns of the batch.
    """
    batch = Batch.objects.create(
        public_id=public_id or uuid4(),
        kind=kind,
        file_name=name[-200:],
        content=content,
        total=total,
        counts=dict(counts),
        made_by=by,
        made_on=on,
        **{"status": Batch.Status.APPLYING if is_begun else Batch.Status.CHECKED, **facts},
    )
    _keep_rows(rows, batch.pk)
    return batch


@transaction.atomic
def keep_again(batch: Batch, rows: Iterable[Kept], *, total: int, counts: Mapping[str, Any], **facts: Any) -> bool:
    """What doing a job that has not begun would come to now, with other facts of it; returns whether it has not."""
    waiting = (Batch.Status.MATCHING, Batch.Status.CHECKED)
    status = Batch.objects.select_for_update(no_key=True).values_list("status", flat=True).get(pk=batch.pk)
    if status not in waiting:
        return False
    BatchRow.objects.filter(batch=batch).delete()
    _keep_rows(rows, batch.pk)
    values = {"status": Batch.Status.CHECKED, "total": total, "counts": dict(counts), **facts}
    Batch.objects.filter(pk=batch.pk).update(**values)
    return True


@transaction.atomic
def begin(batches: Sequence[Batch], *, on: date | None = None) -> int:
    """Do checked jobs from now on, counting for the day ``on``; returns how many began. Pressing twice is once."""
    ready = Batch.objects.filter(pk__in=[batch.pk for batch in batches], status=Batch.Status.CHECKED)
    begun = list(ready.defer("content").order_by("id").select_for_update())
    for batch in begun:
        nothing = {name: 0 for name, count in batch.counts.items() if isinstance(count, int)}
        begun_on = on or batch.made_on
        Batch.objects.filter(pk=batch.pk).update(status=Batch.Status.APPLYING, done=0, counts=nothing, made_on=begun_on)
    BatchRow.objects.filter(batch__in=begun).delete()
    if begun:
        wake("enrolment.tasks.resume_batches")
    return len(begun)


def counted(outcomes: Iterable[str], *, of: Sequence[str]) -> dict[str, int]:
    """How many rows came to each outcome ``of`` the kind of job."""
    counts = Counter(outcomes)
    return {outcome: counts[outcome] for outcome in of}


@transaction.atomic
def finish(batch: Batch, *, at: datetime) -> None:
    """Every row is done: the job is applied."""
    Batch.objects.filter(pk=batch.pk, status=Batch.Status.APPLYING).update(status=Batch.Status.APPLIED, applied_at=at)


def is_next(position: int, batch: Batch) -> bool:
    """Whether the row at this position is the next to do, with the batch locked until the action's transaction ends."""
    status, done = Batch.objects.select_for_update(no_key=True).values_list("status", "done").get(pk=batch.pk)
    return status == Batch.Status.APPLYING and done == position


def advance(batch: Batch, done: int, counted: Mapping[str, int], rows: Iterable[Kept]) -> None:
    """Record, inside the action that did it, how far the job is and what came of these rows."""
    counts = Batch.objects.values_list("counts", flat=True).get(pk=batch.pk)
    counts = {name: counts.get(name, 0) + count for name, count in counted.items()}
    Batch.objects.filter(pk=batch.pk).update(done=done, counts=counts)
    _keep_rows(rows, batch.pk)


def _keep_rows(rows: Iterable[Kept], batch: int) -> None:
    """A file can have very many."""
    # Only Django's own errors are known to callers; COPY raises psycopg's.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY_ROWS) as copy:
        for row in rows:
            copy.write_row((batch, row.row, row.staff_number[:60], row.name[:200], *row[3:]))
