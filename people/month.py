"""Who is away on which days of a month, as a picture: a column a day, a bar a stretch. Pure: no clock, no query."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)
TOP = 28  # pixels for the numbers of the days
ROW = 48  # pixels for one person: the name, then the bars
LABEL = 18  # pixels from a row's top to its name's baseline
NAMED = 7  # every so many days a number: more do not fit 360 pixels


@dataclass(frozen=True, slots=True)
class Column:
    """One day: where it stands, how wide it is, its number where there is room, and whether nobody works on it."""

    day: date
    x: str
    width: str
    number: str
    is_free: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days of one record inside the month, both included, and where they are drawn."""

    first: date
    last: date
    status: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person's line; ``y`` values are pixels from the top."""

    label: str
    label_y: int
    bar_y: int
    line_y: int
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """Everything the picture draws."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    height: int
    axis_y: int


def days_of(month: date) -> list[date]:
    """Every day of the month in which a day lies."""
    first = month.replace(day=1)
    after = next_month(month)
    return [first + DAY * number for number in range((after - first).days)]


def next_month(day: date) -> date:
    """The first day of the month after that of a day."""
    return (day.replace(day=1) + 32 * DAY).replace(day=1)


def last_month(day: date) -> date:
    """The first day of the month before that of a day."""
    return (day.replace(day=1) - DAY).replace(day=1)


def picture(people: Iterable[Any], month: date, *, free: Collection[date], on: date) -> Month:
    """A month with one row a person, in the order given.

    People have ``label`` and ``stays``, each with ``first`` and ``last`` day (both included, last None: open) and
    ``status``; what lies outside the month is cut off. ``free`` are the days on which nobody works.
    """
    days = days_of(month)
    columns = tuple(
        Column(
            day,
            x=_percent(place, days),
            width=_percent(1, days),
            number=str(day.day) if place % NAMED == 0 else "",
            is_free=day in free,
            is_today=day == on,
        )
        for place, day in enumerate(days)
    )
    rows = tuple(_row(person, days, TOP + ROW * place) for place, person in enumerate(people))
    return Month(columns, rows, height=TOP + ROW * len(rows) + 4, axis_y=TOP)


def _row(person: Any, days: list[date], top: int) -> Row:
    stretches = []
    for stay in person.stays:
        first, last = max(stay.first, days[0]), min(stay.last or days[-1], days[-1])
        if first <= last:
            count = (last - first).days + 1
            x = _percent((first - days[0]).days, days)
            stretches.append(Stretch(first, last, stay.status, x, _percent(count, days)))
    return Row(person.label, top + LABEL, top + LABEL + 7, top + ROW, tuple(stretches))


def _percent(count: int, days: list[date]) -> str:
    return f"{count / len(days) * 100:.3f}%"
