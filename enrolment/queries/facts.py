"""What judging needs besides a person's records, fetched once for everybody: versions, cohorts, seats, old dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent
from people.models import Employee, User
from people.queries import policy, rows_of
from programmes.models import Cohort, ProgrammeVersion, Seat

S = Enrolment.Status
AHEAD = timedelta(days=730)  # how far ahead cohorts are looked through
SOMEBODY = "somebody of another department"


def gathered(
    rows: Iterable[Enrolment],
    *,
    on: date,
    cohorts: Iterable[int] = (),
    programmes: Iterable[int] = (),
    people: Sequence[Employee] = (),
    reader: User | None = None,
    is_locking: bool = False,
) -> rules.Facts:
    """The facts for judging these records (of ``people``); an action locks (``is_locking``), a page only reads.

    The cohorts are the ``cohorts`` named (row ids), the coming ones of the ``programmes`` somebody looks through, and
    of the programmes whose plans in a cohort might have to move. The seats given are those free now. Who of a team is
    away is named where the ``reader`` may see them; the calendar and commands have none.
    """
    records = list(rows)
    was = _dates_before([record for record in records if record.status == S.QUEUED])
    moving = {r.programme_id for r in records if r.status == S.PLANNED and r.cohort_id}
    moving |= {r.programme_id for r in records if r.pk in was and was[r.pk].cohort}
    stated = policy()
    away = away_of_teams(people, on=on) if stated.team_load_limit else {}
    return rules.Facts(
        policy=stated,
        versions=_versions(),
        openings=_openings(set(cohorts), {*moving, *programmes}, on=on, is_locking=is_locking),
        was=was,
        away=named_for(reader, away) if reader and away else away,
    )


def _versions() -> dict[int, list[ProgrammeVersion]]:
    versions: dict[int, list[ProgrammeVersion]] = defaultdict(list)
    for version in ProgrammeVersion.objects.order_by("first_start"):
        versions[version.programme_id].append(version)
    return versions


def _openings(named: set[int], programmes: set[int], *, on: date, is_locking: bool) -> dict[int, list[rules.Opening]]:
    """Cohorts by programme, earliest first, each with its free seats in the order of their numbers."""
    if not (named or programmes):
        return {}
    coming = Q(programme__in=programmes, start_date__gt=on, start_date__lte=on + AHEAD, closed_on=None)
    wanted = Cohort.objects.filter(Q(pk__in=named) | coming)
    wanted = wanted.order_by("id")
    cohorts = list(wanted.select_for_update(no_key=True) if is_locking else wanted)
    taken = Exists(Enrolment.objects.filter(seat=OuterRef("pk")))
    free: dict[int, list[int]] = defaultdict(list)
    seats = Seat.objects.filter(~taken, cohort__in=[cohort.pk for cohort in cohorts]).order_by("number")
    for seat, cohort in seats.values_list("pk", "cohort_id"):
        free[cohort].append(seat)
    openings: dict[int, list[rules.Opening]] = defaultdict(list)
    for opened in sorted(cohorts, key=lambda each: (each.start_date, each.pk)):
        openings[opened.programme_id].append(rules.Opening(opened, free[opened.pk]))
    return openings


def _dates_before(queued: Sequence[Enrolment]) -> dict[int, rules.Was]:
    """The last dates that queued plans had, from their history."""
    if not queued:
        return {}
    dated = EnrolmentEvent.objects.filter(subject__in=queued, start_date__isnull=False, planned_end_date__isnull=False)
    found = {}
    for event in dated.order_by("id"):
        if event.start_date and event.planned_end_date:
            found[event.subject_id] = rules.Was(event.start_date, event.planned_end_date, event.cohort_id)
    return found


def named_for(reader: User, away: dict[int, list[rules.Away]]) -> dict[int, list[rules.Away]]:
    """The same people away, each by name where somebody may see them; one query. Their days stay: plans follow them."""
    everybody = {each.person for team in away.values() for each in team}
    seen = set(Employee.objects.visible_to(reader).filter(pk__in=rows_of(everybody)).values_list("pk", flat=True))
    return {
        manager: [each if each.person in seen else replace(each, name=SOMEBODY) for each in team]
        for manager, team in away.items()
    }


def away_of_teams(people: Sequence[Employee], *, on: date) -> dict[int, list[rules.Away]]:
    """By manager (row id) of these people, who of the team is on a programme, and when; earliest first."""
    managers = {person.manager_id for person in people if person.manager_id}
    away: dict[int, list[rules.Away]] = defaultdict(list)
    rows = Enrolment.objects.holding().filter(employee__manager__in=managers)
    running = rows.exclude(status__in=[S.COMPLETED, S.WITHDRAWN]).select_related("employee")
    for record in running.order_by("start_date", "id"):
        person = record.employee
        if person.manager_id and (days := rules.held_on(record, on)):
            away[person.manager_id].append(rules.Away(person.pk, person.name, days))
    return away
