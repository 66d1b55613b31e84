"""What the calendar has to tell people about their programmes: `rules.reminders`, asked of the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from enrolment.rules import reminders as rules
from people.rules import REPEAT_AFTER
from programmes.models import Programme

# Every reminder that a record can have on a day, or within the days that are written ahead (`_facts` gives the first
# and the last day that each kind may speak of; no two reviews lie between these): who learns, who is told (their
# manager, where it says so), about what, and the day it speaks of. Leavers are left alone, and whoever heard of a start
# within its last seven days is not told of it again; who says “not now” while nothing is planned is not reminded of
# what could come next.
#
# Of these (unless ``is_any``) what is not written yet, or says another day, by its latest round: see
# `people.actions.notices.tell`. Somebody without an address has been told as far as that goes, until they have one;
# what a person cancelled stays cancelled for that day. Who finished again hears of it again (``again`` names the
# enrolments); that something will end is not said for the first time a week after that day.
#
# LATERAL … LIMIT 1: of five hundred people the rows are fetched one by one, not by reading whole tables.
REMINDERS = """
WITH learners AS (
  SELECT e.id, e.employee_id, e.public_id, 'starts_soon' AS kind, e.start_date AS about_on
  FROM enrolment_enrolment e
  WHERE e.status = 'planned' AND e.start_date BETWEEN %(starts_soon_first)s AND %(starts_soon_last)s
    AND NOT EXISTS (
      SELECT FROM people_notice n
      WHERE n.subject = e.public_id AND n.employee_id = e.employee_id AND n.kind IN ('enrolled', 'moved', 'promoted')
        AND n.about_on = e.start_date AND n.due_on >= e.start_date - 7 AND n.status <> 'withdrawn')
  UNION ALL
  SELECT e.id, e.employee_id, e.public_id, 'started', e.start_date
  FROM enrolment_enrolment e
  WHERE e.status IN ('planned', 'active') AND e.start_date BETWEEN %(started_first)s AND %(started_last)s
  UNION ALL
  SELECT e.id, e.employee_id, e.public_id, 'training_plan', e.start_date + %(plan_days)s
  FROM enrolment_enrolment e
  WHERE e.programme_id = ANY(%(apprenticeships)s::bigint[]) AND e.status IN ('planned', 'active')
    AND e.start_date BETWEEN %(training_plan_first)s - %(plan_days)s AND %(training_plan_last)s - %(plan_days)s
  UNION ALL
  SELECT e.id, e.employee_id, e.public_id, 'review', next.day
  FROM generate_series(1, 30) number
  JOIN enrolment_enrolment e ON e.programme_id = ANY(%(apprenticeships)s::bigint[]) AND e.status = 'active'
    AND e.start_date BETWEEN
    (%(review_first)s - number * make_interval(months => %(review_months)s))::date - 3
    AND (%(review_last)s - number * make_interval(months => %(review_months)s))::date + 3 -- months differ in length
  CROSS JOIN LATERAL (
    SELECT (e.start_date + number * make_interval(months => %(review_months)s))::date AS day
  ) next
  WHERE next.day BETWEEN %(review_first)s AND %(review_last)s AND next.day < e.planned_end_date
  UNION ALL
  SELECT e.id, e.employee_id, e.public_id, 'progression', e.planned_end_date
  FROM enrolment_enrolment e
  WHERE e.status IN ('active', 'overdue')
    AND e.planned_end_date BETWEEN %(progression_first)s AND %(progression_last)s
  UNION ALL
  SELECT e.id, e.employee_id, e.public_id, 'finished', e.ended_on
  FROM enrolment_enrolment e
  WHERE e.status = 'completed' AND e.ended_on BETWEEN %(finished_first)s AND %(finished_last)s
),
managers AS (
  SELECT e.id, e.employee_id, e.public_id, 'to_close' AS kind, e.planned_end_date AS about_on
  FROM enrolment_enrolment e
  WHERE e.status IN ('active', 'overdue') AND e.planned_end_date BETWEEN %(to_close_first)s AND %(to_close_last)s
    AND NOT EXISTS ( -- HR was told how it ended
      SELECT FROM enrolment_ending x WHERE x.enrolment_id = e.id AND x.planned_end_date = e.planned_end_date)
  UNION ALL
  SELECT e.id, e.employee_id, e.public_id, 'can_start', e.ended_on
  FROM enrolment_enrolment e
  WHERE e.status = 'completed' AND e.ended_on BETWEEN %(can_start_first)s AND %(can_start_last)s
),
spoken AS (
  SELECT l.id, l.employee_id AS learner_id, l.employee_id, l.public_id, l.kind, l.about_on FROM learners l
  UNION ALL
  SELECT m.id, m.employee_id, p.manager_id, m.public_id, m.kind, m.about_on
  FROM managers m
  JOIN people_employee p ON p.id = m.employee_id AND (p.employed_until IS NULL OR p.employed_until >= %(on)s)
  WHERE p.manager_id IS NOT NULL
),
timely AS (
  SELECT s.id, s.learner_id, s.employee_id, s.public_id, s.kind, s.about_on, p.email
  FROM spoken s
  CROSS JOIN LATERAL (SELECT * FROM people_employee p WHERE p.id = s.employee_id LIMIT 1) p
  WHERE NOT (s.kind = 'progression' AND EXISTS (
      SELECT FROM enrolment_notnow x
      WHERE x.employee_id = s.employee_id AND x.ended_on IS NULL AND (x.until IS NULL OR x.until >= %(on)s))
    AND NOT EXISTS (
      SELECT FROM enrolment_enrolment planned
      WHERE planned.employee_id = s.employee_id AND planned.status = 'planned'))
    AND (p.employed_until IS NULL OR p.employed_until >= %(on)s)
    AND (%(people)s::bigint[] IS NULL OR s.learner_id = ANY(%(people)s::bigint[]))
    AND (%(subjects)s::uuid[] IS NULL OR s.public_id = ANY(%(subjects)s::uuid[]))
)
SELECT t.id, t.kind, t.about_on, t.learner_id, t.employee_id, told.status IS NULL, t.public_id, e.reference,
  coalesce(told.status IN ('sending', 'sent', 'told'), false),
  e.programme_id, e.cohort_id, e.status, e.start_date, e.planned_end_date, e.proposed_start_date, e.ended_on
