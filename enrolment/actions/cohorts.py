"""Cohorts and their people: free seats given away, a cohort moved with who is in it, closed, opened again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from enrolment import notices, rules
from enrolment.actions.calendar import GIVE_SEATS, bring_to_day, records_of
from enrolment.actions.enrolments import own_refusal
from enrolment.actions.events import acting, move, move_refusal
from enrolment.actions.facts import cohort_in, gather, lock_people, take_seat
from enrolment.actions.line import TICK, Changed, Line
from enrolment.actions.outcomes import Outcome
from enrolment.actions.placed import tell_managers, tell_moved
from enrolment.actions.writing import keep, store
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.cohorts import waiting_list
from enrolment.rules import Refusal, changes
from enrolment.rules.cohorts import (
    CANCEL,
    MOVE_OF,
    QUEUE,
    SEAT,
    STAY,
    WAIT,
    Way,
    is_in_no_other_way,
    move_problem,
    promotion_refusal,
    stays_because,
)
from people.actions.notices import always, tell, withdraw_notices
from people.models import User
from people.reach import refuse_unless_everywhere
from people.wake import wake
from programmes.models import Cohort
from programmes.rules import version_on

log = logging.getLogger(__name__)
S = Enrolment.Status


@transaction.atomic
def promote(cohorts: Sequence[Cohort], *, by: User | None, on: date) -> list[Outcome[Enrolment]]:
    """Give free seats to those who wait, in order of joining; whoever the rule does not let in is passed over.

    Only before the cohort starts, and nothing is pushed for it. Each who is passed over comes back with the reason and
    keeps their place. Nobody gives a seat to themself.
    """
    refuse_unless_everywhere(by)
    ids = [cohort.pk for cohort in cohorts]
    waiting = list(waiting_list(ids).values_list("pk", "employee_id"))
    people = lock_people(sorted({person for _, person in waiting}))
    rows = list(records_of([person.pk for person in people]))
    facts = gather(rows, on=on, cohorts=ids, people=people)
    bring_to_day(rows, on=on)
    records = {row.pk: row for row in rows}
    outcomes, events = [], []
    for pk, _ in waiting:
        record = records[pk]
        cohort = cohort_in(facts, record.cohort_id or 0)
        if record.status != S.WAITING or cohort is None:
            continue
        others = [row for row in rows if row.employee_id == record.employee_id and row is not record]
        refusal = own_refusal(record.employee, by) or move_refusal(rules.MOVES, "promote", record.status, by)
        has_seat, versions = _free_seat(facts, cohort) is not None, facts.versions[record.programme_id]
        refusal = refusal or promotion_refusal(record, cohort, others, versions, has_seat=has_seat, on=on)
        if refusal is None:
            record.seat_id = take_seat(facts, cohort)
            record.start_date, record.planned_end_date = cohort.start_date, cohort.planned_end_date
            record.version = version_on(versions, cohort.start_date)
            record.waiting_since = None
            role = rules.CALENDAR if by is None else acting(by)
            events.append(move(record, "promote", by=by, role=role, on=on))
        outcomes.append(Outcome(record, refusal))
    placed = [event.subject for event in events]
    store(placed)
    keep(events)
    withdraw_notices(record.public_id for record in placed)  # “you are on the waiting list” is over
    tell(notices.promoted(placed, on=on), again=always)
    tell_managers(placed, by=by, on=on)
    return outcomes


@transaction.atomic
def move_cohort(
    cohort: Cohort,
    *,
    start_date: date,
    planned_end_date: date,
    leave_behind: Mapping[int, Way],
    by: User | None,
    on: date,
    at: datetime,
    reason: str = "",
    key: UUID | None = None,
) -> Changed:
    """Give a cohort other dates and take its people along, each judged by the rule on the new ones.

    What follows them moves along; any other plan in the way is a clash. ``leave_behind`` says where those go (by the
    enrolment's row id) who cannot come. Somebody who can neither come nor was given a way, or whose way is not open any
    more, refuses the whole with ``people_cannot_come``; other refusals are those of `rules.cohorts.move_problem`, by
    field. A cohort under way keeps its start: then the planned end of everybody moves who had the cohort's, and who
    cannot come may ``stay`` as they are. Who does not come anyhow is the rule's (`stays_because`). Who waits keeps
    their place.

    One transaction and one UPDATE, of at most as many people as the cohort has seats: in chunks nobody would know
    whether the cohort moves until the last of them has.
    """
    line, found, seated, waiting = _line(cohort, leave_behind.values(), by=by, on=on, at=at, reason=reason, key=key)
    if before := _repeated(cohort, key):
        return before
    versions = line.facts.versions[found.programme_id]
    if problem := move_problem(found, start_date, planned_end_date, versions, on=on):
        field, refusal = problem
        raise ValidationError({field: ValidationError(refusal.message, code=refusal.code)})
    old_end, has_started = found.planned_end_date, found.start_date <= on
    comers = [record for record in seated if not stays_because(record, found, on=on)]
    found.start_date, found.planned_end_date = start_date, planned_end_date
    name = ("extend" if planned_end_date > old_end else "shorten") if has_started else "redate"
    steps: dict[str, Callable[[Enrolment], Refusal | None]] = {
        "redate": partial(_come, start=start_date, end=planned_end_date),
        "extend": partial(changes.extend, end=planned_end_date, on=on),
        "shorten": partial(changes.shorten, end=planned_end_date, on=on),
    }
    left = [record for record in comers if record.pk in leave_behind]
    outcomes = _settle(line, left, leave_behind, at=at)
    came = [record for record in comers if record.pk not in leave_behind]
    for record in came:
        others = [other for other in line.records[record.employee_id] if other is not record]
        push = is_in_no_other_way(record, start_date, planned_end_date, others, on=on)
        outcomes.append(Outcome(record, line.consider(record, name, steps[name], push=push)))
    _refuse_if_any(outcomes)
    line.write()
    Cohort.objects.filter(pk=found.pk).update(start_date=start_date, planned_end_date=planned_end_date)
    _tell_where(left, leave_behind, on=on)
    if not has_started:
        for record in waiting:
            record.cohort = found
        tell(notices.waiting(waiting, on=on), again=always)  # the day until which a seat can become free is another
    wake(GIVE_SEATS)
    log.info("cohort %s was moved by user %s on %s", found.public_id, by and by.pk, on)
    return outcomes


@transaction.atomic
def close_cohort(
    cohort: Cohort,
    *,
    ways: Mapping[int, Way],
    by: User | None,
    on: date,
    at: datetime,
    reason: str,
    key: UUID | None = None,
) -> Changed:
    """Close a cohort: nobody joins it any more, and whoever is planned in it or waits for it goes where ``ways`` (by
    the enrolment's row id) say. What runs goes on.

    All or nothing, in one transaction. Raises ValidationError ``cohort_closed``, ``reason_missing``, and
    ``people_cannot_come`` where somebody has no way, because they joined since, or theirs is not open any more.
    """
    line, found, seated, waiting = _line(cohort, ways.values(), by=by, on=on, at=at, reason=reason, key=key)
    if before := _repeated(cohort, key):
        return before
    if found.closed_on:
        raise ValidationError(f"{found.name} was closed on {rules.say(found.closed_on)}.", code="cohort_closed")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError("Say why, for the history.", code="reason_missing")})
    leaving = [record for record in seated if record.status == S.PLANNED] + waiting
    outcomes = _settle(line, leaving, ways, at=at)
    _refuse_if_any(outcomes)
    line.write()
    Cohort.objects.filter(pk=found.pk).update(closed_on=on)
    _tell_where(leaving, ways, on=on)
    log.info("cohort %s was closed by user %s on %s", found.public_id, by and by.pk, on)
    return outcomes


@transaction.atomic
def reopen_cohort(cohort: Cohort, *, by: User | None, on: date) -> Cohort:
    """Open a closed cohort again, as long as it has not started. Raises ValidationError ``cohort_started``."""
    refuse_unless_everywhere(by)
    found = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    if found.start_date <= on:
        why = f"{found.name} started on {rules.say(found.start_date)}: plan another cohort."
        raise ValidationError(why, code="cohort_started")
    found.closed_on = None
    found.save(update_fields=["closed_on"])
    wake(GIVE_SEATS)
    log.info("cohort %s was opened again by user %s on %s", found.public_id, by and by.pk, on)
    return found


def _line(
    cohort: Cohort,
    ways: Iterable[Way],
    *,
    by: User | None,
    on: date,
    at: datetime,
    reason: str,
    key: UUID | None,
) -> tuple[Line, Cohort, list[Enrolment], list[Enrolment]]:
    """The people of a cohort, locked, and then the cohort and wherever they go, locked: who has a seat, who waits.

    Who took a seat or joined the list in between is not locked; so the answer is then ``people_changed``.
    """
    refuse_unless_everywhere(by)
    theirs = Enrolment.objects.filter(cohort=cohort, status__in=[S.PLANNED, S.ACTIVE, S.OVERDUE, S.PAUSED, S.WAITING])
    asked = list(theirs.order_by("waiting_since", "id"))
    named = {cohort.pk, *(way.cohort.pk for way in ways if way.cohort)}
    line = Line(asked, by=by, on=on, reason=reason, key=key, cohorts=named)
    found = cohort_in(line.facts, cohort.pk)
    assert found is not None
    if set(theirs.values_list("pk", flat=True)) - set(line.fresh):
        raise ValidationError("Somebody has joined this cohort meanwhile: look at it again.", code="people_changed")
    records = [line.fresh[record.pk] for record in asked]
    here = [record for record in records if record.cohort_id == cohort.pk]
    return (
        line,
        found,
        [record for record in here if record.seat_id and record.status != S.COMPLETED],
        [record for record in here if record.status == S.WAITING],
    )


def _come(record: Enrolment, *, start: date, end: date) -> None:
    """With its cohort to other dates; cohort and seat stay."""
    record.start_date, record.planned_end_date = start, end


def _settle(line: Line, records: Sequence[Enrolment], ways: Mapping[int, Way], *, at: datetime) -> Changed:
    """Send each their way in memory, in the order given: whoever comes first finds the seats."""
    outcomes = []
    for place, record in enumerate(records):
        way = ways.get(record.pk)
        if way is None:
            refusal: Refusal | None = Refusal("people_changed", "Say where they go.")
        elif way.how == STAY and record.status != S.PLANNED:
            refusal = None
        elif name := MOVE_OF.get((way.how, S(record.status))):
            refusal = line.consider(record, name, _going(line, way, on=line.on, at=at + place * TICK))
        else:
            refusal = Refusal("move_not_allowed", "What runs already stays as it is.")
        outcomes.append(Outcome(record, refusal))
    return outcomes


def _going(line: Line, way: Way, *, on: date, at: datetime) -> Callable[[Enrolment], Refusal | None]:
    """The change that a way is."""

    def change(record: Enrolment) -> Refusal | None:
        changes.cancel(record)
        if way.how == CANCEL:
            return None
        record.start_date = record.planned_end_date = record.version = record.cohort = record.follows = None
        if way.how == QUEUE:
            return None
        found = cohort_in(line.facts, way.cohort.pk) if way.cohort else None
        if found is None or found.programme_id != record.programme_id or found.closed_on or found.start_date <= on:
            return Refusal("cohort_closed", "Nobody joins that cohort any more.")
        record.cohort = found
        if way.how == WAIT:
            record.waiting_since = at
            return None
        record.seat_id = _free_seat(line.facts, found)
        record.start_date, record.planned_end_date = found.start_date, found.planned_end_date
        return None if record.seat_id else Refusal("no_seat", f"{found.name} is full: no seat is free.")

    return change


def _refuse_if_any(outcomes: Changed) -> None:
    """All or nothing: the first few who cannot go their way, each with the reason."""
    refused = [(o.subject.employee.name, o.refusal.message) for o in outcomes if o.refusal]
    own = next((o.refusal for o in outcomes if o.refusal and o.refusal.code == "own_enrolment"), None)
    if own:
        raise ValidationError(own.message, code=own.code)
    if refused:
        said = " ".join(f"{name}: {message}" for name, message in refused[:5])
        raise ValidationError(
            {NON_FIELD_ERRORS: ValidationError(f"Nothing was changed. {said}", code="people_cannot_come")}
        )


def _repeated(cohort: Cohort, key: UUID | None) -> Changed:
    """What the first submit of the same form came to."""
    if key is None:
        return []
    were_here = EnrolmentEvent.objects.filter(cohort=cohort).values("subject")
    events = EnrolmentEvent.objects.filter(subject__in=were_here, request_key=key).select_related("subject")
    return [Outcome(event.subject) for event in events.order_by("id")]


def _tell_where(records: Iterable[Enrolment], ways: Mapping[int, Way], *, on: date) -> None:
    """Each hears once where they go now; the notices of those who changed cohort are the line's."""
    by_how = {how: [r for r in records if ways[r.pk].how == how] for how in (SEAT, WAIT, QUEUE)}
    withdraw_notices(record.public_id for how in (WAIT, QUEUE) for record in by_how[how])
    tell_moved(by_how[SEAT], on=on)
    tell(notices.waiting(by_how[WAIT], on=on), again=always)
    tell(notices.queued(by_how[QUEUE], on=on, is_without_cohort=True), again=always)


def _free_seat(facts: rules.Facts, cohort: Cohort) -> int | None:
    """A free seat (row id), which stays free until somebody is given it."""
    openings = facts.openings.get(cohort.programme_id, ())
    return next((o.seats[0] for o in openings if o.cohort.pk == cohort.pk and o.seats), None)
