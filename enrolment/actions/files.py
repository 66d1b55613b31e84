"""Files of people before they are applied: kept, matched, their source remembered, begun past the brake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from enrolment.actions.batches import begin, keep, keep_again
from enrolment.actions.outcomes import Outcome
from enrolment.actions.people import KIND, LEAVING, NEW_MANAGERS, foreseen_counts, kept_rows
from enrolment.models import Batch, Source
from enrolment.rules import Refusal
from people.imports import Row
from people.models import Employee, User
from people.queries import policy
from people.reading import Reading, fingerprint
from people.rules import is_braked
from people.tables import Table

AMBIGUOUS_NAMES = "ambiguous_names"  # foreseen only: managers' names that several people have


def keep_table(table: Table, *, file_name: str, by: User | None, on: date) -> Batch:
    """Keep a file whose columns are still to be matched, as text; nobody is judged or written."""
    return keep(
        (),
        kind=KIND,
        name=file_name,
        content=table.text.encode(),
        total=0,
        counts={},
        by=by,
        on=on,
        status=Batch.Status.MATCHING,
        table=table.as_json(),
    )


@transaction.atomic
def remember(name: str, headers: Sequence[str], reading: Reading, *, by: User | None, on: date) -> Source:
    """How files with these headers are read from now on, under the name that HR gives their source.

    Raises ValidationError ``source_exists`` where files with other headers have that name.
    """
    facts = {"name": name, "facts": list(reading.facts), "order": reading.order, "changed_by": by, "changed_on": on}
    mark = fingerprint(headers)
    if Source.objects.filter(name__iexact=name).exclude(fingerprint=mark).exists():
        raise ValidationError(
            f"“{name}” is a source already, and its files have other columns. Give this one another name.",
            code="source_exists",
        )
    epoch = "" if reading.epoch_is_told else reading.epoch
    source, _ = Source.objects.update_or_create(fingerprint=mark, defaults={**facts, "epoch": epoch})
    return source


@transaction.atomic
def keep_judged(
    batch: Batch,
    rows: Sequence[Row],
    *,
    reading: Reading | None,
    source: Source | None,
    names: Sequence[str],
    leave_on: date | None = None,
) -> bool:
    """Keep what a matched file would come to; returns whether it had not begun.

    ``names`` are managers that the file names and that several people are called. Rows of missing people come last:
    exactly those leave on ``leave_on``, whatever else happens before.
    """
    missing = [row.staff_number for row in rows if row.is_missing]
    counts = foreseen_counts(rows)
    if names:
        counts[AMBIGUOUS_NAMES] = list(names)
    return keep_again(
        batch,
        kept_rows(rows),
        total=len(rows),
        counts=counts,
        reading=reading.as_json() if reading else None,
        source=source,
        leave_on=leave_on,
        leaving=missing,
    )


@dataclass(frozen=True)
class Brake:
    """Why a file stops: so many people would leave, or change manager, of so many who work here."""

    count: int
    people: int
    percent: int
    does: str

    @property
    def sentence(self) -> str:
        """What to confirm."""
        share = f"{self.percent} percent" if self.percent else "none"
        return (
            f"{self.count:,} of the {self.people:,} people who work here would {self.does}. That is more than the "
            f"{share} that may pass unasked (Settings)."
        )


def brakes_of(batch: Batch, *, on: date) -> list[Brake]:
    """What stops a checked file, the larger first; empty where nothing does."""
    counted = [(batch.counts.get(LEAVING, 0), "leave"), (batch.counts.get(NEW_MANAGERS, 0), "change manager")]
    if not any(count for count, _ in counted):
        return []
    people, percent = Employee.objects.all().employed(on).count(), policy().brake_percent
    found = [Brake(count, people, percent, does) for count, does in counted if is_braked(count, people, percent)]
    return sorted(found, key=lambda brake: -brake.count)


@transaction.atomic
def begin_people(batches: Sequence[Batch], *, on: date, typed: str = "") -> list[Outcome[Batch]]:
    """Apply checked files of people from now on; refused with ``brake`` until the largest number is typed."""
    outcomes = []
    for batch in batches:
        brakes = brakes_of(batch, on=on) if batch.status == Batch.Status.CHECKED else []
        if brakes and typed.replace(",", "").strip() != str(brakes[0].count):
            why = f"Type {brakes[0].count} if {brakes[0].count:,} people are really to {brakes[0].does}."
            outcomes.append(Outcome(batch, Refusal("brake", why)))
            continue
        begin([batch], on=on)
        outcomes.append(Outcome(batch))
    return outcomes
