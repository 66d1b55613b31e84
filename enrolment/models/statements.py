"""What learners say of what is recorded about them: that it is right, or what is wrong with it; and HR's answer."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from enrolment.models.enrolments import Enrolment
from lifecycle.history import Event
from people import reach
from people.models import Employee, User


class StatementQuerySet(models.QuerySet["Statement"]):
    """Statements, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> StatementQuerySet:
        """Those of the people whom one reads as HR, and one's own."""
        if not user.is_authenticated:
            return self.none()
        if reach.reads_everybody(user):
            return self
        theirs = Employee.objects.read_as_hr_by(user)
        return self.filter(Q(enrolment__employee__user=user) | Q(enrolment__employee__in=theirs))

    def disputed(self) -> StatementQuerySet:
        """Those that wait for HR's answer."""
        return self.filter(status=Statement.Status.DISPUTED)


class Statement(models.Model):
    """A learner's latest word on what is recorded about one enrolment; every earlier one is an event.

    ``facts`` are what it was said of: pairs of label and value, as they were shown (`rules.statements.facts`).
    """

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", "confirmed"
        DISPUTED = "disputed", "disputed"
        ANSWERED = "answered", "dispute answered"

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="statement")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=20, choices=Status)
    facts = models.JSONField()
    said_on = models.DateField()
    reason = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_on = models.DateField(null=True, blank=True)

    objects: ClassVar[models.Manager[Statement]] = StatementQuerySet.as_manager()

    class Meta:
        ordering = ("said_on", "id")
        indexes = (models.Index(fields=["said_on", "id"], condition=Q(status="disputed"), name="statement_disputed"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status="confirmed") | ~Q(reason=""),
                name="a_dispute_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say what is wrong: HR begins with it.",
            ),
            models.CheckConstraint(
                condition=(Q(status="answered", answered_by__isnull=False, answered_on__isnull=False) & ~Q(answer=""))
                | (~Q(status="answered") & Q(answer="", answered_by=None, answered_on=None)),
                name="a_dispute_is_answered_in_words",
                violation_error_code="answer_missing",
                violation_error_message="Write the answer: the learner reads it.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.get_status_display()}"


class StatementEvent(Event):
    """One word on what is recorded, or HR's answer to it, with the facts it was about."""

    subject = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="events")
    facts = models.JSONField(default=list)
