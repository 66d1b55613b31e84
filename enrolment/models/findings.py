"""What people found out about an enrolment: facts they confirmed, and what it changed at work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrolment.models.enrolments import Enrolment


class Confirmation(models.Model):
    """What a person found out about somebody's eligibility for one start (domain.md §3): yes or no, never documents.

    The latest row for a fact and the enrolment's start date counts; a start that moves asks again.
    """

    class Fact(models.TextChoices):
        AGE = "age", "age on the start date"
        LINE_MANAGER = "line_manager", "a line manager other than the learner"
        HOURS_IN_ENGLAND = "hours_in_england", "at least half of working hours in England"
        RIGHT_TO_WORK = "right_to_work", "right to work"
        CONTRACT_LENGTH = "contract_length", "a contract that outlasts the programme and its assessment"
        NEW_LEARNING = "new_learning", "real new learning"
        OTHER_FUNDING = "other_funding", "not on another funded programme"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="confirmations")
    fact = models.CharField(max_length=30, choices=Fact)
    is_met = models.BooleanField()
    for_start = models.DateField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_on = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at", "id")
        indexes = (
            models.Index(fields=["enrolment", "fact", "-id"], name="confirmation_latest"),
            models.Index(fields=["enrolment"], condition=Q(is_met=False), name="confirmation_not_met"),
        )

    def __str__(self) -> str:
        return f"{self.get_fact_display()}: {'yes' if self.is_met else 'no'}"


class Impact(models.Model):
    """What changed at work after a programme, as the learner or their manager tells it; every part is optional."""

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="impact")
    what_changed = models.TextField(blank=True)
    hours_a_month = models.PositiveIntegerField("hours saved a month", null=True, blank=True)
    pounds_a_year = models.PositiveIntegerField("pounds saved a year", null=True, blank=True)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(what_changed="", hours_a_month=None, pounds_a_year=None),
                name="impact_says_something",
                violation_error_code="empty",
                violation_error_message="Say what changed, or what it saved.",
            ),
        )

    def __str__(self) -> str:
        return f"What {self.enrolment} changed"
