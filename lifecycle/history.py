"""What happened to a record: one row a move, written with the move and never changed."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """Abstract: one move of one subject. Concrete events add ``subject``, the record that moved.

    ``on`` is the day the move counts for, ``at`` the moment it was recorded; ``by`` is empty when the calendar or a
    command did it. The dates and the cohort are the subject's after the move, so a hold can be derived from history.
    ``request_key`` is the one-time key of the form that asked for it, so that a repeated submit finds its first result.
    """

    move = models.CharField(max_length=40)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    reason = models.TextField(blank=True)
    start_date = models.DateField(null=True, blank=True)
    planned_end_date = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    return_on = models.DateField(null=True, blank=True)
    cohort = models.ForeignKey("programmes.Cohort", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    request_key = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(fields=["subject", "move", "request_key"], name="%(class)s_once_per_form"),
        )
