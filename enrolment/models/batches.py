"""Long jobs over many people: their file, how far they are, and what each row came to."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Now

from people import reach
from people.models import User


class BatchQuerySet(models.QuerySet["Batch"]):
    """Jobs over many people, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> BatchQuerySet:
        """All for HR of the whole organisation and auditors; to other HR those they made themselves."""
        if reach.reads_everybody(user):
            return self
        return self.filter(made_by=user) if user.is_authenticated and user.is_hr else self.none()


class Batch(models.Model):
    """One job over many people: its file, how far it is, and what came of it. A killed worker resumes at ``done``."""

    class Status(models.TextChoices):
        CHECKED = "checked", "ready to apply"
        APPLYING = "applying", "being applied"
        APPLIED = "applied", "applied"
        UNREADABLE = "unreadable", "not readable"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    status = models.CharField(max_length=20, choices=Status)
    problem = models.CharField(max_length=500, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Batch]] = BatchQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-id")

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_status_display()})"


class BatchRow(models.Model):
    """One row of a batch that comes to something: refused, changed, created, or taken with a remark."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField()
    staff_number = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)
    earliest_start = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("row", "id")
        indexes = (models.Index(fields=["batch", "row", "id"], name="batch_row_in_order"),)

    def __str__(self) -> str:
        return f"Row {self.row}: {self.outcome}"
