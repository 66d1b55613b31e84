"""What is decided from facts alone: which days, numbers and settings can be meant, and how a day is said."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

# A notice that went out is repeated only when the day it speaks of moved by more than this.
REPEAT_AFTER = timedelta(days=28)

# A mail server that says “not now” is asked so often: with the pauses between, for about two days.
MOST_TRIES = 18
LONGEST_PAUSE = timedelta(hours=4)


@dataclass(frozen=True)
class Step:
    """What a person can do to a notice: from which statuses it goes where, and what pages call it."""

    name: str
    sources: tuple[str, ...]
    to: str
    label: str
    done: str
    needs_reason: bool = False


STEPS = {
    step.name: step
    for step in (
        Step("hold", ("due",), "held", "Hold back", "held back", needs_reason=True),
        Step("release", ("held",), "due", "Let go", "let go"),
        Step("hurry", ("due", "held"), "due", "Send now", "sent as soon as mail leaves"),
        Step(
            "call_off", ("due", "held", "failed", "no_address"), "withdrawn", "Cancel", "cancelled", needs_reason=True
        ),
        Step("retry", ("failed", "no_address"), "due", "Try again", "tried again"),
        Step("tell_in_person", ("failed", "no_address"), "told", "Told", "told in person"),
        Step("read", ("failed", "no_address"), "told", "I have read this", "read after signing in"),
    )
}

# The days that can be meant anywhere: a year beyond them is a slip, and counting on from it would leave the calendar.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

ACCENTS = re.compile(r"[\u0300-\u036f]")
ULN = re.compile(r"[1-9][0-9]{9}")


@dataclass(frozen=True)
class Setting:
    """One number of the policy: its name for people, what it does, what it counts (one, several), least and most.

    ``zero`` is what nought is called where it means more than none.
    """

    label: str
    does: str
    units: tuple[str, str]
    least: int
    most: int
    zero: str = ""

    def say(self, value: int) -> str:
        """A value in words: “14 days”, “1 hour”, “no limit”."""
        if value == 0 and self.zero:
            return self.zero
        return f"{value} {self.units[value != 1]}"


WORKING_DAYS = ("working day", "working days")
DAYS, HOURS, MONTHS_LONG, PEOPLE = ("day", "days"), ("hour", "hours"), ("month", "months"), ("person", "people")

# By the name of its column in `Policy`, in the order of the page. Lengths are bound by domain.md §1: the apprenticeship
# takes 242 days, which 8 calendar months always have; a unit ends at most 112 days after its start.
SETTINGS = {
    "notice_days": Setting(
        "Notice before a proposed start",
        "A start that Waypoint proposes lies at least this far ahead; dates that a person gives are not bound by it.",
        DAYS,
        0,
        365,
    ),
    "team_load_limit": Setting(
        "Most of one team on a programme at once",
        "How many people of one manager may be on a programme on the same day; 0 means no limit.",
        PEOPLE,
        0,
        1000,
        zero="no limit",
    ),
    "follower_days": Setting(
        "How far a plan may move without asking",
        "A plan behind another programme moves with it by up to this much; a longer move waits for HR’s yes.",
        DAYS,
        0,
        365,
    ),
    "return_reminder_days": Setting(
        "Question before a return from a break",
        "How long before a break in learning ends HR is asked whether the learner comes back.",
        DAYS,
        0,
        365,
    ),
    "undo_hours": Setting(
        "Time to undo",
        "How long a withdrawal or a cancellation can be undone; 0 means not at all.",
        HOURS,
        0,
        720,
        zero="none",
    ),
    "nomination_reminder_days": Setting(
        "Reminder to HR of a nomination",
        "Working days after which HR is reminded of a nomination that nobody has decided.",
        WORKING_DAYS,
        1,
        60,
    ),
    "nomination_escalation_days": Setting(
        "Escalation of a nomination",
        "Working days after which everybody in HR who may decide, and the administrators, hear of an undecided one.",
        WORKING_DAYS,
        1,
        60,
    ),
    "nomination_expiry_days": Setting(
        "Expiry of a nomination",
        "Working days after which an undecided nomination expires; its manager and its learner are warned before.",
        WORKING_DAYS,
        3,
        120,
    ),
    "declined_learner_days": Setting(
        "Time for the manager to speak first",
        "Working days between the manager’s message that a nomination was declined and the learner’s.",
        WORKING_DAYS,
        1,
        20,
    ),
    "apprenticeship_months": Setting(
        "Usual length of the apprenticeship",
        "Gives the planned end when nobody gives another; at least 8 calendar months, which are never under 242 days.",
        MONTHS_LONG,
        8,
        60,
    ),
    "unit_days": Setting(
        "Usual length of a unit",
        "Gives the planned end when nobody gives another; first and last day counted, at most 113.",
        DAYS,
        1,
        113,
    ),
    "brake_percent": Setting(
        "Share of people that stops a file",
        "A file of people by which more than this share of those who work here would leave, or change manager, "
        "is loaded only once the number is typed.",
        ("percent", "percent"),
        0,
        100,
        zero="any",
    ),
}


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


def has_left(employed_until: date | None, on: date) -> bool:
    """Whether somebody has left: the day after their last day they are no longer employed."""
    return employed_until is not None and employed_until < on


def may_leave(at: time, hours: Sequence[int]) -> bool:
    """Whether mail may leave at this time of day in London: from the first of these hours and before the second."""
    return hours[0] <= at.hour < hours[1]


def pause_after(tries: int) -> timedelta:
    """How long a notice rests after so many tries: a minute, then twice as long each time, up to four hours."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_PAUSE)


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


def is_braked(count: int, people: int, percent: int) -> bool:
    """Whether so many of these people are more than the share that may pass without being confirmed."""
    return people > 0 and count * 100 > percent * people


def setting_problem(name: str, value: int) -> tuple[str, str] | None:
    """Why a setting of the policy cannot be this: ``too_low`` or ``too_high``, and a sentence; None if it can."""
    setting = SETTINGS[name]
    if value < setting.least:
        return "too_low", f"Give at least {setting.least}."
    if value > setting.most:
        return "too_high", f"Give at most {setting.most}."
    return None
