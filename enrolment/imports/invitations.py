"""Inviting very many people as a job: foreseen for its page, mailed a few at a time, resumed after a killed worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from smtplib import SMTPDataError, SMTPRecipientsRefused

from enrolment.actions.batches import Kept, finish, keep
from enrolment.actions.invitations import (
    KIND,
    Guest,
    admit,
    content_of,
    counted,
    foresee_invitations,
    guests_of,
    keep_invited,
    kept,
)
from enrolment.actions.outcomes import Outcome, in_chunks
from enrolment.models import Batch
from enrolment.queries.batches import turn
from enrolment.rules import Refusal
from people.actions.accounts import invite
from people.clock import now
from people.models import Employee, User
from people.retry import patient, retried

log = logging.getLogger(__name__)

PART = 20  # people between two notes of how far it is: as many a killed worker leaves with a mail and without a note


def check_invitations(people: Sequence[int], *, name: str, by: User, on: date, at: datetime) -> Batch:
    """Keep what inviting these people (row ids, in order) would come to; nothing is mailed."""
    content = content_of(people)
    rows = [
        outcome.subject
        for outcomes in in_chunks(foresee_invitations, guests_of(content), by=by, on=on, at=at)
        for outcome in outcomes
    ]
    return keep(rows, kind=KIND, name=name, content=content, total=len(people), counts=counted(rows), by=by, on=on)


def apply_invitations(batch: Batch) -> int | None:
    """Invite from where the job stands to its end; returns how many people were done now.

    None when somebody else is at it. Where the mail server does not answer the job stops, and the next sweep goes on:
    nobody who was mailed is mailed again, since their account says when.
    """
    with turn(batch.public_id) as is_ours:
        if not is_ours:
            return None
        batch.refresh_from_db(fields=["status", "done"])
        if batch.status != Batch.Status.APPLYING:
            return 0
        left = guests_of(bytes(batch.content))[batch.done :]
        done = 0
        for first in range(0, len(left), PART):
            part = left[first : first + PART]
            rows = _invite(part, batch)
            keep_invited(rows, position=part[0].position, batch=batch)
            done += len(rows)
            if len(rows) < len(part):
                return done
        finish(batch, at=now())
        return done


def _invite(part: Sequence[Guest], batch: Batch) -> list[Kept]:
    """What became of each, as far as the mail server took them."""
    outcomes: list[Outcome[Employee | None]] = retried(patient(admit), part, batch=batch, on=batch.made_on, at=now())
    rows: list[Kept] = []
    for guest, outcome in zip(part, outcomes, strict=False):
        try:
            rows.append(kept(guest, outcome.subject, outcome.refusal or _mail(outcome.subject)))
        except OSError as error:
            log.warning("The mail server does not take invitations now; the next sweep goes on: %s", error)
            break
    return rows


def _mail(person: Employee | None) -> Refusal | None:
    """Mail one invitation; why the server does not take this one. Raises OSError when it takes none now."""
    if person is None or person.user is None:
        return None
    try:
        invite(person.user, at=now())
    except (SMTPRecipientsRefused, SMTPDataError, ValueError) as error:  # this address; the next can be right
        log.warning("An invitation to %s was refused: %s", person.staff_number, error)
        return Refusal(
            "mail_refused", f"The mail to {person.user.email} was refused. Check the address, then try again."
        )
    return None
