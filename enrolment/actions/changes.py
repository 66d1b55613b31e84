"""Every move that people make on an enrolment after it exists: dates, breaks, closing, taking up again, undoing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from enrolment import notices, rules
from enrolment.actions.calendar import GIVE_SEATS, apply_shifts, bring_to_day, records_of, tell_of_shifts
from enrolment.actions.enrolments import own_refusal
from enrolment.actions.events import acting, move, move_refusal
from enrolment.actions.facts import cohort_in, gather, lock_people, take_seat
from enrolment.actions.outcomes import Outcome
from enrolment.actions.writing import COLUMNS, store
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.rules import Refusal, changes
from people.actions.notices import tell, withdraw_notices
from people.models import User
from people.wake import wake
from programmes.models import Cohort
from programmes.rules import version_on

S = Enrolment.Status
type Change = Callable[[Enrolment], Refusal | None]
type Changed = list[Outcome[Enrolment]]
CLOSED = (S.COMPLETED, S.WITHDRAWN, S.CANCELLED)


@transaction.atomic
def redate(
    enrolments: Sequence[Enrolment],
    *,
    start_date: date,
    planned_end_date: date,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """Give planned enrolments other dates, their own instead of a cohort's; the programme version follows the start."""
    change = partial(changes.redate, start=start_date, end=planned_end_date)
    return _change(enrolments, "redate", change, by=by, on=on, reason=reason, key=key, push=push)


