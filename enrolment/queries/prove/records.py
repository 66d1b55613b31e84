"""Proved: every record is what its history says, its history is one of moves, and no two of a person hold a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from enrolment.queries.prove.findings import Finding, Scope, plain
from enrolment.rules import MOVES, Days, between
from people.rules import say

# What a record holds (domain.md §2), said a second time on purpose: neither the column `held` nor the text it is made
# from is trusted. The latest event is the one with the highest number: its person was locked when it was written, so
# numbers follow each other, whereas moments are those at which transactions began.
DIFFERING = """
SELECT e.reference, p.staff_number, v.id IS NULL,
       ARRAY[e.status, e.start_date::text, e.planned_end_date::text, e.ended_on::text, e.return_on::text, rc.name,
             e.held::text],
       ARRAY[v.to_status, v.start_date::text, v.planned_end_date::text, v.ended_on::text, v.return_on::text, vc.name,
             h.days::text]
FROM enrolment_enrolment e
JOIN people_employee p ON p.id = e.employee_id
LEFT JOIN LATERAL (
    SELECT * FROM enrolment_enrolmentevent w WHERE w.subject_id = e.id ORDER BY w.id DESC LIMIT 1
) v ON true
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN v.start_date IS NULL THEN NULL
        WHEN v.to_status IN ('planned', 'active') OR v.to_status = 'paused' AND v.return_on IS NOT NULL
            THEN daterange(v.start_date, greatest(v.planned_end_date, v.start_date), '[]')
        WHEN v.to_status IN ('overdue', 'paused') THEN daterange(v.start_date, NULL)
        WHEN v.to_status = 'completed' OR v.to_status = 'withdrawn' AND v.ended_on > v.start_date
            THEN daterange(v.start_date, greatest(v.ended_on, v.start_date), '[]')
    END AS days
) h
LEFT JOIN programmes_cohort rc ON rc.id = e.cohort_id
LEFT JOIN programmes_cohort vc ON vc.id = v.cohort_id
WHERE (%(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[]))
  AND (v.id IS NULL OR (e.status, e.start_date, e.planned_end_date, e.ended_on, e.return_on, e.cohort_id, e.held)
                       IS DISTINCT FROM
                       (v.to_status, v.start_date, v.planned_end_date, v.ended_on, v.return_on, v.cohort_id, h.days))
"""
COLUMNS = ("status", "start_date", "planned_end_date", "ended_on", "return_on", "cohort", "held")

OVERLAPS = """
WITH said AS (
    SELECT 'history' AS basis, e.id, e.reference, e.employee_id, v.to_status AS status, v.start_date,
           v.planned_end_date, v.ended_on, v.return_on
    FROM enrolment_enrolment e CROSS JOIN LATERAL (
        SELECT * FROM enrolment_enrolmentevent w WHERE w.subject_id = e.id ORDER BY w.id DESC LIMIT 1
    ) v
    WHERE %(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[])
    UNION ALL
    SELECT 'rows', e.id, e.reference, e.employee_id, e.status, e.start_date, e.planned_end_date, e.ended_on, e.return_on
    FROM enrolment_enrolment e
    WHERE %(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[])
), holds AS (
    SELECT basis, id, reference, employee_id, CASE
        WHEN start_date IS NULL THEN NULL
        WHEN status IN ('planned', 'active') OR status = 'paused' AND return_on IS NOT NULL
            THEN daterange(start_date, greatest(planned_end_date, start_date), '[]')
        WHEN status IN ('overdue', 'paused') THEN daterange(start_date, NULL)
        WHEN status = 'completed' OR status = 'withdrawn' AND ended_on > start_date
            THEN daterange(start_date, greatest(ended_on, start_date), '[]')
    END AS days
    FROM said
)
SELECT a.reference, b.reference, p.staff_number, array_agg(a.basis ORDER BY a.basis), min(lower(a.days * b.days)),
       CASE WHEN bool_or(upper_inf(a.days * b.days)) THEN NULL ELSE max(upper(a.days * b.days)) - 1 END
