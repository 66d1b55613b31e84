"""Accounts: made for people who have none, given roles, and invited to choose a password by a link that works once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from people.models import Department, Employee, User
from people.queries import email_holders
from people.roles import HrDepartment, RoleChange

ROLES = {"hr": "is_hr", "auditor": "is_auditor", "administrator": "is_administrator"}
EVERYWHERE = "the whole organisation"


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
    before = {role: _said(user, role) for role in ROLES}
    for role in new_roles:
        setattr(user, ROLES[role], True)
    user.save(update_fields=[ROLES[role] for role in new_roles])
    if departments:
        user.hr_departments.all().delete()
        HrDepartment.objects.bulk_create([HrDepartment(user=user, department=one) for one in departments])
        user.named_departments = None
    after = {role: _said(user, role) for role in ROLES}
    RoleChange.objects.bulk_create(
        [
            RoleChange(user=user, name=role, before=before[role], after=after[role], by=by, on=on)
            for role in ROLES
            if before[role] != after[role]
        ]
    )
    employee = user.own_record()
    holders = [number for number, _ in email_holders([email])]
    if employee is None and len(holders) == 1:
        people = Employee.objects.filter(staff_number=holders[0], user=None)
        employee = people.select_for_update(no_key=True).first()
        if employee:
            employee.user = user
            employee.save(update_fields=["user"])
    return Added(user, is_new, new_roles, employee)


def _said(user: User, role: str) -> str:
    """What an account has of a role, in words for the history; empty: nothing."""
    if not getattr(user, ROLES[role]):
        return ""
    if role != "hr":
        return "yes"
    names = user.hr_departments.order_by("department__name").values_list("department__name", flat=True)
    return ", ".join(names)[:500] or EVERYWHERE


@transaction.atomic
def make_accounts(people: Sequence[Employee]) -> None:
    """An account without a password for each of these people, who are locked, have an e-mail and no account."""
    for person in people:
        person.user = User.objects.create_user(person.email)
    Employee.objects.bulk_update(people, ["user"])


def password_link(user: User) -> str:
    """An address that lets this person choose a password once, within three days."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key)


def invite(user: User) -> None:
    """Mail somebody the way to choose a password. Raises OSError when the mail cannot be handed over."""
    context = {"person": user.get_short_name(), "link": password_link(user), "site": settings.SITE_URL}
    subject = " ".join(render_to_string("people/email/invitation.subject.txt", context).split())
    send_mail(subject, render_to_string("people/email/invitation.body.txt", context), None, [user.email])
