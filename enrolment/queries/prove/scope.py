"""What a proof looks at: everything, or the people and cohorts of whom something changed since a moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from enrolment.queries.prove.findings import Scope

# An enrolment that was written without any event is found too: rows are numbered as they are made, so those made since
# a moment come after the last one made before it.
PEOPLE = """
SELECT e.employee_id FROM enrolment_enrolmentevent v JOIN enrolment_enrolment e ON e.id = v.subject_id
WHERE v.at >= %(since)s
UNION
SELECT e.employee_id FROM enrolment_enrolment e
WHERE e.id > coalesce((
    SELECT b.id FROM enrolment_enrolment b WHERE b.created_at < %(since)s ORDER BY b.id DESC LIMIT 1
), 0)
UNION
SELECT n.employee_id FROM enrolment_nominationevent v JOIN enrolment_nomination n ON n.id = v.subject_id
WHERE v.at >= %(since)s
UNION
SELECT p.id FROM people_employee p WHERE p.staff_number = ANY(%(staff_numbers)s)
"""
COHORTS = """
SELECT e.cohort_id FROM enrolment_enrolment e WHERE e.employee_id = ANY(%(people)s) AND e.cohort_id IS NOT NULL
UNION
SELECT v.cohort_id FROM enrolment_enrolmentevent v JOIN enrolment_enrolment e ON e.id = v.subject_id
WHERE e.employee_id = ANY(%(people)s) AND v.cohort_id IS NOT NULL
UNION
SELECT c.id FROM programmes_cohort c WHERE c.name = ANY(%(names)s)
"""
NUMBER = """
SELECT count(*) FROM enrolment_enrolment e WHERE %(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s)
"""


def everything() -> Scope:
    """The whole table."""
    return Scope()


def changed_since(moment: datetime, *, found: Iterable[dict[str, Any]] = ()) -> Scope:
    """The people and cohorts of whom something changed since a moment, and those whom earlier findings name.

    So what was found stays found until it is mended, and no longer.
    """
    earlier = list(found)
    numbers = [finding["staff_number"] for finding in earlier if finding["staff_number"]]
    names = [finding["cohort"] for finding in earlier if finding["cohort"]]
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"since": moment, "staff_numbers": numbers})
        people = sorted(row[0] for row in cursor.fetchall())
        cursor.execute(COHORTS, {"people": people, "names": names})
        cohorts = sorted(row[0] for row in cursor.fetchall())
    return Scope(people, cohorts)


def size(scope: Scope) -> int:
    """How many enrolments a proof looks at."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBER, scope.parameters)
        return int(cursor.fetchone()[0])
