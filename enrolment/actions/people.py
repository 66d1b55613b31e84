"""What happens to people by files: checked, then written a chunk at a time, with how far the file is in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from enrolment.actions.outcomes import Outcome
from enrolment.models import Batch, BatchRow
from enrolment.rules import Refusal
from people.actions.people import save_people
from people.imports import Row
from people.models import User
from people.wake import wake

KIND = "people"
OUTCOMES = ("created", "updated", "unchanged", "refused")
REMARKED = "remarked"  # people who are loaded, with something to say


@transaction.atomic
def keep_file(
    rows: Sequence[Row], *, file_name: str, content: bytes, by: User | None, on: date, is_begun: bool = False
) -> Batch:
    """Keep a file with what applying its judged rows would come to; nobody is written yet.

    ``is_begun``: whoever keeps it applies it at once, so what it would come to is not asked.
    """
    foreseen = () if is_begun else rows
    batch = Batch.objects.create(
        kind=KIND,
        file_name=file_name[-200:],
        content=content,
        status=Batch.Status.APPLYING if is_begun else Batch.Status.CHECKED,
        total=len(rows),
        counts=counted(foreseen),
        made_by=by,
        made_on=on,
    )
    _keep_rows(foreseen, batch.pk)
    return batch


@transaction.atomic
def begin_import(batches: Sequence[Batch]) -> int:
    """Apply checked files from now on; returns how many began. One that has begun is left alone, so pressing twice is once."""
    ready = Batch.objects.filter(pk__in=[batch.pk for batch in batches], status=Batch.Status.CHECKED)
    begun = [batch.pk for batch in ready.only("id").select_for_update()]
    if begun:
        BatchRow.objects.filter(batch_id__in=begun).delete()
        Batch.objects.filter(pk__in=begun).update(status=Batch.Status.APPLYING, done=0, counts=counted(()))
        wake("enrolment.tasks.resume_batches")
    return len(begun)


@transaction.atomic
def import_people(rows: Sequence[Row], *, batch: Batch) -> list[Outcome[Row]]:
    """Write one chunk of judged rows and, in the same transaction, that it is done.

    A chunk that is done already, by a worker that was killed or by another one, is left alone: then no outcome comes
    back. Created, updated and unchanged people are done; refused rows carry their code.
    """
    if not _is_next(rows, batch):
        return []
    results = iter(save_people([row.entry for row in rows if row.entry]))
    for row in rows:
        if row.entry:
            row.outcome, row.changes = next(results)
    _advance(rows, batch)
    return [_outcome(row) for row in rows]


@transaction.atomic
def skip_rows(rows: Sequence[Row], *, batch: Batch) -> None:
    """Rows that the database refused as a chunk: recorded as refused, so that the file goes on."""
    if _is_next(rows, batch):
        _advance(rows, batch)


@transaction.atomic
def finish_import(batch: Batch, *, at: datetime) -> None:
    """Every row is done: the file is applied."""
    Batch.objects.filter(pk=batch.pk, status=Batch.Status.APPLYING).update(status=Batch.Status.APPLIED, applied_at=at)


def counted(rows: Iterable[Row]) -> dict[str, int]:
    """How many of each outcome, and how many are loaded with a remark."""
    counts = Counter(row.outcome for row in rows)
    remarked = sum(1 for row in rows if row.code and row.entry)
    return {**{outcome: counts[outcome] for outcome in OUTCOMES}, REMARKED: remarked}


def _is_next(rows: Sequence[Row], batch: Batch) -> bool:
    """Whether these rows are the next to do, with the batch locked until the transaction ends."""
    done = Batch.objects.select_for_update(no_key=True).values_list("done", flat=True).get(pk=batch.pk)
    return done == rows[0].position


def _advance(rows: Sequence[Row], batch: Batch) -> None:
    counts = Batch.objects.values_list("counts", flat=True).get(pk=batch.pk)
    added = counted(rows)
    counts = {name: counts.get(name, 0) + added[name] for name in added}
    Batch.objects.filter(pk=batch.pk).update(done=rows[0].position + len(rows), counts=counts)
    _keep_rows(rows, batch.pk)


def _keep_rows(rows: Iterable[Row], batch: int) -> None:
    """The rows people should look at: refused, changed, or loaded with a remark."""
    BatchRow.objects.bulk_create(
        (
            BatchRow(
                batch_id=batch,
                row=row.row,
                staff_number=row.staff_number[:60],
                outcome=row.outcome,
                code=row.code,
                message=row.sentence,
            )
            for row in rows
            if row.code or row.changes
        ),
        batch_size=1000,
    )


def _outcome(row: Row) -> Outcome[Row]:
    return Outcome(row, None if row.entry else Refusal(row.code, row.message))
