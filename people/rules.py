"""What is decided from facts alone: which days can be meant, how a day is said, when a notice is worth repeating."""

import re
import unicodedata
from datetime import date, timedelta

# A notice that went out is repeated only when the day it speaks of moved by more than this.
REPEAT_AFTER = timedelta(days=28)

# The days that can be meant anywhere: a year beyond them is a slip, and counting on from it would leave the calendar.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

ACCENTS = re.compile(r"[\u0300-\u036f]")


def folded(text: str) -> str:
    """A text as it is searched: without capitals and accents; what `models.SEARCH_TEXT` does."""
    return ACCENTS.sub("", unicodedata.normalize("NFD", text)).lower()


def say(day: date) -> str:
    """A day as people read it: 4 May 2026."""
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"


def birthday(born: date, age: int) -> date:
    """The first day on which somebody born on ``born`` is ``age``; 29 February counts from 1 March in common years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def is_likely(day: date) -> bool:
    """Whether somebody can mean this day: from 1900 to 2199."""
    return EARLIEST <= day <= LATEST


def repeats(told: date | None, now: date | None) -> bool:
    """Whether somebody told of one day should hear again because it has become another."""
    return told is not None and now is not None and abs(now - told) > REPEAT_AFTER
