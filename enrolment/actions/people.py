"""What happens to people: loaded from files, checked first and then a chunk at a time; given access."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models.functions import Lower

from enrolment.actions import batches
from enrolment.actions.batches import Kept, advance, is_next, keep
from enrolment.actions.changed import keep_changes
from enrolment.actions.directory import settle_numbers
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Batch
from enrolment.rules import Refusal
from people.actions.accounts import make_accounts
from people.actions.people import MERGED, new_departments, save_people
from people.entries import COLUMNS, DEPARTMENT, FROM, MANAGER, TITLE, UNTIL
from people.imports import JOINS_LATER, Row, merged_sentence
from people.models import Employee, User
from people.queries import email_holders
from people.reach import acts_for, refuse_unless_everywhere
from people.rules import has_left, say

KIND = "people"
OUTCOMES = ("created", "updated", "unchanged", "refused")
REMARKED = "remarked"  # people who are loaded, with something to say
LEFT = "left"  # people who are missing from a file of the whole organisation, or are given a last day by one
# Foreseen only: the names of departments, how many would leave, how many would change manager.
NEW_DEPARTMENTS, LEAVING, NEW_MANAGERS = "new_departments", "leaving", "new_managers"
LOST_LETTERS = "lost_letters"  # foreseen only: how many names hold “?” in place of letters


def keep_file(
    rows: Sequence[Row], *, file_name: str, content: bytes, by: User | None, on: date, is_begun: bool = False
) -> Batch:
    """Keep a file with what applying its judged rows would come to; nobody is written yet.

    ``is_begun``: whoever keeps it applies it at once, so what it would come to is not asked. Raises PermissionDenied
    for anybody but HR of the whole organisation.
    """
    refuse_unless_everywhere(by)
    foreseen = () if is_begun else rows
    return keep(
        kept_rows(foreseen),
        kind=KIND,
        name=file_name,
        content=content,
        total=len(rows),
        counts=foreseen_counts(foreseen),
        by=by,
        on=on,
        is_begun=is_begun,
    )


@transaction.atomic
def import_people(rows: Sequence[Row], *, batch: Batch) -> list[Outcome[Row]]:
    """Write one chunk of judged rows and, in the same transaction, that it is done.

    A chunk that is done already, by a worker that was killed or by another one, is left alone: then no outcome comes
    back. Created, updated and unchanged people are done; refused rows carry their code.
    """
    if not is_next(rows[0].position, batch):
        return []
    by, on, why = batch.made_by, batch.made_on, f"File {batch.file_name}"
    results = iter(save_people([row.entry for row in rows if row.entry], by=by, on=on, reason=why))
    for row in rows:
        if row.entry:
            outcome, row.changes = next(results)
            row.outcome = LEFT if row.is_missing and outcome == "updated" else outcome
            if outcome == MERGED:
                row.refuse(MERGED, merged_sentence(row.staff_number))
    settle_numbers([row.staff_number for row in rows if row.entry and _may_settle(row)], by=by, on=on)
    keep_changes(rows, batch)
    _advance(rows, batch)
    return [_outcome(row) for row in rows]


@transaction.atomic
def skip_rows(rows: Sequence[Row], *, batch: Batch) -> None:
    """Rows that the database refused as a chunk: recorded as refused, so that the file goes on."""
    if is_next(rows[0].position, batch):
        _advance(rows, batch)


@transaction.atomic
def give_access(people: Sequence[Employee], *, by: User | None, on: date) -> list[Outcome[Employee]]:
    """Make each of these people an account for their e-mail; who has one keeps it. Nothing is mailed here.

    Refused: ``not_yours``, ``left``, ``email_missing``, ``email_shared`` with another person, ``email_taken`` by an
    account of somebody else.
    """
    fresh = {person.pk: person for person in lock_people(sorted({person.pk for person in people}))}
    subjects = [fresh[person.pk] for person in people]
    emails = {person.email.lower() for person in subjects if person.email}
    holders = Counter(email for _, email in email_holders(emails))
    taken = set(User.objects.annotate(small=Lower("email")).filter(small__in=emails).values_list("small", flat=True))
    outcomes = [
        Outcome(
            person,
            reach_refusal(person, by)
            or (None if person.user_id else access_refusal(person, holders[person.email.lower()], taken, on=on)),
        )
        for person in subjects
    ]
    make_accounts([o.subject for o in outcomes if o.is_done and o.subject.user_id is None])
    return outcomes


def access_refusal(person: Employee, holders: int, taken: Container[str], *, on: date) -> Refusal | None:
    """Why a person cannot be given an account, from how many have their e-mail and which e-mails have accounts."""
    if has_left(person.employed_until, on):
        return Refusal("left", f"{person.name} has left.")
    if not person.email:
        return Refusal("email_missing", f"{person.name} has no e-mail. Edit the record to add one.")
    if holders > 1:
        return Refusal(
            "email_shared", f"{person.email} is the e-mail of {holders} people. Correct it in your people file first."
        )
    if person.email.lower() in taken:
        return Refusal("email_taken", f"{person.email} has an account already that belongs to no employee record.")
    return None


def _may_settle(row: Row) -> bool:
    """Whether somebody can have left or come back by this row: not who is new and has no last day."""
    return row.outcome != "created" or bool(row.entry and row.entry.facts[UNTIL])


def reach_refusal(person: Employee, by: User | None) -> Refusal | None:
    """Access is HR's to give, to the people for whom they act."""
    return None if acts_for(by, person) else Refusal("not_yours", "HR of this person’s department gives them access.")


