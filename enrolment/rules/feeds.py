"""An enrolment as an entry of somebody's calendar (RFC 5545): its days, its version, whether it still stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from enrolment.models import Enrolment, EnrolmentEvent

S = Enrolment.Status
OFF = (S.WITHDRAWN, S.CANCELLED)


@dataclass(frozen=True)
class Entry:
    """One programme in a calendar: ``first`` and ``last`` day both included; ``version`` counts the changes told.

    ``changed_at`` is when what it says was last changed; ``is_off`` says that it does not take place (any more).
    """

    uid: UUID
    programme: str
    first: date
    last: date
    version: int
    changed_at: datetime
    is_off: bool


def entry(enrolment: Enrolment, events: Sequence[EnrolmentEvent]) -> Entry | None:
    """An enrolment as its calendar entry; None for what never had days.

    ``events`` are its own, in order. Whoever lost their days (queued again, waiting) keeps the last ones, called off:
    else a calendar that has them would show them for ever. Being overdue changes nothing that was told.
    """
    days = _days(enrolment.start_date, enrolment.planned_end_date, enrolment.ended_on)
    told = [(_days(e.start_date, e.planned_end_date, e.ended_on), e.to_status, e.at) for e in events]
    latest = days or next((past for past, _, _ in reversed(told) if past), None)
    if latest is None:
        return None
    version, changed_at, before = 0, enrolment.created_at, None
    for now, status, at in told:
        state = (now, now is None or status in OFF)
        if before is not None and state != before:
            version, changed_at = version + 1, at
        before = state
    return Entry(
        uid=enrolment.public_id,
        programme=enrolment.programme.name,
        first=latest[0],
        last=latest[1],
        version=version,
        changed_at=changed_at,
        is_off=days is None or enrolment.status in OFF,
    )


def _days(start: date | None, planned_end: date | None, ended: date | None) -> tuple[date, date] | None:
    """First and last day; an end before the start (never attended) leaves the start."""
    last = ended or planned_end
    return (start, max(start, last)) if start and last else None
