"""Working days: Monday to Friday without the bank holidays of England and Wales. Pure functions of calendar dates.

The days are London's: whoever reads the clock gives the date there (people/clock.py), so a change of the clocks moves
nothing here.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
SATURDAY = 5
# What a proclamation moved or added (gov.uk/bank-holidays). A day that is proclaimed later is added here.
MOVED = {
    date(2012, 5, 28): date(2012, 6, 4),  # the Diamond Jubilee
    date(2020, 5, 4): date(2020, 5, 8),  # 75 years after the end of the war in Europe
    date(2022, 5, 30): date(2022, 6, 2),  # the Platinum Jubilee
}
ADDED = (
    date(2011, 4, 29),  # a royal wedding
    date(2012, 6, 5),  # the Diamond Jubilee
    date(2022, 6, 3),  # the Platinum Jubilee
    date(2022, 9, 19),  # the State Funeral of Queen Elizabeth II
    date(2023, 5, 8),  # the Coronation of King Charles III
)


@lru_cache(maxsize=400)
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales in a year, substitute days included (Banking and Financial Dealings Act
    1971, Schedule 1, and its proclamations).
    """
    sunday = easter(year)
    may = _first_monday(date(year, 5, 1))
    usual = [
        sunday - 2 * DAY,
        sunday + DAY,
        may,
        _first_monday(date(year, 5, 25)),
        _first_monday(date(year, 8, 25)),
        _not_on_weekend(date(year, 1, 1), ()),
    ]
    christmas = _not_on_weekend(date(year, 12, 25), (date(year, 12, 26),))
    boxing = _not_on_weekend(date(year, 12, 26), (christmas,))
    days = {MOVED.get(day, day) for day in (*usual, christmas, boxing)}
    return frozenset(days | {day for day in ADDED if day.year == year})


def is_working_day(day: date) -> bool:
    """Whether people are at work: Monday to Friday, and no bank holiday of England and Wales."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def first_working_day(day: date) -> date:
    """The day itself if people are at work on it, else the next on which they are."""
    while not is_working_day(day):
        day += DAY
    return day


def last_working_day(day: date) -> date:
    """The day itself if people are at work on it, else the last before it on which they are."""
    while not is_working_day(day):
        day -= DAY
    return day


def working_days_after(day: date, count: int) -> date:
    """The day that many working days later; the day itself does not count, whatever it is."""
    while count:
        day += DAY
        count -= is_working_day(day)
    return day


def latest_since(on: date, count: int) -> date:
    """The latest day of which that many working days are over on ``on``: what began then or before is due."""
    day = on
    while working_days_after(day, count) > on:
        day -= DAY
    return day


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the computus of Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    leaps = century - century // 4 - (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + leaps + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _first_monday(day: date) -> date:
    """The first Monday on or after a day."""
    return day + (-day.weekday() % 7) * DAY


def _not_on_weekend(day: date, taken: tuple[date, ...]) -> date:
    """The holiday itself, or where it falls on a weekend the next weekday that is no holiday yet."""
    if day.weekday() < SATURDAY and day not in taken:
        return day
    while day.weekday() >= SATURDAY or day in taken:
        day += DAY
    return day
