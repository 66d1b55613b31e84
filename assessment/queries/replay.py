"""Replay: what a draft would have said to everybody who ever answered, by sets of equal answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from assessment import rules
from assessment.models import Acceptance
from assessment.queries import Version

# Equal answers are one row, however many people gave them; the server hands them out piece by piece.
GROUPED = """
SELECT r.answers, p.code, count(*)
FROM assessment_response r
JOIN assessment_recommendation c ON c.response_id = r.id
LEFT JOIN programmes_programme p ON p.id = c.programme_id
GROUP BY r.answers, p.code
"""

type Way = tuple[rules.Outcome, rules.Outcome]  # what was recommended, what the draft would say


@dataclass
class Replay:
    """A draft over all past responses: how many go each way, and how many no longer fit, by the question at fault."""

    ways: Counter[Way] = field(default_factory=Counter)
    unfit: Counter[str] = field(default_factory=Counter)

    @property
    def responses(self) -> int:
        """How many there were in all."""
        return self.ways.total() + self.unfit.total()

    @property
    def moved(self) -> dict[Way, int]:
        """Those that would lead elsewhere, most first."""
        return {way: count for way, count in self.ways.most_common() if way[0] != way[1]}


def replay(version: Version) -> Replay:
    """Every past response under this version. Memory follows the different answers in one piece, not the responses."""
    found = Replay()
    table = version.table
    for answers, before, count in _grouped():
        outcome, missing = foreseen(table, answers)
        if missing:
            found.unfit[missing] += count
        else:
            found.ways[before, outcome] += count
    return found


def foreseen(table: rules.Table, answers: rules.Answers) -> tuple[rules.Outcome, str]:
    """Where past answers would lead; or the first question for want of whose answer nobody can say (else empty).

    A question that nobody had been asked does not matter where every answer to it leads to the same; an answer that
    is not offered any more fits nowhere.
    """
    missing = table.unanswered(answers)
    if not missing:
        rule = table.deciding(answers)
        return (rule.programme if rule else None), ""
    if lost := [code for code in missing if code in answers]:
        return None, lost[0]
    outcomes = table.outcomes_of(answers)
    return (next(iter(outcomes)), "") if len(outcomes) == 1 else (None, missing[0])


def accepted(version: Version) -> dict[Way, Acceptance]:
    """Which groups somebody has accepted of this version as it stands, with the reason."""
    draft = version.questionnaire
    rows = Acceptance.objects.filter(questionnaire=draft, revision=draft.revision).select_related("by__employee")
    return {(row.before or None, row.after or None): row for row in rows}


def unaccepted(version: Version) -> dict[Way, int]:
    """The groups that would lead elsewhere and that nobody has accepted as many as they are now."""
    seen = accepted(version)
    return {way: count for way, count in replay(version).moved.items() if way not in seen or seen[way].people != count}


def _grouped() -> Iterator[tuple[dict[str, str], rules.Outcome, int]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(GROUPED)
        for answers, before, count in cursor:
            yield (json.loads(answers) if isinstance(answers, str) else answers), before, count