FROM timely t
CROSS JOIN LATERAL (SELECT * FROM enrolment_enrolment e WHERE e.id = t.id LIMIT 1) e
LEFT JOIN LATERAL (
  SELECT n.status, n.about_on, n.sent_to, n.settled_by_id
  FROM people_notice n
  WHERE n.employee_id = t.employee_id AND n.kind = t.kind AND n.subject = t.public_id
  ORDER BY n.round DESC LIMIT 1
) told ON true
WHERE %(is_any)s OR CASE
    WHEN told.status IS NULL THEN t.kind <> 'progression' OR t.about_on >= %(on)s - 7
    WHEN told.status IN ('sending', 'sent', 'told') THEN abs(told.about_on - t.about_on) > %(repeat)s
      OR t.kind IN ('finished', 'can_start') AND t.public_id = ANY(%(again)s::uuid[])
    WHEN told.status IN ('due', 'held') THEN %(has_unsent)s OR told.about_on IS DISTINCT FROM t.about_on
    WHEN told.status = 'no_address' THEN t.email <> '' OR told.about_on IS DISTINCT FROM t.about_on
    WHEN told.status = 'failed' THEN told.sent_to <> t.email OR told.about_on IS DISTINCT FROM t.about_on
    ELSE told.settled_by_id IS NULL OR told.about_on IS DISTINCT FROM t.about_on
  END
ORDER BY t.learner_id, t.id, t.kind
"""


def untold(
    on: date, *, people: Iterable[int] | None = None, has_unsent: bool = False, again: Iterable[UUID] = ()
) -> list[rules.Due]:
    """The reminders of the next days that are not written, or say another day than the one they should.

    ``has_unsent``: also those that are written and could still say something else. ``people``: only theirs (row ids).
    ``again``: enrolments that have ended once more, of which who heard hears again.
    """
    facts = {**_facts(on, people=people), "has_unsent": has_unsent, "again": list(again)}
    with connection.cursor() as cursor:
        cursor.execute(REMINDERS, facts)
        return [rules.Due._make((*row[:9], rules.Facts._make(row[9:]))) for row in cursor.fetchall()]


def still(on: date, *, subjects: Iterable[UUID]) -> set[tuple[UUID, int, str, date]]:
    """Of enrolments (public ids): what may be said about them on a day, as (enrolment, person, kind, day spoken of)."""
    with connection.cursor() as cursor:
        cursor.execute(REMINDERS, {**_facts(on, subjects=subjects), "is_any": True})
        return {(row[6], row[4], row[1], row[2]) for row in cursor.fetchall()}


def _facts(on: date, *, people: Iterable[int] | None = None, subjects: Iterable[UUID] | None = None) -> dict[str, Any]:
    # Their row ids, not a join: so the planner knows how few of all records are theirs.
    apprenticeships = Programme.objects.filter(kind=Programme.Kind.APPRENTICESHIP).order_by()
    return {
        "on": on,
        **{f"{each.kind}_first": on - timedelta(days=each.after) for each in rules.REMINDERS.values()},
        **{f"{each.kind}_last": on + timedelta(days=rules.AHEAD + each.before) for each in rules.REMINDERS.values()},
        "apprenticeships": list(apprenticeships.values_list("pk", flat=True)),
        "plan_days": rules.TRAINING_PLAN_DAYS,
        "review_months": rules.REVIEW_MONTHS,
        "is_any": False,
        "has_unsent": False,
        "again": [],
        "repeat": REPEAT_AFTER.days,
        "people": None if people is None else list(people),
        "subjects": None if subjects is None else list(subjects),
    }
