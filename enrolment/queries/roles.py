"""Who has which of the four roles, by answers, placements and finishes; added up in SQL, by department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from assessment.models import Option, Placement, Recommendation
from enrolment.models import Enrolment
from enrolment.rules.roles import QUESTION, ROLES, Count, How, Role
from people.models import Department, Employee, User
from programmes.models import Programme

DEPARTMENTS = 25  # on one page
TELLS_NOTHING = (Enrolment.Status.WITHDRAWN, Enrolment.Status.CANCELLED)

SIZES = """
SELECT employee.department_id, count(*) FROM people_employee AS employee
WHERE (employee.employed_from IS NULL OR employee.employed_from <= %(on)s)
    AND (employee.employed_until IS NULL OR employee.employed_until >= %(on)s)
GROUP BY employee.department_id ORDER BY count(*) DESC, employee.department_id
LIMIT %(most)s OFFSET %(from)s
"""
HEADS = """
SELECT count(*), count(DISTINCT employee.department_id) FROM people_employee AS employee
WHERE (employee.employed_from IS NULL OR employee.employed_from <= %(on)s)
    AND (employee.employed_until IS NULL OR employee.employed_until >= %(on)s)
"""
# What is known of everybody, one row for each way of knowing: the answers last sent, where they are placed, what they
# take or took. What was withdrawn or cancelled tells nothing. Of each person and role the strongest is counted.
COUNTS = """
SELECT grouping(employee.department_id) = 1, employee.department_id, strongest.role, strongest.how, count(*)
FROM (
    SELECT person, role, max(how) AS how
    FROM (
        SELECT made.employee_id AS person, role.number AS role, 1 AS how
        FROM assessment_recommendation AS made
        JOIN assessment_response AS sent ON sent.id = made.response_id
        JOIN unnest(%(numbers)s::int[], %(options)s::text[]) AS role(number, option)
            ON role.option = sent.answers ->> %(question)s
        WHERE made.is_latest
        UNION ALL
        SELECT placed.employee_id, role.number, 2
        FROM assessment_placement AS placed
        JOIN unnest(%(numbers)s::int[], %(programmes)s::bigint[]) AS role(number, programme)
            ON role.programme = placed.programme_id
        WHERE placed.is_current
        UNION ALL
        SELECT taken.employee_id, role.number,
            CASE WHEN taken.status = 'completed' THEN 4
                WHEN taken.status IN ('active', 'overdue', 'paused') THEN 3 ELSE 2 END
        FROM enrolment_enrolment AS taken
        JOIN unnest(%(numbers)s::int[], %(programmes)s::bigint[]) AS role(number, programme)
            ON role.programme = taken.programme_id
        WHERE taken.status NOT IN ('withdrawn', 'cancelled')
    ) AS known
    GROUP BY person, role
) AS strongest
JOIN people_employee AS employee ON employee.id = strongest.person
WHERE (employee.employed_from IS NULL OR employee.employed_from <= %(on)s)
    AND (employee.employed_until IS NULL OR employee.employed_until >= %(on)s)
