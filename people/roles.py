"""What is given to people: departments to HR, deputies to managers; and the history of roles and of the tree."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from people import reach

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from people.models import User


LABELS = {
    "hr": "HR",
    "auditor": "Auditor",
    "administrator": "Administrator",
}


class HrDepartment(models.Model):
    """A department that a narrowed HR account is named for, with all below it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hr_departments")
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["user", "department"], name="named_once_for_a_department"),)

    def __str__(self) -> str:
        return f"{self.user} for {self.department}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Delegations, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> DelegationQuerySet:
        """Those one gave or was given, and those of people whom one reads as HR."""
        from people.models import Employee

        if not user.is_authenticated:
            return self.none()
        if reach.reads_everybody(user):
            return self
        theirs = Employee.objects.read_as_hr_by(user)
        return self.filter(Q(from_employee__user=user) | Q(to_employee__user=user) | Q(from_employee__in=theirs))

    def not_over(self, on: date) -> DelegationQuerySet:
        """Those in force on a day, or to come."""
        return self.filter(ended_on=None, last_day__gte=on)


class Delegation(models.Model):
    """A window in which somebody else sees a manager's line and acts as its manager: the manager's **deputy**.

    Both days count. ``ended_on`` is the day it was ended before its time: from then on it gives nothing.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    from_employee = models.ForeignKey("people.Employee", on_delete=models.PROTECT, related_name="delegations")
    to_employee = models.ForeignKey("people.Employee", on_delete=models.PROTECT, related_name="deputising")
    first_day = models.DateField()
    last_day = models.DateField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_on = models.DateField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_on = models.DateField(null=True, blank=True)

    objects: ClassVar[models.Manager[Delegation]] = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ("first_day", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="delegation_ends_after_it_begins",
                violation_error_code="end_before_start",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=~Q(from_employee=F("to_employee")),
                name="nobody_is_their_own_deputy",
                violation_error_code="own_deputy",
                violation_error_message="Choose somebody else: nobody is their own deputy.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.to_employee} for {self.from_employee}, {self.first_day} to {self.last_day}"


class Change(models.Model):
    """Abstract: what somebody changed, before and after in words, who and when; only ever added to."""

    name = models.CharField(max_length=60)
    before = models.CharField(max_length=500, blank=True)
    after = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.name}: {self.before} → {self.after}"


class RoleChange(Change):
    """A role that an account was given or that was taken from it; ``name`` is the role."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_changes")


class DepartmentChange(Change):
    """A department that was added, renamed, moved or deleted; ``name`` says which of these.

    History stays when the department goes: then ``was_called`` says which it was.
    """

    department = models.ForeignKey(
        "people.Department", null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    was_called = models.CharField(max_length=200, blank=True, db_default="")
