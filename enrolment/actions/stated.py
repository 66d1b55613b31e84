"""What a move does to a record, from what a row of a file says of it."""

from __future__ import annotations

from datetime import date
from functools import partial

from enrolment import rules
from enrolment.entries import Entry
from enrolment.models import Enrolment
from enrolment.rules import Refusal, changes
from programmes.models import Cohort

S = Enrolment.Status


def change_of(name: str, entry: Entry, cohort: Cohort | None, *, facts: rules.Facts, on: date) -> changes.Change:
    """What a move does to a record, from what the row says."""
    ended_on = entry.ended_on or on

    def dated(record: Enrolment) -> Refusal | None:
        end = entry.end or record.planned_end_date or on
        match name:
            case "redate":
                return changes.redate(record, start=record.start_date or on, end=end)
            case "extend":
                return changes.extend(record, end=end, on=on)
            case "shorten":
                return changes.shorten(record, end=end, on=on)
            case "end_break":
                return changes.end_break(record, end=end, on=on)
            case "begin_break":
                refusal = changes.begin_break(record, return_on=None, end=None, on=on)
            case _:
                refusal = changes.state_return(record, return_on=None, end=None, on=on)
        record.planned_end_date = end
        return refusal

    match name:
        case "cancel":
            return changes.cancel
        case "complete" | "withdraw":
            closing = S.COMPLETED if name == "complete" else S.WITHDRAWN
            return partial(changes.close, ended_on=ended_on, closing=closing, on=on)
        case "correct":
            return partial(changes.correct, ended_on=ended_on, on=on)
        case "change_cohort" if cohort is not None:
            return partial(_into, cohort, entry, facts)
        case _:
            return dated


def _into(cohort: Cohort, entry: Entry, facts: rules.Facts, record: Enrolment) -> Refusal | None:
    """Into the cohort that the row names, on the row's dates if it gives any."""
    if cohort.closed_on:
        return Refusal("cohort_closed", f"{cohort.name} was closed on {rules.say(cohort.closed_on)}.")
    seat = facts.free_seat(cohort)
    if seat is None:
        return Refusal("no_seat", f"{cohort.name} is full: no seat is free.")
    record.cohort, record.seat_id, record.follows = cohort, seat, None
    record.start_date = entry.start or cohort.start_date
    record.planned_end_date = entry.end or cohort.planned_end_date
    return None
