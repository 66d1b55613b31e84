"""The clash desk's fixes, the best first: each has been judged legal by the rules that the action will ask again.

Pure functions of a `Matter`. A fix carries all that its action needs, except what only a person can say (``asks``): a
day that something happened, a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from enrolment.models import Enrolment, Nomination
from enrolment.rules import changes
from enrolment.rules.calendar import MOVED, UNPROPOSED, Facts, Shift, is_movable
from enrolment.rules.holds import held_on
from enrolment.rules.judging import Refusal, judge
from enrolment.rules.moves import HR, MOVES
from enrolment.rules.planner import Opening, Plan, notice, plan_cohort, plan_days
from enrolment.rules.problems import Matter
from enrolment.rules.swapping import Swap, swap
from people.rules import say
from programmes.models import Cohort
from programmes.rules import DAY, usual_end

S = Enrolment.Status
LATER = timedelta(days=28)  # how much later a date is suggested where nothing says which


@dataclass(frozen=True)
class Fix:
    """One way out: the action's name, the button's words, what it comes to, and what it is done to, with its facts.

    ``asks`` names what a person fills in, each with a day to begin with, or None; ``seen`` is what the action compares
    with what it would do, where the facts alone do not say that.
    """

    name: str
    label: str
    effect: str
    subject: Enrolment | Nomination
    start: date | None = None
    end: date | None = None
    cohort: Cohort | None = None
    other: Enrolment | None = None
    asks: tuple[tuple[str, date | None], ...] = ()
    seen: str = ""


type Fixes = Iterator[Fix]
type Maker = Callable[[Matter], Fixes]


def ranked(matter: Matter) -> tuple[Fix, ...]:
    """Every fix that the rules allow now, the best first, no dates twice."""
    fixes: list[Fix] = []
    for make in RANKS[matter.kind]:
        for fix in make(matter):
            if fix.start is None or (fix.start, fix.end) not in [(f.start, f.end) for f in fixes]:
                fixes.append(fix)
    return tuple(fixes)


def can_take_back(
    name: str, record: Enrolment, records: Sequence[Enrolment], facts: Facts, *, on: date, at: datetime
) -> bool:
    """Whether an undo (`UNDO`) is legal: its days and, in a cohort, a seat are still free."""
    move = MOVES.move(name, record.status)
    if move is None:
        return False
    after = copy(record)
    since = at if move.target == S.WAITING else None
    if changes.take_back(after, return_on=after.return_on, since=since, facts=facts, on=on):
        return False
    after.status = move.target
    if after.cohort and after.status in Enrolment.SEATED:
        openings = facts.openings.get(after.programme_id, ())
        if not any(opening.seats for opening in openings if opening.cohort.pk == after.cohort_id):
            return False
    others = [other for other in records if other.pk != record.pk]
    return changes.weigh(after, record, others, facts, on=on, push=False)[0] is None


def _accept(matter: Matter) -> Fixes:
    """Say yes to the dates that were proposed."""
    record = matter.enrolment
    start, end, cohort = record.proposed_start_date, record.proposed_end_date, record.cohort
    if start is None or end is None or not _fits(matter, start, end):
        return
    if cohort and not any(o.seats and _is(o.cohort, cohort, start, end) for o in _openings(matter)):
        return
    where = f" in {cohort.name}" if cohort else ""
    yield Fix("accept", "Accept the proposed dates", f"{_from(start, end)}{where}.", record, start, end, cohort)


def _plan_in_cohort(matter: Matter) -> Fixes:
    """The first cohort with a free seat that fits."""
    found = _first_cohort(matter, _earliest(matter))
    if found.cohort and found.start and found.end and _fits(matter, found.start, found.end):
        yield _cohort_fix("plan_in_cohort", matter, found, found.cohort)


def _plan_on_days(matter: Matter) -> Fixes:
    """The earliest legal start, for as long as it was to last."""
    found = _first_days(matter, _earliest(matter))
    if found.start and found.end and _fits(matter, found.start, found.end):
        yield _days_fix("plan_on_days", matter, found.start, found.end)


def _move_to_cohort(matter: Matter) -> Fixes:
    """Another cohort with a free seat for what is planned; after a “no”, a later one."""
    record = matter.enrolment
    found = _first_cohort(matter, _not_before(matter), leave_out=record.cohort_id)
    if found.cohort and found.start and found.end:
        change = partial(_into_cohort, cohort=found.cohort)
        if _may(matter, record, "change_cohort", change):
            yield _cohort_fix("move_to_cohort", matter, found, found.cohort)


def _move_to_days(matter: Matter) -> Fixes:
    """The earliest legal start for what is planned; after a “no”, one some weeks later, for which HR is asked again."""
    record = matter.enrolment
    found = _first_days(matter, _not_before(matter))
    if found.start and found.end:
        change = partial(changes.redate, start=found.start, end=found.end)
        if _may(matter, record, "redate", change):
            yield _days_fix("move_to_days", matter, found.start, found.end)


def _swap(matter: Matter) -> Fixes:
    """Change places with another plan of the person."""
    record = matter.enrolment
    for other in matter.others():
        if other.status != S.PLANNED or record.status != S.PLANNED:
            continue
        beside = [each for each in matter.others() if each.pk != other.pk]
        found = swap(record, other, beside, matter.facts, on=matter.on)
        if isinstance(found, Swap) and found.refusal is None:
            first, second = found.ahead, found.behind
            assert first.start_date
            assert first.planned_end_date
            assert second.start_date
            assert second.planned_end_date
            days = (
                f"{first.programme.name} {_from(first.start_date, first.planned_end_date, is_inside=True)}, then "
                f"{second.programme.name} {_from(second.start_date, second.planned_end_date, is_inside=True)}."
            )
            left = " Seats in cohorts are given up." if record.cohort_id or other.cohort_id else ""
            moved = [_shifted(shift) for shift in found.shifts]
            then = f" Then: {'; '.join(moved)}." if moved else ""
            label, effect = f"Swap with {other.programme.name}", f"{days}{left}{then}"
            yield Fix("swap", label, effect, record, other=other, seen=found.seen)


def _queue_behind(matter: Matter) -> Fixes:
    """Give up the place on the waiting list for one behind what the person is on, or will be."""
    record = matter.enrolment

    def without_dates(after: Enrolment) -> None:
        after.start_date = after.planned_end_date = after.cohort = after.waiting_since = None
        after.seat_id = None

    for other in sorted(matter.others(), key=lambda each: each.start_date or date.max):
        days = held_on(other, matter.on)
        is_ahead = other.status in Enrolment.LIVE and days and (days.last is None or days.last >= matter.on)
        if is_ahead and _may(matter, record, "queue", without_dates):
            effect = "It gets dates by itself once the end of that is known."
            yield Fix("queue_behind", f"Queue behind {other.programme.name}", effect, record, other=other)
            return


def _close(matter: Matter) -> Fixes:
    """The record itself is over: finished, or left."""
    yield from _closings(matter, matter.enrolment)


def _close_others(matter: Matter) -> Fixes:
    """What stands in the way is over, or goes on."""
    for other in matter.open_holds():
        if other.status == S.PAUSED:
            yield from _back(matter, other)
        yield from _closings(matter, other)


def _closings(matter: Matter, record: Enrolment) -> Fixes:
    left = _left(matter)
    name = "it" if record.pk == matter.subject.pk else record.programme.name
    finish = left or (
        record.planned_end_date if record.planned_end_date and record.planned_end_date < matter.on else None
    )
    finish = max(finish or matter.on, record.start_date or matter.on)
    ways = (
        ("complete", f"Complete {name}", S.COMPLETED, finish, (("ended_on", finish),)),
        ("withdraw", f"Withdraw from {name}", S.WITHDRAWN, left or matter.on, (("ended_on", left), ("reason", None))),
    )
    for way, label, status, day, asks in ways[::-1] if left else ways:
        change = partial(changes.close, ended_on=day, closing=status, on=matter.on)
        if _may(matter, record, way, change):
            what = "actual finish" if way == "complete" else "last day of learning"
            then = _then(matter, record, way, change, f" If it was {say(day)}:")
            yield Fix(way, label, f"The days after the {what} are free.{then}", record, asks=asks)


def _extend(matter: Matter) -> Fixes:
    """It goes on: a later planned end, as far as nothing else comes first and the programme may last."""
    record, on = matter.enrolment, matter.on
    most, start = record.programme.maximum_days, record.start_date
    coming = [other.start_date for other in matter.others() if is_movable(other) and other.start_date]
    ends = [on + LATER, *(day - DAY for day in coming), *([start + timedelta(most)] if most and start else [])]
    end = min(ends)
    change = partial(changes.extend, end=end, on=on)
    if end >= on and _may(matter, record, "extend", change):
        then = _then(matter, record, "extend", change, f" To {say(end)}:")
        effect = f"It is active again, and what comes after it can have dates.{then}"
        yield Fix("extend", "Extend it", effect, record, asks=(("planned_end_date", end),))


def _confirm_return(matter: Matter) -> Fixes:
    """They come back as stated."""
    record = matter.enrolment
    back, end = record.return_on, record.planned_end_date
    if back and end and _may(matter, record, "state_return", _returning(matter, back, end)):
        effect = f"The break ends on {say(back)}, the planned end stays {say(end)}."
        yield Fix("confirm_return", "Yes, the return stands", effect, record, back, end)


def _back_now(matter: Matter) -> Fixes:
    """They are back."""
    yield from _back(matter, matter.enrolment)


def _back(matter: Matter, record: Enrolment) -> Fixes:
    on = matter.on
    end = max(record.planned_end_date or on, on)
    change = partial(changes.end_break, end=end, on=on)
    if _may(matter, record, "end_break", change):
        then = _then(matter, record, "end_break", change, f" To {say(end)}:")
        effect = f"The break is over from today; confirm the planned end.{then}"
        yield Fix(
            "end_break", f"End the break in {record.programme.name}", effect, record, asks=(("planned_end_date", end),)
        )


def _state_return(matter: Matter) -> Fixes:
    """They come back another day, with the planned end that follows."""
    record, on = matter.enrolment, matter.on
    back = max(record.return_on or on, on) + LATER
    end = max(record.planned_end_date or back, back) + (LATER if record.return_on else timedelta())
    if _may(matter, record, "state_return", _returning(matter, back, end)):
        asks = (("return_on", back), ("planned_end_date", end))
        label = "State another return" if record.return_on else "State the return"
        yield Fix("state_return", label, "The days from the planned end on can be given.", record, asks=asks)


def _forget_return(matter: Matter) -> Fixes:
    """Nobody knows when they come back: the hold has no end then, which plans may not stand in the way of."""
    record = matter.enrolment
    if record.return_on and _may(matter, record, "state_return", _returning(matter, None, None)):
        effect = "It holds every day until somebody says when the break ends."
        yield Fix("forget_return", "The return is not known", effect, record)


def _cancel(matter: Matter) -> Fixes:
    """Give up the place."""
    if _may(matter, matter.enrolment, "cancel", changes.cancel):
        effect = "It holds neither days nor a seat from now on."
        yield Fix("cancel", "Give up the place", effect, matter.enrolment, asks=(("reason", None),))


def _approve_in_cohort(matter: Matter) -> Fixes:
    """Approve for the first cohort with a free seat that fits."""
    found = _first_cohort(matter, _earliest(matter))
    if found.cohort and found.start and found.end and _fits(matter, found.start, found.end):
        yield _cohort_fix("approve_in_cohort", matter, found, found.cohort)


def _approve_on_days(matter: Matter) -> Fixes:
    """Approve for the earliest legal start."""
    found = _first_days(matter, _earliest(matter))
    if found.start and found.end and _fits(matter, found.start, found.end):
        yield _days_fix("approve_on_days", matter, found.start, found.end)


def _decline(matter: Matter) -> Fixes:
    """Say no, with a reason that the manager reads."""
    effect = "The manager reads why."
    yield Fix("decline", "Decline the nomination", effect, matter.subject, asks=(("reason", None),))


RANKS: dict[str, tuple[Maker, ...]] = {
    "overdue": (_close, _extend),
    "queued": (_accept, _plan_in_cohort, _plan_on_days, _close_others, _cancel),
    "waiting": (_plan_in_cohort, _plan_on_days, _queue_behind, _cancel),
    "return": (_confirm_return, _back_now, _state_return, _forget_return, _close),
    "no_return": (_state_return, _back_now, _close),
    "leaver": (_close,),
    "ineligible": (_move_to_cohort, _move_to_days, _swap, _cancel),
    "not_met": (_move_to_cohort, _move_to_days, _swap, _cancel, _close),
    "nomination": (_approve_in_cohort, _approve_on_days, _decline),
}


def _may(matter: Matter, record: Enrolment, name: str, change: changes.Change) -> bool:
    """Whether HR may make a move and the rule allows what it comes to, with no plan pushed out of the way."""
    return _tried(matter, record, name, change) is not None


def _then(matter: Matter, record: Enrolment, name: str, change: changes.Change, when: str) -> str:
    """What a legal move moves of the person's later plans, as the end of a sentence; nothing where nothing moves."""
    said = [_shifted(shift) for shift in _tried(matter, record, name, change) or []]
    return f"{when} {'; '.join(said)}." if said else ""


