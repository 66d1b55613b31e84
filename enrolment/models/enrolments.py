"""Who is on what, on which days, and what happened to each enrolment."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from assessment.models import Placement
from lifecycle.history import Event
from people import reach
from people.models import Employee, User
from people.rules import EARLIEST, LATEST
from programmes.models import Cohort, Programme, ProgrammeVersion, Seat

if TYPE_CHECKING:
    from datetime import date

# What a record holds, in days (domain.md §2; `rules.held` says the same in Python, a property test compares them).
# GREATEST ignores nulls and never goes below the start, so the range neither raises nor loses its end by accident:
# only `overdue`, and `paused` without a stated return, are open on purpose.
HELD = """
CASE
    WHEN start_date IS NULL THEN NULL
    WHEN status IN ('planned', 'active') OR (status = 'paused' AND return_on IS NOT NULL)
        THEN daterange(start_date, GREATEST(start_date, planned_end_date), '[]')
    WHEN status IN ('overdue', 'paused')
        THEN daterange(start_date, NULL, '[)')
    WHEN status = 'completed' OR (status = 'withdrawn' AND ended_on > start_date)
        THEN daterange(start_date, GREATEST(start_date, ended_on), '[]')
END
"""


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Enrolments, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> EnrolmentQuerySet:
        """Those of the people whom ``user`` may see."""
        if reach.reads_everybody(user):
            return self
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def live(self) -> EnrolmentQuerySet:
        """Those that are under way or still to come."""
        return self.filter(status__in=Enrolment.LIVE)

    def holding(self) -> EnrolmentQuerySet:
        """Those that hold days, past or to come."""
        return self.filter(held__isnull=False)

    def in_the_way(self, on: date) -> EnrolmentQuerySet:
        """Those that hold a day from this one on, or could: what ended before cannot be in anybody's way."""
        return self.filter(models.Q(status__in=Enrolment.LIVE) | models.Q(ended_on__gte=on))

    def overran(self, on: date) -> EnrolmentQuerySet:
        """Active past their planned end on a day."""
        return self.filter(status=Enrolment.Status.ACTIVE, planned_end_date__lt=on)

    def past_their_return(self, on: date) -> EnrolmentQuerySet:
        """On a break whose stated return has passed unconfirmed."""
        return self.filter(status=Enrolment.Status.PAUSED, return_on__lt=on)

    def due_to_start(self, on: date) -> EnrolmentQuerySet:
        """Planned, with a start that has come."""
        return self.filter(status=Enrolment.Status.PLANNED, start_date__lte=on)


