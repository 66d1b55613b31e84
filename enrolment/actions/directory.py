"""What HR does to people's records: edits them, adds somebody; and what leaving and coming back come to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection, transaction

from enrolment import rules
from enrolment.actions.calendar import work
from enrolment.actions.facts import lock_people
from enrolment.actions.leavers import come_back
from enrolment.actions.outcomes import Outcome
from enrolment.queries.batches import TURN
from enrolment.rules import Refusal
from people.actions.people import renumber, save_people
from people.entries import COLUMNS, EMAIL, FROM, MANAGER, UNTIL, Entry, Facts, Stored, email_clashes, manager_loops
from people.models import Employee, User
from people.queries import email_holders, former_numbers, managers_upwards, rows_of, stored
from people.reach import acts_for, acts_for_everybody

FILES, EDITS = 0, 1  # of the advisory locks `TURN`: a file of people is applied; a record is edited by hand


@dataclass(frozen=True)
class Edit:
    """What a record is to say: ``facts`` in the order of `people.entries.COLUMNS`, and its staff number.

    ``person`` is None for somebody new; ``seen`` is the `fingerprint` of the facts that were shown, so that nobody
    overwrites what they have not read; empty: whatever they are.
    """

    staff_number: str
    facts: Facts
    person: Employee | None = None
    seen: str = ""


def fingerprint(number: str, facts: Facts) -> str:
    """What was shown of a record: who saves an edit has seen exactly this."""
    return hashlib.sha256("\n".join(map(str, (number, *facts))).encode()).hexdigest()[:32]


@transaction.atomic
def save_records(edits: Sequence[Edit], *, by: User | None, on: date, reason: str = "") -> list[Outcome[Edit]]:
    """Make records as the edits say, new ones too; whoever has left by it leaves, whoever is back comes back.

    Each is done or refused by itself, seeing those accepted before it; ``subject.person`` is as it is afterwards.
    Nobody edits themself. Refused: ``not_yours``, ``own_record``, ``gone``, ``changed_meanwhile``, ``busy`` while a
    file is applied, and what the import refuses too: ``names_missing``, ``staff_number_missing``,
    ``staff_number_taken``, ``merged``, ``email_taken``, ``unknown_manager``, ``manager_loop``, ``end_before_start``.
    """
    wait_for_other_edits()
    asked = [edit.person.pk for edit in edits if edit.person]
    fresh = {person.pk: person for person in lock_people(sorted(set(asked)))}
    known = {row.id: (number, row) for number, row in stored(person.staff_number for person in fresh.values()).items()}
    outcomes: list[Outcome[Edit]] = []
    for edit in edits:
        number, row = known.get(edit.person.pk, ("", None)) if edit.person else ("", None)
        refusal = _refusal(edit, number, row, by)
        if refusal is None:
            person = fresh.get(edit.person.pk) if edit.person else None
            if person and number != edit.staff_number:
                renumber(person, edit.staff_number, by=by, on=on, reason=reason)
            save_people([Entry(edit.staff_number, edit.facts)], by=by, on=on, reason=reason)
            edit = replace(edit, person=person or Employee.objects.get(staff_number=edit.staff_number))
        outcomes.append(Outcome(edit, refusal))
    done = [outcome.subject.person for outcome in outcomes if outcome.is_done and outcome.subject.person]
    settle([person.pk for person in done], by=by, on=on)
    after = Employee.objects.select_related("user").in_bulk([person.pk for person in done])
    return [
        replace(o, subject=replace(o.subject, person=after[o.subject.person.pk]))
        if o.is_done and o.subject.person
        else o
        for o in outcomes
    ]


@transaction.atomic
def leave(
    last_days: Sequence[tuple[Employee, date]], *, by: User | None, on: date, reason: str = ""
) -> list[Outcome[Edit]]:
    """Record the last day of employment of people; where it is over, they leave at once, else in the night after it."""
    known = stored(person.staff_number for person, _ in last_days)
    edits = []
    for person, day in last_days:
        facts = list(known[person.staff_number].facts)
        facts[UNTIL] = day
        edits.append(Edit(person.staff_number, tuple(facts), person))
    return save_records(edits, by=by, on=on, reason=reason)


@transaction.atomic
def settle(people: Sequence[int], *, by: User | None, on: date) -> None:
    """What the records of people (row ids) have come to mean: who has left leaves, who works here again comes back.

    The last act of everything that writes records: a page, a file, its undo, a command. Leaving is the night's own
    work on these people, so it is the same whoever recorded it.
    """
    if not people:
        return
    rows = Employee.objects.filter(pk__in=rows_of(people))
    if leaving := sorted(rows.leaving(on).order_by().values_list("pk", flat=True)):
        work(leaving, on=on)
    if returning := sorted(rows.returning(on).order_by().values_list("pk", flat=True)):
        come_back(lock_people(returning), by=by, on=on)


def settle_numbers(numbers: Sequence[str], *, by: User | None, on: date) -> None:
    """`settle`, of people by their staff numbers: who of a chunk of a file it is about, in two questions."""
    if not numbers:
        return
    rows = Employee.objects.filter(staff_number__in=numbers)
    parts = (rows.leaving(on), rows.returning(on))
    settle([pk for part in parts for pk in part.order_by().values_list("pk", flat=True)], by=by, on=on)


def _refusal(edit: Edit, number: str, row: Stored | None, by: User | None) -> Refusal | None:
    """Why a record cannot become so; ``row`` and ``number`` are what it is now, None and empty for somebody new."""
    if edit.person and row is None:
        return Refusal("gone", "This record is not here any more.")
    if not (acts_for(by, edit.person) if edit.person else acts_for_everybody(by)):
        return Refusal("not_yours", "HR of this person’s department does this, or HR of the whole organisation.")
    if edit.person and by is not None and edit.person.user_id == by.pk:
        return Refusal("own_record", "Somebody else edits your record: ask a colleague in HR.")
    if row and edit.seen and edit.seen != fingerprint(number, row.facts):
        return Refusal("changed_meanwhile", "Somebody has changed this record since you opened it. Look at it again.")
    return (
        _plain_refusal(edit)
        or (_number_refusal(edit, by) if number != edit.staff_number else None)
        or _others_refusal(edit, number, row, by)
    )


def _plain_refusal(edit: Edit) -> Refusal | None:
    since, until = edit.facts[FROM], edit.facts[UNTIL]
    if not edit.staff_number:
        return Refusal("staff_number_missing", "Give the staff number.")
    if not (edit.facts[0] and edit.facts[1]):
        return Refusal("names_missing", "Give the given names and the family name.")
    if isinstance(since, date) and isinstance(until, date) and until < since:
        return Refusal(
            "end_before_start", f"Employment ends on {rules.say(until)}, before it begins on {rules.say(since)}."
        )
    return None


def _number_refusal(edit: Edit, by: User | None) -> Refusal | None:
    holder = Employee.objects.filter(staff_number=edit.staff_number).first()
    if holder:
        whose = f"the staff number of {holder.name}" if _may_read(by, holder.staff_number) else "somebody else’s number"
        return Refusal("staff_number_taken", f"{edit.staff_number} is {whose}.")
    if kept := former_numbers([edit.staff_number]).get(edit.staff_number):
        into = kept if _may_read(by, kept) else "another"
        return Refusal("merged", f"The record {edit.staff_number} was merged into {into}: nobody else has its number.")
    return None


def _others_refusal(edit: Edit, number: str, row: Stored | None, by: User | None) -> Refusal | None:
    """What others' records refuse: an e-mail, a manager; only what changes is asked about."""
    before = row.facts if row else (None,) * len(COLUMNS)
    email, manager = str(edit.facts[EMAIL]), str(edit.facts[MANAGER])
    has_email, has_manager = email and email != before[EMAIL], manager and manager != before[MANAGER]
    if (has_email or has_manager) and not is_between_files():
        return Refusal("busy", "A file of people is being applied. Try again when it is done.")
    if has_email:
        holders = [(each, held) for each, held in email_holders([email.lower()]) if each != number]
        if other := email_clashes([(number, email.lower())], holders).get(number):
            whose = f"the e-mail of staff number {other}" if _may_read(by, other) else "somebody else’s e-mail"
            return Refusal("email_taken", f"{email} is also {whose}; each person needs their own.")
    if has_manager and manager == edit.staff_number:
        return Refusal("manager_loop", "Nobody is their own manager.")
    if has_manager:
        line = managers_upwards([manager])
        if manager not in line:
            return Refusal("unknown_manager", f"Nobody has the staff number {manager}.")
        above = [(person, boss) for person, boss in line.items() if boss]
        if number and manager_loops([(number, manager)], [pair for pair in above if pair[0] != number]):
            return Refusal("manager_loop", f"{manager} reports to this person, directly or through others.")
    return None


def _may_read(by: User | None, number: str) -> bool:
    """Whether who edits may read of whom a refusal would speak; a command may."""
    return by is None or Employee.objects.visible_to(by).filter(staff_number=number).exists()


def wait_for_other_edits() -> None:
    """Edits by hand take turns, so that two of them cannot make a loop of managers or share an e-mail."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TURN, EDITS])


def is_between_files() -> bool:
    """Whether no file of people is being applied; none begins until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [TURN, FILES])
        return bool(cursor.fetchone()[0])
