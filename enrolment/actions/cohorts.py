"""Cohorts and their people: seats that became free go to whoever waits longest and may have them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from enrolment import notices, rules
from enrolment.actions.calendar import bring_to_day, records_of
from enrolment.actions.events import acting, move
from enrolment.actions.facts import cohort_in, gather, lock_people, take_seat
from enrolment.actions.outcomes import Outcome
from enrolment.actions.writing import keep, store
from enrolment.models import Enrolment
from enrolment.queries.cohorts import waiting_list
from enrolment.rules import Refusal
from people.actions.notices import tell
from people.models import User
from programmes.models import Cohort
from programmes.rules import version_on

S = Enrolment.Status


@transaction.atomic
def promote(cohorts: Sequence[Cohort], *, by: User | None, on: date) -> list[Outcome[Enrolment]]:
    """Give free seats to those who wait, in order of joining; whoever the rule does not let in is passed over.

    Only before the cohort starts. Each who is passed over comes back with the reason and keeps their place.
    """
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
        refusal = promotion_refusal(record, cohort, others, facts, on=on)
        if refusal is None:
            record.seat_id = take_seat(facts, cohort)
            record.start_date, record.planned_end_date = cohort.start_date, cohort.planned_end_date
            record.version = version_on(facts.versions[record.programme_id], cohort.start_date)
            record.waiting_since = None
            role = rules.CALENDAR if by is None else acting(by)
            events.append(move(record, "promote", by=by, role=role, on=on))
        outcomes.append(Outcome(record, refusal))
    placed = [event.subject for event in events]
    store(placed)
    keep(events)
    tell(notices.promoted(placed, on=on))
    return outcomes


def promotion_refusal(
    record: Enrolment, cohort: Cohort, others: Sequence[Enrolment], facts: rules.Facts, *, on: date
) -> Refusal | None:
    """Why somebody who waits cannot have a seat of a cohort now, or None when they can."""
    if cohort.closed_on or cohort.start_date <= on:
        return Refusal("cohort_closed", f"{cohort.name} has started or was closed: choose another cohort.")
    trial = Enrolment(
        employee=record.employee,
        programme=record.programme,
        start_date=cohort.start_date,
        planned_end_date=cohort.planned_end_date,
    )
    if refusal := rules.judge(trial, others, facts.versions[record.programme_id], on=on):
        return refusal
    if not any(o.seats for o in facts.openings[record.programme_id] if o.cohort.pk == cohort.pk):
        return Refusal("no_seat", f"{cohort.name} is full: no seat is free.")
    return None
