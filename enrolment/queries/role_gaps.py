"""Where nobody has a role, or nobody who has it is placed for it; and a few people who could close each such gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from enrolment.queries.roles import Line, asked
from enrolment.rules.roles import ROLES, Count, gap_in_words
from people.models import Employee

FEW = 3  # people named for one gap

# Of the departments with gaps, those whose answers come near a role: who says so, whom the rules recommend its
# programme, for whom it is next in line. Whoever is not placed yet comes first.
NEAR = """
SELECT department, number, id, rank
FROM (
    SELECT *, row_number() OVER (PARTITION BY department, number ORDER BY rank, is_decided, id) AS place
    FROM (
        SELECT employee.id, gap.department, gap.number, made.is_decided,
            CASE WHEN sent.answers ->> %(question)s = role.option THEN 0
                WHEN made.programme_id = role.programme THEN 1
                WHEN made.runner_up_id = role.programme THEN 2 END AS rank
        FROM unnest(%(at)s::bigint[], %(gap_numbers)s::int[]) AS gap(department, number)
        JOIN unnest(%(numbers)s::int[], %(options)s::text[], %(programmes)s::bigint[])
            AS role(number, option, programme) USING (number)
        JOIN people_employee AS employee ON employee.department_id = gap.department
        JOIN assessment_recommendation AS made ON made.employee_id = employee.id AND made.is_latest
        JOIN assessment_response AS sent ON sent.id = made.response_id
        WHERE (employee.employed_from IS NULL OR employee.employed_from <= %(on)s)
            AND (employee.employed_until IS NULL OR employee.employed_until >= %(on)s)
    ) AS near
    WHERE rank IS NOT NULL
) AS placed
WHERE place <= %(few)s
ORDER BY department, number, place
"""
# Of the same departments a few who have never sent answers, those who manage somebody apart.
UNHEARD = """
SELECT gap.department, found.id, found.manages
FROM unnest(%(departments)s::bigint[]) AS gap(department)
CROSS JOIN LATERAL (
    (
        SELECT employee.id, true AS manages FROM people_employee AS employee
        WHERE employee.department_id = gap.department
        AND (employee.employed_from IS NULL OR employee.employed_from <= %(on)s)
        AND (employee.employed_until IS NULL OR employee.employed_until >= %(on)s)
        AND EXISTS (SELECT FROM people_employee AS report WHERE report.manager_id = employee.id)
        AND NOT EXISTS (
            SELECT FROM assessment_recommendation AS made WHERE made.employee_id = employee.id AND made.is_latest
        )
        ORDER BY employee.id
        LIMIT %(few)s
    )
    UNION ALL
    (
        SELECT employee.id, false FROM people_employee AS employee
        WHERE employee.department_id = gap.department
        AND (employee.employed_from IS NULL OR employee.employed_from <= %(on)s)
        AND (employee.employed_until IS NULL OR employee.employed_until >= %(on)s)
        AND NOT EXISTS (SELECT FROM people_employee AS report WHERE report.manager_id = employee.id)
        AND NOT EXISTS (
            SELECT FROM assessment_recommendation AS made WHERE made.employee_id = employee.id AND made.is_latest
        )
        ORDER BY employee.id
        LIMIT %(few)s
    )
) AS found
"""
RANKS = ("says so", "the rules recommend the programme", "the programme is next in line")
MANAGES, WORKS = "manages people, has not answered", "has not answered"


@dataclass(frozen=True)
class Closer:
    """Somebody who could close a gap, and why: by their answers, or that nobody knows their answers yet."""

    employee: Employee
    why: str
    has_answered: bool


@dataclass(frozen=True)
class Gap:
    """One gap in words, and the few who could close it."""

    count: Count
    sentence: str
    closers: list[Closer]


@dataclass(frozen=True)
class Place:
    """The gaps of one department."""

    line: Line
    gaps: list[Gap]


def gaps(lines: Sequence[Line], *, on: date) -> list[Place]:
    """The departments of these lines where a role is nobody's, or nobody is placed for it; three queries for all.

    Those whose answers come near are named first, then those who have not answered: for improving the work hands-on
    whoever manages nobody before managers, for the rest managers before them.
    """
    open_counts = {
        line.department.pk: (line, [count for count in line.counts if count.is_gap or count.is_unprepared])
        for line in lines
        if line.department
    }
    wanted = [(pk, ROLES.index(count.role)) for pk, (_, counts) in open_counts.items() for count in counts]
    if not wanted:
        return []
    near, unheard = _near(wanted, on=on), _unheard({pk for pk, _ in wanted}, on=on)
    ids = {pk for found in near.values() for pk, _ in found} | {pk for found in unheard.values() for pk, _ in found}
    people = Employee.objects.select_related("department").in_bulk(ids)
    return [
        Place(
            line,
            [
                Gap(
                    count,
                    gap_in_words(count, line.name),
                    _closers(count, near.get((pk, ROLES.index(count.role)), []), unheard.get(pk, []), people),
                )
                for count in counts
            ],
        )
        for pk, (line, counts) in open_counts.items()
        if counts
    ]


def _closers(
    count: Count,
    near: Iterable[tuple[int, int]],
    unheard: Iterable[tuple[int, bool]],
    people: Mapping[int, Employee],
) -> list[Closer]:
    hands_on = count.role is ROLES[-1]
    rest = sorted(unheard, key=lambda found: (found[1] is hands_on, found[0]))
    named = [Closer(people[pk], RANKS[rank], has_answered=True) for pk, rank in near]
    named += [Closer(people[pk], MANAGES if manages else WORKS, has_answered=False) for pk, manages in rest]
    return named[:FEW]


def _near(wanted: Sequence[tuple[int, int]], *, on: date) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """By department and role: people with the rank of what their answers say."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    at = {"at": [pk for pk, _ in wanted], "gap_numbers": [number for _, number in wanted]}
    with connection.cursor() as cursor:
        cursor.execute(NEAR, {**asked(ROLES), **at, "on": on, "few": FEW})
        for department, number, person, rank in cursor.fetchall():
            found[department, number].append((person, rank))
    return found


def _unheard(departments: Iterable[int], *, on: date) -> dict[int, list[tuple[int, bool]]]:
    """By department: people who have never sent answers, and whether they manage somebody."""
    found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(UNHEARD, {"departments": list(departments), "on": on, "few": FEW})
        for department, person, manages in cursor.fetchall():
            found[department].append((person, manages))
    return found
