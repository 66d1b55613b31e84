"""Proved: nothing waits, follows, runs or ends where it cannot, and every notice that was due has gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from enrolment.models import Enrolment
from enrolment.queries.prove.findings import Finding, Scope, plain
from people.queries import late_notices
from people.rules import say

# Who follows whom, as far as both are live: a loop has as many members as one person has live enrolments, one for each
# programme, so that walking on from each follower ends soon.
STRANDED = """
WITH RECURSIVE behind AS (
    SELECT e.id, e.follows_id
    FROM enrolment_enrolment e
    WHERE e.follows_id IS NOT NULL AND e.status IN ('queued', 'waiting', 'planned', 'active', 'overdue', 'paused')
      AND (%(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[]))
), ahead AS (
    SELECT id, follows_id FROM behind
    UNION
    SELECT a.id, b.follows_id FROM ahead a JOIN behind b ON b.id = a.follows_id WHERE a.follows_id <> a.id
), looped AS (
    SELECT id FROM ahead WHERE follows_id = id
)
SELECT e.reference, p.staff_number, f.reference, CASE
    WHEN e.status = 'waiting' AND e.cohort_id IS NULL THEN 'waiting_without_cohort'
    WHEN f.id IS NULL THEN 'follows_nothing'
    WHEN f.employee_id <> e.employee_id THEN 'follows_another_person'
    ELSE 'follows_itself' END
FROM enrolment_enrolment e
JOIN people_employee p ON p.id = e.employee_id
LEFT JOIN enrolment_enrolment f ON f.id = e.follows_id
WHERE (%(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[]))
  AND (e.status = 'waiting' AND e.cohort_id IS NULL
       OR e.follows_id IS NOT NULL AND (
           f.id IS NULL OR f.employee_id <> e.employee_id OR f.id = e.id
           OR e.id IN (SELECT id FROM looped)))
"""
OUT_OF_TIME = """
SELECT e.reference, p.staff_number, e.status, e.start_date, e.planned_end_date, e.return_on, CASE
    WHEN e.status IN ('active', 'overdue', 'paused') AND e.start_date > %(on)s::date THEN 'started_early'
    WHEN e.status = 'overdue' AND e.planned_end_date >= %(on)s::date THEN 'overdue_early'
    WHEN e.status = 'planned' THEN 'not_started'
    WHEN e.status = 'active' THEN 'not_overdue'
    ELSE 'return_not_passed' END
FROM enrolment_enrolment e
JOIN people_employee p ON p.id = e.employee_id
WHERE (%(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[]))
  AND (e.status IN ('active', 'overdue', 'paused') AND e.start_date > %(on)s::date
       OR e.status = 'overdue' AND e.planned_end_date >= %(on)s::date
       OR e.status = 'planned' AND e.start_date <= %(reached)s::date
       OR e.status = 'active' AND e.planned_end_date < %(reached)s::date
       OR e.status = 'paused' AND e.return_on < %(reached)s::date)
"""
DISOWNED = """
SELECT 'nomination_without_enrolment', NULL, p.staff_number, g.name
FROM enrolment_nomination n
JOIN people_employee p ON p.id = n.employee_id
JOIN programmes_programme g ON g.id = n.programme_id
WHERE n.status = 'approved' AND n.enrolment_id IS NULL
  AND (%(people)s::bigint[] IS NULL OR n.employee_id = ANY(%(people)s::bigint[]))
UNION ALL
SELECT 'nomination_of_another', e.reference, p.staff_number, g.name
FROM enrolment_nomination n
JOIN people_employee p ON p.id = n.employee_id
JOIN programmes_programme g ON g.id = n.programme_id
JOIN enrolment_enrolment e ON e.id = n.enrolment_id
WHERE (e.employee_id, e.programme_id) <> (n.employee_id, n.programme_id)
  AND (%(people)s::bigint[] IS NULL OR n.employee_id = ANY(%(people)s::bigint[]))
