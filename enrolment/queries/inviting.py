"""Who has no way in yet: nobody made them an account, or they were invited and never came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from enrolment.queries.bulk import MOST
from people.models import Employee


@dataclass(frozen=True)
class Uninvited:
    """How many have no way in, and how many of them have no e-mail to invite them by."""

    people: int
    without_mail: int


def uninvited(people: QuerySet[Employee], *, on: date, at: datetime) -> QuerySet[Employee]:
    """Of these people those who have not left, never signed in, and have no invitation that still works."""
    lapsed = at - timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    never_came = Q(user__is_active=True, user__last_login=None)
    no_link = Q(user__invited_at=None) | Q(user__invited_at__lte=lapsed)
    has_not_left = Q(employed_until=None) | Q(employed_until__gte=on)
    return people.filter(has_not_left, Q(user=None) | (never_came & no_link))


def how_many(people: QuerySet[Employee]) -> Uninvited:
    """Counted by the database, in one walk."""
    counts = people.order_by().aggregate(people=Count("pk"), without_mail=Count("pk", filter=Q(user=None, email="")))
    return Uninvited(**counts)


def in_order(people: QuerySet[Employee]) -> list[int]:
    """Row ids by name, as lists show people; one more than a page takes at once."""
    return list(people.order_by("family_name", "given_names", "id").values_list("pk", flat=True)[: MOST + 1])
