"""What people answered before a file says it: their last answers that were sent, and those under way."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.models import Recommendation, Response
from people.queries import rows_of


def last_sent(people: Sequence[int]) -> dict[int, Response]:
    """By the row id of each of these people, the answers behind their latest recommendation."""
    latest = Recommendation.objects.filter(employee__in=rows_of(people), is_latest=True)
    return {row.employee_id: row.response for row in latest.select_related("response").only("employee_id", "response")}


def under_way(people: Sequence[int]) -> set[int]:
    """Which of these people (row ids) have begun and not sent."""
    rows = Response.objects.under_way().filter(employee__in=rows_of(people))
    return set(rows.values_list("employee_id", flat=True))
