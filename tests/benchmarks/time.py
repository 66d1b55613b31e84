"""The rule through time: one batch of enrolments, the nightly run over very many, the planner for many at once."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from datetime import date, timedelta

import psycopg

from tests.benchmarks.ground import Measure, timed

UNIT_DAYS = 27
PEOPLE = """
INSERT INTO people_employee (public_id, staff_number, given_names, family_name, email, job_title, date_of_birth)
SELECT gen_random_uuid(), 'B' || n, 'Given' || n %% 997, 'Family' || n %% 9973, 'p' || n || '@bench.example', 'Analyst',
       '1980-01-01'
FROM generate_series(1, %s) n
"""
FLOOR_ENROL = """
INSERT INTO enrolment_enrolment (public_id, reference, employee_id, programme_id, version_id, status, start_date,
    planned_end_date)
SELECT gen_random_uuid(), 'WP-F' || e.id, e.id, p.id, v.id, 'planned', %s, %s
FROM people_employee e, programmes_programme p JOIN programmes_programmeversion v ON v.programme_id = p.id
WHERE p.code = 'ai-leadership-literacy'
"""
# One record each; one in a hundred is due on the day: half of those start, half overran.
MANY = """
INSERT INTO enrolment_enrolment (public_id, reference, employee_id, programme_id, version_id, status, start_date,
    planned_end_date)
SELECT gen_random_uuid(), 'WP-M' || e.id, e.id, p.id, v.id,
       CASE WHEN e.id %% 200 = 0 THEN 'active' WHEN e.id %% 2 = 0 THEN 'active' ELSE 'planned' END,
       CASE WHEN e.id %% 200 = 0 THEN %(on)s::date - 28
            WHEN e.id %% 200 = 100 OR e.id %% 2 = 1 AND e.id %% 200 <> 101 THEN %(on)s::date + 40 ELSE %(on)s::date END,
       CASE WHEN e.id %% 200 = 0 THEN %(on)s::date - 1 ELSE %(on)s::date + 67 END
FROM people_employee e, programmes_programme p JOIN programmes_programmeversion v ON v.programme_id = p.id
WHERE p.code = 'ai-leadership-literacy'
"""


def measure_batch(environment: dict[str, str], owner_url: str, *, rows: int, repeat: int, on: date) -> Measure:
    """Enrolling very many in one batch: planner, rule, events and notices, against one INSERT…SELECT."""
    from enrolment.actions.enrolments import Wish, enrol
    from enrolment.actions.outcomes import in_chunks
    from people.models import Employee
    from programmes.models import Programme

    found = Measure(f"enrolling {rows:,} people in one batch", "one INSERT…SELECT of the rows", "≤ 4", "rows/s")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        _clear(owner)
        owner.execute(PEOPLE, [rows])
        owner.execute("VACUUM ANALYZE people_employee")
        people = list(Employee.objects.order_by("id"))
        programme = Programme.objects.get(code="ai-leadership-literacy")
        for _ in range(repeat):
            _clear_enrolments(owner)
            days = [on, on + timedelta(days=UNIT_DAYS)]
            found.floor.append(rows / timed(lambda days=days: owner.execute(FLOOR_ENROL, days)))
            _clear_enrolments(owner)
            wishes = [Wish(person, programme) for person in people]

            def ours(wishes: Sequence[Wish] = wishes) -> None:
                done = sum(sum(o.is_done for o in chunk) for chunk in in_chunks(enrol, wishes, by=None, on=on))
                assert done == rows, done

            found.ours.append(rows / timed(ours))
    found.note = f"Most memory of the process that enrolled: {_memory()} MB."
    return found


def measure_planner(owner_url: str, *, people: int, repeat: int, on: date) -> Measure:
    """The planner for very many at once, against fetching what it looks at."""
    from enrolment.models import Enrolment
    from enrolment.queries.planning import plans_for
    from people.models import Employee
    from programmes.models import Programme

    found = Measure(f"planning for {people:,} people", "fetching their records", "", "people/s")
    programme = Programme.objects.get(code="ai-governance")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        _clear(owner)
        owner.execute(PEOPLE, [people])
        owner.execute(FLOOR_ENROL, [on, on + timedelta(days=UNIT_DAYS)])
    everybody = list(Employee.objects.order_by("id"))
    ids = [person.pk for person in everybody]
    for _ in range(repeat):
        fetched = timed(lambda: list(Enrolment.objects.filter(employee__in=ids)))
        found.floor.append(people / fetched)
        found.ours.append(people / timed(lambda: plans_for(everybody, programme, on=on)))
    return found


def _clear(owner: psycopg.Connection) -> None:
    owner.execute("TRUNCATE people_employee, enrolment_batch CASCADE")


def _clear_enrolments(owner: psycopg.Connection) -> None:
    owner.execute("TRUNCATE enrolment_enrolment, people_notice CASCADE")


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
