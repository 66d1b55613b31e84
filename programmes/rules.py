"""What may be planned of a programme by dates alone: its version, its usual length, what is wrong with a pair of days.

Pure functions of their arguments: no query, no clock. Days are calendar dates, both ends counted (domain.md §1 and §3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from people.rules import LATEST, SETTINGS, is_likely, say
from programmes.models import Programme, ProgrammeVersion

DAY = timedelta(days=1)
# No source bounds the apprenticeship (domain.md §1): four times its typical 18 months is room for part-time and breaks,
# and a mistyped year is far beyond it.
MOST_MONTHS = 72


@dataclass(frozen=True)
class Problem:
    """Why dates are refused: a code, the field to change, and a sentence."""

    code: str
    field: str
    message: str


def version_on(versions: Iterable[ProgrammeVersion], start: date) -> ProgrammeVersion | None:
    """The version whose window holds the start date, or None: the version follows the start (domain.md §1)."""
    for version in versions:
        if version.first_start <= start and (version.last_start is None or start <= version.last_start):
            return version
    return None


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months later, or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        if last <= day.day:
            try:
                return date(year, month + 1, last)
            except ValueError:
                continue
    raise AssertionError("every month has 28 days")


def usual_end(programme: Programme, start: date) -> date:
    """The planned end when none is given: so many calendar months less a day, or days (domain.md §3)."""
    if programme.usual_months:
        return add_months(start, programme.usual_months) - DAY
    return start + timedelta(days=programme.usual_days - 1)


def usual_length(programme: Programme) -> str:
    """The usual length in words: “18 months”, “28 days”."""
    if programme.usual_months:
        return SETTINGS["apprenticeship_months"].say(programme.usual_months)
    return SETTINGS["unit_days"].say(programme.usual_days)


def length_problem(programme: Programme, start: date, end: date) -> Problem | None:
    """An end before the start, a unit of more than 112 days, an apprenticeship of fewer than 242 (domain.md §3).

    An apprenticeship of more than six years is a slip of the year: it would hold its person for ever. An end beyond the
    days that can be meant, too: the usual length leads there from a start just before their last.
    """
    if end < start:
        return Problem("end_before_start", "planned_end_date", "The planned end is before the start.")
    if not is_likely(end):
        return Problem("too_long", "planned_end_date", f"The planned end is later than {say(LATEST)}: check the year.")
    if programme.maximum_days and (end - start).days > programme.maximum_days:
        latest = start + timedelta(days=programme.maximum_days)
        return Problem(
            "too_long",
            "planned_end_date",
            f"{programme.name} ends at most {programme.maximum_days} days after its start: by {say(latest)}.",
        )
    if not programme.maximum_days and end > (latest := add_months(start, MOST_MONTHS) - DAY):
        return Problem(
            "too_long",
            "planned_end_date",
            f"{programme.name} lasts at most {MOST_MONTHS // 12} years: to {say(latest)}. Check the year.",
        )
    if programme.minimum_days and (end - start).days + 1 < programme.minimum_days:
        least = start + timedelta(days=programme.minimum_days - 1)
        return Problem(
            "too_short",
            "planned_end_date",
            f"{programme.name} lasts at least {programme.minimum_days} days: to {say(least)} or later.",
        )
    return None


def window_problem(programme: Programme, versions: Sequence[ProgrammeVersion], start: date) -> Problem | None:
    """A start that no version of the programme allows, or on or after the day it was withdrawn (domain.md §1)."""
    if programme.withdrawn_on and start >= programme.withdrawn_on:
        day = say(programme.withdrawn_on)  # it may lie ahead
        why = f"{programme.name} is withdrawn on {day}: nobody can start it on or after that day."
        return Problem("outside_programme_dates", "start_date", why)
    if version_on(versions, start) is None:
        why = f"{programme.name} cannot start on {say(start)}. {window(versions)}"
        return Problem("outside_programme_dates", "start_date", why)
    return None


def window(versions: Sequence[ProgrammeVersion]) -> str:
    """When a programme can start, in a sentence: the first start of its first version to the last of its last."""
    if not versions:
        return "It has no version that can be started."
    first = min(version.first_start for version in versions)
    lasts = [version.last_start for version in versions]
    known = [last for last in lasts if last]
    if len(known) < len(lasts):
        return f"It can start from {say(first)}."
    return f"It can start from {say(first)} to {say(max(known))}."


def shared_months(
    first_a: date, last_a: date | None, first_b: date, last_b: date | None
) -> tuple[date, date | None] | None:
    """The calendar months that two runs of days both touch: the first day of the first and of the last such month.

    None when they share none; a last day of None has no end, and neither have the months then. The government's
    service compares months, not days (domain.md §2), so it reports an overlap where the day after is free.
    """
    first = max(first_a, first_b).replace(day=1)
    ends = [last.replace(day=1) for last in (last_a, last_b) if last]
    last = min(ends, default=None)
    return None if last is not None and last < first else (first, last)
