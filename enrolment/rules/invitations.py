"""Inviting people to sign in: who is left out and why, and how many are invited unasked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from enrolment.rules.judging import Refusal
from people.rules import has_left, say

ASK_TWICE_ABOVE = 50  # people; more invitations than so many want a second yes


@dataclass(frozen=True)
class Door:
    """How far somebody's account is: its e-mail, whether it is closed, was signed in to, and when it was invited."""

    email: str
    is_closed: bool
    has_signed_in: bool
    invited_at: datetime | None


def is_open_invitation(invited_at: datetime | None, *, at: datetime, lasts: timedelta) -> bool:
    """Whether the link of an invitation still works."""
    return invited_at is not None and invited_at + lasts > at


def invitation_refusal(
    name: str, employed_until: date | None, door: Door | None, *, on: date, at: datetime, lasts: timedelta
) -> Refusal | None:
    """Why somebody is not invited: ``left``, ``account_closed``, ``has_account``, ``already_invited``; else None.

    Who was invited and never came is invited again once the link, which ``lasts`` so long, works no more. Moments are
    in the organisation's time, as their days are said.
    """
    if has_left(employed_until, on):
        return Refusal("left", f"{name} has left.")
    if door is None:
        return None
    if door.is_closed:
        return Refusal("account_closed", f"The account {door.email} is closed.")
    if door.has_signed_in:
        return Refusal("has_account", f"{name} has an account already, and signs in as {door.email}.")
    if door.invited_at and is_open_invitation(door.invited_at, at=at, lasts=lasts):
        since, until = say(door.invited_at.date()), say((door.invited_at + lasts).date())
        return Refusal("already_invited", f"{name} was invited on {since} already. The link works until {until}.")
    return None
