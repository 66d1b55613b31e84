"""Plain writes of people: entries become rows, and what became what is their history; a chunk at a time."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import connection, transaction

from people.entries import DEPARTMENT, MANAGER, NOTHING, Change, Entry, Facts, changed
from people.models import Department, Employee, PersonChange, User
from people.queries import departments_by_name, former_numbers, ids_of, public_ids, stored

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
# History: by COPY, since a file of a whole organisation makes as much of it as of people.
KEEP = """
COPY people_personchange (person, kind, changes, facts, by_id, "on", reason) FROM STDIN
"""
MERGED = "merged"
Kind = PersonChange.Kind


class Said(NamedTuple):
    """What history will say of one person: their public id, what happened, which columns changed, and its facts."""

    person: uuid.UUID
    kind: PersonChange.Kind
    changes: Sequence[Sequence[str]] = ()
    facts: Mapping[str, Any] = MappingProxyType({})


@transaction.atomic
def save_people(
    entries: Sequence[Entry], *, by: User | None, on: date, reason: str = ""
) -> list[tuple[str, tuple[Change, ...]]]:
    """Make everybody as the entries say, with one line of history for whoever is new or changed.

    Returns for each, in order: created, updated or unchanged, and what changed; ``merged`` for a staff number whose
    record was merged into another: nobody is made of it again. The people are locked in id order. Every manager named
    exists or is among the entries; departments that do not exist are made. Nobody outside the entries is touched.
    """
    known = stored([entry.staff_number for entry in entries], is_locked=True)
    missing = [entry.staff_number for entry in entries if entry.staff_number not in known]
    former = former_numbers(missing) if missing else {}
    results: list[tuple[str, tuple[Change, ...]]] = []
    new, moved, became = [], [], {}
    for entry in entries:
        before = known.get(entry.staff_number)
        if before is None and entry.staff_number in former:
            results.append((MERGED, ()))
            continue
        if before is None:
            new.append((entry.staff_number, entry.over(NOTHING)))
            results.append(("created", ()))
            continue
        after = entry.over(before.facts)
        if differences := changed(before.facts, after):
            moved.append((before.id, after))
            became[before.id] = differences
            results.append(("updated", differences))
        else:
            results.append(("unchanged", ()))
    if new or moved:
        made = _write(new, moved)
        ids = public_ids(became)
        said = [Said(person, Kind.JOINED) for person in made]
        said += [Said(ids[pk], Kind.CHANGED, as_lines(changes)) for pk, changes in became.items()]
        keep_history(said, by=by, on=on, reason=reason)
    return results


def keep_history(said: Sequence[Said], *, by: User | None, on: date, reason: str = "") -> None:
    """Write what happened to people, inside the action that made it happen."""
    if not said:
        return
    author = by.pk if by else None
    # Only Django's own errors are known to callers; COPY raises psycopg's.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(KEEP) as copy:
        for each in said:
            changes = json.dumps(each.changes) if each.changes else "[]"  # of most there is neither
            facts = json.dumps(each.facts) if each.facts else "{}"
            copy.write_row((each.person, each.kind.value, changes, facts, author, on, reason))


def as_lines(changes: Iterable[Change]) -> list[list[str]]:
    """Changes as history keeps them: the column, what it was, what it is."""
    return [[change.column, _text(change.old), _text(change.new)] for change in changes]


@transaction.atomic
def renumber(person: Employee, number: str, *, by: User | None, on: date, reason: str = "") -> None:
    """Give a locked person another staff number, which nobody has or had."""
    change = Change("staff_number", person.staff_number, number)
    person.staff_number = number
    person.save(update_fields=["staff_number"])
    keep_history([Said(person.public_id, Kind.CHANGED, as_lines([change]))], by=by, on=on, reason=reason)


def _text(fact: str | date | None) -> str:
    return fact.isoformat() if isinstance(fact, date) else fact or ""


def new_departments(entries: Iterable[Entry]) -> list[str]:
    """The names of the departments that saving these entries would make, one whatever the capitals."""
    names = {str(entry.facts[DEPARTMENT]) for entry in entries} - {""}
    missing = names - departments_by_name(names).keys() if names else set()
    return sorted({name.lower(): name for name in sorted(missing)}.values())


def _write(new: Sequence[tuple[str, Facts]], moved: Sequence[tuple[int, Facts]]) -> list[uuid.UUID]:
    """Write new people and changed ones; returns the public ids of the new."""
    written = [facts for _, facts in (*new, *moved)]
    departments = _departments({str(facts[DEPARTMENT]) for facts in written} - {""})
    with connection.cursor() as cursor:
        cursor.execute(NEW_IDS, [len(new)])
        ids = [row[0] for row in cursor.fetchall()]
    own = {number: pk for (number, _), pk in zip(new, ids, strict=True)}
    others = {str(facts[MANAGER]) for facts in written} - own.keys() - {""}
    people = (ids_of(others) if others else {}) | own
    rows = [_row(facts, departments, people) for facts in written]
    made = [uuid.uuid4() for _ in new]
    # Only Django's own errors are known to callers; COPY raises psycopg's.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if new:
            with cursor.copy(COPY) as copy:
                for pk, public_id, (number, _), row in zip(ids, made, new, rows, strict=False):
                    copy.write_row((pk, public_id, number, *row))
        if moved:
            cursor.execute(UPDATE, [[pk for pk, _ in moved], *map(list, zip(*rows[len(new) :], strict=True))])
    return made


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
