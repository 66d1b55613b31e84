"""Days as files of other systems write them: which forms a column shows, and each cell as a day year first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from people.rules import MONTHS, is_likely

DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
ORDERS = {DAY_FIRST: "day, month, year: 03/04/2026 is 3 April", MONTH_FIRST: "month, day, year: 03/04/2026 is 4 March"}
EPOCHS = {"1900": "counted from 1900, as Excel does by default", "1904": "counted from 1904, as old Excel for Mac did"}
NUMBERS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T]\d{1,2}:\d{2}.*)?", re.ASCII)
ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]\d{1,2}:\d{2}.*)?", re.ASCII)
WORDS = re.compile(r"(?:[a-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})", re.I | re.A)
COMPACT = re.compile(r"(19|20|21)(\d{2})(\d{2})(\d{2})", re.ASCII)
SERIAL = re.compile(r"(\d{3,6})(?:\.\d+)?", re.ASCII)
STARTS = {"1900": date(1899, 12, 30), "1904": date(1904, 1, 1)}


@dataclass(frozen=True, slots=True)
class Forms:
    """What the days of one column say of their form: how many can only be read one way, how many both, how many count.

    ``days`` are cells that are a day in any form, ``others`` those that are none and not blank.
    """

    day_first: int = 0
    month_first: int = 0
    both: int = 0
    serial: int = 0
    days: int = 0
    others: int = 0

    @property
    def order(self) -> str:
        """The one order that the column itself shows; empty where it shows none, or both."""
        if bool(self.day_first) == bool(self.month_first):
            return ""
        return DAY_FIRST if self.day_first else MONTH_FIRST

    @property
    def is_open(self) -> bool:
        """Whether the column has days that can be read two ways and does not show which is meant."""
        return not self.order and (self.both > 0 or self.day_first > 0)


def forms_of(texts: Iterable[str]) -> Forms:
    """What the cells of a column say of the form of their days; 1/1/2026 says nothing, and is the same either way."""
    day_first = month_first = both = serial = days = others = 0
    for text in texts:
        if not text:
            continue
        if found := NUMBERS.fullmatch(text):
            first, second, year = map(int, found.groups())
            as_day, as_month = _day(year, second, first), _day(year, first, second)
            day_first += bool(as_day and not as_month)
            month_first += bool(as_month and not as_day)
            both += bool(as_day and as_month and as_day != as_month)
            is_day = bool(as_day or as_month)
        else:
            is_day = read(text, DAY_FIRST, "1900") is not None
            serial += is_day and SERIAL.fullmatch(text) is not None
        days += is_day
        others += not is_day
    return Forms(day_first, month_first, both, serial, days, others)


def read(text: str, order: str, epoch: str) -> date | None:
    """The day that a cell holds; None where it holds none. Without an order, what two orders read apart is none."""
    if found := ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := NUMBERS.fullmatch(text):
        first, second, year = map(int, found.groups())
        if order == MONTH_FIRST:
            return _day(year, first, second)
        if order == DAY_FIRST or first == second:
            return _day(year, second, first)
        return None
    if found := WORDS.fullmatch(text):
        name = found[2].lower()
        months = [number for number, month in enumerate(MONTHS, 1) if month.startswith(name)]
        return _day(int(found[3]), months[0], int(found[1])) if len(months) == 1 else None
    if found := COMPACT.fullmatch(text):
        return _day(int(found[1] + found[2]), int(found[3]), int(found[4]))
    if epoch and (found := SERIAL.fullmatch(text)):
        day = STARTS[epoch] + timedelta(days=int(found[1]))
        return day if is_likely(day) else None
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
