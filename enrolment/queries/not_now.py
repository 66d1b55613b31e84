"""Who said “not now” of what, and of which programmes a learner can say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from assessment.models import Placement, Recommendation
from enrolment.models import Enrolment, NotNow
from enrolment.queries.calendar import next_ideas
from people.models import Employee
from people.queries import rows_of
from programmes.models import Programme

S = Enrolment.Status
TO_COME = (S.PLANNED, S.QUEUED, S.WAITING)
BEGUN = (S.ACTIVE, S.OVERDUE, S.PAUSED, S.COMPLETED)


def in_force(people: Iterable[int], *, on: date) -> dict[int, list[NotNow]]:
    """By employee id, what holds on a day, newest first; one query for all of them."""
    found: dict[int, list[NotNow]] = defaultdict(list)
    rows = NotNow.objects.in_force(on).filter(employee__in=rows_of(people))
    for row in rows.select_related("programme").order_by("-said_on", "-id"):
        found[row.employee_id].append(row)
    return dict(found)


def proposals(employee: Employee) -> list[Programme]:
    """What a learner can say “not now” of: recommended, placed but not begun, planned, or what often comes next."""
    found: dict[int, Programme] = {}
    said = Recommendation.objects.filter(employee=employee, is_latest=True).select_related("programme")
    placed = Placement.objects.current().filter(employee=employee).select_related("programme")
    records = list(Enrolment.objects.filter(employee=employee).select_related("programme").order_by("start_date", "id"))
    begun = {record.programme_id for record in records if record.status in BEGUN}
    ended = [record for record in records if record.status in BEGUN]
    idea = next_ideas(ended[-1:]).get(employee.pk)
    coming = [record.programme for record in records if record.status in TO_COME]
    named = [*(row.programme for row in said), *(row.programme for row in placed), *coming, idea]
    for programme in named:
        if programme and programme.pk not in begun:
            found.setdefault(programme.pk, programme)
    return list(found.values())
