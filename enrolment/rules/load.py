"""How many of a team are on a programme at once, month by month, as it stands and with those who are wished for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from enrolment.rules.holds import Days
from enrolment.rules.planner import Away
from programmes.rules import DAY, add_months

MOST_NAMED = 8  # of those who are away anyway


@dataclass(frozen=True)
class Month:
    """The most people away on one day of a month: ``now`` as it stands, ``then`` with those wished for; and who.

    ``names`` are those who are away on some day of it already, ``wished`` those who would be.
    """

    first: date
    now: int
    then: int
    names: tuple[str, ...]
    wished: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The first few who are away already."""
        return self.names[:MOST_NAMED]

    @property
    def unnamed(self) -> int:
        """How many more are."""
        return len(self.names[MOST_NAMED:])


def months(away: Sequence[Away], wished: Sequence[Away], first: date, count: int) -> list[Month]:
    """So many months from the one that begins on ``first``."""
    found = []
    for ahead in range(count):
        days = Days(add_months(first, ahead), add_months(first, ahead + 1) - DAY)
        stay, come = _in(away, days), _in(wished, days)
        then = most_at_once([each.days for each in (*stay, *come)], days)
        found.append(Month(days.first, most_at_once([e.days for e in stay], days), then, _names(stay), _names(come)))
    return found


def stretches(found: Iterable[Month]) -> list[tuple[Month, Month]]:
    """The first and the last of each run of months in which nothing changes."""
    alike = groupby(found, key=lambda month: (month.now, month.then, month.names, month.wished))
    runs = [list(run) for _, run in alike]
    return [(run[0], run[-1]) for run in runs]


def most_at_once(holds: Iterable[Days], within: Days) -> int:
    """The most of these holds that meet on one day of a stretch; both ends of each count."""
    steps: dict[date, int] = {}
    for days in holds:
        if not days.shared(within):
            continue
        first = max(days.first, within.first)
        steps[first] = steps.get(first, 0) + 1
        if days.last is not None:
            steps[days.last + DAY] = steps.get(days.last + DAY, 0) - 1
    most = now = 0
    for day in sorted(steps):
        if within.last and day > within.last:
            break
        now += steps[day]
        most = max(most, now)
    return most


def _in(away: Iterable[Away], days: Days) -> list[Away]:
    return [each for each in away if each.days.shared(days)]


def _names(away: Iterable[Away]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in away))
