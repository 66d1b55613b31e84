"""Pages of a long list without counting it: each begins where the last one ended, by one column and then by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

ROWS = 50


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and where the pages before and after it begin (empty: there is none)."""

    rows: list[Any]
    before: str
    after: str


def page(rows: QuerySet[Any], column: str, *, descending: bool, after: str = "", before: str = "") -> Page:
    """One page of ``rows`` in order of a date ``column``, then of row; a row without that date comes after every date.

    ``after`` and ``before`` are what an earlier page gave as such; anything else begins at the first page.
    """
    forwards = _read(before) is None
    place = _read(after) if forwards else _read(before)
    downwards = descending if forwards else not descending
    found = _fetch(rows, column, downwards=downwards, place=place)
    has_more, found = len(found) > ROWS, found[:ROWS]
    if not forwards:
        found.reverse()
    has_before, has_after = (place is not None, has_more) if forwards else (has_more, True)
    return Page(
        found,
        before=_write(found[0], column) if found and has_before else "",
        after=_write(found[-1], column) if found and has_after else "",
    )


def _fetch(rows: QuerySet[Any], column: str, *, downwards: bool, place: tuple[date | None, int] | None) -> list[Any]:
    """Up to one row more than a page. Stretches are asked one by one, so that each is one walk along the index."""
    sign = "-" if downwards else ""
    ordered = rows.order_by(f"{sign}{column}", f"{sign}id")
    found: list[Any] = []
    for stretch in _stretches(column, downwards=downwards, place=place):
        found += ordered.filter(stretch)[: ROWS + 1 - len(found)]
        if len(found) > ROWS:
            break
    return found


def _stretches(column: str, *, downwards: bool, place: tuple[date | None, int] | None) -> list[Q]:
    if place is None:
        return [Q()]
    day, row = place
    further = "lt" if downwards else "gt"
    without = Q(**{f"{column}__isnull": True})
    if day is None:
        rest = without & Q(**{f"id__{further}": row})
        return [rest, ~without] if downwards else [rest]
    dated = Q(**{f"{column}__{further}e": day}) & (Q(**{f"{column}__{further}": day}) | Q(**{f"id__{further}": row}))
    return [dated] if downwards else [dated, without]


def _write(row: Any, column: str) -> str:
    day = getattr(row, column)
    return f"{day.isoformat() if day else ''}.{row.id}"


def _read(text: str) -> tuple[date | None, int] | None:
    day, _, row = text.partition(".")
    if not (row.isascii() and row.isdecimal()) or len(row) > 18:
        return None
    try:
        return (date.fromisoformat(day) if day else None), int(row)
    except ValueError:
        return None
