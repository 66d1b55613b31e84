"""A file of people whose columns are to be matched: what is guessed of each, and what its cells look like."""

from __future__ import annotations

from dataclasses import dataclass

from enrolment.models import Batch, Source
from enrolment.queries.batches import source_of
from people.guesses import guess
from people.tables import Table, samples

SAMPLES = 3
LOOKED_AT = 200  # rows that a guess looks at


@dataclass(frozen=True)
class Matching:
    """What each column is now, or is guessed to be, and its first cells that are not blank."""

    table: Table
    facts: tuple[str, ...]
    samples: list[list[str]]
    source: Source | None


def matching_of(batch: Batch) -> Matching:
    """The columns of a kept file, with what its source says of them, else with guesses."""
    assert batch.table
    table = Table.from_json(bytes(batch.content).decode(), batch.table)
    rows = list(samples(table, LOOKED_AT))
    source = source_of(table.columns)
    if batch.reading:
        facts = tuple(batch.reading["facts"])
    else:
        facts = tuple(source.facts) if source else guess(table.columns, rows)
    shown: list[list[str]] = [
        [row[at] for row in rows if at < len(row) and row[at]][:SAMPLES] for at in range(len(table.columns))
    ]
    return Matching(table, facts, shown, source)
