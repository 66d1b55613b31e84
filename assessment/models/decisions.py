"""What the rules recommended and what people decided; a second look at it, and complaints about data."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from assessment.models.questionnaires import Rule
from assessment.models.responses import Response
from people import reach
from people.models import Employee, User
from programmes.models import Programme


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    """Recommendations, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> RecommendationQuerySet:
        """Those of the people whom ``user`` may see."""
        if reach.reads_everybody(user):
            return self
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def undecided(self) -> RecommendationQuerySet:
        """The latest of each person, where nobody has decided on it yet."""
        return self.filter(is_latest=True, is_decided=False)

    def waiting(self) -> RecommendationQuerySet:
        """Those that somebody has to decide: not of who has left."""
        return self.undecided().filter(is_shelved=False)


class Recommendation(models.Model):
    """What the rules say of one response, with its proof. It only recommends: a person decides.

    ``programme`` is empty when no rule fits. ``answers_used`` are the codes the deciding rule looked at, ``lost`` the
    other rules: ``{"rule": position, "programme": code, "ruled_out_by": {question: option}}``, ``smallest_change`` the
    fewest answers that would lead elsewhere: ``{"programme": code, "answers": {question: option}}``. Its version is its
    response's questionnaire. ``is_decided`` says that a placement answers it, so that what waits is found at once. The
    database keeps ``is_shelved``: that the person of a latest one has left (docs/decisions/0014).
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
    is_shelved = models.BooleanField(default=False, db_default=False, editable=False)
    made_on = models.DateField()

    objects: ClassVar[models.Manager[Recommendation]] = RecommendationQuerySet.as_manager()

    class Meta:
        ordering = ("made_on", "id")
        indexes = (
            models.Index(fields=["made_on", "id"], condition=Q(is_latest=True), name="recommendation_latest"),
            models.Index(
                fields=["made_on", "id"],
                condition=Q(is_latest=True, is_decided=False, is_shelved=False),
                name="recommendation_waiting",
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
        if reach.reads_everybody(user):
            return self
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def current(self) -> PlacementQuerySet:
        """The latest decision about each person."""
        return self.filter(is_current=True)


class Placement(models.Model):
    """Where a person was placed, or “none for now”: decided by a named person, with a reason unless it agrees.

    The database keeps ``awaits_dates``: that it is current, has a programme, its person has not left, and nothing they
    are or were on since follows it (docs/decisions/0014).
    """

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
    awaits_dates = models.BooleanField(default=False, db_default=False, editable=False)

    objects: ClassVar[models.Manager[Placement]] = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ("-decided_on", "-id")
        indexes = (
            models.Index(fields=["decided_on", "id"], condition=Q(awaits_dates=True), name="placement_awaits_dates"),
        )
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


class SecondLookQuerySet(models.QuerySet["SecondLook"]):
    """Second looks, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> SecondLookQuerySet:
        """Those one asked for, and those about people one may see."""
        if not user.is_authenticated:
            return self.none()
        if reach.reads_everybody(user):
            return self
        return self.filter(Q(asked_by=user) | Q(employee__in=Employee.objects.visible_to(user)))

    def given_out_by(self, user: User | AnonymousUser) -> SecondLookQuerySet:
        """Those whose reviewer ``user`` may name: HR's, and for administrators those that wait for one."""
        if not user.is_authenticated:
            return self.none()
        if reach.acts_for_everybody(user):
            return self
        theirs = Q(employee__in=Employee.objects.handled_by(user))
        return self.filter(theirs | Q(closed_on=None, reviewer=None) if user.is_administrator else theirs)

    def open(self) -> SecondLookQuerySet:
        """Those without an outcome."""
        return self.filter(closed_on=None)


class SecondLook(models.Model):
    """A request that a human looks again, in the asker's words; closed only with a written outcome (UK GDPR Art. 22).

    ``reviewer`` is somebody other than the first decider; empty while nobody else may decide.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="second_looks")
    recommendation = models.ForeignKey(
        Recommendation, null=True, blank=True, on_delete=models.PROTECT, related_name="second_looks"
    )
    placement = models.ForeignKey(
        Placement, null=True, blank=True, on_delete=models.PROTECT, related_name="second_looks"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    asked_on = models.DateField()
    due_on = models.DateField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_changed = models.BooleanField(null=True)
    outcome = models.TextField(blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_on = models.DateField(null=True, blank=True)
    request_key = models.UUIDField(null=True, blank=True, editable=False, unique=True)

    objects: ClassVar[models.Manager[SecondLook]] = SecondLookQuerySet.as_manager()

    class Meta:
        ordering = ("due_on", "id")
        indexes = (models.Index(fields=["due_on", "id"], condition=Q(closed_on=None), name="second_look_open"),)
        constraints = (
            models.UniqueConstraint(
                fields=["employee"], condition=Q(closed_on=None), name="one_open_second_look_per_person"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, closed_by=None, is_changed=None)
                | (Q(closed_on__isnull=False, closed_by__isnull=False, is_changed__isnull=False) & ~Q(outcome="")),
                name="closed_with_a_written_outcome",
                violation_error_code="outcome_missing",
                violation_error_message="Write what came of it: the person reads it.",
            ),
            models.CheckConstraint(
                condition=Q(recommendation__isnull=False) | Q(placement__isnull=False),
                name="a_second_look_at_something",
            ),
        )

    def __str__(self) -> str:
        return f"Second look {self.reference} for {self.employee}"


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> ComplaintQuerySet:
        """One's own, those of the people whom one reads as HR, and all for administrators, who answer them."""
        if not user.is_authenticated:
            return self.none()
        if user.is_administrator or reach.reads_everybody(user):
            return self
        return self.filter(Q(made_by=user) | Q(made_by__employee__in=Employee.objects.read_as_hr_by(user)))


class Complaint(models.Model):
    """A complaint about how somebody's data are used: its own reference, and thirty days to answer."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    made_on = models.DateField()
    due_on = models.DateField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_on = models.DateField(null=True, blank=True)
    request_key = models.UUIDField(null=True, blank=True, editable=False, unique=True)

    objects: ClassVar[models.Manager[Complaint]] = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ("due_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_on=None, answered_by=None, answer="")
                | (Q(answered_on__gte=F("made_on"), answered_by__isnull=False) & ~Q(answer="")),
                name="a_complaint_is_answered_in_writing",
                violation_error_code="answer_missing",
                violation_error_message="Write the answer: the person reads it.",
            ),
        )

    def __str__(self) -> str:
        return f"Complaint {self.reference}"
