"""What each change does to a record, or why it may not: put on a copy in memory, judged afterwards like everything.

Each change is a pure function of a record and the day: it alters the record given and returns None, or a refusal and
leaves it half-made, so callers hand in a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from enrolment.models import Enrolment
from enrolment.rules.calendar import Facts, Shift, is_movable, knock_on
from enrolment.rules.judging import Refusal, change_refusal, closing_refusal
from people.rules import say

S = Enrolment.Status


def weigh(
    after: Enrolment, before: Enrolment, others: Sequence[Enrolment], facts: Facts, *, on: date, push: bool
) -> tuple[Refusal | None, list[Shift]]:
    """What a change comes to: why it is refused, or what it moves of the person's later plans.

    ``after`` is ``before`` with the change on it, ``others`` the person's other records. Plans in the way make it a
    clash, unless the editor has seen what moves and said so (``push``); what has begun always does (design.md).
    """
    firm = [other for other in others if not (push and is_movable(other))]
    versions = facts.versions.get(after.programme_id, ())
    if refusal := change_refusal(after, before, firm, versions, on=on):
        return refusal, []
    return None, knock_on([*others, after], facts, on=on, pinned=after)


def redate(record: Enrolment, *, start: date, end: date) -> Refusal | None:
    """Other dates for what has not begun; they are its own from now on, not a cohort's."""
    if (start, end) == (record.start_date, record.planned_end_date) and record.cohort_id is None:
        return Refusal("nothing_changed", "These are the dates it has.")
    record.start_date, record.planned_end_date = start, end
    record.cohort, record.seat_id = None, None
    return None


def extend(record: Enrolment, *, end: date, on: date) -> Refusal | None:
    """A later planned end for what runs."""
    if record.planned_end_date and end <= record.planned_end_date:
        return Refusal("end_not_later", f"That is not after the planned end, {say(record.planned_end_date)}.")
    return _until(record, end, on=on)


def shorten(record: Enrolment, *, end: date, on: date) -> Refusal | None:
    """An earlier planned end for what runs, not before today: what is over is completed or withdrawn."""
    if record.planned_end_date and end >= record.planned_end_date:
        return Refusal("end_not_earlier", f"That is not before the planned end, {say(record.planned_end_date)}.")
    return _until(record, end, on=on)


def begin_break(record: Enrolment, *, return_on: date | None, end: date | None, on: date) -> Refusal | None:
    """A break in learning, of the apprenticeship only; a known return comes with the new planned end."""
    if not record.programme.is_apprenticeship:
        return Refusal("cannot_pause", f"{record.programme.name} is a unit, and units cannot be paused.")
    return state_return(record, return_on=return_on, end=end, on=on)


def state_return(record: Enrolment, *, return_on: date | None, end: date | None, on: date) -> Refusal | None:
    """When a break ends and the planned end that follows from it; both or neither. Unknown holds on, open-ended."""
    if return_on is None:
        record.return_on = None
        return None
    if return_on <= on:
        return Refusal("in_past", "A return that has come is recorded as “End the break”.")
    if end is None:
        return Refusal("dates_missing", "Give the new planned end as well.")
    if end < return_on:
        return Refusal("end_before_start", "The new planned end is before the return.")
    record.return_on, record.planned_end_date = return_on, end
    return None


def end_break(record: Enrolment, *, end: date, on: date) -> Refusal | None:
    """The learner is back; HR confirms the new planned end (domain.md §2)."""
    record.return_on = None
    return _until(record, end, on=on)


def close(record: Enrolment, *, ended_on: date, closing: str, on: date) -> Refusal | None:
    """The actual finish, or the last day of learning; the days after it are free."""
    if refusal := closing_refusal(record, ended_on, closing=closing, on=on):
        return refusal
    record.ended_on, record.return_on = ended_on, None
    if closing == S.WITHDRAWN:
        record.seat_id = None
    return None


def correct(record: Enrolment, *, ended_on: date, on: date) -> Refusal | None:
    """Another last day, or another finish, of what is closed."""
    if ended_on == record.ended_on:
        return Refusal("nothing_changed", "This is the day that is recorded.")
    refusal = closing_refusal(record, ended_on, closing=record.status, on=on)
    record.ended_on = ended_on
    return refusal


def take_up(record: Enrolment, *, end: date | None, on: date) -> Refusal | None:
    """Re-open or reinstate: it runs again, to its planned end or a new one, not before today."""
    record.ended_on = None
    end = end or record.planned_end_date
    if end is None:
        return Refusal("dates_missing", "Give a planned end.")
    return _until(record, end, on=on)


def cancel(record: Enrolment) -> Refusal | None:
    """What has not begun is called off: it holds neither days nor a seat."""
    record.seat_id, record.waiting_since = None, None
    record.proposed_start_date = record.proposed_end_date = None
    return None


def _until(record: Enrolment, end: date, *, on: date) -> Refusal | None:
    if end < on:
        return Refusal("in_past", "A planned end lies ahead: what is over is completed, or withdrawn from.")
    if record.start_date and end < record.start_date:
        return Refusal("end_before_start", "The planned end is before the start.")
    record.planned_end_date = end
    return None
