"""What happens to people: loaded from files, checked first and then a chunk at a time; given access."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models.functions import Lower

from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Batch, BatchRow
from enrolment.rules import Refusal
from people.actions.accounts import make_accounts
from people.actions.people import new_departments, save_people
from people.imports import Row
from people.models import Employee, User
from people.queries import email_holders
from people.wake import wake

KIND = "people"
OUTCOMES = ("created", "updated", "unchanged", "refused")
REMARKED = "remarked"  # people who are loaded, with something to say
NEW_DEPARTMENTS = "new_departments"  # foreseen only: their names
COPY_ROWS = "COPY enrolment_batchrow (batch_id, row, staff_number, name, outcome, code, message) FROM STDIN"


@transaction.atomic
def keep_file(
    rows: Sequence[Row], *, file_name: str, content: bytes, by: User | None, on: date, is_begun: bool = False
) -> Batch:
    """Keep a file with what applying its judged rows would come to; nobody is written yet.

    ``is_begun``: whoever keeps it applies it at once, so what it would come to is not asked.
    """
    foreseen = () if is_begun else rows
    departments = new_departments(row.entry for row in foreseen if row.entry)
    batch = Batch.objects.create(
        kind=KIND,
        file_name=file_name[-200:],
        content=content,
        status=Batch.Status.APPLYING if is_begun else Batch.Status.CHECKED,
        total=len(rows),
        counts={**counted(foreseen), **({NEW_DEPARTMENTS: departments} if departments else {})},
        made_by=by,
        made_on=on,
    )
    _keep_rows(foreseen, batch.pk)
    return batch


@transaction.atomic
def begin_import(batches: Sequence[Batch]) -> int:
    """Apply checked files from now on; returns how many began. Pressing twice is once."""
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


@transaction.atomic
def give_access(people: Sequence[Employee], *, by: User | None, on: date) -> list[Outcome[Employee]]:
    """Make each of these people an account for their e-mail; who has one keeps it. Nothing is mailed here.

    Refused: ``email_missing``, ``email_shared`` with another person, ``email_taken`` by an account of somebody else.
    """
    fresh = {person.pk: person for person in lock_people(sorted({person.pk for person in people}))}
    subjects = [fresh[person.pk] for person in people]
    emails = {person.email.lower() for person in subjects if person.email}
    holders = Counter(email for _, email in email_holders(emails))
    taken = set(User.objects.annotate(small=Lower("email")).filter(small__in=emails).values_list("small", flat=True))
    outcomes = [
        Outcome(person, None if person.user_id else access_refusal(person, holders[person.email.lower()], taken))
        for person in subjects
    ]
    make_accounts([o.subject for o in outcomes if o.is_done and o.subject.user_id is None])
    return outcomes


def access_refusal(person: Employee, holders: int, taken: Container[str]) -> Refusal | None:
    """Why a person cannot be given an account, from how many have their e-mail and which e-mails have accounts."""
    if not person.email:
        return Refusal("email_missing", f"{person.name} has no e-mail. Load one from your people file first.")
    if holders > 1:
        return Refusal(
            "email_shared", f"{person.email} is the e-mail of {holders} people. Correct it in your people file first."
        )
    if person.email.lower() in taken:
        return Refusal("email_taken", f"{person.email} has an account already that belongs to no employee record.")
    return None


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
    """What each row came to, except for those that changed nothing and have no remark; a file can have very many."""
    # Only Django's own errors are known to callers; COPY raises psycopg's.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY_ROWS) as copy:
        for row in rows:
            if row.code or row.changes or row.outcome == "created":
                name, number = row.name[:200], row.staff_number[:60]
                copy.write_row((batch, row.row, number, name, row.outcome, row.code, row.sentence))


def _outcome(row: Row) -> Outcome[Row]:
    return Outcome(row, None if row.entry else Refusal(row.code, row.message))
