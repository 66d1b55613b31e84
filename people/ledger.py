"""What people do to notices: each step as history, kinds that are held back, and what each person chose to get."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class NoticeEvent(models.Model):
    """What a person did to one notice, when and why: written with the change and never altered."""

    notice = models.ForeignKey("people.Notice", on_delete=models.PROTECT, related_name="events")
    step = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.step} on {self.on}"


class HeldKind(models.Model):
    """A kind of notice that does not leave, also what is written later, until somebody releases it."""

    kind = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    reason = models.TextField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    released_because = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(fields=["kind"], condition=Q(released_at=None), name="a_kind_is_held_once"),
        )

    def __str__(self) -> str:
        return f"{self.kind}, held"


class NoticeChoice(models.Model):
    """What a person chose of one kind that they may choose about; without a row it is as the kind says."""

    employee = models.ForeignKey("people.Employee", on_delete=models.PROTECT, related_name="notice_choices")
    kind = models.CharField(max_length=40)
    choice = models.CharField(
        max_length=10, choices=[("on", "on"), ("off", "off"), ("daily", "daily"), ("weekly", "weekly")]
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["employee", "kind"], name="one_choice_per_person_and_kind"),)

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"
