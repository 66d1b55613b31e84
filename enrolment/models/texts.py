"""The texts of letters as HR has written them: every version is kept, none is changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class NoticeTextQuerySet(models.QuerySet["NoticeText"]):
    """Versions of texts, narrowed by adjectives."""

    def current(self, kinds: Iterable[str] | None = None) -> NoticeTextQuerySet:
        """The latest version of each kind, or of these; a kind that nobody has written has none."""
        rows = self if kinds is None else self.filter(kind__in=list(kinds))
        return rows.order_by("kind", "-version").distinct("kind")


class NoticeText(models.Model):
    """One version of one kind's text, from the moment it was written. ``is_original``: Waypoint's own holds again.

    ``is_carried_out``: the notices that were written before it and had not left have its words.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    is_original = models.BooleanField(default=False)
    headline = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    is_carried_out = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[NoticeText]] = NoticeTextQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "-version")
        indexes = (models.Index(fields=["kind"], condition=Q(is_carried_out=False), name="notice_text_to_carry_out"),)
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "version"],
                name="one_text_per_kind_and_version",
                violation_error_code="changed_meanwhile",
                violation_error_message="Somebody has written this text meanwhile.",
            ),
            models.CheckConstraint(
                condition=Q(is_original=True, headline="", body="")
                | (Q(is_original=False) & ~Q(headline="") & ~Q(body="")),
                name="a_text_is_the_original_or_has_words",
                violation_error_code="empty",
                violation_error_message="Write the headline and the text.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="a_text_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why the text changes.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}, version {self.version}"
