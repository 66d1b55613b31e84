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
        mine = Q(nominated_by=user) & ~Q(employee__user=user)  # not what one asks for oneself
        theirs = Employee.objects.managed_by(user), Employee.objects.read_as_hr_by(user)
        if reach.has_long_line(user):  # most of what is walked through is theirs
            return self.filter(mine | Q(employee__in=theirs[1]) | reach.in_line(user, "employee_id"))
        # One query for each reason, each by its index; either or both at once would walk through everybody's.
        parts = [Nomination.objects.filter(employee__in=people).values("pk") for people in theirs]
        return self.filter(pk__in=Nomination.objects.filter(mine).values("pk").union(*parts))

    def open(self) -> NominationQuerySet:
        """Those that wait for HR."""
        return self.filter(status=Nomination.Status.SUBMITTED)

    def unanswered(self) -> NominationQuerySet:
        """Those that wait for anybody: for HR, or for the manager of who asked."""
        return self.filter(status__in=Nomination.UNANSWERED)


class Nomination(models.Model):
    """A manager's wish that one of their people takes a programme. It holds nothing; HR decides.

    A learner may ask to be nominated: since ``asked_on``, with ``asked_why`` if they say, it waits for their manager,
    whose nomination it becomes. Until then ``nominated_by`` is the learner.

    ``waiting_since`` is the day from which HR's time counts, where that is later than the day it was made.
    ``reminded_on``, ``escalated_on`` and ``warned_on`` are the calendar's, each once for one wait.
    """

    class Status(models.TextChoices):
        ASKED = "asked", "waiting for the manager"
        SUBMITTED = "submitted", "waiting for HR"
        APPROVED = "approved", "approved"
        DECLINED = "declined", "declined"
        TURNED_DOWN = "turned_down", "turned down"
        RETRACTED = "retracted", "retracted"
        EXPIRED = "expired", "expired"

    class Word(models.TextChoices):
        YES = "yes", "yes"
        NOT_NOW = "not_now", "not now"
        NO = "no", "no"

    UNANSWERED = (Status.ASKED, Status.SUBMITTED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="nominations")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="nominations")
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nominated_on = models.DateField()
    reason = models.TextField(blank=True)
    asked_on = models.DateField(null=True, blank=True)
    asked_why = models.TextField(blank=True, db_default="")
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
                condition=Q(status__in=["asked", "submitted"]),
                name="one_open_nomination_per_programme",
                violation_error_code="already_nominated",
                violation_error_message="This person is already nominated for this programme.",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") | (Q(asked_on__isnull=False) & ~Q(status__in=["submitted", "approved"])),
                name="nomination_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why this programme would help.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["asked", "turned_down"]) | Q(asked_on__isnull=False),
                name="what_is_asked_has_its_day",
                violation_error_code="day_missing",
                violation_error_message="Say on which day it was asked for.",
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
                condition=~Q(status__in=["declined", "turned_down"]) | ~Q(answer=""),
                name="declining_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why, so that the manager can explain it.",
            ),
        )

    @property
    def held_since(self) -> date:
        """Since when HR has held the decision, or the manager of who asked."""
        return self.waiting_since or self.nominated_on

    @property
    def is_by_learner(self) -> bool:
        """Whether the nominee asked for it themself, and nobody has nominated them on top of that."""
        return self.nominated_by_id == self.employee.user_id

    @property
    def is_only_asked(self) -> bool:
        """Whether a learner asked to be nominated, and nobody has: waiting for the manager, or closed from there."""
        return self.asked_on is not None and not self.reason

    def __str__(self) -> str:
        return f"{self.employee} for {self.programme} ({self.get_status_display()})"


class NominationEvent(Event):
    """One move of one nomination."""

    subject = models.ForeignKey(Nomination, on_delete=models.PROTECT, related_name="events")