UNION ALL
SELECT 'placement_of_another', e.reference, p.staff_number, g.name
FROM enrolment_enrolment e
JOIN people_employee p ON p.id = e.employee_id
JOIN programmes_programme g ON g.id = e.programme_id
JOIN assessment_placement l ON l.id = e.placement_id
WHERE l.employee_id <> e.employee_id
  AND (%(people)s::bigint[] IS NULL OR e.employee_id = ANY(%(people)s::bigint[]))
"""
UNSENT_AFTER = timedelta(hours=2)


def stranded(scope: Scope) -> Iterator[Finding]:
    """Waiting for no cohort; behind nothing, behind itself in the end, or behind somebody else's programme."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(STRANDED, scope.parameters)
        for reference, number, ahead, code in cursor:
            sentence = {
                "waiting_without_cohort": f"{reference} is on a waiting list of no cohort.",
                "follows_nothing": f"{reference} follows an enrolment that there is not.",
                "follows_another_person": f"{reference} follows {ahead}, which is somebody else’s.",
                "follows_itself": f"{reference} follows {ahead}, which in the end follows {reference}: a loop.",
            }[code]
            yield Finding(code, sentence, tuple(filter(None, (reference, ahead))), number)


def out_of_time(scope: Scope, *, on: date, reached: date | None) -> Iterator[Finding]:
    """Begun before its start or overdue before its end; and what the calendar left although it reached the day.

    A demonstration runs ahead of its day: what that began is not early, and what is planned since is not late.
    """
    latest, past = (max(on, reached), min(on, reached)) if reached else (on, None)
    with connection.chunked_cursor() as cursor:
        cursor.execute(OUT_OF_TIME, {**scope.parameters, "on": latest, "reached": past})
        for reference, number, status, start, end, back, code in cursor:
            day = {"overdue_early": end, "not_overdue": end, "return_not_passed": back}.get(code, start)
            sentence = {
                "started_early": f"{reference} is {status}, but starts on {say(day)}.",
                "overdue_early": f"{reference} is overdue, but its planned end is {say(day)}.",
                "not_started": f"{reference} was to start on {say(day)}, and the calendar left it planned.",
                "not_overdue": f"{reference} was to end on {say(day)}, and the calendar left it active.",
                "return_not_passed": f"{reference} was to return on {say(day)}, and the calendar left it at that.",
            }[code]
            yield Finding(code, sentence, (reference,), number, details={"status": status, "day": plain(day)})


def disowned(scope: Scope) -> Iterator[Finding]:
    """Approved nominations without an enrolment, and nominations and placements of somebody else."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(DISOWNED, scope.parameters)
        for code, reference, number, programme in cursor:
            sentence = {
                "nomination_without_enrolment": f"A nomination for {programme} was approved and enrolled nobody.",
                "nomination_of_another": f"{reference} is not what the nomination for {programme} was about.",
                "placement_of_another": f"{reference} names somebody else’s placement.",
            }[code]
            details = {"programme": programme}
            yield Finding(code, sentence, (reference,) if reference else (), number, details=details)


def unsent(*, now: datetime) -> Iterator[Finding]:
    """Notices that are not sent two hours after they were allowed to go."""
    late = late_notices(now=now, hours=settings.MAIL_HOURS, by=UNSENT_AFTER)
    about = Enrolment.objects.filter(public_id__in={notice.subject for notice in late})
    references = dict(about.order_by().values_list("public_id", "reference"))
    for notice in late:
        sentence = f"A notice ({notice.kind}) was due on {say(notice.due_on)} and has not gone."
        reference = references.get(notice.subject)
        details = {"notice": str(notice.public_id), "kind": notice.kind, "due_on": plain(notice.due_on)}
        named = (reference,) if reference else ()
        yield Finding("unsent_notice", sentence, named, notice.employee.staff_number, details=details)