def _tried(matter: Matter, record: Enrolment, name: str, change: changes.Change) -> list[Shift] | None:
    """The later plans that a move moves, or None where it is not legal as it stands."""
    if all(each.name != name for each in MOVES.available(record.status, HR)):
        return None
    found = changes.attempt(record, name, change, matter.others(record), matter.facts, on=matter.on, push=False)
    return None if found.refusal else found.shifts


def _shifted(shift: Shift) -> str:
    """One later plan and where it goes."""
    programme, plan = shift.enrolment.programme.name, shift.plan
    days = f"{say(plan.start)} to {say(plan.end)}" if plan.start and plan.end else ""
    if shift.how == MOVED:
        return f"{programme} gets the days {days}"
    if shift.how == UNPROPOSED:
        return f"{programme} loses its proposed dates"
    return f"for {programme} {days} is proposed" if days else f"{programme} loses its dates"


def _fits(matter: Matter, start: date, end: date) -> bool:
    """Whether the person may be on the programme on exactly these days."""
    trial = Enrolment(
        employee=matter.person, programme=matter.programme, status=S.PLANNED, start_date=start, planned_end_date=end
    )
    versions = matter.facts.versions.get(matter.programme.pk, ())
    return judge(trial, matter.others(), versions, on=matter.on) is None


