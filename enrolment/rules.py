"""The policy: what a record holds, what refuses an enrolment, the earliest legal start, which move may follow which.

Pure functions of their arguments: no query, no clock. Days are calendar dates in Europe/London, both ends counted
(domain.md §2 for the rule, §3 for who is eligible).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from enrolment.models import Enrolment, Nomination
from lifecycle.moves import START, Move, Moves
from people.models import Employee
from programmes.models import Programme, ProgrammeVersion
from programmes.rules import DAY, Problem, length_problem, say, version_on, window_problem

S = Enrolment.Status
N = Nomination.Status
REMIND_BEFORE = timedelta(days=28)  # how long before the end of a programme its learner hears what comes next

HR, MANAGER, CALENDAR = "hr", "manager", "calendar"

MOVES = Moves(
    subject="enrolment",
    final=frozenset({S.COMPLETED, S.WITHDRAWN, S.CANCELLED}),
    moves=(
        Move("enrol", frozenset({START}), S.PLANNED, frozenset({HR}), "Enrol"),
        Move("start", frozenset({S.PLANNED}), S.ACTIVE, frozenset({CALENDAR}), "Start"),
        Move("mark_overdue", frozenset({S.ACTIVE}), S.OVERDUE, frozenset({CALENDAR}), "Mark overdue"),
        Move("queue", frozenset({S.PLANNED}), S.QUEUED, frozenset({CALENDAR}), "Queue behind an overrun"),
        Move("plan", frozenset({S.QUEUED}), S.PLANNED, frozenset({HR}), "Give dates"),
        Move("complete", frozenset({S.ACTIVE, S.OVERDUE}), S.COMPLETED, frozenset({HR}), "Complete"),
        Move("withdraw", frozenset({S.ACTIVE, S.OVERDUE}), S.WITHDRAWN, frozenset({HR}), "Withdraw"),
        Move("cancel", frozenset({S.PLANNED, S.QUEUED}), S.CANCELLED, frozenset({HR}), "Cancel"),
    ),
)

NOMINATION_MOVES = Moves(
    subject="nomination",
    final=frozenset({N.APPROVED, N.DECLINED, N.RETRACTED}),
    moves=(
        Move("nominate", frozenset({START}), N.SUBMITTED, frozenset({HR, MANAGER}), "Nominate"),
        Move("approve", frozenset({N.SUBMITTED}), N.APPROVED, frozenset({HR}), "Approve and enrol"),
        Move("decline", frozenset({N.SUBMITTED}), N.DECLINED, frozenset({HR}), "Decline"),
        Move("retract", frozenset({N.SUBMITTED}), N.RETRACTED, frozenset({HR, MANAGER}), "Retract"),
    ),
)


@dataclass(frozen=True, order=True)
class Days:
    """A run of days, both ends counted; ``last`` None means no end is known."""

    first: date
    last: date | None

    def shared(self, other: Days) -> Days | None:
        """The days in both, or None."""
        first = max(self.first, other.first)
        ends = [days.last for days in (self, other) if days.last is not None]
        last = min(ends, default=None)
        return None if last is not None and last < first else Days(first, last)

    def count(self) -> int | None:
        """How many days, or None without an end."""
        return None if self.last is None else (self.last - self.first).days + 1


def held(enrolment: Enrolment) -> Days | None:
    """The days a record holds, or None where it holds nothing, as the database's ``held`` says (domain.md §2)."""
    start = enrolment.start_date
    if start is None:
        return None
    match enrolment.status:
        case S.PLANNED | S.ACTIVE:
            return Days(start, max(start, enrolment.planned_end_date or start))
        case S.PAUSED if enrolment.return_on is not None:
            return Days(start, max(start, enrolment.planned_end_date or start))
        case S.OVERDUE | S.PAUSED:
            return Days(start, None)
        case S.WITHDRAWN if enrolment.ended_on is None or enrolment.ended_on <= start:
            return None  # never attended
        case S.COMPLETED | S.WITHDRAWN:
            return Days(start, max(start, enrolment.ended_on or start))
        case _:
            return None


def held_on(enrolment: Enrolment, on: date) -> Days | None:
    """The days a record holds, seen on a day: one past its planned end holds on, open-ended, until it is closed.

    So the verdict is the same whether or not the calendar has marked it yet.
    """
    days = held(enrolment)
    if days and days.last and days.last < on and enrolment.status in (S.PLANNED, S.ACTIVE):
        return Days(days.first, None)
    return days


@dataclass(frozen=True)
class Clash:
    """Another programme of the same person on some of the days asked for."""

    other: Enrolment
    shared: Days

    def facts(self) -> dict[str, Any]:
        """The clash for people and files: the other programme, its dates, the shared days (ISO dates, null = open)."""
        days = held(self.other)
        return {
            "programme": self.other.programme.code,
            "status": str(self.other.status),
            "start": days.first.isoformat() if days else None,
            "end": days.last.isoformat() if days and days.last else None,
            "shared_from": self.shared.first.isoformat(),
            "shared_until": self.shared.last.isoformat() if self.shared.last else None,
            "shared_days": self.shared.count(),
        }


