"""Long jobs over many people: their file, how far they are, and what each row came to."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Lower, Now

from people import reach
from people.models import User


class BatchQuerySet(models.QuerySet["Batch"]):
    """Jobs over many people, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> BatchQuerySet:
        """All for HR of the whole organisation and auditors; to other HR those they made themselves."""
        if reach.reads_everybody(user):
            return self
        return self.filter(made_by=user) if user.is_authenticated and user.is_hr else self.none()


class Source(models.Model):
    """Where files come from, as HR calls it, and how its files are read: remembered for files with the same headers.

    ``fingerprint`` is that of the headers (`people.reading.fingerprint`); ``facts`` says column by column what each is,
    ``order`` and ``epoch`` what was asked of its days.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64, unique=True)
    facts = models.JSONField(default=list)
    order = models.CharField(max_length=20, blank=True)
    epoch = models.CharField(max_length=4, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_on = models.DateField()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=~models.Q(name=""), name="source_has_a_name"),
            models.UniqueConstraint(
                Lower("name"),
                name="one_source_per_name",
                violation_error_code="source_exists",
                violation_error_message="Another source is called so, and its files have other columns.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """One job over many people: its file, how far it is, and what came of it. A killed worker resumes at ``done``.

    Of a file with other columns than ours, ``table`` says what it was and ``reading`` which column is which fact, the
    way of its ``source``. ``leaving`` are the staff numbers of people who are missing from a file of the whole
    organisation and leave on ``leave_on``. ``undoes`` is the file that this job takes back.
    """

    class Status(models.TextChoices):
        MATCHING = "matching", "columns to be matched"
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
    table = models.JSONField(null=True, blank=True)
    reading = models.JSONField(null=True, blank=True)
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="files")
    leave_on = models.DateField(null=True, blank=True)
    leaving = models.JSONField(default=list, blank=True)
    undoes = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")

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


class BatchChange(models.Model):
    """What one row of a file made of a person, kept for a day so that it can be undone.

    ``before`` and ``after`` are the person's facts in the order of `people.entries.COLUMNS`; without ``before`` the
    person is new. ``position`` is the row's place in the order of applying; ``undone_in`` the job that took it back.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="changes")
    position = models.PositiveIntegerField()
    row = models.PositiveIntegerField()
    staff_number = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField()
    undone_in = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("batch", "position")
        constraints = (models.UniqueConstraint(fields=["batch", "position"], name="one_change_per_row_of_a_file"),)

    def __str__(self) -> str:
        return f"{self.staff_number} by row {self.row}"
