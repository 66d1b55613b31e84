"""What happened to the records of people: added to and never altered, and what is left of a record that was merged.

Neither refers to the row of the person a change is about, only to its public id: so a record that is merged, or taken
back with its file, is deleted without a line of its history being touched (docs/decisions/0011).
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class PersonChange(models.Model):
    """One thing that happened to one person's record: who did it, for which day, why, and what became what.

    ``person`` is the record's public id, which outlives the record. ``changes`` are ``[column, old, new]`` in the order
    of `people.entries.COLUMNS`; ``facts`` what else is to be known of it, such as how many plans a leaver left behind.
    ``by`` is empty where the calendar, a command or a file without a sender did it.
    """

    class Kind(models.TextChoices):
        JOINED = "joined", "added"
        CHANGED = "changed", "changed"
        LEFT = "left", "left"
        RETURNED = "returned", "came back"
        REMOVED = "removed", "taken back with its file"
        MERGED = "merged", "took another record in"
        MERGED_INTO = "merged_into", "merged into another record"

    person = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind)
    changes = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["person", "-at", "-id"], name="person_change_newest_first"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.on}"


class FormerRecord(models.Model):
    """A record that was merged into another: its address leads there, and nobody else is given its staff number.

    ``public_id`` and ``staff_number`` were the record's own; ``facts`` are what it held, in the order of
    `people.entries.COLUMNS`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    staff_number = models.CharField(max_length=40, unique=True)
    given_names = models.CharField(max_length=200)
    family_name = models.CharField(max_length=200)
    facts = models.JSONField(default=list)
    kept = models.ForeignKey("people.Employee", on_delete=models.PROTECT, related_name="former_records")
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    merged_on = models.DateField()
    merged_at = models.DateTimeField(db_default=Now())
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("merged_at", "id")

    def __str__(self) -> str:
        return f"{self.given_names} {self.family_name}, {self.staff_number}, merged"
