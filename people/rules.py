"""What is decided from facts alone: which days and numbers can be meant, how a day is said, what is worth repeating."""

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
ULN = re.compile(r"[1-9][0-9]{9}")


def folded(text: str) -> str:
    """A text as it is searched: without capitals and accents; what `models.SEARCH_TEXT` does."""
    return ACCENTS.sub("", unicodedata.normalize("NFD", text)).lower()


def say(day: date) -> str:
    """A day as people read it: 4 May 2026."""
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"


def is_likely(day: date) -> bool:
    """Whether somebody can mean this day: from 1900 to 2199."""
    return EARLIEST <= day <= LATEST


def repeats(told: date | None, now: date | None) -> bool:
    """Whether somebody told of one day should hear again because it has become another."""
    return told is not None and now is not None and abs(now - told) > REPEAT_AFTER


def say_month(day: date) -> str:
    """The month of a day as people read it: May 2026."""
    return f"{MONTHS[day.month - 1].capitalize()} {day.year}"


def uln_problem(text: str) -> str:
    """Why a text is no unique learner number, in a sentence; empty when it is one.

    Ten digits, the first 1 to 9; weights 10 to 2 over the first nine, their sum modulo 11 is r, which is never 0, and
    the tenth digit is 10 − r (domain.md §4).
    """
    if not ULN.fullmatch(text):
        return "A unique learner number has ten digits and does not begin with 0."
    digits = [int(digit) for digit in text]
    rest = sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    if rest == 0 or digits[9] != 10 - rest:
        return "This is no unique learner number: its last digit does not fit the others. Check each digit."
    return ""
