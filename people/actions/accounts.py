"""Accounts: made for people who have none, given roles, and invited by a link that works once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from people.models import Department, Employee, User
from people.queries import email_holders
from people.roles import HrDepartment, RoleChange

ROLES = {"hr": "is_hr", "auditor": "is_auditor", "administrator": "is_administrator"}
EVERYWHERE, NOWHERE = "the whole organisation", "no department yet"


class Invitations(PasswordResetTokenGenerator):
    """Keys that die with the next signing in, a new password, another e-mail, or three days; no link to a new password
    is one, nor the other way round."""

    key_salt = "people.actions.accounts.Invitations"


@dataclass(frozen=True)
class Added:
    """An account with its roles: whether it is new, which roles it did not have before, whose record belongs to it."""

    user: User
    is_new: bool
    new_roles: tuple[str, ...]
    employee: Employee | None


@transaction.atomic
def add_account(
    email: str, *, roles: Sequence[str], on: date, by: User | None = None, departments: Sequence[Department] = ()
) -> Added:
    """An account with these roles besides those it has; made if there is none, and linked with the one person who has
    this e-mail and no account yet.

    With ``departments`` it is HR for these and all below them, instead of those it was named for before; a change is
    kept as `RoleChange`.
    """
    email = email.strip().lower()
    user = User.objects.filter(email__iexact=email).select_for_update().first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(email)
    new_roles = tuple(role for role in dict.fromkeys(roles) if not getattr(user, ROLES[role]))
    before = roles_in_words(user)
    for role in new_roles:
        setattr(user, ROLES[role], True)
    user.save(update_fields=[ROLES[role] for role in new_roles])
    if departments:
        user.is_narrowed = True
        user.save(update_fields=["is_narrowed"])
        name_departments(user, departments)
    keep_roles(user, before, by=by, on=on)
    employee = user.own_record()
    holders = [number for number, _ in email_holders([email])]
    if employee is None and len(holders) == 1:
        people = Employee.objects.filter(staff_number=holders[0], user=None)
        employee = people.select_for_update(no_key=True).first()
        if employee:
            employee.user = user
            employee.save(update_fields=["user"])
    return Added(user, is_new, new_roles, employee)


def roles_in_words(user: User) -> dict[str, str]:
    """What an account has of each role, in words: before a change, for `keep_roles` after it."""
    return {role: _in_words(user, role) for role in ROLES}


def name_departments(user: User, departments: Sequence[Department]) -> None:
    """Name a narrowed HR account for these departments, instead of those it was named for before."""
    user.hr_departments.all().delete()
    HrDepartment.objects.bulk_create([HrDepartment(user=user, department=one) for one in departments])
    user.named_departments = None


def keep_roles(user: User, before: Mapping[str, str], *, by: User | None, on: date) -> None:
    """The history of an account's roles: each that is not any more what it was ``before``."""
    after = roles_in_words(user)
    RoleChange.objects.bulk_create(
        [
            RoleChange(user=user, name=role, before=before[role], after=after[role], by=by, on=on)
            for role in ROLES
            if before[role] != after[role]
        ]
    )


def _in_words(user: User, role: str) -> str:
    """What an account has of a role, in words for the history; empty: nothing."""
    if not getattr(user, ROLES[role]):
        return ""
    if role != "hr":
        return "yes"
    if not user.is_narrowed:
        return EVERYWHERE
    names = user.hr_departments.order_by("department__name").values_list("department__name", flat=True)
    return ", ".join(names)[:500] or NOWHERE


@transaction.atomic
def make_accounts(people: Sequence[Employee]) -> None:
    """An account without a password for each of these people, who are locked, have an e-mail and no account."""
    for person in people:
        person.user = User.objects.create_user(person.email)
    Employee.objects.bulk_update(people, ["user"])


def invitation_link(user: User) -> str:
    """An address that lets this person in once, within three days, to choose how to sign in from then on."""
    key = {"account": user_pk_to_url_str(user), "key": Invitations().make_token(user)}
    return settings.SITE_URL + reverse("invitation", kwargs=key)


def invite(user: User, *, at: datetime) -> None:
    """Mail somebody their invitation and keep when. Raises OSError when the mail cannot be handed over."""
    context = {"person": user.get_short_name(), "link": invitation_link(user), "site": settings.SITE_URL}
    subject = " ".join(render_to_string("people/email/invitation.subject.txt", context).split())
    send_mail(subject, render_to_string("people/email/invitation.body.txt", context), None, [user.email])
    user.invited_at = at
    user.save(update_fields=["invited_at"])


def invited(account: str, key: str) -> User | None:
    """Whom this invitation lets in; None when it has been used, is too old, or never was one."""
    user = User.objects.filter(pk=_number(account), is_active=True).first()
    return user if Invitations().check_token(user, key) else None


@transaction.atomic
def accept_invitation(account: str, key: str, *, at: datetime) -> User | None:
    """Use an invitation up: whom it lets in now, or None. Of two who come with the same link only one is let in."""
    user = User.objects.select_for_update().filter(pk=_number(account), is_active=True).first()
    if user is None or not Invitations().check_token(user, key):
        return None
    user.last_login = at  # which the key was made of
    user.save(update_fields=["last_login"])
    return user


@transaction.atomic
def sign_out_elsewhere(user: User, *, but: str) -> int:
    """End every session of this person except the one with the key ``but``; how many were ended."""
    others = user.usersession_set.exclude(session_key=but)  # type: ignore[attr-defined]
    ended, _ = Session.objects.filter(session_key__in=others.values("session_key")).delete()
    others.all().delete()
    return ended


@transaction.atomic
def close_accounts(users: Sequence[User]) -> None:
    """Nobody gets in by these accounts any more: signing in is refused, every session of theirs ends, roles are gone.

    Whatever else lets somebody read without signing in, such as a link for their calendar, has to be ended here too.
    """
    theirs = UserSession.objects.filter(user__in=users)
    Session.objects.filter(session_key__in=theirs.values("session_key")).delete()
    theirs.delete()
    for user in users:
        user.is_active = user.is_hr = user.is_auditor = user.is_administrator = False
    User.objects.bulk_update(users, ["is_active", *ROLES.values()])


@transaction.atomic
def open_accounts(users: Sequence[User]) -> None:
    """These accounts can be signed in to again, as their owners left them; roles somebody gives anew."""
    User.objects.filter(pk__in=[user.pk for user in users]).update(is_active=True)


@transaction.atomic
def forget_second_step(user: User) -> int:
    """Remove passkeys, authenticator app and recovery codes of somebody who has lost them; how many there were."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    return removed


@transaction.atomic
def remove_passkey(user: User, key: Authenticator, *, must_keep_one: bool) -> None:
    """Remove one passkey, and the recovery codes with the last second step.

    Raises ValidationError ``last_second_step`` when it is the last one of somebody who has to have one.
    """
    User.objects.select_for_update().get(pk=user.pk)
    steps = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    others = steps.exclude(pk=key.pk).exists()
    if must_keep_one and not others:
        raise ValidationError("HR needs a second step: add another one before you remove this.", "last_second_step")
    steps.filter(pk=key.pk).delete()
    if not others:
        Authenticator.objects.filter(user=user).delete()


def _number(account: str) -> int:
    try:
        number = int(url_str_to_user_pk(account))
    except (ValueError, ValidationError):
        return 0
    return number if number < 2**63 else 0
