"""Proved: every seat is one person's, in their own cohort, and a cohort seats no more than it has seats."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from enrolment.queries.prove.findings import Finding, Scope

MISPLACED = """
SELECT e.reference, p.staff_number, e.status, c.name, e.seat_id IS NOT NULL, sc.name,
       e.seat_id IS NOT NULL AND s.cohort_id IS DISTINCT FROM e.cohort_id
FROM enrolment_enrolment e
JOIN people_employee p ON p.id = e.employee_id
LEFT JOIN programmes_cohort c ON c.id = e.cohort_id
LEFT JOIN programmes_seat s ON s.id = e.seat_id
LEFT JOIN programmes_cohort sc ON sc.id = s.cohort_id
WHERE (%(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[]))
  AND (e.seat_id IS NOT NULL AND s.cohort_id IS DISTINCT FROM e.cohort_id
       OR e.seat_id IS NOT NULL AND e.status NOT IN ('planned', 'active', 'overdue', 'paused', 'completed')
       OR e.seat_id IS NULL AND e.cohort_id IS NOT NULL
          AND e.status IN ('planned', 'active', 'overdue', 'paused', 'completed'))
"""
SHARED = """
SELECT array_agg(e.reference ORDER BY e.id), c.name, s.number
FROM enrolment_enrolment e
JOIN programmes_seat s ON s.id = e.seat_id
JOIN programmes_cohort c ON c.id = s.cohort_id
WHERE %(cohorts)s::bigint[] IS NULL OR s.cohort_id = ANY(%(cohorts)s::bigint[])
GROUP BY s.id, c.name
HAVING count(*) > 1
"""
MISCOUNTED = """
SELECT c.name, c.seats, coalesce(s.number, 0), coalesce(e.number, 0)
FROM programmes_cohort c
LEFT JOIN (SELECT cohort_id, count(*) AS number FROM programmes_seat GROUP BY cohort_id) s ON s.cohort_id = c.id
LEFT JOIN (
    SELECT cohort_id, count(*) AS number FROM enrolment_enrolment
    WHERE status IN ('planned', 'active', 'overdue', 'paused', 'completed') AND cohort_id IS NOT NULL
      AND (%(cohorts)s::bigint[] IS NULL OR cohort_id = ANY(%(cohorts)s::bigint[]))
    GROUP BY cohort_id
) e ON e.cohort_id = c.id
WHERE (%(cohorts)s::bigint[] IS NULL OR c.id = ANY(%(cohorts)s::bigint[]))
  AND (c.seats <> coalesce(s.number, 0) OR coalesce(e.number, 0) > c.seats)
ORDER BY c.id
"""


def misplaced(scope: Scope) -> Iterator[Finding]:
    """A seat of another cohort, a place in a cohort without a seat, a seat for somebody who has no place."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(MISPLACED, scope.parameters)
        for reference, number, status, cohort, has_seat, seat_cohort, is_elsewhere in cursor:
            details = {"status": status, "seat_in": seat_cohort}
            if is_elsewhere:
                sentence = f"{reference} has a seat in {seat_cohort or 'no cohort'}, but is in {cohort or 'none'}."
                yield Finding("seat_of_another_cohort", sentence, (reference,), number, cohort or seat_cohort, details)
            elif has_seat:
                sentence = f"{reference} is {status} and still has a seat in {cohort}."
                yield Finding("seat_not_given_back", sentence, (reference,), number, cohort, details)
            else:
                sentence = f"{reference} is {status} in {cohort} without a seat."
                yield Finding("seat_missing", sentence, (reference,), number, cohort, details)


def shared(scope: Scope) -> Iterator[Finding]:
    """Two people on one seat."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(SHARED, scope.parameters)
        for references, cohort, seat in cursor:
            sentence = f"Seat {seat} of {cohort} is given to {len(references)}: {', '.join(references)}."
            yield Finding("seat_shared", sentence, tuple(references), cohort=cohort, details={"seat": seat})


def miscounted(scope: Scope) -> Iterator[Finding]:
    """Cohorts with more people than seats, and cohorts that have not as many seats as they say."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(MISCOUNTED, scope.parameters)
        for cohort, seats, places, seated in cursor:
            details = {"seats": seats, "seat_rows": places, "seated": seated}
            if seated > seats:
                sentence = f"{cohort} has {seats} seats and {seated} people."
                yield Finding("seats_exceeded", sentence, cohort=cohort, details=details)
            if places != seats:
                sentence = f"{cohort} says that it has {seats} seats; {places} are there."
                yield Finding("seats_miscounted", sentence, cohort=cohort, details=details)
