"""Calendar feeds: made, replaced and revoked. A token is known to whoever made it, and kept as a hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from secrets import token_urlsafe

from django.db import transaction

from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import CalendarFeed
from enrolment.queries.feeds import hashed
from enrolment.rules import Refusal
from people.models import Employee, User
from people.queries import rows_of

BYTES = 32  # of randomness: nobody finds an address by trying


@dataclass(frozen=True)
class Made:
    """A new feed's owner and its token, which nothing else knows."""

    employee: Employee
    token: str


@transaction.atomic
def make_feeds(people: Sequence[Employee], *, by: User, on: date) -> list[Outcome[Made]]:
    """Give people a private address for their calendar, instead of the one they had, which is dead from now on.

    Refused: ``not_yours`` for anybody else's, ``not_employed`` for somebody who has left.
    """
    fresh = {person.pk: person for person in lock_people(sorted({person.pk for person in people}))}
    outcomes: list[Outcome[Made]] = []
    for asked in people:
        person = fresh[asked.pk]
        refusal = _refusal(person, by, on)
        outcomes.append(Outcome(Made(person, "" if refusal else token_urlsafe(BYTES)), refusal))
    made = [outcome.subject for outcome in outcomes if outcome.is_done]
    _forget([one.employee.pk for one in made])
    latest = {one.employee.pk: one for one in made}
    CalendarFeed.objects.bulk_create(
        [CalendarFeed(employee=one.employee, token_hash=hashed(one.token), made_on=on) for one in latest.values()]
    )
    return outcomes


@transaction.atomic
def revoke_feeds(people: Sequence[Employee]) -> int:
    """The addresses of these people answer nothing any more; returns how many there were. Safe to repeat."""
    return _forget([person.pk for person in people])


def _forget(people: Sequence[int]) -> int:
    count, _ = CalendarFeed.objects.filter(employee__in=rows_of(people)).delete()
    return count


def _refusal(person: Employee, by: User, on: date) -> Refusal | None:
    if person.user_id != by.pk:
        return Refusal("not_yours", "Everybody makes the address of their own calendar.")
    if person.employed_until and person.employed_until < on:
        return Refusal("not_employed", "Who has left has no calendar here.")
    return None
