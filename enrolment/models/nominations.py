"""Who wishes whom on which programme, and what became of it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from enrolment.models.enrolments import Enrolment
from lifecycle.history import Event
from people import reach
from people.models import Employee, User
from programmes.models import Programme


class NominationQuerySet(models.QuerySet["Nomination"]):
    """Nominations, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> NominationQuerySet:
        """Those of one's line, of people whom one reads as HR, and those one made; a learner does not see them."""
        if not user.is_authenticated:
            return self.none()
        if reach.reads_everybody(user):
            return self
        # One query for each reason, each by its index; either or both at once would walk through everybody's.
        parts = [
            Nomination.objects.filter(employee__in=people).values("pk")
            for people in (Employee.objects.managed_by(user), Employee.objects.read_as_hr_by(user))
        ]
        return self.filter(pk__in=Nomination.objects.filter(nominated_by=user).values("pk").union(*parts))

    def open(self) -> NominationQuerySet:
        """Those that wait for HR."""
        return self.filter(status=Nomination.Status.SUBMITTED)


class Nomination(models.Model):
    """A manager's wish that one of their people takes a programme. It holds nothing; HR decides.

    ``waiting_since`` is the day from which HR's time counts, where that is later than the day it was made.
    ``reminded_on``, ``escalated_on`` and ``warned_on`` are the calendar's, each once for one wait.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        SUBMITTED = "submitted", "waiting for HR"
        APPROVED = "approved", "approved"
        DECLINED = "declined", "declined"
        RETRACTED = "retracted", "retracted"
        EXPIRED = "expired", "expired"

    class Word(models.TextChoices):
        YES = "yes", "yes"
        NOT_NOW = "not_now", "not now"
        NO = "no", "no"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="nominations")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="nominations")
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nominated_on = models.DateField()
    reason = models.TextField()
    protected_hours = models.PositiveSmallIntegerField("protected time, hours a week", null=True, blank=True)
    protected_time = models.TextField("protected time, in words", blank=True, db_default="")
    word = models.CharField("the learner’s word", max_length=10, choices=Word, blank=True, db_default="")
    word_comment = models.TextField(blank=True, db_default="")
    word_on = models.DateField(null=True, blank=True)
    waiting_since = models.DateField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    escalated_on = models.DateField(null=True, blank=True)
    warned_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status)
    answer = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_on = models.DateField(null=True, blank=True)
    enrolment = models.OneToOneField(
        Enrolment, null=True, blank=True, on_delete=models.PROTECT, related_name="nomination"
    )

    objects: ClassVar[models.Manager[Nomination]] = NominationQuerySet.as_manager()

    class Meta:
        ordering = ("-nominated_on", "-id")
        indexes = (
            models.Index(fields=["nominated_on", "id"], name="nomination_by_day"),
            models.Index(fields=["status", "nominated_on", "id"], name="nomination_by_status"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["employee", "programme"],
                condition=Q(status__in=["draft", "submitted"]),
                name="one_open_nomination_per_programme",
                violation_error_code="already_nominated",
                violation_error_message="This person is already nominated for this programme.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="nomination_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why this programme would help.",
            ),
            models.CheckConstraint(
                condition=Q(word="", word_on=None) | (~Q(word="") & Q(word_on__isnull=False)),
                name="a_word_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(protected_hours=None) | Q(protected_hours__range=(1, 40)),
                name="protected_hours_of_a_week",
                violation_error_code="hours_out_of_range",
                violation_error_message="Give 1 to 40 hours a week.",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(answer=""),
                name="declining_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why, so that the manager can explain it.",
            ),
        )

    @property
    def held_since(self) -> date:
        """Since when HR has held the decision."""
        return self.waiting_since or self.nominated_on

    def __str__(self) -> str:
        return f"{self.employee} for {self.programme} ({self.get_status_display()})"


class NominationEvent(Event):
    """One move of one nomination."""

    subject = models.ForeignKey(Nomination, on_delete=models.PROTECT, related_name="events")
