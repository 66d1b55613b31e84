"""What managers say of how a programme ended that ran past its planned end; HR reads it and closes it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from enrolment.models.enrolments import Enrolment


class Ending(models.Model):
    """What somebody who answers for a learner knows of one enrolment past its planned end. Rows are never changed.

    The newest is the one to go by, and only while the enrolment still has the planned end that it was said of: once
    that is another, it is asked again. ``day`` is the last day, or the new one of somebody who needs longer.
    """

    class How(models.TextChoices):
        FINISHED = "finished", "finished"
        LEFT = "left", "left"
        LONGER = "longer", "needs longer"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="endings")
    planned_end_date = models.DateField()
    how = models.CharField(max_length=20, choices=How)
    day = models.DateField(null=True, blank=True)
    words = models.TextField(blank=True)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(how="longer") | Q(day__isnull=False),
                name="an_ending_has_a_last_day",
                violation_error_code="day_missing",
                violation_error_message="Give the last day.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.get_how_display()}"
