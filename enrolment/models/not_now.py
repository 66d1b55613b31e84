"""“Not now”: what a learner says of a programme that is recommended to them or proposed next."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from people.models import Employee
from programmes.models import Programme


class NotNowQuerySet(models.QuerySet["NotNow"]):
    """Not-nows, narrowed by adjectives."""

    def in_force(self, on: date) -> NotNowQuerySet:
        """Those that hold on a day: not taken back, and not past their last day."""
        return self.filter(Q(until=None) | Q(until__gte=on), ended_on=None)


class NotNow(models.Model):
    """A learner does not want a programme for now: until the end of a day (``until``), or until they take it back.

    Nobody is reminded of it meanwhile. ``ended_on`` is the day it was taken back, or said anew. Rows stay.
    """

    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="not_nows")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    until = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    said_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    objects: ClassVar[models.Manager[NotNow]] = NotNowQuerySet.as_manager()

    class Meta:
        ordering = ("-said_on", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["employee", "programme"],
                condition=Q(ended_on=None),
                name="one_not_now_per_programme",
                violation_error_code="already_said",
                violation_error_message="This has been said already.",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("said_on")),
                name="not_now_ends_later",
                violation_error_code="in_past",
                violation_error_message="Give a day that has not gone.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.employee}: not now, {self.programme}"
