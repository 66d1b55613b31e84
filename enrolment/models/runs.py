"""What Celery did through time: each run of the calendar, and each time the promise was proved again."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now


class Run(models.Model):
    """One time the calendar was enforced for everybody to whom a day did something: how far it is, what came of it."""

    class Kind(models.TextChoices):
        NIGHT = "night", "the night’s run"
        AFTER_CHANGES = "after_changes", "after changes"
        COMMAND = "command", "by command"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    on = models.DateField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    people = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (models.Index(fields=["-started_at", "-id"], name="run_newest_first"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.on}"


class Proof(models.Model):
    """One time the promise was proved again: over everything, or what changed since; the damage it named."""

    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    is_whole = models.BooleanField()
    checked = models.PositiveIntegerField()
    seconds = models.FloatField()
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["-at", "-id"], name="proof_newest_first"),)

    def __str__(self) -> str:
        return f"Proof of {self.at}: {len(self.findings)} found"
