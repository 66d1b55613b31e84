"""Private addresses under which a person's own calendar program reads their programmes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from people.models import Employee


class CalendarFeed(models.Model):
    """One private address, kept as the SHA-256 of its token only: it is shown once. A person has at most one."""

    employee = models.OneToOneField(Employee, on_delete=models.PROTECT, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    made_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"The calendar feed of {self.employee}"
