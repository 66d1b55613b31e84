"""What people answered, and who asked them to."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from assessment.models.questionnaires import Questionnaire
from people import reach
from people.models import Employee, User


class SendingQuerySet(models.QuerySet["Sending"]):
    """Sendings, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> SendingQuerySet:
        """All for HR of the whole organisation and auditors; to other HR those they sent themselves."""
        if reach.reads_everybody(user):
            return self
        return self.filter(sent_by=user) if user.is_authenticated and user.is_hr else self.none()

    def open(self) -> SendingQuerySet:
        """Those that nobody has ended."""
        return self.filter(ended_on=None)


class Sending(models.Model):
    """The questionnaire sent to some people, with the day by which they should answer. ``to`` says who, in words.

    Once it is ended (``ended_on``) nobody is asked or reminded any more; whoever answered has answered.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    to = models.CharField(max_length=300)
    due_on = models.DateField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_on = models.DateField()
    sent_at = models.DateTimeField(db_default=Now())
    request_key = models.UUIDField(null=True, blank=True, editable=False, unique=True)
    ended_on = models.DateField(null=True, blank=True)

    objects: ClassVar[models.Manager[Sending]] = SendingQuerySet.as_manager()

    class Meta:
        ordering = ("-sent_at", "-id")
        indexes = (models.Index(fields=["-sent_on", "-id"], name="sending_newest_first"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(due_on__gte=models.F("sent_on")),
                name="due_on_or_after_sending",
                violation_error_code="in_past",
                violation_error_message="The day to answer by has not gone.",
            ),
        )

    def __str__(self) -> str:
        return f"To {self.to}, by {self.due_on}"


class Asked(models.Model):
    """One person whom a sending asked. ``reminded_on`` is the last day they were reminded."""

    sending = models.ForeignKey(Sending, on_delete=models.PROTECT, related_name="asked")
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="asked")
    reminded_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["sending", "employee"], name="asked_once_per_sending"),)

    def __str__(self) -> str:
        return f"{self.employee}, {self.sending}"


class ResponseQuerySet(models.QuerySet["Response"]):
    """Responses, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> ResponseQuerySet:
        """Those of the people whom ``user`` may see."""
        if reach.reads_everybody(user):
            return self
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def under_way(self) -> ResponseQuerySet:
        """Begun and not sent: what “save and return” comes back to."""
        return self.filter(submitted_at=None)


class Response(models.Model):
    """One person's answers to one version, kept as they go. ``answered_by`` may be another person, on their behalf.

    ``assumed`` are the questions answered from the person's record and not looked at yet; ``seconds`` how long each
    question was open, by its code; ``sending`` what asked for it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="responses")
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="responses")
    answers = models.JSONField(default=dict)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_on_behalf = models.BooleanField(default=False)
    started_on = models.DateField()
    submitted_on = models.DateField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    assumed = models.JSONField(default=list)
    seconds = models.JSONField(default=dict)
    sending = models.ForeignKey("Sending", null=True, blank=True, on_delete=models.PROTECT, related_name="responses")

    objects: ClassVar[models.Manager[Response]] = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ("-started_on", "-id")
        indexes = (
            models.Index(
                fields=["questionnaire", "-submitted_at"],
                condition=Q(submitted_at__isnull=False, is_on_behalf=False) & ~Q(seconds={}),
                name="response_timed",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["sending", "employee"], name="one_response_per_sending_and_person"),
            models.UniqueConstraint(
                fields=["employee"], condition=Q(submitted_at=None), name="one_response_under_way_per_person"
            ),
            models.CheckConstraint(
                condition=Q(submitted_on=None, submitted_at=None)
                | Q(submitted_on__isnull=False, submitted_at__isnull=False),
                name="response_submitted_on_a_day_and_at_a_moment",
            ),
        )

    def __str__(self) -> str:
        return f"Answers of {self.employee}"

    @property
    def given(self) -> dict[str, str]:
        """The answers that a person gave or has looked at: without those assumed from the record."""
        return {code: answer for code, answer in self.answers.items() if code not in self.assumed}
