"""What a calendar program is told of a person's enrolments: programmes and days, each with its latest change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256

from django.db.models import Q

from enrolment.models import CalendarFeed, Enrolment, EnrolmentEvent
from enrolment.rules.feeds import Entry, entry
from people.models import Employee

MOST = 100  # enrolments in one calendar, the latest


def hashed(token: str) -> str:
    """What is kept of a token. It is 32 random bytes, so one quick hash is as good as a slow one."""
    return sha256(token.encode()).hexdigest()


def feed_of(employee: Employee) -> CalendarFeed | None:
    """A person's feed, or None."""
    return CalendarFeed.objects.filter(employee=employee).first()


def owner_of(token: str, *, on: date) -> Employee | None:
    """Whose feed a token opens; None for a wrong or revoked one, for leavers and closed accounts."""
    works_here = Q(employee__employed_until=None) | Q(employee__employed_until__gte=on)
    feeds = CalendarFeed.objects.filter(works_here, token_hash=hashed(token), employee__user__is_active=True)
    feed = feeds.select_related("employee").first()
    return feed.employee if feed else None


def entries(employee: Employee) -> list[Entry]:
    """Everything of one person that has or had days, the latest first; two queries."""
    rows = Enrolment.objects.filter(employee=employee).select_related("programme").order_by("-id")
    return entries_of(list(rows[:MOST]))


def entries_of(enrolments: Sequence[Enrolment]) -> list[Entry]:
    """The same for these enrolments; what never had days is left out."""
    events: dict[int, list[EnrolmentEvent]] = defaultdict(list)
    for event in EnrolmentEvent.objects.filter(subject__in=enrolments).order_by("id"):
        events[event.subject_id].append(event)
    found: Iterable[Entry | None] = (entry(row, events[row.pk]) for row in enrolments)
    return [one for one in found if one]
