"""Where things stand on a time-line: bars over months and years, as percentages. Pure: no clock, no query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

TOP = 44  # pixels for the axis: years above, months below
ROW = 58  # pixels for one row: its label, then its bars
BAR = 18  # pixels of a bar's height
LABEL = 18  # pixels from a row's top to its label's baseline
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60)
MOST_LABELS = 8  # more month names than this do not fit 360 pixels
MONTH_ROOM, YEAR_ROOM = 0.12, 0.16  # the share of 290 pixels that a month's and a year's name take, with its gap
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Tick:
    """A line at the first day of a month; `label` is empty where there is no room, `year` set where a year begins."""

    x: str
    label: str
    year: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of days, placed. `width` is empty-proof: the shortest bar is still seen."""

    label: str
    detail: str
    start: date | None
    end: date | None
    status: str
    status_label: str
    url: str
    x: str
    width: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Row:
    """All bars with one label, on one line; `y` values are pixels from the top."""

    label: str
    label_y: int
    bar_y: int
    arrow_y: int
    line_y: int
    has_open: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything the component draws, and the same bars in order of start as `listed` for people who read."""

    rows: tuple[Row, ...]
    listed: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    height: int
    axis_y: int
    today: date
    today_x: str
    today_anchor: str


def layout(bars: Iterable[Any], on: date) -> Timeline:
    """Places bars between the first and last month they touch, the day ``on`` included.

    A bar is a mapping or an object with ``label``, ``start``, ``end`` (None: open), ``status``, and, when wanted,
    ``url``, ``detail`` (more text, such as the programme where the label is a person) and ``status_label``. Both ends
    are included. Bars with the same label share a row. A bar without a start is listed and not drawn: those come last,
    in the order given.
    """
    given = list(bars)
    first, last = _window(given, on)
    span = (last - first).days
    placed = sorted((_placed(bar, first, span) for bar in given), key=_order)
    groups: dict[str, list[Bar]] = {}
    for bar in placed:
        if bar.start:
            groups.setdefault(bar.label, []).append(bar)
    rows = tuple(_row(label, tuple(group), TOP + ROW * index) for index, (label, group) in enumerate(groups.items()))
    share = (on - first).days / span
    return Timeline(
        rows=rows,
        listed=tuple(placed),
        ticks=_ticks(first, last),
        height=TOP + ROW * len(rows) + 6,
        axis_y=TOP,
        today=on,
        today_x=_percent(share),
        today_anchor="start" if share < 0.06 else "end" if share > 0.94 else "middle",
    )


def _get(bar: Any, name: str, otherwise: Any = None) -> Any:
    value = bar.get(name, otherwise) if isinstance(bar, dict) else getattr(bar, name, otherwise)
    return otherwise if value is None else value


def _window(bars: list[Any], on: date) -> tuple[date, date]:
    """The first day of the earliest month, and the first day after the latest; open bars get two months of room."""
    starts = [start for bar in bars if (start := _get(bar, "start"))]
    ends = [end for bar in bars if (end := _get(bar, "end"))]
    latest = max([on, *starts, *ends])
    if any(_get(bar, "start") and not _get(bar, "end") for bar in bars):
        latest += timedelta(days=61)
    return min([on, *starts]).replace(day=1), _next_month(latest)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"


def _placed(bar: Any, first: date, span: int) -> Bar:
    start, end, status = _get(bar, "start"), _get(bar, "end"), str(_get(bar, "status", ""))
    left = (start - first).days / span if start else 0.0
    right = min((end - first).days + 1, span) / span if end else 1.0
    return Bar(
        label=str(_get(bar, "label", "")),
        detail=str(_get(bar, "detail", "")),
        start=start,
        end=end,
        status=status,
        status_label=str(_get(bar, "status_label", "")) or status.replace("_", " "),
        url=str(_get(bar, "url", "")),
        x=_percent(left),
        width=_percent(max(right - left, 0.008)),
        is_open=bool(start) and end is None,
    )


def _order(bar: Bar) -> tuple[date, str]:
    return (bar.start, bar.label) if bar.start else (date.max, "")


def _row(label: str, bars: tuple[Bar, ...], top: int) -> Row:
    bar_y = top + LABEL + 8
    return Row(
        label=label,
        label_y=top + LABEL,
        bar_y=bar_y,
        arrow_y=bar_y + BAR // 2,
        line_y=top + ROW,
        has_open=any(bar.is_open for bar in bars),
        bars=bars,
    )


def _ticks(first: date, last: date) -> tuple[Tick, ...]:
    """A line a month (or a quarter, a year when there are many), names where they fit, the year where it begins."""
    span = (last - first).days
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in MONTH_STEPS if months / step <= MOST_LABELS), MONTH_STEPS[-1])
    days: list[date] = []
    day = first
    while day < last:
        if (day.month - 1 + day.year * 12) % step == 0:
            days.append(day)
        day = _next_month(day)
    ticks: list[Tick] = []
    year_shown = 0
    for day in days:
        share = (day - first).days / span
        year = "" if day.year == year_shown else str(day.year)
        year_shown = day.year
        following = next((later for later in days if later.year > day.year), None)
        room = (following - day).days / span if following else 1 - share
        if year and room < YEAR_ROOM and len(ticks):
            year = ""  # the next year's name needs the room, or the drawing ends
        label = SHORT_MONTHS[day.month - 1] if step < 12 and share < 1 - MONTH_ROOM else ""
        ticks.append(Tick(x=_percent(share), label=label, year=year))
    return tuple(ticks)