class Enrolment(models.Model):
    """One person on one programme. ``held`` is derived by the database: the days on which nobody else may hold them.

    ``ended_on`` is the last day of learning (withdrawn) or the actual finish (completed); ``return_on`` the day a break
    ends, if one was stated; ``follows`` the enrolment it is queued behind. ``seat`` is its place in its cohort, and
    ``waiting_since`` its place on the cohort's waiting list. ``is_displaced``: it followed nothing when something took
    its own days; ``follows`` then only says what has them, and it gets them back. The proposed dates are the planner's,
    for HR to say yes to; they hold nothing. ``request_key`` makes a repeated submit find its first result.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "queued"
        WAITING = "waiting", "waiting list"
        PLANNED = "planned", "planned"
        ACTIVE = "active", "active"
        OVERDUE = "overdue", "overdue"
        PAUSED = "paused", "break in learning"
        COMPLETED = "completed", "completed"
        WITHDRAWN = "withdrawn", "withdrawn"
        CANCELLED = "cancelled", "cancelled"

    LIVE = (Status.QUEUED, Status.WAITING, Status.PLANNED, Status.ACTIVE, Status.OVERDUE, Status.PAUSED)

    SEATED = (Status.PLANNED, Status.ACTIVE, Status.OVERDUE, Status.PAUSED, Status.COMPLETED)  # who takes a seat

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="enrolments")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(
        ProgrammeVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments"
    )
    cohort = models.ForeignKey(Cohort, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments")
    seat = models.ForeignKey(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    placement = models.ForeignKey(Placement, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments")
    status = models.CharField(max_length=20, choices=Status)
    start_date = models.DateField(null=True, blank=True)
    planned_end_date = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    return_on = models.DateField(null=True, blank=True)
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers")
    is_displaced = models.BooleanField(default=False, db_default=False)
    waiting_since = models.DateTimeField(null=True, blank=True)
    proposed_start_date = models.DateField(null=True, blank=True)
    proposed_end_date = models.DateField(null=True, blank=True)
    request_key = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    held = models.GeneratedField(expression=RawSQL(HELD, ()), output_field=DateRangeField(), db_persist=True)

    objects: ClassVar[models.Manager[Enrolment]] = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ("-start_date", "-id")
        indexes = (
            models.Index(fields=["-start_date", "-id"], name="enrolment_by_start"),
            models.Index(fields=["status", "-start_date", "-id"], name="enrolment_by_status"),
            models.Index(fields=["-ended_on"], condition=Q(ended_on__isnull=False), name="enrolment_ended"),
            models.Index(fields=["start_date"], condition=Q(status="planned"), name="enrolment_to_start"),
            models.Index(
                fields=["planned_end_date"],
                condition=Q(status__in=["active", "overdue"]),
                name="enrolment_running_until",
            ),
            models.Index(
                fields=["cohort", "waiting_since", "id"],
                condition=Q(status="waiting"),
                name="enrolment_waiting_list",
            ),
            models.Index(fields=["return_on"], condition=Q(return_on__isnull=False), name="enrolment_returning"),
        )
        constraints = (
            ExclusionConstraint(
                name="one_programme_on_any_day",
                expressions=[("employee", RangeOperators.EQUAL), ("held", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
                violation_error_code="clash",
                violation_error_message="This person is on another programme on some of these days.",
            ),
            models.UniqueConstraint(
                fields=["employee", "request_key"],
                name="one_enrolment_per_form",
                violation_error_code="form_used",
                violation_error_message="This form was sent before.",
            ),
            models.UniqueConstraint(
                fields=["employee", "programme"],
                condition=Q(status__in=["queued", "waiting", "planned", "active", "overdue", "paused"]),
                name="one_live_enrolment_per_programme",
                violation_error_code="already_on_programme",
                violation_error_message="This person is already on this programme.",
            ),
            models.CheckConstraint(
                condition=Q(planned_end_date=None) | Q(planned_end_date__gte=F("start_date")),
                name="planned_end_on_or_after_start",
                violation_error_code="end_before_start",
                violation_error_message="The planned end is before the start.",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(ended_on__gte=F("start_date")),
                name="finish_on_or_after_start",
                violation_error_code="end_before_start",
                violation_error_message="The actual finish is before the start.",
            ),
            models.CheckConstraint(
                condition=Q(start_date__isnull=False, planned_end_date__isnull=False)
                | Q(status__in=["queued", "waiting", "cancelled"], start_date=None, planned_end_date=None),
                name="dates_present_where_needed",
                violation_error_code="dates_missing",
                violation_error_message="A start and a planned end are needed.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["completed", "withdrawn"], ended_on__isnull=False)
                | (~Q(status__in=["completed", "withdrawn"]) & Q(ended_on=None)),
                name="ended_exactly_when_closed",
                violation_error_code="ended_on_missing",
                violation_error_message="Completed and withdrawn need the day it ended; nothing else has one.",
            ),
            models.CheckConstraint(
                condition=Q(return_on=None) | Q(status="paused", return_on__gt=F("start_date")),
                name="return_only_from_a_break",
                violation_error_code="cannot_pause",
                violation_error_message="Only a break in learning has a return date.",
            ),
            models.UniqueConstraint(
                fields=["seat"],
                deferrable=Deferrable.IMMEDIATE,  # judged at the end of a statement, so people can change places in one
                name="one_enrolment_per_seat",
                violation_error_code="no_seat",
                violation_error_message="This seat is taken.",
            ),
            models.CheckConstraint(
                condition=Q(cohort=None, seat=None)
                | Q(
                    cohort__isnull=False,
                    seat__isnull=False,
                    status__in=["planned", "active", "overdue", "paused", "completed"],
                )
                | Q(seat=None, status__in=["withdrawn", "cancelled", "queued", "waiting"]),
                name="a_seat_exactly_while_placed_in_a_cohort",
                violation_error_code="no_seat",
                violation_error_message="Somebody placed in a cohort has a seat; nobody else has one.",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", cohort__isnull=False, waiting_since__isnull=False)
                | (~Q(status="waiting") & Q(waiting_since=None)),
                name="waiting_for_a_seat_in_a_cohort",
                violation_error_code="unknown_cohort",
                violation_error_message="A waiting list is a cohort's.",
            ),
            models.CheckConstraint(
                condition=Q(proposed_start_date=None, proposed_end_date=None)
                | Q(
                    status="queued",
                    proposed_start_date__isnull=False,
                    proposed_end_date__gte=F("proposed_start_date"),
                ),
                name="dates_are_proposed_to_the_queued",
                violation_error_code="move_not_allowed",
                violation_error_message="Only somebody who is queued can be offered dates.",
            ),
            models.CheckConstraint(
                condition=Q(is_displaced=False) | Q(status__in=["queued", "cancelled"]),
                name="displaced_only_while_queued",
                violation_error_code="move_not_allowed",
                violation_error_message="Only somebody who is queued waits for days of their own.",
            ),
            models.CheckConstraint(  # a day that is not known passes
                condition=Q(
                    start_date__range=(EARLIEST, LATEST),
                    planned_end_date__range=(EARLIEST, LATEST),
                    ended_on__range=(EARLIEST, LATEST),
                ),
                name="enrolment_dates_are_likely",
                violation_error_code="bad_date",
                violation_error_message=f"Check the year: it is from {EARLIEST.year} to {LATEST.year}.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.employee} on {self.programme} ({self.get_status_display()})"

    @property
    def last_day(self) -> date | None:
        """The last day that is known: when it ended, else when it is planned to, however long it holds on."""
        return self.ended_on or self.planned_end_date

    @property
    def was_never_attended(self) -> bool:
        """Whether it was withdrawn from with a last day on or before its start: it holds nothing (domain.md §2)."""
        has_days = self.start_date and self.ended_on and self.ended_on > self.start_date
        return self.status == self.Status.WITHDRAWN and not has_days


class EnrolmentEvent(Event):
    """One move of one enrolment."""

    subject = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="events")

    class Meta(Event.Meta):
        indexes = (
            models.Index(fields=["on", "move"], condition=Q(by=None), name="enrolment_event_by_calendar"),
            models.Index(fields=["at"], name="enrolment_event_by_moment"),
        )