def _openings(matter: Matter) -> list[Opening]:
    return [o for o in matter.facts.openings.get(matter.programme.pk, ()) if o.cohort.closed_on is None]


def _first_cohort(matter: Matter, not_before: date, *, leave_out: int | None = None) -> Plan:
    openings = [opening for opening in _openings(matter) if opening.cohort.pk != leave_out]
    return plan_cohort(_case(matter), openings, not_before=not_before)


def _first_days(matter: Matter, not_before: date) -> Plan:
    """The planner's dates, as many as the plan has or had, else the usual length."""
    subject, length = matter.subject, None
    if isinstance(subject, Enrolment):
        was = matter.facts.was.get(subject.pk)
        if subject.start_date and subject.planned_end_date:
            length = subject.planned_end_date - subject.start_date
        elif was:
            length = was.end - was.start

    def ends(day: date) -> date:
        return day + length if length is not None else usual_end(matter.programme, day)

    return plan_days(_case(matter), not_before=not_before, ends=ends)


def _case(matter: Matter):  # type: ignore[no-untyped-def]
    trial = Enrolment(employee=matter.person, programme=matter.programme)
    return matter.facts.case(trial, matter.others(), on=matter.on)


def _earliest(matter: Matter) -> date:
    return notice(matter.on, matter.facts.policy.notice_days)


