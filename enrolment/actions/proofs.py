"""Proving: the checks run one after the other, every finding is handed on, and the proof is kept as a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from time import monotonic
from typing import Any

from django.db import connection, transaction

from enrolment.models import Proof
from enrolment.queries.prove import Finding, Scope, changed_since, everything, findings, size
from enrolment.queries.runs import MORE, MOST_FINDINGS, is_truncated, latest_proof, reached

type Hear = Callable[[Finding], object]

TURN = 7_310_913  # any number, ours: the advisory lock of proving


def _unheard(finding: Finding) -> None:
    """Nobody listens: what was found is kept with the proof."""


def prove(*, on: date, now: datetime, hear: Hear = _unheard) -> Proof:
    """Prove the whole table; each finding is handed to ``hear`` as it comes."""
    return _prove(everything(), is_whole=True, on=on, now=now, hear=hear)


def prove_since(moment: datetime, *, on: date, now: datetime, hear: Hear = _unheard) -> Proof:
    """Prove what changed since a moment and whatever the latest proof found; all, where that was more than it keeps."""
    last = latest_proof()
    if last and is_truncated(last):
        return prove(on=on, now=now, hear=hear)
    scope = changed_since(moment, found=last.findings if last else ())
    return _prove(scope, is_whole=False, on=on, now=now, hear=hear)


@transaction.atomic
def record_proof(
    kept: list[dict[str, Any]], *, on: date, is_whole: bool, checked: int, seconds: float, found: int
) -> Proof:
    """Keep a proof: what it looked at, how long it took, and its findings, of which a last one tells how many more."""
    if found > len(kept):
        more = found - len(kept)
        sentence = f"{more} more were found; ./run prove lists all of them."
        kept = [*kept, Finding(MORE, sentence, details={"more": more}).facts()]
    return Proof.objects.create(on=on, is_whole=is_whole, checked=checked, seconds=seconds, findings=kept)


@contextmanager
def turn() -> Iterator[bool]:
    """One proof at a time is enough. Gives False while another runs; ends with the connection, should that die."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours and connection.connection and not connection.connection.closed and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN])


def _prove(scope: Scope, *, is_whole: bool, on: date, now: datetime, hear: Hear) -> Proof:
    began, found = monotonic(), 0
    kept: list[dict[str, Any]] = []
    for finding in findings(scope, on=on, now=now, reached=reached()):
        found += 1
        if len(kept) < MOST_FINDINGS:
            kept.append(finding.facts())
        hear(finding)
    seconds = round(monotonic() - began, 3)
    return record_proof(kept, on=on, is_whole=is_whole, checked=size(scope), seconds=seconds, found=found)
