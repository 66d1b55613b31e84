"""The calendar's moves: mark what overran, push what is in its way, start what is due, re-plan, release, remind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import FETCH_PEERS

from enrolment import notices, rules
from enrolment.actions.events import move
from enrolment.actions.facts import gather, lock_people, take_seat
from enrolment.actions.leavers import GIVE_SEATS, depart, expire, release
from enrolment.actions.outcomes import Outcome
from enrolment.actions.placed import tell_moved
from enrolment.actions.waits import chase
from enrolment.actions.writing import keep, store
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.models.enrolments import EnrolmentQuerySet
from enrolment.queries import calendar as queries
from enrolment.queries.coming import coming
from enrolment.queries.planning import by_person
from enrolment.queries.reminders import untold
from enrolment.queries.statements import last_days
from enrolment.rules.reminders import FINISHED, SAYS_NEXT, Due
from people.actions.notices import always, tell, tell_alike, withdraw_notices
from people.models import Employee, Notice, User
from people.queries import rows_of
from people.rules import has_left
from people.wake import wake
from programmes.rules import version_on

S = Enrolment.Status


@dataclass(frozen=True)
class Work:
    """What a day did to people: the enrolments that moved, and how often each move was made (``remind``: notices)."""

    moved: list[Enrolment]
    counts: dict[str, int]


@transaction.atomic
def enforce(people: Sequence[int], *, on: date) -> list[Outcome[Enrolment]]:
    """What the calendar does to people (row ids) on a day: bring them to it, re-plan, release leavers, remind.

    One outcome for each enrolment that moved. Safe to run twice and in parallel: people are locked, effects are unique.
    """
    return [Outcome(enrolment) for enrolment in work(people, on=on).moved]


def work(people: Sequence[int], *, on: date) -> Work:
    """`enforce`, counted by move: inside the calling action."""
    staff = lock_people(people)
    standing = {row.pk: row for row in records_of(people).in_the_way(on)}
    named = {person.pk: person for person in staff}
    for row in standing.values():
        row.employee = named[row.employee_id]
    rows = [row for row in standing.values() if row.status in Enrolment.LIVE]
    events = [
        *release(rows, staff, on=on, is_after_leaving=True),
        *_bring(rows, on=on),
        *release(rows, staff, on=on),
        *_replanned(rows, on=on),
    ]
    counts = Counter(event.move for event in events)
    expired = expire(_left_unanswered(staff, on=on), on=on)
    counts["expire"] = sum(outcome.is_done for outcome in expired)
    counts["leave"] = depart(staff, events, [o.subject for o in expired if o.is_done], on=on)
    counts += chase(people, on=on)
    standing |= {event.subject.pk: event.subject for event in events}
    counts["remind"] = remind(people, on=on, standing=standing)
    return Work(_subjects(events), {move: times for move, times in counts.items() if times})


def _left_unanswered(staff: Sequence[Employee], *, on: date) -> list[Nomination]:
    """Nominations of leavers among these people that wait for somebody: on most days nobody of them has left."""
    leavers = [person.pk for person in staff if has_left(person.employed_until, on)]
    return list(queries.of_leavers(on).filter(employee__in=rows_of(leavers))) if leavers else []


def records_of(people: Sequence[int]) -> EnrolmentQuerySet:
    """All enrolments of people (row ids), person by person, in the order `bring_to_day` takes them.

    Most of them are only looked at, so people and programmes are fetched when asked for, for all rows at once.
    """
    rows = Enrolment.objects.filter(employee_id__in=rows_of(people)).fetch_mode(FETCH_PEERS)
    return rows.order_by("employee_id", "start_date", "id")


def bring_to_day(rows: Iterable[Enrolment], *, on: date) -> list[Enrolment]:
    """Bring enrolments (`records_of` locked people) to a day: overdue from the day after the planned end; starts.

    Every action does this to its people first, so a verdict never depends on when the nightly run was. Nothing that
    began is stopped; a plan behind an overrun gives up its dates and is queued. All rows change in one UPDATE, because
    the database judges clashes at the end of each statement. The rows given change too; returns those that moved.
    """
    return _subjects(_bring(rows, on=on))


def _bring(rows: Iterable[Enrolment], *, on: date) -> list[EnrolmentEvent]:
    """`bring_to_day`; the events."""
    events = brought(rows, on=on)
    if events:
        moved = _subjects(events)
        store(moved)
        keep(events)
        tell_of_shifts([], [enrolment for enrolment in moved if enrolment.status == S.QUEUED], on=on)
    return events


def brought(rows: Iterable[Enrolment], *, on: date) -> list[EnrolmentEvent]:
    """`bring_to_day` in memory only: what is to be stored, as events."""
    events: list[EnrolmentEvent] = []
    for _, group in groupby(rows, key=lambda enrolment: enrolment.employee_id):
        records = list(group)
        day = rules.day_for(records, on)
        for enrolment in day.forgotten:
            enrolment.return_on = None
            events.append(move(enrolment, "forget_return", by=None, role=rules.CALENDAR, on=on))
        for enrolment in day.started:
            events.append(move(enrolment, "start", by=None, role=rules.CALENDAR, on=on))
        for enrolment in day.overdue:
            events.append(move(enrolment, "mark_overdue", by=None, role=rules.CALENDAR, on=on))
        for enrolment, blocker in day.queued:
            why = rules.lose_days(enrolment, blocker, records)
            events.append(move(enrolment, "queue", by=None, role=rules.CALENDAR, on=on, reason=why))
    return events


def _subjects(events: Iterable[EnrolmentEvent]) -> list[Enrolment]:
    """What moved, each once."""
    return list({event.subject.pk: event.subject for event in events}.values())


def replan(rows: Sequence[Enrolment], *, on: date) -> list[Enrolment]:
    """Give dates to what waits behind something whose end is known by now; the calendar pushes, never what began.

    ``rows`` are all live records of locked people, brought to the day; returns those that moved.
    """
    return _subjects(_replanned(rows, on=on))


def _replanned(rows: Sequence[Enrolment], *, on: date) -> list[EnrolmentEvent]:
    """`replan`; the events."""
    waiting = [row for row in rows if row.status == S.QUEUED and (row.follows_id or row.is_displaced)]
    if not waiting:
        return []
    people = {row.employee_id for row in waiting}
    records = list(records_of(sorted(people)))
    facts = gather(records, on=on, people=[row.employee for row in waiting])
    events: list[EnrolmentEvent] = []
    for _, group in groupby(records, key=lambda enrolment: enrolment.employee_id):
        theirs = list(group)
        for _ in theirs:  # what one plan gets can leave another without: looked at again, as the next night would
            shifts = rules.knock_on(theirs, facts, on=on)
            if not shifts:
                break
            events += apply_shifts(shifts, theirs, facts, by=None, role=rules.CALENDAR, on=on)
    write_shifts(events, on=on)
    return events


def apply_shifts(
    shifts: Iterable[rules.Shift],
    records: Sequence[Enrolment],
    facts: rules.Facts,
    *,
    by: User | None,
    role: str,
    on: date,
) -> list[EnrolmentEvent]:
    """Move, propose or queue later plans in memory as the rule says; old dates and seats are released. The events.

    ``records`` are all of the person's.
    """
    events = []
    for shift in shifts:
        record, plan, why = shift.enrolment, shift.plan, shift.why
        was = rules.held_on(record, on)
        record.proposed_start_date = record.proposed_end_date = None
        if shift.how == rules.QUEUED:
            name = "queue"
            rules.lose_days(record, shift.behind, records)
        elif shift.how == rules.UNPROPOSED:
            name = "unpropose"
            record.seat_id = record.cohort = None
        elif shift.how == rules.MOVED:
            name = "plan" if record.status == S.QUEUED else "shift"
            if record.is_displaced:
                record.follows, record.is_displaced = None, False  # it is where it was, and follows nothing
            record.start_date, record.planned_end_date, record.cohort = plan.start, plan.end, plan.cohort
            record.version = version_on(facts.versions[record.programme_id], plan.start) if plan.start else None
            record.seat_id = take_seat(facts, plan.cohort) if plan.cohort else None
        else:
            name = "propose"
            record.start_date = record.planned_end_date = record.version = record.seat_id = None
            record.cohort = plan.cohort
            record.proposed_start_date, record.proposed_end_date = plan.start, plan.end
            if record.follows_id is None and shift.behind:
                rules.stand_behind(record, shift.behind, records)
            days = f"{rules.say(plan.start)} to {rules.say(plan.end)}" if plan.start and plan.end else ""
            why = f"{why} Proposed: {days}."
        events.append(move(record, name, by=by, role=role, on=on, reason=why))
        facts.note(record, was=was, on=on)
    return events


def write_shifts(events: Sequence[EnrolmentEvent], *, on: date) -> None:
    """Store shifted plans, with their history, and tell their people."""
    if events:
        store(event.subject for event in events)
        keep(events)
        shifted = [event.subject for event in events]
        moved = [record for record in shifted if record.status == S.PLANNED]
        tell_of_shifts(moved, lost_dates(events), on=on)


def lost_dates(events: Iterable[EnrolmentEvent]) -> list[Enrolment]:
    """Whose dates are gone by these events; who had none hears nothing new of another proposal."""
    return [event.subject for event in events if event.to_status == S.QUEUED and event.from_status != S.QUEUED]


def tell_of_shifts(moved: Sequence[Enrolment], queued: Sequence[Enrolment], *, on: date) -> None:
    """One notice to each person whose plan moved or lost its dates; what was to be said of the old is withdrawn."""
    withdraw_notices(enrolment.public_id for enrolment in (*moved, *queued))
    tell(notices.queued(queued, on=on), again=always)
    tell_moved(moved, on=on)
    if queued or moved:
        wake(GIVE_SEATS)


def remind(
    people: Sequence[int],
    *,
    on: date,
    standing: Mapping[int, Enrolment] | None = None,
    again: Iterable[UUID] = (),
) -> int:
    """What the calendar has to tell these people in the next days, each once (`rules.reminders`), written ahead.

    However often it runs. Inside the calling action, which has locked the people; what is in the way of all of them
    (by row id) is not fetched again where it is known as it stands. Returns how many notices it wrote.
    """
    due = untold(on, people=people, has_unsent=True, again=again)
    if not due:
        return 0
    alike = [each for each in due if _is_alike(each)]
    written, other = tell_alike(notices.alike(alike, on=on), tokens=(notices.REFERENCE, notices.GIVEN_NAMES))
    own = [each for each in due if not _is_alike(each) or (each.to, each.kind, each.public_id) in other]
    return written + (_remind_alone(own, standing, on=on) if own else 0)


def _is_alike(due: Due) -> bool:
    """Whether very many read this in the same words: learners, of what has no next step."""
    return due.to == due.employee and due.kind not in SAYS_NEXT


def _remind_alone(due: Sequence[Due], standing: Mapping[int, Enrolment] | None, *, on: date) -> int:
    """Reminders that are made one by one: to managers, of what comes next, or where one stands already."""
    records = {**(standing or {})}
    if missing := {each.enrolment for each in due} - records.keys():
        rows = Enrolment.objects.filter(pk__in=rows_of(missing)).fetch_mode(FETCH_PEERS)
        records |= {row.pk: row for row in rows}
    ending = [records[each.enrolment] for each in due if each.kind in SAYS_NEXT]
    others = {each.to for each in due if each.to != each.employee}
    to = Employee.objects.in_bulk(others) if others else {}
    told = [(records[each.enrolment], each.kind, each.about_on, to.get(each.to)) for each in due]
    until = last_days((each.enrolment for each in due if each.kind == FINISHED.kind), on=on)
    theirs = None if standing is None else by_person(standing.values())
    made = notices.reminders(told, on=on, coming=coming(ending, on=on, records=theirs), until=until)
    heard = {(each.to, each.kind, each.public_id) for each in due if each.is_heard}
    new: list[Notice] = []
    again: list[Notice] = []
    for letter in made:
        if (letter.employee_id, letter.kind, letter.subject) in heard:
            again.append(letter)
        else:
            new.append(letter)
    return tell(new) + tell(again, again=always)
