"""Enrolments from a file: new ones, planned or already history, and the moves that rows imply on those there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from operator import attrgetter
from uuid import UUID, uuid5

from django.db import transaction

from assessment.models import Placement
from enrolment import notices, rules
from enrolment.actions import batches
from enrolment.actions.batches import Kept, advance, is_next
from enrolment.actions.calendar import GIVE_SEATS, bring_to_day, records_of, tell_of_shifts
from enrolment.actions.enrolments import Bench, Wish, new_reference, own_refusal
from enrolment.actions.events import acting, move, move_refusal, reach_refusal
from enrolment.actions.facts import cohort_in, gather, lock_people, take_seat
from enrolment.actions.line import Line
from enrolment.actions.outcomes import Outcome
from enrolment.actions.placed import tell_enrolled, tell_moved, tell_recorded
from enrolment.actions.stated import change_of
from enrolment.actions.writing import create, keep, store
from enrolment.entries import OUTCOMES, Entry, Row
from enrolment.models import Batch, Enrolment, EnrolmentEvent
from enrolment.queries.cohorts import cohorts_called
from enrolment.rules import Refusal, changes, history
from enrolment.rules.reminders import REMINDERS
from lifecycle.moves import START
from people.actions.notices import tell, withdraw_notices
from people.models import Employee, User
from people.queries import ids_of
from people.wake import wake
from programmes.models import Cohort, Programme
from programmes.rules import version_on

S = Enrolment.Status
KEYS = UUID("6d5e6f0c-7d5b-4c55-9a0a-5a1f3d0f7c21")  # any, ours: rows without a start find what they made by it

# How something came to where it stands, in moves of the table, so that its hold follows from its history.
CHAINS = {
    S.PLANNED: ("enrol",),
    S.QUEUED: ("enrol_behind",),
    S.WAITING: ("join_waiting_list",),
    S.ACTIVE: ("enrol", "start"),
    S.OVERDUE: ("enrol", "start", "mark_overdue"),
    S.PAUSED: ("enrol", "start", "begin_break"),
    S.COMPLETED: ("enrol", "start", "complete"),
    S.WITHDRAWN: ("enrol", "start", "withdraw"),
    S.CANCELLED: ("enrol", "cancel"),
}
BY_ITSELF = ("start", "mark_overdue")  # the calendar's moves

type Person = Sequence[Row]


@transaction.atomic
def import_enrolments(people: Sequence[Person], *, batch: Batch, on: date, seed: str = "") -> list[Outcome[Person]]:
    """Record the rows of some people and, in the same transaction, that they are done.

    Rows are judged in file order, each seeing those accepted before it; good ones go in, refused ones carry code,
    clashes and earliest start. A chunk that is done already is left alone: then no outcome comes back. ``seed`` makes
    the rows without a start of one batch differ from those of any other; files have none, so they find what they made.
    """
    rows = list(chain.from_iterable(people))
    if not is_next(rows[0].position, batch):
        return []
    how = "Enrolled together:" if seed else "Loaded from"  # people chosen on a page, so many onto a programme; a file
    desk = Desk(rows, by=batch.made_by, on=on, seed=seed, reason=f"{how} {batch.file_name}.")
    desk.judge()
    desk.write()
    _advance(rows, batch)
    return [Outcome(person) for person in people]


@transaction.atomic
def foresee(
    people: Sequence[Person], *, by: User | None, on: date, taken: set[int], seed: str = ""
) -> list[Outcome[Person]]:
    """Judge rows as importing them would; nothing is written. ``taken``: seats that rows before them got; it grows."""
    desk = Desk(list(chain.from_iterable(people)), by=by, on=on, seed=seed, reason="", taken=taken)
    desk.judge()
    taken |= {record.seat_id for record in desk.touched() if record.seat_id}
    transaction.set_rollback(True)  # whoever was brought to the day, too
    return [Outcome(person) for person in people]


@transaction.atomic
def skip_people(people: Sequence[Person], *, batch: Batch) -> None:
    """Rows that the database refused as a chunk: recorded as refused, so that the file goes on."""
    rows = list(chain.from_iterable(people))
    if is_next(rows[0].position, batch):
        _advance(rows, batch)


def counted(rows: Iterable[Row]) -> dict[str, int]:
    """How many rows came to each outcome."""
    return batches.counted((row.outcome for row in rows), of=OUTCOMES)


def kept(rows: Iterable[Row]) -> Iterator[Kept]:
    """What each row came to, except for those that changed nothing and have no remark."""
    for row in rows:
        if row.outcome != "unchanged" or row.sentence:
            number, name = row.staff_number, row.name
            yield Kept(row.row, number, name, row.outcome, row.code, row.sentence, row.earliest_start)


def _advance(rows: Sequence[Row], batch: Batch) -> None:
    advance(batch, rows[0].position + len(rows), counted(rows), kept(rows))


class Desk:
    """The rows of some people, judged against everything they are on, locked and fetched once."""

    def __init__(
        self,
        rows: Sequence[Row],
        *,
        by: User | None,
        on: date,
        seed: str,
        reason: str,
        taken: Iterable[int] = (),
    ) -> None:
        self.rows = sorted(rows, key=attrgetter("row"))
        self.by, self.on, self.seed, self.reason = by, on, seed, reason
        entries = [row.entry for row in rows if row.entry]
        rows_by_number = ids_of({entry.staff_number for entry in entries})
        staff = lock_people(sorted(set(rows_by_number.values())))
        known = {person.pk: person for person in staff}
        # The number of a record that was merged is the kept one's too.
        self.people = {number: known[pk] for number, pk in rows_by_number.items() if pk in known}
        unread = {row.staff_number for row in rows if row.entry is None and row.staff_number}
        found = Employee.objects.filter(pk__in=ids_of(unread).values()) if unread else ()
        self.names = {person.staff_number: person.name for person in found if not reach_refusal(person, by)}
        self.programmes = {programme.code: programme for programme in Programme.objects.briefly()}
        by_pk = {programme.pk: programme for programme in self.programmes.values()}
        records = list(records_of([person.pk for person in staff]))
        for record in records:
            record.employee, record.programme = known[record.employee_id], by_pk[record.programme_id]
        self.cohorts = cohorts_called(entry.cohort for entry in entries)
        named = {cohort.pk for cohort in self.cohorts.values()}
        self.facts = gather(records, on=on, cohorts=named, people=staff, by=by)
        for openings in self.facts.openings.values():
            for opening in openings:
                opening.seats[:] = [seat for seat in opening.seats if seat not in taken]
        bring_to_day(records, on=on)
        self.records: dict[int, list[Enrolment]] = defaultdict(list)
        for record in records:
            self.records[record.employee_id].append(record)
        placed = Placement.objects.current().filter(employee__in=staff, programme__isnull=False)
        self.placements = {(placement.employee_id, placement.programme_id): placement for placement in placed}
        self.rows_of: dict[tuple[int, str], list[Row]] = defaultdict(list)  # by person and programme's code
        for row in self.rows:
            if row.entry and (person := self.people.get(row.entry.staff_number)):
                self.rows_of[person.pk, row.entry.programme].append(row)
        self.made: list[Enrolment] = []
        self.told: list[Enrolment] = []  # of what is made, those of whom it is news to the learner
        self.events: list[EnrolmentEvent] = []
        self.places = _Places(self)
        self.moves = _Moves(self)

    def judge(self) -> None:
        """Accept each row in memory, or refuse it, in file order."""
        for row in self.rows:
            if row.entry is None:
                row.name = self.names.get(row.staff_number, "")
                continue
            if refusal := self._consider(row, row.entry):
                row.refuse(refusal)

    def touched(self) -> list[Enrolment]:
        """Every record that rows have made or changed."""
        return [*self.made, *{id(event.subject): event.subject for event in self.events}.values()]

    def write(self) -> None:
        """All that was accepted: one UPDATE, one INSERT, the history, and who is told of it."""
        store(event.subject for event in self.events if event.subject.pk)
        for record in self.made:
            record.reference = new_reference()
        create(self.made)
        keep(self.events)
        news = [record for record in self.told if record.status in (S.PLANNED, S.ACTIVE)]
        tell_enrolled(news, by=self.by, on=self.on, is_first=True)
        tell(notices.queued([e for e in self.told if e.status == S.QUEUED], on=self.on), is_first=True)
        tell(notices.waiting([e for e in self.told if e.status == S.WAITING], on=self.on), is_first=True)
        made = {id(record) for record in self.made}
        moved = [event for event in self.events if id(event.subject) not in made]
        withdraw_notices(e.subject.public_id for e in moved if e.subject.status in (S.CANCELLED, S.WITHDRAWN))
        withdraw_notices((e.subject.public_id for e in moved), kinds=REMINDERS)
        tell_recorded(moved, on=self.on)
        redated = [event.subject for event in moved if event.move in ("redate", "change_cohort")]
        tell_moved(redated, on=self.on)
        shifted = [event.subject for event in moved if event.move in ("shift", "plan", "propose", "queue")]
        planned = [record for record in shifted if record.status == S.PLANNED]
        tell_of_shifts(planned, [record for record in shifted if record.status == S.QUEUED], on=self.on)
        bring_to_day(chain.from_iterable(self.records.values()), on=self.on)
        if any(event.move in ("cancel", "withdraw", "redate", "change_cohort") for event in moved):
            wake(GIVE_SEATS)

    def _consider(self, row: Row, entry: Entry) -> Refusal | None:
        """What a row comes to: a record is made, moved, or left as it is; or why nothing of it is recorded."""
        person, programme = self.people.get(entry.staff_number), self.programmes.get(entry.programme)
        if person is None or reach_refusal(person, self.by):  # one answer, so that a file tells nobody who works here
            return Refusal("unknown_employee", f"Nobody has the staff number {entry.staff_number}.")
        row.name = person.name
        if programme is None:
            codes = ", ".join(self.programmes)
            return Refusal("unknown_programme", f"No programme has the code “{entry.programme}”. They are {codes}.")
        cohort = self._cohort(entry, programme)
        if isinstance(cohort, Refusal):
            return cohort
        refusal = own_refusal(person, self.by) or history.stated_refusal(
            entry.status, entry.start, entry.end, entry.ended_on, has_cohort=cohort is not None, on=self.on
        )
        if refusal:
            return self._with_start(refusal, entry, person, programme)
        start, key = self._name(entry, cohort)
        named = history.recorded(self.records[person.pk], programme, entry.status, start, cohort, key)
        if named:
            return self._again(row, entry, named, cohort)
        trial = Enrolment(
            employee=person,
            programme=programme,
            status=entry.status,
            start_date=start,
            planned_end_date=entry.end or (cohort.planned_end_date if cohort else None),
            request_key=key if start is None else None,
        )
        return self._new(row, entry, trial, cohort)

    def _cohort(self, entry: Entry, programme: Programme) -> Cohort | Refusal | None:
        """The cohort that a row names, as it was locked."""
        if not entry.cohort:
            return None
        found = self.cohorts.get(entry.cohort.lower())
        cohort = cohort_in(self.facts, found.pk) if found else None
        if cohort is None:
            return Refusal("unknown_cohort", f"No cohort is called “{entry.cohort}”.")
        if cohort.programme_id != programme.pk:
            return Refusal("unknown_cohort", f"{cohort.name} is a cohort of another programme.")
        return cohort

    def _with_start(self, refusal: Refusal, entry: Entry, person: Employee, programme: Programme) -> Refusal:
        """A refusal for want of dates, with the first that would do."""
        if refusal.code != "dates_missing":
            return refusal
        trial = Enrolment(employee=person, programme=programme)
        asked = entry.start or rules.notice(self.on, self.facts.policy.notice_days)
        first = history.first_start(
            trial, self.records[person.pk], self.facts.versions.get(programme.pk, ()), asked, None, on=self.on
        )
        return Refusal(refusal.code, refusal.message, (), first)

    def _new(self, row: Row, entry: Entry, trial: Enrolment, cohort: Cohort | None) -> Refusal | None:
        """A record that was not there: planned, or history as a fact."""
        if refusal := move_refusal(rules.MOVES, "enrol", START, self.by):
            return refusal
        others = self.records[trial.employee_id]
        if trial.status in (*history.UNDER_WAY, *history.CLOSED):
            refusal = self._history(row, entry, trial, others, cohort)
        else:
            trial.status = S.PLANNED
            refusal = self._plan(row, entry, trial, others, cohort)
        if refusal:
            return refusal
        row.outcome = trial.status if trial.status in history.WITHOUT_DAYS else "created"
        if not entry.has_dates and trial.status not in history.CLOSED:
            row.message = history.without_dates_said(trial)
            row.earliest_start = trial.start_date if cohort is None else None
        if trial.status not in history.CLOSED:
            row.warnings += self.facts.load_warnings(trial, on=self.on)
            self.facts.note(trial, on=self.on)
        trial.reference = f"row {row.row} of this file"  # so that later rows can name it: it has no other name yet
        others.append(trial)
        self.made.append(trial)
        if trial.status in (S.PLANNED, *history.WITHOUT_DAYS):
            trial.placement = self.placements.get((trial.employee_id, trial.programme_id))
            self.told.append(trial)
        self._record(trial)
        return None

    def _plan(
        self, row: Row, entry: Entry, trial: Enrolment, others: Sequence[Enrolment], cohort: Cohort | None
    ) -> Refusal | None:
        """Exactly the dates given; else the cohort's, or its waiting list; else the planner's, or queued."""
        if entry.has_dates:
            refusal = rules.judge(trial, others, self.facts.versions[trial.programme_id], on=self.on)
            if refusal is None and cohort and cohort.closed_on:
                refusal = Refusal("cohort_closed", f"{cohort.name} was closed on {rules.say(cohort.closed_on)}.")
            refusal = refusal or self._seat(row, trial, cohort)
            trial.version = version_on(self.facts.versions[trial.programme_id], entry.start or self.on)
        else:
            wish = Wish(trial.employee, trial.programme, cohort=cohort, may_wait=True)
            refusal = self.places.place(trial, wish, others)
        if refusal is None:
            row.warnings = (*row.warnings, *rules.warnings(trial, others))
        return refusal

    def _history(
        self, row: Row, entry: Entry, trial: Enrolment, others: Sequence[Enrolment], cohort: Cohort | None
    ) -> Refusal | None:
        """What has begun, or is over, as the file says; the calendar decides between active and overdue."""
        if trial.status == S.OVERDUE:
            trial.status = S.ACTIVE
        if trial.status == S.ACTIVE and trial.planned_end_date and trial.planned_end_date < self.on:
            trial.status = S.OVERDUE
        trial.ended_on = entry.ended_on
        versions = self.facts.versions.get(trial.programme_id, [])
        refusal, row.warnings = history.history_refusal(trial, others, versions, on=self.on)
        if refusal:
            return refusal
        trial.version = version_on(versions, trial.start_date) if trial.start_date else None
        return self._seat(row, trial, cohort)

    def _seat(self, row: Row, trial: Enrolment, cohort: Cohort | None) -> Refusal | None:
        """A seat of the cohort on given dates; somebody who has finished is recorded even where none is left."""
        if cohort is None:
            return None
        if trial.status in Enrolment.SEATED:
            trial.seat_id = take_seat(self.facts, cohort)
            if trial.seat_id is None and trial.status not in history.CLOSED:
                return Refusal("no_seat", f"{cohort.name} is full: no seat is free.")
            if trial.seat_id is None:
                row.warnings += (f"{cohort.name} is full, so it is recorded without its cohort. (no_seat)",)
                return None
        trial.cohort = cohort
        row.warnings += history.cohort_said(trial, cohort)
        return None

    def _record(self, trial: Enrolment) -> None:
        """The moves that lead to where a new record stands, those of the calendar up to the day among them."""
        *before, last = CHAINS[S(trial.status)]
        if trial.status == S.CANCELLED and trial.start_date is None:
            before = ["enrol_behind"]
        ended_on, trial.ended_on, trial.status = trial.ended_on, None, START
        for name in before:
            self._event(trial, name)
        trial.ended_on = ended_on
        self._event(trial, last)
        if trial.status == S.PLANNED:
            day = rules.day_for([trial], self.on)
            for _ in day.started:
                self._event(trial, "start")
            for _ in day.overdue:
                self._event(trial, "mark_overdue")

    def _event(self, record: Enrolment, name: str) -> None:
        by, role = (None, rules.CALENDAR) if name in BY_ITSELF else (self.by, acting(self.by))
        self.events.append(move(record, name, by=by, role=role, on=self.on, reason=self.reason))

    def _again(self, row: Row, entry: Entry, named: Sequence[Enrolment], cohort: Cohort | None) -> Refusal | None:
        """A row whose record is there: left as it is, or the move that the row implies, or that move's refusal."""
        stated = history.Stated(entry.status, entry.end, entry.ended_on, cohort)
        same = (r for r in named if r.status == entry.status and history.implied(r, *stated) is None)
        record = next(same, named[0])
        name = history.implied(record, *stated)
        if name is None:
            row.outcome, row.message = "unchanged", history.standing(record, entry.status)
            return None
        before, change = history.facts(record), change_of(name, entry, cohort, facts=self.facts, on=self.on)
        refusal = move_refusal(rules.MOVES, name, record.status, self.by)
        refusal = refusal or history.begun_refusal(entry.status, record.start_date, on=self.on)
        refusal = refusal or self._contradicted(row, record, name, change) or self.moves.make(record, name, change)
        if refusal is None:
            row.outcome, row.message = "updated", history.changed(before, history.facts(record))
            row.warnings += self.moves.said.get(id(record), ())
        elif refusal.code == "clash" and record.start_date:
            others = [other for other in self.records[record.employee_id] if other is not record]
            versions = self.facts.versions.get(record.programme_id, ())
            end = entry.end or record.planned_end_date
            first = history.first_start(record, others, versions, record.start_date, end, on=self.on)
            refusal = Refusal(refusal.code, refusal.message, refusal.clashes, first)
        return refusal

    def _contradicted(self, row: Row, record: Enrolment, name: str, change: changes.Change) -> Refusal | None:
        """No row takes back what another of the file says: loaded again, the file would change it to and fro."""
        rivals = [other for other in self.rows_of[record.employee_id, record.programme.code] if other is not row]
        if not rivals:
            return None
        others = [other for other in self.records[record.employee_id] if other is not record]
        tried = changes.attempt(record, name, change, others, self.facts, on=self.on, push=False)
        if tried.refusal:
            return None
        for rival in rivals:
            stated = self._stated(rival.entry, record) if rival.entry else None
            if stated and history.implied(tried.after, *stated):
                why = f"Row {rival.row} says otherwise of the same programme and start. Keep one of them."
                return Refusal("said_otherwise", why)
        return None

    def _stated(self, entry: Entry, record: Enrolment) -> history.Stated | None:
        """What a row says of a record; None where it names another, or can say nothing."""
        cohort = self._cohort(entry, record.programme)
        if isinstance(cohort, Refusal) or history.stated_refusal(
            entry.status, entry.start, entry.end, entry.ended_on, has_cohort=cohort is not None, on=self.on
        ):
            return None
        start, key = self._name(entry, cohort)
        named = history.recorded([record], record.programme, entry.status, start, cohort, key)
        return history.Stated(entry.status, entry.end, entry.ended_on, cohort) if named else None

    def _name(self, entry: Entry, cohort: Cohort | None) -> tuple[date | None, UUID]:
        """By what a row finds its record again: the start, or a key where it gives none."""
        key = uuid5(KEYS, f"{self.seed}/{entry.programme}")
        return entry.start or (cohort.start_date if cohort else None), key


class _Places(Bench):
    """How a wish finds its place, on the records of a desk."""

    def __init__(self, desk: Desk) -> None:
        self.on, self.facts, self.became = desk.on, desk.facts, {}


class _Moves(Line):
    """How one move is put on a record, on the records of a desk; what it shifts is among the desk's events."""

    def __init__(self, desk: Desk) -> None:
        self.by, self.on, self.reason, self.key = desk.by, desk.on, desk.reason, None
        self.facts, self.records, self.said = desk.facts, desk.records, {}
        self.events = self.shifts = desk.events

    def make(self, record: Enrolment, name: str, change: changes.Change) -> Refusal | None:
        """Make a move, or say why not; a file never pushes plans out of its way."""
        return self._try(record, name, change, push=False)