def counted(rows: Sequence[Row]) -> dict[str, int]:
    """How many of each outcome, and how many are loaded with a remark."""
    became = [_became(row) for row in rows if row.code != JOINS_LATER]  # of those the file says nothing
    counts = batches.counted(became, of=OUTCOMES)
    remarked = sum(1 for row in rows if row.code and row.entry)
    left = became.count(LEFT)
    return {**counts, REMARKED: remarked, **({LEFT: left} if left else {})}


def foreseen_counts(rows: Sequence[Row]) -> dict[str, Any]:
    """What applying judged rows would come to: outcomes, new departments, and what the brake looks at."""
    counts: dict[str, Any] = {**counted(rows)}
    if departments := new_departments(row.entry for row in rows if row.entry and not row.is_missing):
        counts[NEW_DEPARTMENTS] = departments
    if leaving := sum(any(change.is_leaving for change in row.changes) for row in rows):
        counts[LEAVING] = leaving
    if moved := sum(any(change.column == COLUMNS[MANAGER] for change in row.changes) for row in rows):
        counts[NEW_MANAGERS] = moved
    if lost := sum(bool(row.entry and row.entry.has_lost) for row in rows):
        counts[LOST_LETTERS] = lost
    return counts


def _became(row: Row) -> str:
    """What HR is told that a row came to: whoever is given a last day leaves, in the file or missing from it."""
    is_leaving = row.outcome == "updated" and any(change.is_leaving for change in row.changes)
    return LEFT if is_leaving else row.outcome


def _advance(rows: Sequence[Row], batch: Batch) -> None:
    advance(batch, rows[0].position + len(rows), counted(rows), kept_rows(rows))


def kept_rows(rows: Iterable[Row]) -> Iterator[Kept]:
    """What each row came to, except for those that changed nothing, kept no name and have no remark."""
    for row in rows:
        if row.code or row.changes or row.outcome == "created" or (row.entry and row.entry.has_kept):
            yield Kept(row.row, row.staff_number, row.name, _became(row), row.code, _sentence(row))


def _sentence(row: Row) -> str:
    """What is wrong and what changed; of somebody new, who they are."""
    if row.outcome != "created" or row.entry is None:
        return row.sentence
    facts = row.entry.facts
    who = ", ".join(str(facts[at]) for at in (TITLE, DEPARTMENT) if facts[at])
    manager = f"Reports to {facts[MANAGER]}." if facts[MANAGER] else ""
    since, until = facts[FROM], facts[UNTIL]
    joins = f"Employed from {say(since)}." if isinstance(since, date) else ""
    leaves = f"Last day {say(until)}." if isinstance(until, date) else ""
    return " ".join(filter(None, (row.sentence, f"{who}." if who else "", manager, joins, leaves)))


def _outcome(row: Row) -> Outcome[Row]:
    return Outcome(row, None if row.entry else Refusal(row.code, row.message))
