"""What a summary says: its headings in order, how many lines of each, and what a day's summaries are about."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from people.models import Employee

MOST_LINES = 20  # of one heading; the rest is a number
WAITING = "Nominations waiting"
HEADINGS = (
    "Placed", "Moved", "Started", "Another last day", "On a break", "Back from a break", "Finished", "Ended early",
    "Called off", "Past the planned end", "Training plan due", "Progress review due", WAITING,
)  # fmt: skip


@dataclass
class Digest:
    """One summary: of which kind, to whom, since which day, and its lines by heading."""

    kind: str
    to: Employee
    since: date
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def sections(self) -> list[tuple[str, list[str], int]]:
        """Heading, its first lines, and how many more there are; in the order of the page."""
        known = [name for name in HEADINGS if self.lines.get(name)]
        others = [name for name in self.lines if name not in HEADINGS]
        return [
            (name, self.lines[name][:MOST_LINES], max(0, len(self.lines[name]) - MOST_LINES))
            for name in (*known, *others)
        ]

    def text(self) -> str:
        """All of it as a letter says it: a heading, its lines, how many more; a blank line between two headings."""
        return "\n\n".join(
            "\n".join((heading, *(f"- {line}" for line in lines), *([f"- and {more} more"] if more else [])))
            for heading, lines, more in self.sections()
        )


def subject_of(kind: str, on: date) -> UUID:
    """What a day's summaries of one kind are about: with it, each person gets one a day."""
    return uuid5(NAMESPACE_URL, f"waypoint:{kind}:{on.isoformat()}")
