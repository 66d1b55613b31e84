"""The planner: the earliest legal start or the cohort that fits, and why each earlier candidate failed.

Each rule that fails on a day names the first later day that could pass; nothing in between can, so the first day that
no rule pushes is the earliest (design.md, the planner). Pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from enrolment.models import Enrolment
from enrolment.rules.holds import Days, between, held_on
from people.models import Employee
from people.rules import birthday, say
from programmes.models import Cohort, Programme, ProgrammeVersion
from programmes.rules import DAY, version_on, window

type Ends = Callable[[date], date]
type Hold = tuple[Days, Enrolment]

MOST_TRIED = 50  # candidates that are explained; a longer list is read by nobody
MOST_NAMED = 5  # of a team that is away, by name


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a start fails: the rule's code, the first later day worth trying (None: no day is), what is in the way."""

    code: str
    until: date | None
    other: Enrolment | None = None
    days: Days | None = None


@dataclass(frozen=True)
class Tried:
    """A candidate that failed: its start, its cohort where it was one, and why: code, sentence, what was in the way."""

    start: date
    cohort: Cohort | None
    code: str
    sentence: str
    obstacle: Obstacle | None = None


@dataclass(frozen=True)
class Plan:
    """What the planner gives: dates, with cohort and seat (row id) where it looked for one; or what to close first."""

    start: date | None
    end: date | None
    cohort: Cohort | None = None
    seat: int | None = None
    tried: tuple[Tried, ...] = ()
    to_close: Enrolment | None = None
    replaced_by: Programme | None = None


