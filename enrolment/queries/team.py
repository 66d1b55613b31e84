"""What a manager asks: who is on what until when, who could be next, how much learning each month brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, Q, QuerySet

from assessment.models import Placement, Recommendation
from enrolment import rules
from enrolment.models import Enrolment, Nomination, NotNow
from enrolment.queries.cohorts import places
from enrolment.queries.endings import told
from enrolment.queries.enrolments import as_of, bar
from enrolment.queries.not_now import in_force
from enrolment.queries.today import dates_to_follow
from people.models import Employee, User
from people.reach import has_long_line
from programmes.models import Programme
from programmes.rules import add_months, usual_end

S = Enrolment.Status
RUNNING = (S.ACTIVE, S.OVERDUE, S.PAUSED)
TO_COME = (S.PLANNED, S.QUEUED, S.WAITING)
MONTHS = 6


@dataclass
class Member:
    """One person of a team: what runs, what comes, what is asked for, what the rules or HR said last."""

    employee: Employee
    now: Enrolment | None = None
    next: Enrolment | None = None
    done: Enrolment | None = None
    nominations: list[Nomination] = field(default_factory=list)
    recommendation: Recommendation | None = None
    to_follow: Placement | None = None  # where HR placed them, while no enrolment has followed
    joins: date | None = None
    not_nows: list[NotNow] = field(default_factory=list)
    place: int | None = None  # of what comes next, on its cohort's waiting list
    told_on: date | None = None  # when HR was told how what runs ended, past its planned end


@dataclass(frozen=True)
class Month:
    """How many of a team are on a programme on some day of a month."""

    first: date
    count: int


def reports(user: User, on: date) -> QuerySet[Employee]:
    """The people who report to somebody and have not left."""
    team = Employee.objects.managed_by(user)
    still_here = Q(employed_until=None) | Q(employed_until__gte=on)
    return team.filter(still_here).select_related("department")


def members(people: Sequence[Employee], on: date) -> list[Member]:
    """These people with all that a manager wants to see at once; as many queries for fifty as for one."""
    team = {person.pk: Member(person) for person in people}
    for member in team.values():
        begins = member.employee.employed_from
        member.joins = begins if begins and begins > on else None
    for person, rows in _enrolments(team, on).items():
        member = team[person]
        member.now = next((row for row in rows if row.status in RUNNING), None)
        member.next = next((row for row in rows if row.status in TO_COME), None)
        member.done = next((row for row in reversed(rows) if row.status == S.COMPLETED), None)
    on_lists = places([member.next for member in team.values() if member.next])
    for member in team.values():
        member.place = on_lists.get(member.next.pk) if member.next else None
    endings = told([member.now for member in team.values() if member.now])
    for member in team.values():
        ending = endings.get(member.now.pk) if member.now else None
        member.told_on = ending.told_on if ending else None
    waiting = Nomination.objects.unanswered().filter(employee__in=team)
    for nomination in waiting.select_related("programme").order_by("nominated_on", "id"):
        team[nomination.employee_id].nominations.append(nomination)
    for said in Recommendation.objects.filter(employee__in=team, is_latest=True).select_related(
        "programme", "response"
    ):
        team[said.employee_id].recommendation = said
    for person, not_nows in in_force(team, on=on).items():
        team[person].not_nows = not_nows
    for placement in dates_to_follow(on).filter(employee__in=team):
        team[placement.employee_id].to_follow = placement
    return list(team.values())


def months(user: User, on: date) -> list[Month]:
    """This month and the five after it, each with how many of the team are on a programme then; one query.

    Nothing for a very long line: HR's reports add up what concerns so many.
    """
    if has_long_line(user):
        return []
    firsts = [add_months(on.replace(day=1), ahead) for ahead in range(MONTHS + 1)]
    counts = {
        f"month_{place}": Count("employee", distinct=True, filter=Q(held__overlap=DateRange(first, after)))
        for place, (first, after) in enumerate(pairwise(firsts))
    }
    mine = Employee.objects.managed_by(user)
    found = Enrolment.objects.live().filter(employee__in=mine).aggregate(**counts)
    return [Month(first, found[f"month_{place}"]) for place, first in enumerate(firsts[:MONTHS])]


def nomination_warnings(employee: Employee, programme: Programme, on: date) -> list[str]:
    """What to think about before nominating: it holds nothing, so nothing here refuses it.

    The likely days are the programme's usual length from today.
    """
    rows = _enrolments([employee.pk], on).get(employee.pk, [])
    trial = Enrolment(employee=employee, programme=programme, start_date=on)
    said = list(rules.warnings(trial, rows))
    for row in rows:
        if row.programme_id == programme.pk and row.status in Enrolment.LIVE:
            said.append(f"{employee.given_names} is already on this programme: {row.get_status_display()}.")
    for clash in rules.clashes(rules.Days(on, usual_end(programme, on)), rows, on=on):
        other = clash.other
        if other.programme_id == programme.pk:
            continue
        dates = rules.between(days) if (days := rules.held(other)) else ""
        said.append(
            f"{employee.given_names} is on {other.programme.name} {dates}. "
            "A nomination holds no days: HR would plan it for after that."
        )
    return said


def bars(team: Iterable[Member]) -> list[dict[str, object]]:
    """What runs and what is planned, for the team's time-line."""
    return [
        bar(row, label=member.employee.name, detail=row.programme.name)
        for member in team
        for row in (member.now, member.next)
        if row and row.start_date
    ]


def _enrolments(people: Iterable[int], on: date) -> dict[int, list[Enrolment]]:
    """By person, what they were, are and will be on, earliest first, as it stands on a day; without dates last."""
    rows = Enrolment.objects.filter(employee__in=list(people)).exclude(status__in=[S.CANCELLED])
    found: dict[int, list[Enrolment]] = defaultdict(list)
    for row in rows.select_related("employee", "programme", "cohort").order_by("start_date", "id"):
        found[row.employee_id].append(row)
    return {person: as_of(theirs, on=on) for person, theirs in found.items()}
