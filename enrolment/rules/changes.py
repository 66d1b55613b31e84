"""What each change does to a record, or why it may not: put on a copy in memory, judged afterwards like everything.

Each change is a pure function of a record and the day: it alters the record given and returns None, or a refusal and
leaves it half-made, so callers hand in a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime

from enrolment.models import Enrolment
from enrolment.rules.calendar import Facts, Shift, chain_ahead, is_movable, knock_on
from enrolment.rules.cohorts import in_cohort
from enrolment.rules.judging import Refusal, change_refusal, closing_refusal, judge
from enrolment.rules.moves import MOVES
from people.rules import say
from programmes.models import Cohort
from programmes.rules import version_on

S = Enrolment.Status
type Change = Callable[[Enrolment], Refusal | None]


@dataclass(frozen=True)
class Attempt:
    """What a move would come to: the record ``after`` it, or why not, and what it moves of the later plans.

    ``warnings`` is what is allowed and still worth saying: dates on which the team is full.
    """

    after: Enrolment
    refusal: Refusal | None = None
    shifts: list[Shift] = field(default_factory=list)
    warnings: tuple[str, ...] = ()


def attempt(
    record: Enrolment,
    name: str,
    change: Change,
    others: Sequence[Enrolment],
    facts: Facts,
    *,
    on: date,
    push: bool,
) -> Attempt:
    """Make a move on a copy and judge it; the record is left alone. The action and its preview both ask this.

    ``name`` is a move that the record's status allows, ``others`` are the person's other records.
    """
    after = copy(record)
    if refusal := change(after):
        return Attempt(after, refusal)
    found = MOVES.move(name, record.status)
    assert found is not None
    after.status = found.target
    if after.status in Enrolment.SEATED and after.cohort and after.seat_id is None:
        after.seat_id = facts.free_seat(after.cohort)
        if after.seat_id is None:
            return Attempt(
                after, Refusal("no_seat", f"The seat in {after.cohort.name} was given on, and no other is free.")
            )
    if not _may_follow(after, record, others):
        after.follows = None
    refusal, shifts = weigh(after, record, others, facts, on=on, push=push)
    if refusal is None and after.start_date and after.start_date != record.start_date:
        after.version = version_on(facts.versions[after.programme_id], after.start_date)
    is_redated = (after.start_date, after.planned_end_date) != (record.start_date, record.planned_end_date)
    is_given = refusal is None and is_redated and after.status in Enrolment.LIVE
    warnings = facts.load_warnings(after, on=on) if is_given else ()
    if name == "wait" and refusal is None:
        warnings = _passed_over(after, others, facts, on=on)
    return Attempt(after, refusal, shifts, warnings)


def _passed_over(after: Enrolment, others: Sequence[Enrolment], facts: Facts, *, on: date) -> tuple[str, ...]:
    """What to say of somebody who joins a waiting list and whom the rule would not let have a seat as things stand."""
    assert after.cohort
    trial, versions = in_cohort(after, after.cohort), facts.versions.get(after.programme_id, ())
    found = judge(trial, others, versions, on=on)
    return (f"A free seat would pass them by, as things stand: {found.message}",) if found else ()


def weigh(
    after: Enrolment, before: Enrolment, others: Sequence[Enrolment], facts: Facts, *, on: date, push: bool
) -> tuple[Refusal | None, list[Shift]]:
    """What a change comes to: why it is refused, or what it moves of the person's later plans.

    ``after`` is ``before`` with the change on it, ``others`` the person's other records. Plans in the way make it a
    clash, unless the editor has seen what moves and said so (``push``); what has begun always does (design.md), and
    so does a plan that starts earlier, unless it follows this one: nothing is pushed by what comes after it.
    """
    # Taken up again beside a plan of the same programme it would be twice on it, wherever the plan went.
    pushed = [o for o in others if push and is_movable(o) and o.programme_id != after.programme_id]
    firm = [o for o in others if o not in pushed or _is_before(o, after, others)]
    versions = facts.versions.get(after.programme_id, ())
    if refusal := change_refusal(after, before, firm, versions, on=on):
        return refusal, []
    return None, knock_on([*others, after], facts, on=on, pinned=after)


def _may_follow(after: Enrolment, before: Enrolment, others: Sequence[Enrolment]) -> bool:
    """Whether a record goes on following what it followed: not where that follows it by now (it was taken up again),
    nor once it was given a start that is no later.
    """
    ahead = next((other for other in others if other.pk == after.follows_id), None)
    if ahead is None:
        return True
    if after.pk in chain_ahead(after, [*others, after]):
        return False
    if after.start_date is None or after.start_date == before.start_date:
        return True
    return ahead.start_date is None or ahead.start_date < after.start_date


def _is_before(other: Enrolment, record: Enrolment, records: Sequence[Enrolment]) -> bool:
    """Whether another plan starts before a record and does not follow it, however far."""
    if other.start_date is None or record.start_date is None or other.start_date >= record.start_date:
        return False
    return record.pk not in chain_ahead(other, records)


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
    if return_on is not None and return_on <= on:
        return Refusal("in_past", "The return lies after today: without a break there is nothing to record.")
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


def change_cohort(record: Enrolment, *, cohort: Cohort, facts: Facts) -> Refusal | None:
    """Another cohort of the same programme: its dates and one of its seats; what it followed no longer moves it."""
    found = facts.cohort(cohort.pk)
    if found is None or found.programme_id != record.programme_id:
        return Refusal("unknown_cohort", f"{cohort.name} is a cohort of another programme.")
    if found.closed_on:
        return Refusal("cohort_closed", f"{found.name} was closed on {say(found.closed_on)}.")
    if record.cohort_id == found.pk:
        return Refusal("nothing_changed", f"This is the cohort already: {found.name}.")
    seat = facts.free_seat(found)
    if seat is None:
        return Refusal("no_seat", f"{found.name} is full: no seat is free.")
    record.cohort, record.seat_id, record.follows = found, seat, None
    record.start_date, record.planned_end_date = found.start_date, found.planned_end_date
    return None


def queue(record: Enrolment, *, behind: Enrolment | None, ahead: Collection[int] = ()) -> Refusal | None:
    """Without dates, seat and place on a waiting list; ``behind`` names what it follows from now on.

    ``ahead`` are the row ids of what that one follows itself, however far: nothing follows what follows it.
    """
    if behind and behind.employee_id != record.employee_id:
        return Refusal("unknown_predecessor", "It can only follow another programme of the same person.")
    if behind and (behind.pk == record.pk or record.pk in ahead):
        return Refusal("unknown_predecessor", "It cannot follow itself, nor what already follows it.")
    record.start_date = record.planned_end_date = record.version = record.cohort = None
    record.seat_id, record.waiting_since = None, None
    record.follows_id, record.is_displaced = behind.pk if behind else None, False
    return None


def wait(record: Enrolment, *, cohort: Cohort, facts: Facts, on: date, at: datetime) -> Refusal | None:
    """At the end of a cohort's waiting list; it holds nothing until it has a seat."""
    found = facts.cohort(cohort.pk)
    if found is None or found.programme_id != record.programme_id:
        return Refusal("unknown_cohort", f"{cohort.name} is a cohort of another programme.")
    if found.closed_on or found.start_date <= on:
        return Refusal("cohort_closed", f"Nobody joins {found.name} any more.")
    if record.status == S.WAITING and record.cohort_id == found.pk:
        return Refusal("nothing_changed", f"This is the list already: {found.name}.")
    cancel(record)
    record.start_date = record.planned_end_date = record.version = record.follows = None
    record.cohort, record.waiting_since, record.is_displaced = found, at, False
    return None


