"""What letters say of what comes next for somebody: a plan, a nomination that waits, or a step that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import FETCH_PEERS

from enrolment.models import Enrolment, Nomination
from enrolment.queries.calendar import next_plans
from enrolment.queries.not_now import in_force
from enrolment.queries.progression import next_steps
from enrolment.rules.progression import Coming
from people.queries import rows_of

N = Nomination.Status
REFUSED = (N.DECLINED, N.TURNED_DOWN)


def coming(
    enrolments: Sequence[Enrolment], *, on: date, records: Mapping[int, Sequence[Enrolment]] | None = None
) -> dict[int, Coming]:
    """By employee id, what comes after the given enrolments; as many queries for five hundred people as for one.

    ``records``: what is in the way of each (by row id), where that is known.
    """
    if not enrolments:
        return {}
    began = {row.employee_id: row.start_date for row in enrolments}
    plans = next_plans(enrolments, records)
    steps = next_steps([row for row in enrolments if row.employee_id not in plans], on=on, records=records)
    put_off = {(row.employee_id, row.programme_id) for rows in in_force(steps, on=on).values() for row in rows}
    nominations = Nomination.objects.filter(
        status__in=[*Nomination.UNANSWERED, *REFUSED], employee__in=rows_of(began)
    ).order_by("nominated_on", "id")
    asked = {}
    for nomination in nominations.fetch_mode(FETCH_PEERS):
        since = began[nomination.employee_id]
        if nomination.status in Nomination.UNANSWERED:
            asked[nomination.employee_id] = nomination.programme
        elif since and nomination.nominated_on >= since:
            put_off.add((nomination.employee_id, nomination.programme_id))
    found = {person: Coming(plan=plan) for person, plan in plans.items()}
    for person in began.keys() - plans.keys():
        step = steps.get(person)
        is_open = step and person not in asked and (person, step.programme.pk) not in put_off
        found[person] = Coming(step=step if is_open else None, asked=asked.get(person))
    return found