@dataclass(frozen=True)
class Refusal:
    """Why not: a stable code, a sentence for people, and where the dates are at fault what would do instead."""

    code: str
    message: str
    clashes: tuple[Clash, ...] = ()
    earliest_start: date | None = None


type Refuse[T] = Callable[[T], Refusal | None]


def clashes(days: Days | None, others: Iterable[Enrolment], *, on: date) -> tuple[Clash, ...]:
    """Every record among ``others`` (the same person's) that, seen on a day, holds some of ``days``, earliest first."""
    if days is None:
        return ()
    found = [
        Clash(other, shared)
        for other in others
        if (theirs := held_on(other, on)) and (shared := days.shared(theirs)) is not None
    ]
    return tuple(sorted(found, key=lambda clash: (clash.shared.first, clash.other.pk or 0)))


def birthday(born: date, age: int) -> date:
    """The first day on which somebody born on ``born`` is ``age``; 29 February counts from 1 March in common years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def dates_refusal(programme: Programme, start: date | None, end: date | None) -> Refusal | None:
    """What is wrong with a pair of dates by themselves: missing, reversed, too long or too short (domain.md §3)."""
    if start is None or end is None:
        return Refusal("dates_missing", "Give both a start and a planned end.")
    return _refusal(length_problem(programme, start, end))


def eligibility_refusal(
    employee: Employee, programme: Programme, versions: Sequence[ProgrammeVersion], start: date
) -> Refusal | None:
    """Who may not start on a day: outside the programme's window, too young, not employed.

    An unknown fact never refuses.
    """
    if problem := window_problem(programme, versions, start):
        return _refusal(problem)
    if employee.date_of_birth and start < (old_enough := birthday(employee.date_of_birth, programme.minimum_age)):
        return Refusal(
            "too_young",
            f"{employee.name} is {programme.minimum_age} on {say(old_enough)}; no start is possible before.",
        )
    if employee.employed_from and start < employee.employed_from:
        return Refusal("not_employed", f"{employee.name} joins on {say(employee.employed_from)}, after that start.")
    if employee.employed_until and start > employee.employed_until:
        return Refusal("not_employed", f"{employee.name} leaves on {say(employee.employed_until)}, before that start.")
    return None


def already_on(programme: Programme, others: Iterable[Enrolment]) -> Refusal | None:
    """The same programme again while it is planned or running is “already on it”, not a clash (domain.md §1)."""
    for other in others:
        if other.programme_id == programme.pk and other.status in Enrolment.LIVE:
            return Refusal(
                "already_on_programme",
                f"{programme.name} is already {other.get_status_display()}{_dates(other)} ({other.reference}).",
            )
    return None


def judge(
    candidate: Enrolment, others: Sequence[Enrolment], versions: Sequence[ProgrammeVersion], *, on: date
) -> Refusal | None:
    """Why this person may not be on this programme on exactly these dates, or None when they may.

    ``others`` are the person's other enrolments, ``versions`` the programme's. Dates that are over on the day ``on``
    hold on, open-ended, until the record is closed. A clash comes with the earliest legal start on or after the start
    asked for, for the same number of days.
    """
    programme, start, end = candidate.programme, candidate.start_date, candidate.planned_end_date
    refusal = dates_refusal(programme, start, end) or already_on(programme, others)
    if refusal or start is None or end is None:
        return refusal
    refusal = eligibility_refusal(candidate.employee, programme, versions, start)
    found = clashes(Days(start, None if end < on else end), others, on=on)
    if not (refusal or found):
        return None
    length = end - start
    earliest = earliest_legal_start(
        candidate.employee, programme, versions, others, not_before=start, ends=lambda day: day + length, on=on
    )
    if refusal:
        return Refusal(refusal.code, refusal.message, (), earliest)
    return Refusal("clash", clash_sentence(candidate, found, earliest), found, earliest)


def warnings(candidate: Enrolment, others: Iterable[Enrolment]) -> tuple[str, ...]:
    """What is allowed and still worth saying: new learning or not, and a job that ends first (domain.md §1 and §3)."""
    again = (o for o in others if o.status == S.COMPLETED and o.programme_id == candidate.programme_id)
    said = [
        f"{candidate.programme.name} was completed on {say(other.ended_on)}: is this new learning?"
        for other in again
        if other.ended_on
    ]
    person, end = candidate.employee, candidate.planned_end_date
    if person.employed_until and end and person.employed_until < end:
        said.append(f"{person.name} leaves on {say(person.employed_until)}, before the planned end.")
    return tuple(said)


def earliest_legal_start(
    employee: Employee,
    programme: Programme,
    versions: Sequence[ProgrammeVersion],
    others: Sequence[Enrolment],
    *,
    not_before: date,
    ends: Callable[[date], date],
    on: date,
) -> date | None:
    """The first day on or after ``not_before`` on which a start meets every rule; None when there is none.

    ``ends`` gives the planned end for a start, ``on`` is the day of asking. Each rule that fails on a day names the
    first later day that could pass; nothing in between can, so the first day that no rule pushes is the earliest.
    """
    holds = sorted((days for other in others if (days := held_on(other, on))), key=lambda days: days.first)
    day: date | None = not_before
    while day is not None:
        later = _pushed(employee, programme, versions, holds, day, ends(day), on)
        if later == day:
            return day
        day = later
    return None


def _pushed(
    employee: Employee,
    programme: Programme,
    versions: Sequence[ProgrammeVersion],
    holds: Sequence[Days],
    start: date,
    end: date,
    on: date,
) -> date | None:
    """``start`` if every rule allows it, else the first later day worth trying, or None when no day can pass."""
    if employee.employed_until and start > employee.employed_until:
        return None
    if programme.withdrawn_on and start >= programme.withdrawn_on:
        return None
    if version_on(versions, start) is None:
        return min((version.first_start for version in versions if version.first_start > start), default=None)
    if employee.date_of_birth and start < (old_enough := birthday(employee.date_of_birth, programme.minimum_age)):
        return old_enough
    if employee.employed_from and start < employee.employed_from:
        return employee.employed_from
    for days in holds:
        if Days(start, end).shared(days):
            return None if days.last is None else days.last + DAY
    if end < on and any(days.first > end for days in holds):  # it would hold on, open-ended, into what comes later
        return start + (on - end)
    return start


def closing_refusal(enrolment: Enrolment, ended_on: date, *, closing: str, on: date) -> Refusal | None:
    """Why a last day or an actual finish cannot be recorded: it lies in the future, or before the start.

    A withdrawal on or before the start is “never attended” and allowed (domain.md §2).
    """
    if ended_on > on:
        return Refusal("in_future", "A day that has not come yet cannot be recorded as the end.")
    if enrolment.start_date and ended_on < enrolment.start_date and closing == S.COMPLETED:
        return Refusal("end_before_start", f"That is before the start, {say(enrolment.start_date)}.")
    return None


@dataclass
class Day:
    """What one day does to one person's records: those that overran, those pushed behind one, and those that start."""

    overdue: list[Enrolment] = field(default_factory=list)
    queued: list[tuple[Enrolment, Enrolment]] = field(default_factory=list)
    started: list[Enrolment] = field(default_factory=list)


