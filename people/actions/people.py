"""Plain writes of people: entries of a file become rows, a chunk at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from people.entries import DEPARTMENT, MANAGER, NOTHING, Change, Entry, Facts, changed
from people.models import Department
from people.queries import departments_by_name, ids_of, stored

NEW_IDS = "SELECT nextval(pg_get_serial_sequence('people_employee', 'id')) FROM generate_series(1, %s)"
COPY = """
COPY people_employee (
    id, public_id, staff_number, given_names, family_name, email, job_title, department_id, manager_id,
    date_of_birth, employed_from, employed_until
) FROM STDIN
"""
UPDATE = """
UPDATE people_employee SET
    given_names = new.given_names, family_name = new.family_name, email = new.email, job_title = new.job_title,
    department_id = new.department_id, manager_id = new.manager_id, date_of_birth = new.date_of_birth,
    employed_from = new.employed_from, employed_until = new.employed_until,
    facts_changed_at = CASE WHEN
        (people_employee.given_names, people_employee.family_name, people_employee.job_title,
         people_employee.department_id, people_employee.manager_id)
        IS DISTINCT FROM (new.given_names, new.family_name, new.job_title, new.department_id, new.manager_id)
        THEN now() ELSE people_employee.facts_changed_at END
FROM unnest(
    %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::date[], %s::date[], %s::date[]
) AS new (
    id, given_names, family_name, email, job_title, department_id, manager_id,
    date_of_birth, employed_from, employed_until
)
WHERE people_employee.id = new.id
"""


@transaction.atomic
def save_people(entries: Sequence[Entry]) -> list[tuple[str, tuple[Change, ...]]]:
    """Make everybody as the entries say. Returns for each, in order: created, updated or unchanged, and what changed.

    The people are locked in id order. Every manager named exists or is among the entries; departments that do not
    exist are made. Nobody outside the entries is touched.
    """
    known = stored([entry.staff_number for entry in entries], is_locked=True)
    results: list[tuple[str, tuple[Change, ...]]] = []
    new, moved = [], []
    for entry in entries:
        before = known.get(entry.staff_number)
        if before is None:
            new.append((entry.staff_number, entry.over(NOTHING)))
            results.append(("created", ()))
            continue
        after = entry.over(before.facts)
        if differences := changed(before.facts, after):
            moved.append((before.id, after))
            results.append(("updated", differences))
        else:
            results.append(("unchanged", ()))
    if new or moved:
        _write(new, moved)
    return results


def new_departments(entries: Iterable[Entry]) -> list[str]:
    """The names of the departments that saving these entries would make, one whatever the capitals."""
    names = {str(entry.facts[DEPARTMENT]) for entry in entries} - {""}
    missing = names - departments_by_name(names).keys() if names else set()
    return sorted({name.lower(): name for name in sorted(missing)}.values())


def _write(new: Sequence[tuple[str, Facts]], moved: Sequence[tuple[int, Facts]]) -> None:
    written = [facts for _, facts in (*new, *moved)]
    departments = _departments({str(facts[DEPARTMENT]) for facts in written} - {""})
    with connection.cursor() as cursor:
        cursor.execute(NEW_IDS, [len(new)])
        ids = [row[0] for row in cursor.fetchall()]
    own = {number: pk for (number, _), pk in zip(new, ids, strict=True)}
    others = {str(facts[MANAGER]) for facts in written} - own.keys() - {""}
    people = (ids_of(others) if others else {}) | own
    rows = [_row(facts, departments, people) for facts in written]
    # Only Django's own errors are known to callers; COPY raises psycopg's.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if new:
            with cursor.copy(COPY) as copy:
                for pk, (number, _), row in zip(ids, new, rows, strict=False):
                    copy.write_row((pk, uuid.uuid4(), number, *row))
        if moved:
            cursor.execute(UPDATE, [[pk for pk, _ in moved], *map(list, zip(*rows[len(new) :], strict=True))])


def _row(facts: Facts, departments: Mapping[str, int], people: Mapping[str, int]) -> tuple[Any, ...]:
    """The facts with row ids for the department and the manager, in the order of the columns."""
    department = departments[str(facts[DEPARTMENT])] if facts[DEPARTMENT] else None
    manager = people[str(facts[MANAGER])] if facts[MANAGER] else None
    return (*facts[:DEPARTMENT], department, manager, *facts[MANAGER + 1 :])


def _departments(names: set[str]) -> dict[str, int]:
    """By name, the row ids of departments; those that do not exist are made, one whatever the capitals."""
    if not names:
        return {}
    found = departments_by_name(names)
    if missing := names - found.keys():
        Department.objects.bulk_create([Department(name=name) for name in sorted(missing)], ignore_conflicts=True)
        found = departments_by_name(names)
    return found