def _not_before(matter: Matter) -> date:
    """From when another start is looked for: after a “no” some weeks on, so that it can have become a yes."""
    start = matter.enrolment.start_date
    if matter.kind == "not_met" and start:
        return max(_earliest(matter), start + LATER)
    return _earliest(matter)


def _left(matter: Matter) -> date | None:
    """The last day of employment of somebody who has left."""
    last = matter.person.employed_until
    return last if last and last < matter.on else None


def _returning(matter: Matter, back: date | None, end: date | None) -> Callable[[Enrolment], Refusal | None]:
    return partial(changes.state_return, return_on=back, end=end, on=matter.on)


def _into_cohort(after: Enrolment, *, cohort: Cohort) -> None:
    after.cohort, after.start_date, after.planned_end_date = cohort, cohort.start_date, cohort.planned_end_date


def _is(cohort: Cohort, other: Cohort, start: date, end: date) -> bool:
    return cohort.pk == other.pk and (cohort.start_date, cohort.planned_end_date) == (start, end)


def _cohort_fix(name: str, matter: Matter, found: Plan, cohort: Cohort) -> Fix:
    assert found.start
    assert found.end
    label = f"{_verb(name)} {cohort.name}"
    return Fix(
        name, label, f"{_from(found.start, found.end)}; a seat is free.", matter.subject, found.start, found.end, cohort
    )


def _days_fix(name: str, matter: Matter, start: date, end: date) -> Fix:
    return Fix(name, f"{_verb(name)} {say(start)}", f"{_from(start, end)}.", matter.subject, start, end)


def _verb(name: str) -> str:
    verbs = {
        "plan_in_cohort": "Give a seat in",
        "plan_on_days": "Start on",
        "move_to_cohort": "Move to",
        "move_to_days": "Move the start to",
        "approve_in_cohort": "Approve for",
        "approve_on_days": "Approve from",
    }
    return verbs[name]


def _from(start: date, end: date, *, is_inside: bool = False) -> str:
    return f"{'from' if is_inside else 'From'} {say(start)} to {say(end)}"
