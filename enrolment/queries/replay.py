"""Replay with what became of people: who has not started, is on it, or is done, behind each way of a draft."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from assessment.models import Response
from assessment.queries import Version
from assessment.queries.replay import Way, foreseen

STATES = ("not_started", "in_flight", "finished")
# Equal answers of people who stand alike are one row. In flight: planned, queued or running on anything.
GROUPED = """
SELECT r.answers, p.code, coalesce(e.state, 'not_started'), count(*)
FROM assessment_response r
JOIN assessment_recommendation c ON c.response_id = r.id
LEFT JOIN programmes_programme p ON p.id = c.programme_id
LEFT JOIN (
    SELECT employee_id,
           CASE WHEN bool_or(status IN ('queued', 'waiting', 'planned', 'active', 'overdue', 'paused')) THEN 'in_flight'
                WHEN bool_or(status = 'completed') THEN 'finished' END AS state
    FROM enrolment_enrolment GROUP BY employee_id
) e ON e.employee_id = r.employee_id
GROUP BY 1, 2, 3
"""
MOST_PEOPLE = 200  # named behind one way


@dataclass
class Cell:
    """One way: how many responses of people in each state, and the different answers behind them."""

    states: Counter[str] = field(default_factory=Counter)
    answers: list[dict[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many responses."""
        return self.states.total()


@dataclass
class Matrix:
    """All ways, and the responses that no longer fit by the first question without an answer."""

    cells: dict[Way, Cell] = field(default_factory=dict)
    unfit: Counter[str] = field(default_factory=Counter)

    @property
    def responses(self) -> int:
        """How many there were in all."""
        return sum(cell.total for cell in self.cells.values()) + self.unfit.total()


def matrix(version: Version) -> Matrix:
    """Every past response under a version, by where it led and where it would lead, and how its person stands."""
    found, table = Matrix(), version.table
    for answers, before, state, count in _grouped():
        outcome, missing = foreseen(table, answers)
        if missing:
            found.unfit[missing] += count
            continue
        cell = found.cells.setdefault((before, outcome), Cell())
        cell.states[state] += count
        if len(cell.answers) < MOST_PEOPLE and answers not in cell.answers[-1:]:
            cell.answers.append(answers)
    return found


def people(way: Way, cell: Cell) -> list[Response]:
    """Some of the people behind one way, by name: enough to see whom it concerns."""
    before, _ = way
    rows = Response.objects.filter(answers__in=cell.answers, recommendation__programme__code=before)
    if before is None:
        rows = Response.objects.filter(answers__in=cell.answers, recommendation__programme=None)
    ordered = rows.filter(recommendation__isnull=False).order_by("employee__family_name", "employee__given_names", "id")
    return list(ordered.select_related("employee", "employee__department")[:MOST_PEOPLE])


def facts(version: Version) -> dict[str, Any]:
    """A replay as the command answers it: every way with its people by state, and what no longer fits."""
    found = matrix(version)
    return {
        "questionnaire": version.questionnaire.name,
        "version": version.questionnaire.version,
        "responses": found.responses,
        "ways": [
            {
                "before": before,
                "after": after,
                "responses": cell.total,
                "people": {state: cell.states[state] for state in STATES},
            }
            for (before, after), cell in sorted(found.cells.items(), key=lambda item: -item[1].total)
        ],
        "unfit": [{"question": code, "responses": count} for code, count in found.unfit.most_common()],
    }


def _grouped() -> Iterator[tuple[dict[str, str], str | None, str, int]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(GROUPED)
        for answers, before, state, count in cursor:
            yield (json.loads(answers) if isinstance(answers, str) else answers), before, state, count
