"""The questionnaire, version by version: questions, options, the rows of its decision table, and what became of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Deferrable, Q
from django.db.models.functions import Now

from lifecycle.history import Event
from people import reach
from people.models import User
from programmes.models import Programme


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    """Questionnaire versions, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> QuestionnaireQuerySet:
        """All for HR of the whole organisation, who keep them, and auditors; none for anybody else."""
        return self if reach.reads_everybody(user) else self.none()

    def published(self) -> QuestionnaireQuerySet:
        """The one that people answer today."""
        return self.filter(status=Questionnaire.Status.PUBLISHED)


class Questionnaire(models.Model):
    """One version of the questions and the decision table. Once published it never changes (the database refuses).

    ``drafted_from`` is the version it began as a copy of; ``revision`` counts the edits of a draft, so that whoever
    edits an older one is told. ``checked`` has been certified as it stands; an edit makes it a draft again.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        CHECKED = "checked", "checked"
        PUBLISHED = "published", "published"
        RETIRED = "retired", "retired"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    published_on = models.DateField(null=True, blank=True)
    drafted_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="drafts")
    revision = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Questionnaire]] = QuestionnaireQuerySet.as_manager()

    class Meta:
        ordering = ("-version",)
        constraints = (
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="published"), name="one_published_questionnaire"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class Question(models.Model):
    """One question, one page. ``code`` is stable: responses and rules name it."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=40)
    text = models.CharField(max_length=300)
    short = models.CharField(max_length=60)
    hint = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["questionnaire", "code"], name="one_question_per_code"),
            models.UniqueConstraint(
                fields=["questionnaire", "position"], name="one_question_per_position", deferrable=Deferrable.IMMEDIATE
            ),
        )

    def __str__(self) -> str:
        return self.text


class Option(models.Model):
    """One answer that a question offers. ``phrase`` completes “You said that …” in the explanation.

    ``job_titles`` are words of job titles, between commas, that suggest this answer: it is chosen beforehand then.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=40)
    label = models.CharField(max_length=200)
    hint = models.CharField(max_length=300, blank=True)
    phrase = models.CharField(max_length=200, blank=True)
    job_titles = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["question", "code"], name="one_option_per_code"),
            models.UniqueConstraint(
                fields=["question", "position"], name="one_option_per_position", deferrable=Deferrable.IMMEDIATE
            ),
        )

    def __str__(self) -> str:
        return self.label


class Rule(models.Model):
    """One row of the decision table: *if* these answers *then* this programme, *because*. First match wins.

    ``conditions`` maps a question's code to the option codes that satisfy it; a question not named does not matter. A
    row without a programme says on purpose that a person decides.
    """

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField()
    conditions = models.JSONField()
    programme = models.ForeignKey(Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=400)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["questionnaire", "position"], name="one_rule_per_position", deferrable=Deferrable.IMMEDIATE
            ),
        )

    def __str__(self) -> str:
        return f"Rule {self.position}: {self.programme or 'a person decides'}"


class QuestionnaireEvent(Event):
    """One move of one version: drafted, checked, published, retired; with who and why."""

    subject = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="events")


class Acceptance(models.Model):
    """That somebody has seen who would move from where to where under a draft, and why it is right.

    Kept with what was counted then: publishing wants one for every group as it stands (empty: a person decides).
    """

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="acceptances")
    revision = models.PositiveIntegerField()
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    people = models.PositiveIntegerField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["questionnaire", "revision", "before", "after"], name="one_acceptance_per_group"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="acceptance_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why it is right that these people move.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.before or 'a person'} → {self.after or 'a person'}: {self.people}"
