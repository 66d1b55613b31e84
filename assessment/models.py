"""Who should take what, and why: the questionnaire, its decision table, a person's answers, what the rules say."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from people.models import Employee, User
from programmes.models import Programme


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    """Questionnaire versions, narrowed by adjectives."""

    def published(self) -> QuestionnaireQuerySet:
        """The one that people answer today."""
        return self.filter(status=Questionnaire.Status.PUBLISHED)


class Questionnaire(models.Model):
    """One version of the questions and the decision table. Once published it never changes (the database refuses)."""

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        PUBLISHED = "published", "published"
        RETIRED = "retired", "retired"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    published_on = models.DateField(null=True, blank=True)

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
            models.UniqueConstraint(fields=["questionnaire", "position"], name="one_question_per_position"),
        )

    def __str__(self) -> str:
        return self.text


class Option(models.Model):
    """One answer that a question offers. ``phrase`` completes “You said that …” in the explanation."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=40)
    label = models.CharField(max_length=200)
    hint = models.CharField(max_length=300, blank=True)
    phrase = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["question", "code"], name="one_option_per_code"),
            models.UniqueConstraint(fields=["question", "position"], name="one_option_per_position"),
        )

    def __str__(self) -> str:
        return self.label


class Rule(models.Model):
    """One row of the decision table: *if* these answers *then* this programme, *because*. First match wins.

    ``conditions`` maps a question's code to the option codes that satisfy it; a question not named does not matter.
    """

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField()
    conditions = models.JSONField()
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=400)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=["questionnaire", "position"], name="one_rule_per_position"),)

    def __str__(self) -> str:
        return f"Rule {self.position}: {self.programme}"


class ResponseQuerySet(models.QuerySet["Response"]):
    """Responses, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> ResponseQuerySet:
        """Those of the people whom ``user`` may see."""
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def under_way(self) -> ResponseQuerySet:
        """Begun and not sent: what “save and return” comes back to."""
        return self.filter(submitted_at=None)


class Response(models.Model):
    """One person's answers to one version, kept as they go. ``answered_by`` may be another person, on their behalf."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="responses")
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="responses")
    answers = models.JSONField(default=dict)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_on_behalf = models.BooleanField(default=False)
    started_on = models.DateField()
    submitted_on = models.DateField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Response]] = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ("-started_on", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["employee"], condition=Q(submitted_at=None), name="one_response_under_way_per_person"
            ),
            models.CheckConstraint(
                condition=Q(submitted_on=None, submitted_at=None)
                | Q(submitted_on__isnull=False, submitted_at__isnull=False),
                name="response_submitted_on_a_day_and_at_a_moment",
            ),
        )

    def __str__(self) -> str:
        return f"Answers of {self.employee}"


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    """Recommendations, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> RecommendationQuerySet:
        """Those of the people whom ``user`` may see."""
        if user.is_authenticated and (user.is_hr or user.is_administrator):
            return self
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def undecided(self) -> RecommendationQuerySet:
        """The latest of each person, where nobody has decided on it yet."""
        return self.filter(is_latest=True, is_decided=False)


class Recommendation(models.Model):
    """What the rules say of one response, with its proof. It only recommends: a person decides.

    ``programme`` is empty when no rule fits. ``answers_used`` are the codes the deciding rule looked at, ``lost`` the
    other rules: ``{"rule": position, "programme": code, "ruled_out_by": {question: option}}``, ``smallest_change`` the
    fewest answers that would lead elsewhere: ``{"programme": code, "answers": {question: option}}``. Its version is its
    response's questionnaire. ``is_decided`` says that a placement answers it, so that what waits is found at once.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    response = models.OneToOneField(Response, on_delete=models.PROTECT, related_name="recommendation")
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="recommendations")
    programme = models.ForeignKey(Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=400)
    answers_used = models.JSONField(default=dict)
    lost = models.JSONField(default=list)
    runner_up = models.ForeignKey(Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    smallest_change = models.JSONField(null=True, blank=True)
    is_latest = models.BooleanField(default=True)
    is_decided = models.BooleanField(default=False)
    made_on = models.DateField()

    objects: ClassVar[models.Manager[Recommendation]] = RecommendationQuerySet.as_manager()

    class Meta:
        ordering = ("made_on", "id")
        indexes = (
            models.Index(fields=["made_on", "id"], condition=Q(is_latest=True), name="recommendation_latest"),
            models.Index(
                fields=["made_on", "id"],
                condition=Q(is_latest=True, is_decided=False),
                name="recommendation_undecided",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["employee"], condition=Q(is_latest=True), name="one_latest_recommendation_per_person"
            ),
        )

    def __str__(self) -> str:
        return f"{self.programme or 'A person decides'} for {self.employee}"


class PlacementQuerySet(models.QuerySet["Placement"]):
    """Placements, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> PlacementQuerySet:
        """Those of the people whom ``user`` may see."""
        if user.is_authenticated and (user.is_hr or user.is_administrator):
            return self
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def current(self) -> PlacementQuerySet:
        """The latest decision about each person."""
        return self.filter(is_current=True)


class Placement(models.Model):
    """Where a person was placed, or “none for now”: decided by a named person, with a reason unless it agrees."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="placements")
    recommendation = models.OneToOneField(
        Recommendation, null=True, blank=True, on_delete=models.PROTECT, related_name="placement"
    )
    programme = models.ForeignKey(Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_agreed = models.BooleanField()
    reason = models.TextField(blank=True)
    is_current = models.BooleanField(default=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_on = models.DateField()
    decided_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager[Placement]] = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ("-decided_on", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["employee"], condition=Q(is_current=True), name="one_current_placement_per_person"
            ),
            models.CheckConstraint(
                condition=Q(is_agreed=True) | ~Q(reason=""),
                name="a_decision_of_ones_own_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why you decide otherwise.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.employee}: {self.programme or 'none for now'}"
