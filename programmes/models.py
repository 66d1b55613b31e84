"""What can be taken, and when: the four programmes, their versions, the providers and their cohorts."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from people import reach
from people.models import User
from people.rules import EARLIEST, LATEST

if TYPE_CHECKING:
    from datetime import date


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    """Programmes, narrowed by adjectives."""

    def briefly(self) -> ProgrammeQuerySet:
        """Without the texts of their own pages: what forms and rules need."""
        return self.defer("who_for", "best_suited", "why", "impact", "is_not", "what_next", "hours", "sources")


class Programme(models.Model):
    """One of the four: the seed's name that people know, and the official reference and title beside it.

    Lengths are calendar days with both ends counted (``usual_months`` are calendar months); money is whole pounds.
    ``leads_to`` is what often comes next; ``minimum_days`` counts both ends, ``maximum_days`` counts from the start to
    the planned end. ``sources`` tells, by field name, who says so and what is worth knowing: ``{"by": …, "says": …}``.
    """

    class Kind(models.TextChoices):
        APPRENTICESHIP = "apprenticeship", "apprenticeship"
        UNIT = "unit", "unit"

    code = models.SlugField(max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    who_for = models.CharField(max_length=300)
    best_suited = models.JSONField(default=list)
    why = models.JSONField(default=list)
    impact = models.JSONField(default=list)
    is_not = models.CharField(max_length=300)
    what_next = models.CharField(max_length=300)
    official_reference = models.CharField(max_length=40)
    official_title = models.CharField(max_length=200)
    course_code = models.CharField(max_length=20, blank=True)
    level = models.PositiveSmallIntegerField()
    minimum_age = models.PositiveSmallIntegerField()
    maximum_funding = models.PositiveIntegerField()
    usual_months = models.PositiveSmallIntegerField(default=0)
    usual_days = models.PositiveSmallIntegerField(default=0)
    minimum_days = models.PositiveSmallIntegerField(null=True, blank=True)
    maximum_days = models.PositiveSmallIntegerField(null=True, blank=True)
    hours = models.CharField(max_length=120)
    withdrawn_on = models.DateField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces")
    leads_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sources = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[Programme]] = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.CheckConstraint(
                condition=Q(usual_months__gt=0, usual_days=0) | Q(usual_months=0, usual_days__gt=0),
                name="usual_length_in_months_or_days",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_apprenticeship(self) -> bool:
        """Whether this is the apprenticeship, not one of the units."""
        return self.kind == self.Kind.APPRENTICESHIP

    @property
    def called(self) -> str:
        """Its name inside a sentence: the apprenticeship takes “the”, a unit does not."""
        return f"the {self.name}" if self.is_apprenticeship else self.name


class ProgrammeVersion(models.Model):
    """Which edition of a programme somebody takes: the one whose window holds their start date."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=20)
    first_start = models.DateField()
    last_start = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ("programme", "first_start")
        constraints = (
            models.UniqueConstraint(fields=["programme", "version"], name="one_row_per_programme_version"),
            models.CheckConstraint(
                condition=Q(last_start=None) | Q(last_start__gte=F("first_start")), name="version_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="one_version_for_any_start",
                expressions=[
                    ("programme", RangeOperators.EQUAL),
                    (
                        Func(
                            "first_start",
                            "last_start",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.programme} {self.version}"


class ProviderQuerySet(models.QuerySet["Provider"]):
    """Providers, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> ProviderQuerySet:
        """All for HR of the whole organisation, who keep them, and auditors; none for anybody else."""
        return self if reach.reads_everybody(user) else self.none()


class Provider(models.Model):
    """Who teaches: a training provider HR works with."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField("contact e-mail", blank=True)

    objects: ClassVar[models.Manager[Provider]] = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="one_provider_per_name",
                violation_error_code="provider_exists",
                violation_error_message="A provider with this name is already listed.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class CohortQuerySet(models.QuerySet["Cohort"]):
    """Cohorts, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> CohortQuerySet:
        """All for HR, whose people take seats in them, and auditors; none for anybody else."""
        return self if user.is_authenticated and (user.is_hr or user.is_auditor) else self.none()

    def to_come(self, on: date) -> CohortQuerySet:
        """Those that start after a day."""
        return self.filter(start_date__gt=on)

    def under_way(self, on: date) -> CohortQuerySet:
        """Those that have started and, as planned, not ended on a day."""
        return self.filter(start_date__lte=on, planned_end_date__gte=on)

    def ended(self, on: date) -> CohortQuerySet:
        """Those whose planned end lies before a day."""
        return self.filter(planned_end_date__lt=on)

    def open(self) -> CohortQuerySet:
        """Those that HR has not closed."""
        return self.filter(closed_on=None)

    def not_ended(self, on: date) -> CohortQuerySet:
        """Those under way or to come on a day."""
        return self.filter(planned_end_date__gte=on)


class Cohort(models.Model):
    """A group that starts one programme together, with seats; closed, nobody joins it any more."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="cohorts")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="cohorts")
    start_date = models.DateField()
    planned_end_date = models.DateField()
    seats = models.PositiveSmallIntegerField()
    closed_on = models.DateField(null=True, blank=True)

    objects: ClassVar[models.Manager[Cohort]] = CohortQuerySet.as_manager()

    class Meta:
        ordering = ("start_date", "name", "id")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="one_cohort_per_name",
                violation_error_code="cohort_exists",
                violation_error_message="A cohort with this name exists.",
            ),
            models.CheckConstraint(
                condition=Q(planned_end_date__gte=F("start_date")),
                name="cohort_ends_after_it_begins",
                violation_error_code="end_before_start",
                violation_error_message="The planned end is before the start.",
            ),
            models.CheckConstraint(
                condition=Q(seats__gte=1),
                name="cohort_has_seats",
                violation_error_code="no_seats",
                violation_error_message="A cohort has at least one seat.",
            ),
            models.CheckConstraint(
                condition=Q(start_date__range=(EARLIEST, LATEST), planned_end_date__range=(EARLIEST, LATEST)),
                name="cohort_dates_are_likely",
                violation_error_code="bad_date",
                violation_error_message=f"Check the year: it is from {EARLIEST.year} to {LATEST.year}.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """One place in a cohort. Whoever has it is the enrolment that names it; `Cohort.seats` says how many there are."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="places")
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("cohort", "number")
        constraints = (
            models.UniqueConstraint(fields=["cohort", "number"], name="one_seat_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="seats_count_from_one"),
        )

    def __str__(self) -> str:
        return f"Seat {self.number} of {self.cohort}"
