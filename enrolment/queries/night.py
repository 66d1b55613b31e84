"""What the calendar did lately by itself: how many started, ran over, lost their dates, and were reminded."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count

from enrolment.models import EnrolmentEvent
from people.models import Notice

SINCE = timedelta(days=1)
MOVES = ("start", "mark_overdue", "queue")


def night(on: date) -> dict[str, int]:
    """By move, and ``remind``: how often since the day before, whether last night or as somebody acted. Two queries."""
    days = (on - SINCE, on)
    moved = EnrolmentEvent.objects.filter(by=None, on__range=days, move__in=MOVES)
    counts = dict(moved.order_by().values("move").annotate(times=Count("pk")).values_list("move", "times"))
    reminders = Notice.objects.filter(kind="progression", due_on__range=days).exclude(status=Notice.Status.WITHDRAWN)
    return {**counts, "remind": reminders.count()}