def take_back(
    record: Enrolment, *, return_on: date | None, since: datetime | None, facts: Facts, on: date
) -> Refusal | None:
    """As it was before it was closed, a stated return from a break included; who waited joins the list at its end.

    What was cancelled in a cohort comes back to that cohort: not where that runs on other dates, or takes nobody more.
    """
    cohort = facts.cohort(record.cohort_id) if record.cohort_id and record.status == S.CANCELLED else None
    if cohort and (record.start_date or since):
        if cohort.closed_on:
            return Refusal("cohort_closed", f"{cohort.name} was closed on {say(cohort.closed_on)}.")
        if record.start_date is None and cohort.start_date <= on:
            return Refusal("cohort_closed", f"Nobody joins {cohort.name} any more.")
        dates = record.start_date, record.planned_end_date
        if record.start_date and dates != (cohort.start_date, cohort.planned_end_date):
            return Refusal("cohort_moved", f"{cohort.name} runs on other dates than these: enrol them again.")
    record.ended_on, record.waiting_since, record.return_on = None, since, return_on
    return None


def _until(record: Enrolment, end: date, *, on: date) -> Refusal | None:
    if end < on:
        return Refusal("in_past", "A planned end lies ahead: what is over is completed, or withdrawn from.")
    if record.start_date and end < record.start_date:
        return Refusal("end_before_start", "The planned end is before the start.")
    record.planned_end_date = end
    return None