FROM holds a
JOIN holds b ON b.employee_id = a.employee_id AND b.basis = a.basis AND b.id > a.id AND b.days && a.days
JOIN people_employee p ON p.id = a.employee_id
GROUP BY a.id, b.id, a.reference, b.reference, p.staff_number
ORDER BY a.id, b.id
"""

CHAINS = """
SELECT e.reference, p.staff_number, t.move, t.from_status, t.to_status, t.before, t.on
FROM (
    SELECT v.id, v.subject_id, v.move, v.from_status, v.to_status, v.on,
           lag(v.to_status, 1, '') OVER (PARTITION BY v.subject_id ORDER BY v.id) AS before
    FROM enrolment_enrolmentevent v
    WHERE %(people)s::bigint[] IS NULL OR v.subject_id IN (
        SELECT s.id FROM enrolment_enrolment s WHERE s.employee_id = ANY(%(people)s::bigint[])
    )
) t
JOIN enrolment_enrolment e ON e.id = t.subject_id
JOIN people_employee p ON p.id = e.employee_id
WHERE t.from_status <> t.before OR (t.move, t.from_status, t.to_status) NOT IN (
    SELECT m.move, m.source, m.target FROM unnest(%(moves)s::text[], %(sources)s::text[], %(targets)s::text[])
                                           AS m (move, source, target)
)
"""


def differing(scope: Scope) -> Iterator[Finding]:
    """Records without a history, and records that are not what their latest event left; ``held`` included."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(DIFFERING, scope.parameters)
        for reference, number, is_untold, row, told in cursor:
            if is_untold:
                sentence = f"{reference} has no history: nobody knows how it came about."
                yield Finding("no_history", sentence, (reference,), number)
                continue
            pairs = zip(COLUMNS, row, told, strict=True)
            different = {name: {"row": has, "history": was} for name, has, was in pairs if has != was}
            if set(different) == {"held"}:
                sentence = f"{reference} holds other days than its dates say."
                yield Finding("hold_differs", sentence, (reference,), number, details=different)
            else:
                words = ", ".join(name.replace("_", " ") for name in different if name != "held")
                sentence = f"{reference} is not what its history says: {words}."
                yield Finding("differs_from_history", sentence, (reference,), number, details=different)


def overlaps(scope: Scope) -> Iterator[Finding]:
    """Two records of one person that hold a common day, by their history or by their rows, whatever the constraint."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(OVERLAPS, scope.parameters)
        for one, other, number, bases, first, last in cursor:
            sentence = f"{one} and {other} of one person both hold days {between(Days(first, last))}."
            details = {"shared_from": first, "shared_until": last, "by": bases}
            yield Finding("overlap", sentence, (one, other), number, details=details)


def broken_chains(scope: Scope) -> Iterator[Finding]:
    """Events that do not begin where the one before them ended, and moves that the table does not have."""
    table = [(move.name, source, move.target) for move in MOVES.moves for source in sorted(move.sources)]
    columns: list[list[Any]] = [list(column) for column in zip(*table, strict=True)]
    named = dict(zip(("moves", "sources", "targets"), columns, strict=True))
    with connection.chunked_cursor() as cursor:
        cursor.execute(CHAINS, {**scope.parameters, **named})
        for reference, number, move, source, target, before, day in cursor:
            details = {"move": move, "from": source, "to": target, "before": before, "on": plain(day)}
            if source != before:
                sentence = (
                    f"The history of {reference} is broken: “{move}” on {say(day)} begins from {source or 'nothing'}, "
                    f"but it was {before or 'nothing'}."
                )
                yield Finding("chain_broken", sentence, (reference,), number, details=details)
            else:
                sentence = (
                    f"The history of {reference} has a move that there is not: “{move}” on {say(day)} "
                    f"from {source or 'nothing'} to {target}."
                )
                yield Finding("impossible_move", sentence, (reference,), number, details=details)
