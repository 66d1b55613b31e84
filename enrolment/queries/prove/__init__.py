"""The proof: every hold derived again from history, and whatever does not agree named. Nothing is repaired here.

Each check is one question to the database, answered as a stream, so that memory stays flat however many rows there are.

| what is proved | file |
| --- | --- |
| every record is what its history says, and no two of a person hold a day | `records` |
| every move is one of the table and begins where the one before it ended | `records` |
| every seat is one person's, in their cohort, and there are as many as the cohort says | `seats` |
| nothing waits, follows, runs or ends where it cannot; nominations and placements are their people's | `states` |
| every notice that was due has gone | `states` |
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from enrolment.queries.prove import records, seats, states
from enrolment.queries.prove.findings import Finding, Scope
from enrolment.queries.prove.scope import changed_since, everything, size

__all__ = ["Finding", "Scope", "changed_since", "everything", "findings", "size"]


def findings(scope: Scope, *, on: date, now: datetime, reached: date | None) -> Iterator[Finding]:
    """Everything that is wrong on a day, check by check.

    ``reached`` is the day to which the calendar brought everybody (None: it has not run): until then starts and ends
    may still be ahead of it.
    """
    yield from records.differing(scope)
    yield from records.broken_chains(scope)
    yield from records.overlaps(scope)
    yield from seats.misplaced(scope)
    yield from seats.shared(scope)
    yield from seats.miscounted(scope)
    yield from states.stranded(scope)
    yield from states.out_of_time(scope, on=on, reached=reached)
    yield from states.disowned(scope)
    yield from states.unsent(now=now)
