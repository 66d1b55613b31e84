"""Undoing a file of people, row by row: what nothing has touched since is as it was before, the others say why not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from enrolment.actions.batches import Kept, advance, is_next, keep
from enrolment.actions.changed import KEPT_FOR, facts_of
from enrolment.actions.directory import settle_numbers
from enrolment.actions.outcomes import Outcome
from enrolment.models import Batch, BatchChange
from enrolment.rules import Refusal
from people.actions.people import Said, keep_history, save_people
from people.entries import EMAIL, MANAGER, Entry, Stored, changed, email_clashes, manager_loops
from people.models import Employee, PersonChange, User
from people.queries import email_holders, in_parts, managers_upwards, public_ids, stored

KIND = "undo"
RESTORED, REMOVED, REFUSED = "restored", "removed", "refused"
OUTCOMES = (RESTORED, REMOVED, REFUSED)
LEFT_AS_IS = "Left as it is."


@dataclass(slots=True)
class Step:
    """Taking back one row: what is to become of its person, or why nothing. ``place`` counts the steps of the job."""

    place: int
    change: BatchChange
    outcome: str = ""
    code: str = ""
    message: str = ""
    name: str = ""

    def refuse(self, code: str, message: str) -> None:
        """The person stays as they are."""
        self.outcome, self.code, self.message = REFUSED, code, f"{message} {LEFT_AS_IS}"

    def kept(self) -> Kept:
        """As its page shows it."""
        return Kept(self.change.row, self.change.staff_number, self.name, self.outcome, self.code, self.message)


def can_undo(batch: Batch, *, now: datetime) -> bool:
    """Whether a file was applied within a day and holds a row that was not taken back."""
    if batch.status != Batch.Status.APPLIED or batch.applied_at is None or now - batch.applied_at > KEPT_FOR:
        return False
    return BatchChange.objects.filter(batch=batch, undone_in=None).exists()


def steps_of(batch: Batch, undo: Batch | None = None) -> list[Step]:
    """The rows of a file that were not taken back by another job, the last first: so reports come before managers."""
    changes = BatchChange.objects.filter(batch=batch).order_by("-position")
    return [
        Step(place, change)
        for place, change in enumerate(c for c in changes if c.undone_in_id in (None, undo.pk if undo else None))
    ]


def judge_undo(steps: Sequence[Step]) -> None:
    """Say of each step what becomes of its person now, each seeing those before it; nothing is written."""
    ids: dict[str, int] = {}
    for part in in_parts(steps, 5000):
        now = stored(step.change.staff_number for step in part)
        for step in part:
            _judge_one(step, now.get(step.change.staff_number))
        ids |= {number: person.id for number, person in now.items()}
    _refuse_clashes([step for step in steps if step.outcome == RESTORED])
    _refuse_built_on(steps, ids)


@transaction.atomic
def keep_undo(batch: Batch, *, by: User | None, on: date, now: datetime) -> Batch:
    """Keep an undo of a file with what it would come to; nobody is written.

    Raises ValidationError ``too_late`` a day after the file was applied, or where nothing is left to take back.
    """
    if not can_undo(batch, now=now):
        raise ValidationError("This file can be undone no more: it was loaded over a day ago, or undone.", "too_late")
    steps = steps_of(batch)
    judge_undo(steps)
    return keep(
        [step.kept() for step in steps],
        kind=KIND,
        name=batch.file_name,
        content=b"",
        total=len(steps),
        counts=counted(steps),
        by=by,
        on=on,
        undoes=batch,
    )


@transaction.atomic
def undo_rows(steps: Sequence[Step], *, batch: Batch) -> list[Outcome[Step]]:
    """Take one chunk of judged rows back and, in the same transaction, record that it is done.

    A chunk that is done already is left alone: then no outcome comes back. People whom something touched between the
    judgement and now are refused.
    """
    if not is_next(steps[0].place, batch):
        return []
    now = stored([step.change.staff_number for step in steps], is_locked=True)
    for step in steps:
        if step.outcome != REFUSED:
            _judge_one(step, now.get(step.change.staff_number))
    _refuse_built_on(steps, {number: person.id for number, person in now.items()})
    restored = [step for step in steps if step.outcome == RESTORED]
    by, on, why = batch.made_by, batch.made_on, f"File {batch.file_name} undone"
    entries = [Entry(step.change.staff_number, facts_of(step.change.before or ())) for step in restored]
    save_people(entries, by=by, on=on, reason=why)
    settle_numbers([entry.staff_number for entry in entries], by=by, on=on)
    removed = [step for step in steps if step.outcome == REMOVED]
    going = public_ids([now[step.change.staff_number].id for step in removed])
    said = [Said(person, PersonChange.Kind.REMOVED) for person in going.values()]
    keep_history(said, by=by, on=on, reason=why)
    leaving = Employee.objects.filter(pk__in=list(going))
    leaving.update(manager=None)  # a manager and a report may go in one chunk: nobody goes who is named as a manager
    leaving.delete()
    done = [step.change.pk for step in (*restored, *removed)]
    BatchChange.objects.filter(pk__in=done).update(undone_in=batch)
    _advance(steps, batch)
    return [Outcome(s, Refusal(s.code, s.message) if s.outcome == REFUSED else None) for s in steps]


@transaction.atomic
def skip_steps(steps: Sequence[Step], *, batch: Batch) -> None:
    """Record how these rows ended, so that the job goes on."""
    if is_next(steps[0].place, batch):
        _advance(steps, batch)


def counted(steps: Iterable[Step]) -> dict[str, int]:
    """How many of each outcome."""
    counts = Counter(step.outcome for step in steps)
    return {outcome: counts[outcome] for outcome in OUTCOMES}


def _advance(steps: Sequence[Step], batch: Batch) -> None:
    advance(batch, steps[0].place + len(steps), counted(steps), [step.kept() for step in steps])


def _judge_one(step: Step, person: Stored | None) -> None:
    """From the person alone: whether they are as the file left them."""
    after = facts_of(step.change.after)
    step.name = f"{after[0]} {after[1]}"
    if person is None:
        step.refuse("gone", "This person is not here any more.")
        return
    if since := changed(after, person.facts):
        step.refuse("touched", f"Changed since: {'; '.join(map(str, since))}.")
        return
    if step.change.before is None:
        step.outcome, step.message = REMOVED, "New by this file, and nothing is built on it."
        return
    before = facts_of(step.change.before)
    step.outcome, step.message = RESTORED, f"Back: {'; '.join(map(str, changed(after, before)))}."


def _refuse_clashes(steps: Sequence[Step]) -> None:
    """E-mails that others have by now, managers who are gone, and lines of managers that would close a loop."""
    facts = {step.change.staff_number: facts_of(step.change.before or ()) for step in steps}
    claims = [(number, str(before[EMAIL]).lower()) for number, before in facts.items()]
    clashes = email_clashes(claims, email_holders({email for _, email in claims if email}))
    named = {str(before[MANAGER]) for before in facts.values()} - {""}
    known = managers_upwards(facts.keys() | named) if facts else {}
    fixed = [(person, manager) for person, manager in known.items() if manager and person not in facts]
    pairs = [(number, str(before[MANAGER])) for number, before in facts.items() if before[MANAGER] in known]
    loops = manager_loops(pairs, fixed)
    for step in steps:
        number = step.change.staff_number
        before = facts[number]
        if other := clashes.get(number):
            step.refuse("email_taken", f"The old e-mail is by now that of staff number {other}.")
        elif before[MANAGER] and before[MANAGER] not in known:
            step.refuse("unknown_manager", f"The old manager, staff number {before[MANAGER]}, is not here any more.")
        elif number in loops:
            step.refuse("manager_loop", "The old manager reports to this person by now.")


def _refuse_built_on(steps: Sequence[Step], ids: dict[str, int]) -> None:
    """New people stay once anything refers to them: reports that do not go first, an account, an enrolment."""
    removed = {ids[step.change.staff_number]: step for step in steps if step.outcome == REMOVED}
    if not removed:
        return
    found: dict[int, set[str]] = defaultdict(set)
    reports: dict[int, list[str]] = defaultdict(list)
    for part in in_parts(list(removed), 5000):
        for relation in Employee._meta.related_objects:
            key = f"{relation.field.name}_id"
            rows = relation.related_model._default_manager.filter(**{f"{key}__in": part})
            if relation.related_model is Employee:
                for manager, number in rows.order_by().values_list(key, "staff_number"):
                    reports[manager].append(number)
                continue
            label = str(relation.related_model._meta.verbose_name_plural)
            for person in rows.order_by().values_list(key, flat=True).distinct():
                found[person].add(label)
        for person in Employee.objects.filter(pk__in=part, user__isnull=False).values_list("pk", flat=True):
            found[person].add("an account")
    going: dict[str, bool] = {}
    for step in steps:
        number = step.change.staff_number
        if step.outcome == REMOVED:
            row = ids[number]
            if any(not going.get(report) for report in reports[row]):
                found[row].add("people who report to them")
            if found[row]:
                step.refuse("built_on", f"New by this file, and there are already {', '.join(sorted(found[row]))}.")
        going[number] = step.outcome == REMOVED or (
            step.outcome == RESTORED and (step.change.before or ())[MANAGER] != step.change.after[MANAGER]
        )
