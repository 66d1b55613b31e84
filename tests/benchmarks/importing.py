"""Importing people: the product's whole import against a bare COPY of the same rows into the same table."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import date, timedelta

import psycopg

from tests.benchmarks.ground import Measure, timed

COLUMNS = (
    "id, public_id, staff_number, given_names, family_name, email, job_title, department_id, manager_id, "
    "date_of_birth, employed_from"
)
DEPARTMENTS = 40


def measure(owner_url: str, *, rows: int, repeat: int, on: date) -> Measure:
    """Rows a second, ours and the floor's in turns, each into an empty table."""
    from enrolment.imports import load_people

    people = [_person(number, on) for number in range(rows)]
    content = _file(people)
    found = Measure(f"import of {rows:,} people", "bare COPY of the same rows", "≤ 4", "rows/s")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        floor_rows = _floor_rows(owner, people)
        for turn in range(repeat):
            _empty(owner)
            found.floor.append(rows / timed(lambda: _copy(owner, floor_rows)))
            _empty(owner)
            name = f"people-{turn}.csv"
            found.ours.append(rows / timed(lambda name=name: load_people(content, file_name=name, by=None, on=on)))
            count = owner.execute("SELECT count(*) FROM people_employee").fetchone()
            assert count == (rows,), count
        _empty(owner)
    return found


def _person(number: int, on: date) -> tuple[str, str, str, str, str, str, str, str, str]:
    """One line of the file; managers form a tree of ten reports each."""
    return (
        f"B{number:06}",
        f"Given{number % 997}",
        f"Family{number % 9973}",
        f"person.{number}@bench.example",
        f"Analyst of matters {number % 211}",
        f"Department {number % DEPARTMENTS}",
        f"B{number // 10:06}" if number else "",
        (on - timedelta(days=8000 + number % 12000)).isoformat(),
        (on - timedelta(days=number % 4000)).isoformat(),
    )


def _file(people: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    header = "staff_number,given_names,family_name,email,job_title,department,manager_staff_number,date_of_birth"
    writer.writerow([*header.split(","), "employed_from"])
    writer.writerows(people)
    return text.getvalue().encode()


def _floor_rows(owner: psycopg.Connection, people: list[tuple[str, ...]]) -> list[tuple[object, ...]]:
    """The same people as rows of the table, everything looked up beforehand."""
    departments = {}
    for number in range(DEPARTMENTS):
        row = owner.execute(
            "INSERT INTO people_department (public_id, name) VALUES (%s, %s) RETURNING id",
            [uuid.uuid4(), f"Department {number}"],
        ).fetchone()
        departments[f"Department {number}"] = row[0] if row else None
    return [
        (number, uuid.uuid4(), *person[:5], departments[person[5]], _manager(number), *person[7:])
        for number, person in enumerate(people, 1)
    ]


def _copy(owner: psycopg.Connection, rows: list[tuple[object, ...]]) -> None:
    with owner.cursor() as cursor, cursor.copy(f"COPY people_employee ({COLUMNS}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _empty(owner: psycopg.Connection) -> None:
    owner.execute("TRUNCATE people_employee, enrolment_batch CASCADE")
    owner.execute("VACUUM ANALYZE people_employee")


def _manager(number: int) -> int | None:
    """The row of the manager of row ``number``, counted from 1, as `_person` has it."""
    return (number - 1) // 10 + 1 if number > 1 else None