GROUP BY GROUPING SETS ((strongest.role, strongest.how), (employee.department_id, strongest.role, strongest.how))
HAVING grouping(employee.department_id) = 1 OR coalesce(employee.department_id, 0) = ANY(%(departments)s)
"""
# The same of some people and one role.
HOW = """
SELECT person, max(how) FROM (
    SELECT made.employee_id AS person, 1 AS how
    FROM assessment_recommendation AS made JOIN assessment_response AS sent ON sent.id = made.response_id
    WHERE made.is_latest AND made.employee_id = ANY(%(people)s) AND sent.answers ->> %(question)s = %(option)s
    UNION ALL
    SELECT placed.employee_id, 2 FROM assessment_placement AS placed
    WHERE placed.is_current AND placed.employee_id = ANY(%(people)s) AND placed.programme_id = %(programme)s
    UNION ALL
    SELECT taken.employee_id,
        CASE WHEN taken.status = 'completed' THEN 4
            WHEN taken.status IN ('active', 'overdue', 'paused') THEN 3 ELSE 2 END
    FROM enrolment_enrolment AS taken
    WHERE taken.employee_id = ANY(%(people)s) AND taken.programme_id = %(programme)s
        AND taken.status NOT IN ('withdrawn', 'cancelled')
) AS known
GROUP BY person
"""


@dataclass(frozen=True)
class Line:
    """One department, or everybody: how many work there, and how many have each role."""

    department: Department | None  # None: people without one, or the organisation
    name: str
    people: int
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Clarity:
    """The organisation and one page of its departments, those with most people first."""

    organisation: Line
    lines: list[Line]
    departments: int
    has_more: bool


def clarity(*, on: date, number: int = 1) -> Clarity:
    """Who has which role in the organisation and in one page of departments: as many queries for many as for one."""
    with connection.cursor() as cursor:
        at: dict[str, Any] = {"on": on, "most": DEPARTMENTS + 1, "from": (number - 1) * DEPARTMENTS}
        cursor.execute(SIZES, at)
        sizes: list[tuple[int | None, int]] = cursor.fetchall()
        cursor.execute(HEADS, at)
        people, departments = cursor.fetchone()
        shown = sizes[:DEPARTMENTS]
        cursor.execute(COUNTS, {**asked(ROLES), "on": on, "departments": [pk or 0 for pk, _ in shown]})
        found = cursor.fetchall()
    by_place: dict[tuple[bool, int | None], dict[int, dict[How, int]]] = defaultdict(lambda: defaultdict(dict))
    for is_all, department, role, how, count in found:
        by_place[is_all, department][role][How(how)] = count
    names = Department.objects.in_bulk([pk for pk, _ in shown if pk])
    lines = [
        Line(names.get(pk or 0), names[pk].name if pk else "No department", size, _counts(by_place[False, pk]))
        for pk, size in shown
    ]
    whole = Line(None, "The organisation", people, _counts(by_place[True, None]))
    return Clarity(whole, lines, departments, has_more=len(sizes) > DEPARTMENTS)


def people_with(role: Role, user: User, *, on: date) -> QuerySet[Employee]:
    """Whoever has a role by anything that is known, works here on a day and may be seen by ``user``."""
    answered = Recommendation.objects.filter(is_latest=True, response__answers__contains={QUESTION: role.option})
    placed = Placement.objects.current().filter(programme__code=role.programme)
    taken = Enrolment.objects.filter(programme__code=role.programme).exclude(status__in=TELLS_NOTHING)
    known = [rows.order_by().values("employee") for rows in (answered, placed, taken)]
    employed = Employee.objects.visible_to(user).employed(on)
    rows = employed.filter(pk__in=known[0].union(*known[1:], all=True))  # type: ignore[misc]
    return rows.select_related("department")


def how_known(role: Role, people: Iterable[Employee]) -> dict[int, How]:
    """By row id of each person who has a role, the strongest way in which it is known."""
    programme = Programme.objects.filter(code=role.programme).values_list("pk", flat=True).first()
    about = {"question": QUESTION, "option": role.option, "programme": programme}
    with connection.cursor() as cursor:
        cursor.execute(HOW, {**about, "people": [person.pk for person in people]})
        return {person: How(how) for person, how in cursor.fetchall()}


def asked(roles: Iterable[Role]) -> dict[str, Any]:
    """The roles as the statements here want them, each with the row of its programme."""
    wanted = list(roles)
    ids = dict(Programme.objects.filter(code__in=[role.programme for role in wanted]).values_list("code", "pk"))
    return {
        "numbers": [ROLES.index(role) for role in wanted],
        "options": [role.option for role in wanted],
        "programmes": [ids.get(role.programme) for role in wanted],
        "question": QUESTION,
    }


def not_asked() -> list[Role]:
    """The roles that no answer to the published questionnaire tells of; HR may have taken the answer away."""
    offered = Option.objects.filter(question__questionnaire__status="published", question__code=QUESTION).values_list(
        "code", flat=True
    )
    codes = set(offered)
    return [role for role in ROLES if role.option not in codes]


def _counts(by_role: Mapping[int, Mapping[How, int]]) -> tuple[Count, ...]:
    return tuple(Count(role, by_role.get(number, {})) for number, role in enumerate(ROLES))