def day_for(enrolments: Sequence[Enrolment], on: date) -> Day:
    """What the calendar does to one person on a day: mark what overran, push what then clashes, start what is due.

    Nothing that has begun is ever stopped; a plan in the way of an overrun loses its dates and waits (domain.md §2).
    """
    day = Day()
    open_holds = [e for e in enrolments if e.status == S.OVERDUE or (e.status == S.PAUSED and e.return_on is None)]
    for enrolment in enrolments:
        if enrolment.status == S.ACTIVE and enrolment.planned_end_date and enrolment.planned_end_date < on:
            day.overdue.append(enrolment)
    blocking = [*open_holds, *day.overdue]
    for enrolment in sorted((e for e in enrolments if e.status == S.PLANNED), key=_start):
        if blocking:
            day.queued.append((enrolment, blocking[0]))
        elif enrolment.start_date and enrolment.start_date <= on:
            day.started.append(enrolment)
            if enrolment.planned_end_date and enrolment.planned_end_date < on:
                day.overdue.append(enrolment)
                blocking.append(enrolment)
    return day


def _start(enrolment: Enrolment) -> date:
    return enrolment.start_date or date.max


def clash_sentence(candidate: Enrolment, found: Sequence[Clash], earliest: date | None) -> str:
    """The clash in words: who, the other programme, its dates, the shared days, the earliest legal start."""
    first = found[0]
    days = held(first.other)
    dates = between(days) if days else ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    then = (
        f"The earliest legal start is {say(earliest)}."
        if earliest
        else f"No start can be given until {first.other.programme.name} is closed."
    )
    return (
        f"{candidate.employee.name} is on {first.other.programme.name} {dates}{more}. "
        f"Shared: {between(first.shared)}. {then}"
    )


def _dates(enrolment: Enrolment) -> str:
    days = held(enrolment)
    return f", {between(days)}" if days else ""


def between(days: Days) -> str:
    """A run of days as people read it, both ends named."""
    if days.last is None:
        return f"from {say(days.first)}, with no end yet"
    if days.last == days.first:
        return f"on {say(days.first)}"
    return f"from {say(days.first)} to {say(days.last)}"


def _refusal(problem: Problem | None) -> Refusal | None:
    """What a programme says of dates, as a refusal of the person who would take it on them."""
    return Refusal(problem.code, problem.message) if problem else None
