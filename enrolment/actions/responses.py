"""Answers from a file: each row judged against what its person answered before, and recorded as sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from assessment.actions.recording import Given, record
from assessment.models import Questionnaire, Response
from assessment.queries import Version
from enrolment.actions import batches
from enrolment.actions.batches import Kept, advance, is_next
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.answers import OUTCOMES, AnswersRow
from enrolment.models import Batch
from enrolment.queries.responses import last_sent, under_way
from enrolment.rules import Refusal, say
from people.models import Employee
from people.queries import former_numbers, ids_of, rows_of
from people.rules import has_left

CHANGED = "questionnaire_changed"
OTHER_VERSION = "Another version was published since this file was checked. Choose the file again."


@transaction.atomic
def import_responses(
    rows: Sequence[AnswersRow], *, version: Version, batch: Batch, on: date
) -> list[Outcome[AnswersRow]]:
    """Record one chunk of rows as answers that were sent and, in the same transaction, that it is done.

    The same answers to the same version again change nothing; others count from now, as if the person had answered
    again. A chunk that is done already is left alone: then no outcome comes back.
    """
    if not is_next(rows[0].position, batch):
        return []
    if Questionnaire.objects.published().values_list("pk", flat=True).first() != version.questionnaire.pk:
        for row in rows:
            row.refuse(row.code or CHANGED, row.message or OTHER_VERSION)
    people = _judged(rows, version, lock_people(_ids(rows)), on=on)
    new = [row for row in rows if row.outcome in ("created", "updated")]
    given = [Given(people[row.staff_number], row.answers or {}) for row in new]
    for row, result in zip(new, record(given, version=version, by=batch.made_by, on=on), strict=True):
        if isinstance(result, ValidationError):
            row.refuse(str(result.code), result.messages[0])
    _advance(rows, batch)
    return _outcomes(rows)


def foresee(rows: Sequence[AnswersRow], *, version: Version, on: date) -> list[Outcome[AnswersRow]]:
    """Say of each row what recording it would come to; nothing is written and nobody locked."""
    _judged(rows, version, Employee.objects.filter(pk__in=rows_of(_ids(rows))), on=on)
    return _outcomes(rows)


@transaction.atomic
def skip_rows(rows: Sequence[AnswersRow], *, batch: Batch) -> None:
    """Rows that the database refused as a chunk: recorded as refused, so that the file goes on."""
    if is_next(rows[0].position, batch):
        _advance(rows, batch)


def counted(rows: Iterable[AnswersRow]) -> dict[str, int]:
    """How many rows came to each outcome."""
    return batches.counted((row.outcome for row in rows), of=OUTCOMES)


def kept(rows: Iterable[AnswersRow]) -> Iterator[Kept]:
    """What each row came to, except for those that changed nothing."""
    for row in rows:
        if row.outcome != "unchanged":
            yield Kept(row.row, row.staff_number, row.name, row.outcome, row.code, row.message)


def _ids(rows: Sequence[AnswersRow]) -> list[int]:
    """The row ids of the people whom rows with answers are about."""
    return sorted(ids_of({row.staff_number for row in rows if row.answers is not None}).values())


def _judged(
    rows: Sequence[AnswersRow], version: Version, staff: Iterable[Employee], *, on: date
) -> dict[str, Employee]:
    """Judge rows against the people they are about; returns those by staff number."""
    people = {person.staff_number: person for person in staff}
    ids = [person.pk for person in people.values()]
    before, begun = last_sent(ids), under_way(ids)
    former = former_numbers(row.staff_number for row in rows if row.answers is not None)
    for row in rows:
        if row.answers is None:
            continue
        person = people.get(row.staff_number)
        if kept := former.get(row.staff_number):
            row.refuse("merged", f"The record {row.staff_number} was merged into {kept}: give that number.")
            continue
        if person is None:
            row.refuse("unknown_employee", f"Nobody has the staff number {row.staff_number}.")
            continue
        row.name = person.name
        if person.employed_until and has_left(person.employed_until, on):
            row.refuse("not_employed", f"{person.name} left on {say(person.employed_until)}.")
            continue
        last = before.get(person.pk)
        if last and last.submitted_on and last.submitted_on > on:
            row.refuse("answered_later", f"{person.name} answered later, on {say(last.submitted_on)}.")
            continue
        row.outcome, row.message = _came_to(row, version, last)
        if row.outcome != "unchanged" and person.pk in begun:
            kept_too = "Answers begun in Waypoint and not sent stay as they are."
            row.message = f"{row.message} {kept_too}".strip()
    return people


def _came_to(row: AnswersRow, version: Version, before: Response | None) -> tuple[str, str]:
    """The outcome of good answers, and what to say of it."""
    if before is None:
        return "created", ""
    if before.questionnaire_id != version.questionnaire.pk:
        return "updated", "Answered an earlier version before; these answers count from now."
    if before.answers == row.answers:
        return "unchanged", ""
    day = f" on {say(before.submitted_on)}" if before.submitted_on else ""
    return "updated", f"Answered otherwise{day}; these answers count from now."


def _advance(rows: Sequence[AnswersRow], batch: Batch) -> None:
    advance(batch, rows[0].position + len(rows), counted(rows), kept(rows))


def _outcomes(rows: Sequence[AnswersRow]) -> list[Outcome[AnswersRow]]:
    return [Outcome(row, Refusal(row.code, row.message) if row.outcome == "refused" else None) for row in rows]