@dataclass(frozen=True)
class Opening:
    """A cohort somebody could join, and the row ids of its free seats."""

    cohort: Cohort
    seats: list[int]


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody of a team (row id and name) and days on which a programme holds them."""

    person: int
    name: str
    days: Days


@dataclass(frozen=True)
class Case:
    """One person and one programme, with what binds the planner: holds in order, and days when the team is full.

    ``away`` is who fills the team.
    """

    employee: Employee
    programme: Programme
    versions: Sequence[ProgrammeVersion]
    holds: Sequence[Hold]
    on: date
    crowded: Sequence[Days] = field(default=())
    away: Sequence[Away] = field(default=())

    @classmethod
    def of(
        cls,
        employee: Employee,
        programme: Programme,
        versions: Sequence[ProgrammeVersion],
        others: Iterable[Enrolment],
        *,
        on: date,
        crowded: Sequence[Days] = (),
        away: Sequence[Away] = (),
    ) -> Case:
        """The case of a person whose other enrolments are ``others``, seen on a day."""
        holds = [(days, other) for other in others if (days := held_on(other, on))]
        holds.sort(key=lambda hold: hold[0].first)
        return cls(employee, programme, versions, holds, on, crowded, away)


def obstacle(case: Case, start: date, end: date) -> Obstacle | None:
    """The first rule that refuses a start with its planned end, or None when every rule allows it."""
    employee, programme = case.employee, case.programme
    if employee.employed_until and start > employee.employed_until:
        return Obstacle("not_employed", None)
    if programme.withdrawn_on and start >= programme.withdrawn_on:
        return Obstacle("outside_programme_dates", None)
    if version_on(case.versions, start) is None:
        later = min((v.first_start for v in case.versions if v.first_start > start), default=None)
        return Obstacle("outside_programme_dates", later)
    if employee.date_of_birth and start < (old_enough := birthday(employee.date_of_birth, programme.minimum_age)):
        return Obstacle("too_young", old_enough)
    if employee.employed_from and start < employee.employed_from:
        return Obstacle("not_employed", employee.employed_from)
    for days, other in case.holds:
        if (days.last is None or days.last >= start) and days.first <= end:
            return Obstacle("clash", None if days.last is None else days.last + DAY, other, days)
    if end < case.on and any(days.first > end for days, _ in case.holds):
        return Obstacle("clash", start + (case.on - end))  # past dates hold on, open-ended, into what comes later
    for days in case.crowded:
        if (days.last is None or days.last >= start) and days.first <= end:
            return Obstacle("team_load", None if days.last is None else days.last + DAY, None, days)
    return None


def earliest_legal_start(
    employee: Employee,
    programme: Programme,
    versions: Sequence[ProgrammeVersion],
    others: Sequence[Enrolment],
    *,
    not_before: date,
    ends: Ends,
    on: date,
) -> date | None:
    """The first day on or after ``not_before`` on which a start meets every rule; None when there is none.

    ``ends`` gives the planned end for a start, ``on`` is the day of asking.
    """
    case = Case.of(employee, programme, versions, others, on=on)
    start: date | None = not_before
    while start is not None and (found := obstacle(case, start, ends(start))):
        start = found.until
    return start


def plan_days(case: Case, *, not_before: date, ends: Ends) -> Plan:
    """The earliest legal start on or after a day, its planned end, and why each earlier candidate failed."""
    tried: list[Tried] = []
    start: date | None = not_before
    found: Obstacle | None = None
    while start is not None and (found := obstacle(case, start, ends(start))):
        if len(tried) < MOST_TRIED:
            tried.append(Tried(start, None, found.code, _sentence(case, found, start), found))
        start = found.until
    if start is not None:
        return Plan(start, ends(start), tried=tuple(tried))
    return _no_plan(case, found, tried)


def plan_cohort(case: Case, openings: Iterable[Opening], *, not_before: date) -> Plan:
    """The first cohort, by start, that the person may join and that has a seat; and why each earlier one failed."""
    tried: list[Tried] = []
    last: Obstacle | None = None
    for opening in sorted(openings, key=lambda each: (each.cohort.start_date, each.cohort.pk)):
        cohort = opening.cohort
        start, end = cohort.start_date, cohort.planned_end_date
        found = obstacle(case, start, end)
        if start < not_before:
            tried.append(Tried(start, cohort, "notice", f"{cohort.name} starts before {say(not_before)}."))
        elif found:
            last = found
            tried.append(Tried(start, cohort, found.code, f"{cohort.name}: {_sentence(case, found, start)}"))
        elif not opening.seats:
            tried.append(Tried(start, cohort, "no_seat", f"{cohort.name} is full: no seat is free."))
        else:
            return Plan(start, end, cohort, opening.seats[0], tuple(tried[:MOST_TRIED]))
    return _no_plan(case, last, tried)


def crowded(holds: Iterable[Days], limit: int) -> list[Days]:
    """The runs of days on which ``limit`` or more of these holds meet: with one more, too many of a team are away."""
    steps: dict[date, int] = {}
    for days in holds:
        steps[days.first] = steps.get(days.first, 0) + 1
        if days.last is not None:
            after = days.last + DAY
            steps[after] = steps.get(after, 0) - 1
    runs: list[Days] = []
    away, since = 0, None
    for day in sorted(steps):
        away += steps[day]
        if away >= limit and since is None:
            since = day
        elif away < limit and since is not None:
            runs.append(Days(since, day - DAY))
            since = None
    if since is not None:
        runs.append(Days(since, None))
    return runs


def full_team(days: Days, away: Iterable[Away]) -> str:
    """Why a team can spare nobody more on these days: who is away on any of them, the first few by name."""
    names = list(dict.fromkeys(each.name for each in away if each.days.shared(days)))
    shown, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    said = [*shown, f"{more} more"] if more > 0 else shown
    who = f": {', '.join(said[:-1])}{' and ' if said[1:] else ''}{said[-1]}" if said else ""
    return f"Too many of the team are on a programme {between(days)}{who}."


def notice(on: date, days: int) -> date:
    """The first day the planner may propose; it never binds dates that a person gives (domain.md §3)."""
    return on + timedelta(days=days)


def _no_plan(case: Case, found: Obstacle | None, tried: Sequence[Tried]) -> Plan:
    programme = case.programme
    replaced_by = programme.replaced_by if programme.withdrawn_on else None
    to_close = found.other if found and found.until is None else None
    return Plan(None, None, tried=tuple(tried[:MOST_TRIED]), to_close=to_close, replaced_by=replaced_by)


def _sentence(case: Case, found: Obstacle, start: date) -> str:
    """Why a candidate failed, for people."""
    person, programme = case.employee, case.programme
    match found.code:
        case "clash" if found.other is not None and found.days is not None:
            close = "" if found.days.last else f" Close {found.other.programme.name} first."
            return f"{person.given_names} is on {found.other.programme.name} {between(found.days)}.{close}"
        case "clash":
            return "It would be over and, until it is closed, hold the days of what comes later."
        case "too_young" if found.until:
            return f"{person.given_names} is {programme.minimum_age} on {say(found.until)}."
        case "not_employed" if found.until:
            return f"{person.given_names} joins on {say(found.until)}."
        case "not_employed":
            return f"{person.given_names} has left by then."
        case "team_load" if found.days is not None:
            return full_team(found.days, case.away)
        case _:
            if programme.withdrawn_on and start >= programme.withdrawn_on:
                then = f" {programme.replaced_by.name} replaces it." if programme.replaced_by else ""
                return f"{programme.name} is withdrawn on {say(programme.withdrawn_on)}.{then}"
            return f"{programme.name} cannot start on {say(start)}. {window(case.versions)}"