@transaction.atomic
def change_cohort(
    enrolments: Sequence[Enrolment],
    *,
    cohort: Cohort,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """Move planned enrolments to another cohort, its dates and one of its seats each; ``no_seat`` when it is full."""
    line = _Line(enrolments, by=by, on=on, reason=reason, key=key, cohorts=[cohort.pk])

    def change(record: Enrolment) -> Refusal | None:
        found = cohort_in(line.facts, cohort.pk)
        if found is None or found.programme_id != record.programme_id:
            return Refusal("unknown_cohort", f"{cohort.name} is a cohort of another programme.")
        if found.closed_on:
            return Refusal("cohort_closed", f"{found.name} was closed on {rules.say(found.closed_on)}.")
        if record.cohort_id == found.pk:
            return Refusal("nothing_changed", f"This is the cohort already: {found.name}.")
        seat = line.peek_seat(found)
        if seat is None:
            return Refusal("no_seat", f"{found.name} is full: no seat is free.")
        record.cohort, record.seat_id, record.follows = found, seat, None
        record.start_date, record.planned_end_date = found.start_date, found.planned_end_date
        return None

    return line.take("change_cohort", change, push=push)


@transaction.atomic
def extend(
    enrolments: Sequence[Enrolment],
    *,
    planned_end_date: date,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """A later planned end for what runs, overdue or not."""
    change = partial(changes.extend, end=planned_end_date, on=on)
    return _change(enrolments, "extend", change, by=by, on=on, reason=reason, key=key, push=push)


@transaction.atomic
def shorten(
    enrolments: Sequence[Enrolment],
    *,
    planned_end_date: date,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """An earlier planned end for what runs."""
    change = partial(changes.shorten, end=planned_end_date, on=on)
    return _change(enrolments, "shorten", change, by=by, on=on, reason=reason, key=key, push=push)


@transaction.atomic
def begin_break(
    enrolments: Sequence[Enrolment],
    *,
    return_on: date | None,
    planned_end_date: date | None,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """A break in learning (apprenticeship only), with the return and the new planned end where they are known."""
    change = partial(changes.begin_break, return_on=return_on, end=planned_end_date, on=on)
    return _change(
        enrolments, "begin_break", change, by=by, on=on, reason=reason, key=key, push=push, is_reason_needed=True
    )


@transaction.atomic
def state_return(
    enrolments: Sequence[Enrolment],
    *,
    return_on: date | None,
    planned_end_date: date | None,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """Say when a break ends and the planned end that follows; or, with neither, that it is not known (any more)."""
    change = partial(changes.state_return, return_on=return_on, end=planned_end_date, on=on)
    return _change(enrolments, "state_return", change, by=by, on=on, reason=reason, key=key, push=push)


@transaction.atomic
def end_break(
    enrolments: Sequence[Enrolment],
    *,
    planned_end_date: date,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """The learner is back: it runs again, to the planned end that HR confirms."""
    change = partial(changes.end_break, end=planned_end_date, on=on)
    return _change(enrolments, "end_break", change, by=by, on=on, reason=reason, key=key, push=push)


@transaction.atomic
def complete(
    enrolments: Sequence[Enrolment],
    *,
    ended_on: date,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """Record the actual finish (the apprenticeship's is the end of assessment); the days after it are free."""
    change = partial(changes.close, ended_on=ended_on, closing=S.COMPLETED, on=on)
    return _change(enrolments, "complete", change, by=by, on=on, reason=reason, key=key, push=push)


@transaction.atomic
def withdraw(
    enrolments: Sequence[Enrolment],
    *,
    ended_on: date,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """Record a withdrawal with the last day of learning, which counts; on or before the start means never attended."""
    change = partial(changes.close, ended_on=ended_on, closing=S.WITHDRAWN, on=on)
    return _change(
        enrolments, "withdraw", change, by=by, on=on, reason=reason, key=key, push=push, is_reason_needed=True
    )


@transaction.atomic
def correct(
    enrolments: Sequence[Enrolment],
    *,
    ended_on: date,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """Another last day of learning, or another finish, of what is closed; checked like everything else."""
    change = partial(changes.correct, ended_on=ended_on, on=on)
    return _change(
        enrolments, "correct", change, by=by, on=on, reason=reason, key=key, push=push, is_reason_needed=True
    )


@transaction.atomic
def reopen(
    enrolments: Sequence[Enrolment],
    *,
    planned_end_date: date | None,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """What was completed too soon runs again, to its planned end or a new one."""
    change = partial(changes.take_up, end=planned_end_date, on=on)
    return _change(enrolments, "reopen", change, by=by, on=on, reason=reason, key=key, push=push, is_reason_needed=True)


@transaction.atomic
def reinstate(
    enrolments: Sequence[Enrolment],
    *,
    planned_end_date: date | None,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None = None,
    push: bool = False,
) -> Changed:
    """Who had withdrawn is back: it runs again. Their old cohort has to have a seat left, else ``no_seat``."""
    change = partial(changes.take_up, end=planned_end_date, on=on)
    return _change(
        enrolments, "reinstate", change, by=by, on=on, reason=reason, key=key, push=push, is_reason_needed=True
    )


@transaction.atomic
def cancel(
    enrolments: Sequence[Enrolment],
    *,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None = None,
) -> Changed:
    """Cancel what has not begun: it holds nothing from now on, and its seat is free."""
    return _change(enrolments, "cancel", changes.cancel, by=by, on=on, reason=reason, key=key, is_reason_needed=True)


@transaction.atomic
def queue(
    enrolments: Sequence[Enrolment],
    *,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    behind: Enrolment | None = None,
) -> Changed:
    """Take the dates of planned enrolments, or a place on a waiting list, away: they are queued until dates are given.

    ``behind`` names another programme of the same person that they follow from now on; then the dates come by
    themselves once its end is known.
    """

    def change(record: Enrolment) -> Refusal | None:
        if behind and behind.employee_id != record.employee_id:
            return Refusal("unknown_predecessor", "It can only follow another programme of the same person.")
        record.start_date = record.planned_end_date = record.version = record.cohort = None
        record.seat_id, record.waiting_since = None, None
        record.follows_id = behind.pk if behind else None
        return None

    return _change(enrolments, "queue", change, by=by, on=on, reason=reason, key=key)


@transaction.atomic
def wait(
    enrolments: Sequence[Enrolment],
    *,
    cohort: Cohort,
    by: User | None,
    on: date,
    at: datetime,
    reason: str = "",
    key: UUID | None = None,
) -> Changed:
    """Put planned or queued enrolments at the end of a cohort's waiting list; they hold nothing until a seat is free."""
    line = _Line(enrolments, by=by, on=on, reason=reason, key=key, cohorts=[cohort.pk])

    def change(record: Enrolment) -> Refusal | None:
        found = cohort_in(line.facts, cohort.pk)
        if found is None or found.programme_id != record.programme_id:
            return Refusal("unknown_cohort", f"{cohort.name} is a cohort of another programme.")
        if found.closed_on or found.start_date <= on:
            return Refusal("cohort_closed", f"Nobody joins {found.name} any more.")
        changes.cancel(record)
        record.start_date = record.planned_end_date = record.version = record.follows = None
        record.cohort, record.waiting_since = found, at
        return None

    return line.take("wait", change)


@transaction.atomic
def undo(enrolments: Sequence[Enrolment], *, by: User | None, on: date, at: datetime) -> Changed:
    """Undo a withdrawal or a cancelling for as long as the policy allows, while nothing was built on it.

    Refused: ``nothing_to_undo``, ``too_late``; ``clash`` and ``no_seat`` where its days or its seat have been given on.
    """
    line = _Line(enrolments, by=by, on=on, reason="", key=None)
    return line.undo(at=at)


def _change(
    enrolments: Sequence[Enrolment],
    name: str,
    change: Change,
    *,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None,
    push: bool = False,
    is_reason_needed: bool = False,
) -> Changed:
    """One move on many enrolments: lock, bring to the day, check the table and the rule, write, record."""
    line = _Line(enrolments, by=by, on=on, reason=reason, key=key)
    return line.take(name, change, push=push, is_reason_needed=is_reason_needed)


class _Line:
    """Enrolments that wait for one move, in the order given: their people, records and cohorts locked, once for all.

    ``key`` is one form's, so it comes with one enrolment: asked again with it, the first result is the answer.
    """

    def __init__(
        self,
        enrolments: Sequence[Enrolment],
        *,
        by: User | None,
        on: date,
        reason: str,
        key: UUID | None,
        cohorts: Iterable[int] = (),
    ) -> None:
        self.asked, self.by, self.on, self.reason, self.key = enrolments, by, on, reason, key
        self.people = {person.pk: person for person in lock_people(sorted({e.employee_id for e in enrolments}))}
        rows = list(records_of(list(self.people)))
        pks = {e.pk for e in enrolments}
        theirs = {r.cohort_id for r in rows if r.pk in pks and r.cohort_id and r.seat_id is None}
        self.facts = gather(rows, on=on, cohorts={*cohorts, *theirs}, people=list(self.people.values()))
        bring_to_day(rows, on=on)
        self.fresh = {row.pk: row for row in rows}
        self.records: dict[int, list[Enrolment]] = defaultdict(list)
        for row in rows:
            self.records[row.employee_id].append(row)
        self.events: list[EnrolmentEvent] = []
        self.shifts: list[EnrolmentEvent] = []

    def peek_seat(self, cohort: Cohort) -> int | None:
        """A free seat of a cohort, which stays free until somebody's change is accepted."""
        openings = self.facts.openings.get(cohort.programme_id, ())
        return next((o.seats[0] for o in openings if o.cohort.pk == cohort.pk and o.seats), None)

    def take(self, name: str, change: Change, *, push: bool = False, is_reason_needed: bool = False) -> Changed:
        """Make one move on each, or say why not; write all that went through in one statement."""
        repeated = EnrolmentEvent.objects.filter(request_key=self.key, move=name).values_list("subject_id", flat=True)
        answered = set(repeated) if self.key else set()
        outcomes = []
        for asked in self.asked:
            record = self.fresh[asked.pk]
            if record.pk in answered:
                outcomes.append(Outcome(record))
                continue
            refusal = own_refusal(self.people[record.employee_id], self.by)
            refusal = refusal or move_refusal(rules.MOVES, name, record.status, self.by)
            if refusal is None and is_reason_needed and not self.reason.strip():
                refusal = Refusal("reason_missing", "Say why, for the history.")
            refusal = refusal or self._try(record, name, change, push=push)
            outcomes.append(Outcome(record, refusal))
        self._write()
        return outcomes

    def undo(self, *, at: datetime) -> Changed:
        """Take back the closing of each, if its last event is one and lies in the hours of the policy."""
        lasts = {}
        events = EnrolmentEvent.objects.filter(subject__in=[e.pk for e in self.asked]).order_by("at", "id")
        for event in events:
            lasts[event.subject_id] = event
        outcomes = []
        for asked in self.asked:
            record = self.fresh[asked.pk]
            last = lasts.get(record.pk)
            name = rules.UNDO.get((last.move, S(last.from_status))) if last and last.from_status else None
            refusal = own_refusal(self.people[record.employee_id], self.by)
            if refusal is None and (name is None or last is None):
                refusal = Refusal("nothing_to_undo", "Only a withdrawal or a cancelling that came last can be undone.")
            if refusal is None and last is not None:
                hours = (at - last.at).total_seconds() / 3600
                refusal = rules.undo_refusal(hours, self.facts.policy.undo_hours)
            if refusal is None and name is not None:
                refusal = move_refusal(rules.MOVES, name, record.status, self.by)
            if refusal is None and name is not None:
                refusal = self._try(record, name, partial(self._take_back, at=at), push=False)
            outcomes.append(Outcome(record, refusal))
        self._write()
        return outcomes

    def _take_back(self, record: Enrolment, *, at: datetime) -> Refusal | None:
        record.ended_on = None
        if record.start_date is None and record.cohort_id:
            record.waiting_since = at
        return None

    def _try(self, record: Enrolment, name: str, change: Change, *, push: bool) -> Refusal | None:
        """Put the change on a copy, judge it, and only then on the record, with what it moves of later plans."""
        after = copy(record)
        if refusal := change(after):
            return refusal
        found = rules.MOVES.move(name, record.status)
        assert found is not None
        after.status = found.target
        if refusal := self._seat(after):
            return refusal
        others = [other for other in self.records[record.employee_id] if other is not record]
        refusal, shifts = changes.weigh(after, record, others, self.facts, on=self.on, push=push)
        if refusal:
            return refusal
        if after.start_date and after.start_date != record.start_date:
            after.version = version_on(self.facts.versions[after.programme_id], after.start_date)
        if after.seat_id and after.seat_id != record.seat_id and after.cohort:
            take_seat(self.facts, after.cohort)
        before = record.status
        for column in COLUMNS:
            setattr(record, column, getattr(after, column))
        record.status = before
        self.events.append(
            move(record, name, by=self.by, role=acting(self.by), on=self.on, reason=self.reason, key=self.key)
        )
        self.shifts += apply_shifts(shifts, self.facts, by=self.by, role=acting(self.by), on=self.on)
        return None

    def _seat(self, after: Enrolment) -> Refusal | None:
        """What is taken up again in a cohort needs a seat of it."""
        if after.status in Enrolment.SEATED and after.cohort and after.seat_id is None:
            after.seat_id = self.peek_seat(after.cohort)
            if after.seat_id is None:
                return Refusal("no_seat", f"The seat in {after.cohort.name} was given on, and no other is free.")
        return None

    def _write(self) -> None:
        done = [event.subject for event in self.events]
        shifted = [event.subject for event in self.shifts]
        if not done:
            return
        store([*done, *shifted])
        EnrolmentEvent.objects.bulk_create([*self.events, *self.shifts])
        withdraw_notices(e.public_id for e in done if e.status in (S.CANCELLED, S.WITHDRAWN))
        redated = [e.subject for e in self.events if e.move in ("redate", "change_cohort")]
        tell(notices.moved(redated, on=self.on), again=lambda told, now: told != now)
        moved = [record for record in shifted if record.status == S.PLANNED]
        tell_of_shifts(moved, [record for record in shifted if record.status == S.QUEUED], on=self.on)
        bring_to_day([record for people in self.records.values() for record in people], on=self.on)
        if any(event.move in ("cancel", "withdraw", "redate", "change_cohort") for event in self.events):
            wake(GIVE_SEATS)
