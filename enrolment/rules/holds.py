"""What a record holds, and which days two of them would share: the rule of domain.md §2 word for word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from enrolment.models import Enrolment, EnrolmentEvent
from people.rules import say

S = Enrolment.Status


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
        case S.WITHDRAWN if enrolment.was_never_attended:
            return None
        case S.COMPLETED | S.WITHDRAWN:
            return Days(start, max(start, enrolment.ended_on or start))
        case _:
            return None


def held_on(enrolment: Enrolment, on: date) -> Days | None:
    """The days a record holds, seen on a day: past its planned end, or a stated return, it holds on, open-ended.

    So the verdict is the same whether or not the calendar has marked it yet.
    """
    days = held(enrolment)
    if days is None or days.last is None:
        return days
    is_past = days.last < on and enrolment.status in (S.PLANNED, S.ACTIVE)
    is_unconfirmed = enrolment.status == S.PAUSED and enrolment.return_on is not None and enrolment.return_on < on
    return Days(days.first, None) if is_past or is_unconfirmed else days


def is_open_ended(record: Enrolment, on: date) -> bool:
    """Whether a record, seen on a day, holds every day from its start on."""
    days = held_on(record, on)
    return days is not None and days.last is None


def has_no_end_yet(record: Enrolment, on: date) -> bool:
    """Whether nobody knows when a record ends, so that what follows it can have no dates: it has none, or no last."""
    return record.status in (S.QUEUED, S.WAITING) or is_open_ended(record, on)


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


def between(days: Days) -> str:
    """A run of days as people read it, both ends named."""
    if days.last is None:
        return f"from {say(days.first)}, with no end yet"
    if days.last == days.first:
        return f"on {say(days.first)}"
    return f"from {say(days.first)} to {say(days.last)}"


def days_said(record: Enrolment) -> str:
    """A record's days as they stand in a sentence after its status; nothing where it has none.

    What holds on has no end, what was cancelled had days once, and what was never attended had none.
    """
    if record.was_never_attended:
        return "never attended"
    start, end = record.start_date, record.last_day
    if start is None or end is None:
        return ""
    run = f"{say(start)} to {say(end)}"
    if record.status == S.CANCELLED:
        return f"once planned from {run}"
    if record.status == S.OVERDUE:
        return f"from {say(start)}, past its planned end, {say(end)}"
    days = held(record)
    return run if days and days.last else f"from {say(start)}, no end yet"


def as_left(event: EnrolmentEvent) -> Enrolment:
    """The status and the days that a move left an enrolment with."""
    days = {name: getattr(event, name) for name in ("start_date", "planned_end_date", "ended_on", "return_on")}
    return Enrolment(status=event.to_status, **days)


def days_told(event: EnrolmentEvent) -> str:
    """What a history says of the days of a move; nothing where they are those of the line before."""
    left = as_left(event)
    if event.ended_on:
        return f"last day {say(event.ended_on)}{', never attended' if left.was_never_attended else ''}"
    return "" if event.move in ("start", "mark_overdue") else days_said(left)
