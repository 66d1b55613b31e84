"""Inviting many people to sign in: foreseen, given an account, and what came of each kept; the mail is the job's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.db.models.functions import Lower
from django.utils.timezone import get_default_timezone

from enrolment.actions import batches
from enrolment.actions.batches import Kept, advance, is_next
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.actions.people import access_refusal, reach_refusal
from enrolment.models import Batch
from enrolment.rules import Refusal
from enrolment.rules.invitations import Door, invitation_refusal
from people.actions.accounts import make_accounts
from people.models import Employee, User
from people.queries import email_holders

KIND = "invite"
OUTCOMES = ("invited", "refused")
GONE = Refusal("unknown_employee", "This record is no longer there.")


@dataclass(frozen=True)
class Guest:
    """One person (row id) of those who are to be invited, and their place among so many, counted from 0."""

    position: int
    employee: int
    of: int


def content_of(people: Sequence[int]) -> bytes:
    """People (row ids), in order, as a batch keeps them."""
    return json.dumps(list(people)).encode()


def guests_of(content: bytes) -> list[Guest]:
    """Whom a batch was kept with, each with their place."""
    people = json.loads(content)
    return [Guest(position, employee, len(people)) for position, employee in enumerate(people)]


def foresee_invitations(guests: Sequence[Guest], *, by: User | None, on: date, at: datetime) -> list[Outcome[Kept]]:
    """What inviting these people would come to; nobody gets an account and nothing is mailed.

    Refused: ``left``, ``account_closed``, ``has_account``, ``already_invited``, and all that `give_access` refuses.
    """
    found = Employee.objects.select_related("user").in_bulk([guest.employee for guest in guests])
    judged = _judge(found, by=by, on=on, at=at)
    return [
        Outcome(kept(guest, found.get(guest.employee), refusal), refusal)
        for guest in guests
        for refusal in (judged.get(guest.employee, GONE),)
    ]


@transaction.atomic
def admit(guests: Sequence[Guest], *, batch: Batch, on: date, at: datetime) -> list[Outcome[Employee | None]]:
    """Make an account for each of these who may be invited now and has none; the mail comes after this.

    Refused as in `foresee_invitations`, whose subject is None where the record is gone. Guests who are done already
    are left alone: then no outcome comes back.
    """
    if not is_next(guests[0].position, batch):
        return []
    locked = lock_people(sorted({guest.employee for guest in guests}))
    prefetch_related_objects(locked, "user")
    found = {person.pk: person for person in locked}
    judged = _judge(found, by=batch.made_by, on=on, at=at)
    make_accounts([found[pk] for pk, refusal in judged.items() if refusal is None and found[pk].user_id is None])
    return [Outcome(found.get(guest.employee), judged.get(guest.employee, GONE)) for guest in guests]


@transaction.atomic
def keep_invited(rows: Sequence[Kept], *, position: int, batch: Batch) -> None:
    """Record what became of the guests from this place on."""
    if rows and is_next(position, batch):
        advance(batch, position + len(rows), counted(rows), rows)


def kept(guest: Guest, person: Employee | None, refusal: Refusal | None) -> Kept:
    """One guest as the page of the job shows them: whoever is refused before all who are invited."""
    number, name = (person.staff_number, person.name) if person else ("", "")
    if refusal or person is None:
        why = refusal or GONE
        return Kept(guest.position + 1, number, name, "refused", why.code, why.message)
    email = person.user.email if person.user else person.email
    return Kept(guest.of + guest.position + 1, number, name, "invited", "", f"A link to sign in goes to {email}.")


def counted(rows: Sequence[Kept]) -> dict[str, int]:
    """How many came to each outcome."""
    return batches.counted((row.outcome for row in rows), of=OUTCOMES)


def _judge(people: Mapping[int, Employee], *, by: User | None, on: date, at: datetime) -> dict[int, Refusal | None]:
    """By person (row id): why they are not invited, None where they are."""
    emails = {person.email.lower() for person in people.values() if person.email}
    holders = Counter(email for _, email in email_holders(emails))
    taken = set(User.objects.annotate(small=Lower("email")).filter(small__in=emails).values_list("small", flat=True))
    lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return {
        pk: reach_refusal(person, by)
        or invitation_refusal(person.name, person.employed_until, _door(person.user), on=on, at=at, lasts=lasts)
        or (None if person.user_id else access_refusal(person, holders[person.email.lower()], taken, on=on))
        for pk, person in people.items()
    }


def _door(user: User | None) -> Door | None:
    if user is None:
        return None
    return Door(
        user.email,
        is_closed=not user.is_active,
        has_signed_in=user.last_login is not None,
        invited_at=user.invited_at.astimezone(get_default_timezone()) if user.invited_at else None,
    )
