"""One move on many enrolments: lock, bring to the day, check the table and the rule, write, record, tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from enrolment import rules
from enrolment.actions.calendar import (
    GIVE_SEATS,
    apply_shifts,
    bring_to_day,
    lost_dates,
    records_of,
    remind,
    tell_of_shifts,
)
from enrolment.actions.enrolments import own_refusal
from enrolment.actions.events import acting, move, move_refusal
from enrolment.actions.facts import gather, gone, lock_people, take_seat
from enrolment.actions.outcomes import Outcome
from enrolment.actions.placed import tell_moved, tell_recorded, tell_waiting
from enrolment.actions.writing import COLUMNS, keep, store
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.rules import Refusal, changes
from enrolment.rules.reminders import REMINDERS
from people.actions.notices import withdraw_notices
from people.models import User
from people.wake import wake

S = Enrolment.Status
TICK = timedelta(microseconds=1)  # keeps the order of people who join a waiting list in one call
FREEING = ("cancel", "withdraw", "redate", "change_cohort", "queue", "wait")  # a seat may be free
type Changed = list[Outcome[Enrolment]]


class Line:
    """Enrolments that wait for one move, in the order given: their people, records and cohorts locked, once for all.

    ``key`` is one form's, so it comes with one enrolment: asked again with it, the first result is the answer.
    """

    def __init__(
        self,
        enrolments: Sequence[Enrolment],
        *,
        by: User | None,
        on: date,
        reason: str = "",
        key: UUID | None = None,
        cohorts: Iterable[int] = (),
    ) -> None:
        self.asked, self.by, self.on, self.reason, self.key = enrolments, by, on, reason, key
        self.people = {person.pk: person for person in lock_people(sorted({e.employee_id for e in enrolments}))}
        rows = list(records_of(list(self.people)))
        pks = {e.pk for e in enrolments}
        theirs = {r.cohort_id for r in rows if r.pk in pks and r.cohort_id and r.seat_id is None}
        bring_to_day(rows, on=on)  # first, so that what just lost its dates is known to have had them
        self.facts = gather(rows, on=on, cohorts={*cohorts, *theirs}, people=list(self.people.values()), by=by)
        self.fresh = {row.pk: row for row in rows}
        self.records: dict[int, list[Enrolment]] = defaultdict(list)
        for row in rows:
            self.records[row.employee_id].append(row)
        self.events: list[EnrolmentEvent] = []
        self.shifts: list[EnrolmentEvent] = []
        self.said: dict[int, tuple[str, ...]] = {}  # what is allowed and worth saying, by the identity of a record

    def take(self, name: str, change: changes.Change, *, push: bool = False, is_reason_needed: bool = False) -> Changed:
        """Make one move on each, or say why not; write all that went through in one statement."""

        def answer(record: Enrolment) -> Outcome[Enrolment]:
            refusal = self.consider(record, name, change, push=push, is_reason_needed=is_reason_needed)
            return Outcome(record, refusal, self.said.get(id(record), ()))

        outcomes = self._answered([name], answer)
        self.write()
        made = [event.subject for event in self.events]
        if name == "queue":
            tell_of_shifts([], made, on=self.on)
        elif name == "wait":
            tell_waiting(made, on=self.on)
        return outcomes

    def consider(
        self,
        record: Enrolment,
        name: str,
        change: changes.Change,
        *,
        push: bool = False,
        is_reason_needed: bool = False,
    ) -> Refusal | None:
        """Make one move on one record of the line in memory, or say why not; `write` writes what went through."""
        refusal = own_refusal(self.people[record.employee_id], self.by)
        refusal = refusal or move_refusal(rules.MOVES, name, record.status, self.by)
        if refusal is None and is_reason_needed and not self.reason.strip():
            refusal = Refusal("reason_missing", "Say why, for the history.")
        return refusal or self._try(record, name, change, push=push)

    def undo(self, *, at: datetime) -> Changed:
        """Take back the closing of each, if its last event is one and lies in the hours of the policy."""
        lasts: dict[int, EnrolmentEvent] = {}
        before: dict[int, EnrolmentEvent] = {}
        events = EnrolmentEvent.objects.filter(subject__in=[e.pk for e in self.asked]).order_by("id")
        for event in events:
            if event.subject_id in lasts:
                before[event.subject_id] = lasts[event.subject_id]
            lasts[event.subject_id] = event

        def answer(record: Enrolment) -> Outcome[Enrolment]:
            return Outcome(record, self._take_back(record, lasts.get(record.pk), before.get(record.pk), at))

        outcomes = self._answered(rules.UNDO.values(), answer)
        self.write()
        return outcomes

    def _answered(self, moves: Iterable[str], answer: Callable[[Enrolment], Outcome[Enrolment]]) -> Changed:
        """What each gets, in the order asked: one whose form's key made one of the moves already has its answer."""
        answered: set[int] = set()
        if self.key:
            made = EnrolmentEvent.objects.filter(subject__in=[e.pk for e in self.asked], request_key=self.key)
            answered = set(made.filter(move__in=moves).values_list("subject_id", flat=True))
        outcomes = []
        for asked in self.asked:
            record = self.fresh.get(asked.pk)
            if record is None:  # merged into another person's record meanwhile
                outcomes.append(Outcome(asked, gone("this person")))
            elif record.pk in answered:
                outcomes.append(Outcome(record))
            else:
                outcomes.append(answer(record))
        return outcomes

    def _take_back(
        self, record: Enrolment, last: EnrolmentEvent | None, was: EnrolmentEvent | None, at: datetime
    ) -> Refusal | None:
        """Undo the ``last`` event of a record, which stood before as ``was`` says, or say why not."""
        name = rules.UNDO.get((last.move, S(last.from_status))) if last and last.from_status else None
        if refusal := own_refusal(self.people[record.employee_id], self.by):
            return refusal
        if name is None or last is None:
            return Refusal("nothing_to_undo", "Only a withdrawal or a cancelling that came last can be undone.")
        hours = (at - last.at).total_seconds() / 3600
        refusal = rules.undo_refusal(hours, self.facts.policy.undo_hours)
        refusal = refusal or move_refusal(rules.MOVES, name, record.status, self.by)
        if refusal:
            return refusal
        since = at if name == "undo_cancelling_waiting" else None
        return_on = was.return_on if was else None
        back = partial(changes.take_back, return_on=return_on, since=since, facts=self.facts, on=self.on)
        return self._try(record, name, back, push=False)

    def _try(self, record: Enrolment, name: str, change: changes.Change, *, push: bool) -> Refusal | None:
        """Put the change on a copy, judge it, and only then on the record, with what it moves of later plans."""
        others = [other for other in self.records[record.employee_id] if other is not record]
        tried = changes.attempt(record, name, change, others, self.facts, on=self.on, push=push)
        if tried.refusal:
            return tried.refusal
        after = tried.after
        self.said[id(record)] = tried.warnings
        if after.seat_id and after.seat_id != record.seat_id and after.cohort:
            take_seat(self.facts, after.cohort)
        before, was = record.status, rules.held_on(record, self.on)
        for column in COLUMNS:
            setattr(record, column, getattr(after, column))
        record.status = before
        self.events.append(
            move(record, name, by=self.by, role=acting(self.by), on=self.on, reason=self.reason, key=self.key)
        )
        self.facts.note(record, was=was, on=self.on)
        self.shifts += apply_shifts(
            tried.shifts,
            self.records[record.employee_id],
            self.facts,
            by=self.by,
            role=acting(self.by),
            on=self.on,
        )
        return None

    def write(self) -> None:
        """Everything that went through, in one UPDATE with its events and notices; freed seats wake the promotion."""
        done = [event.subject for event in self.events]
        shifted = [event.subject for event in self.shifts]
        if not done:
            return
        store([*done, *shifted])
        keep([*self.events, *self.shifts])
        withdraw_notices(e.public_id for e in done if e.status in (S.CANCELLED, S.WITHDRAWN))
        withdraw_notices((e.public_id for e in done), kinds=REMINDERS)  # the calendar says anew what is still so
        tell_recorded(self.events, on=self.on)
        redated = [e.subject for e in self.events if e.move in ("redate", "change_cohort")]
        tell_moved(redated, on=self.on)
        moved = [record for record in shifted if record.status == S.PLANNED]
        tell_of_shifts(moved, lost_dates(self.shifts), on=self.on)
        bring_to_day([record for people in self.records.values() for record in people], on=self.on)
        if finished := [e.subject for e in self.events if e.move == "complete"]:
            reopened = EnrolmentEvent.objects.filter(subject__in=[e.pk for e in finished], move="reopen")
            again = set(reopened.values_list("subject__public_id", flat=True))  # they heard that it goes on
            remind(sorted({e.employee_id for e in finished}), on=self.on, standing=self.fresh, again=again)
        if any(event.move in FREEING for event in self.events):
            wake(GIVE_SEATS)
