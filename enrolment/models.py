"""Who is on what, on which days: enrolments, nominations, long jobs over many people, and what happened to each."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from assessment.models import Placement
from lifecycle.history import Event
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
        if user.is_authenticated and (user.is_hr or user.is_administrator):
            return self
        return self.filter(employee__in=Employee.objects.visible_to(user))

    def live(self) -> EnrolmentQuerySet:
        """Those that are under way or still to come."""
        return self.filter(status__in=Enrolment.LIVE)

    def holding(self) -> EnrolmentQuerySet:
        """Those that hold days, past or to come."""
        return self.filter(held__isnull=False)

    def overran(self, on: date) -> EnrolmentQuerySet:
        """Active past their planned end on a day."""
        return self.filter(status=Enrolment.Status.ACTIVE, planned_end_date__lt=on)

    def due_to_start(self, on: date) -> EnrolmentQuerySet:
        """Planned, with a start that has come."""
        return self.filter(status=Enrolment.Status.PLANNED, start_date__lte=on)


class Enrolment(models.Model):
    """One person on one programme. ``held`` is derived by the database: the days on which nobody else may hold them.

    ``ended_on`` is the last day of learning (withdrawn) or the actual finish (completed); ``return_on`` the day a break
    ends, if one was stated; ``follows`` the enrolment it is queued behind. ``seat`` is the place it takes in its cohort,
    ``waiting_since`` its place in the cohort's waiting list. The proposed dates are the planner's, for HR to say yes to;
    they hold nothing. ``request_key`` makes a repeated submit find its first result.
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
        """The last day that is known: when it ended, else when it is planned to; None for an open-ended hold."""
        return self.ended_on or self.planned_end_date


class EnrolmentEvent(Event):
    """One move of one enrolment."""

    subject = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="events")

    class Meta(Event.Meta):
        indexes = (
            models.Index(fields=["on", "move"], condition=Q(by=None), name="enrolment_event_by_calendar"),
            models.Index(fields=["at"], name="enrolment_event_by_moment"),
        )


class Confirmation(models.Model):
    """What a person found out about somebody's eligibility for one start (domain.md §3): yes or no, never documents.

    The latest row for a fact and the enrolment's start date counts; a start that moves asks again.
    """

    class Fact(models.TextChoices):
        AGE = "age", "age on the start date"
        LINE_MANAGER = "line_manager", "a line manager other than the learner"
        HOURS_IN_ENGLAND = "hours_in_england", "at least half of working hours in England"
        RIGHT_TO_WORK = "right_to_work", "right to work"
        CONTRACT_LENGTH = "contract_length", "a contract that outlasts the programme and its assessment"
        NEW_LEARNING = "new_learning", "real new learning"
        OTHER_FUNDING = "other_funding", "not on another funded programme"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="confirmations")
    fact = models.CharField(max_length=30, choices=Fact)
    is_met = models.BooleanField()
    for_start = models.DateField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_on = models.DateField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at", "id")
        indexes = (models.Index(fields=["enrolment", "fact", "-id"], name="confirmation_latest"),)

    def __str__(self) -> str:
        return f"{self.get_fact_display()}: {'yes' if self.is_met else 'no'}"


class Impact(models.Model):
    """What changed at work after a programme, as the learner or their manager tells it; every part is optional."""

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="impact")
    what_changed = models.TextField(blank=True)
    hours_a_month = models.PositiveIntegerField("hours saved a month", null=True, blank=True)
    pounds_a_year = models.PositiveIntegerField("pounds saved a year", null=True, blank=True)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(what_changed="", hours_a_month=None, pounds_a_year=None),
                name="impact_says_something",
                violation_error_code="empty",
                violation_error_message="Say what changed, or what it saved.",
            ),
        )

    def __str__(self) -> str:
        return f"What {self.enrolment} changed"


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


class NominationQuerySet(models.QuerySet["Nomination"]):
    """Nominations, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> NominationQuerySet:
        """All for HR; for a manager those they made and those of their people; a learner does not see them."""
        if not user.is_authenticated:
            return self.none()
        if user.is_hr or user.is_administrator:
            return self
        theirs = Nomination.objects.filter(nominated_by=user).values("pk")
        # One query for each reason, each by its index; either or both at once would walk through everybody's.
        return self.filter(pk__in=theirs.union(Nomination.objects.filter(employee__manager__user=user).values("pk")))

    def open(self) -> NominationQuerySet:
        """Those that wait for HR."""
        return self.filter(status=Nomination.Status.SUBMITTED)


class Nomination(models.Model):
    """A manager's wish that one of their people takes a programme. It holds nothing; HR decides."""

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        SUBMITTED = "submitted", "waiting for HR"
        APPROVED = "approved", "approved"
        DECLINED = "declined", "declined"
        RETRACTED = "retracted", "retracted"
        EXPIRED = "expired", "expired"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="nominations")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="nominations")
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nominated_on = models.DateField()
    reason = models.TextField()
    status = models.CharField(max_length=20, choices=Status)
    answer = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_on = models.DateField(null=True, blank=True)
    enrolment = models.OneToOneField(
        Enrolment, null=True, blank=True, on_delete=models.PROTECT, related_name="nomination"
    )

    objects: ClassVar[models.Manager[Nomination]] = NominationQuerySet.as_manager()

    class Meta:
        ordering = ("-nominated_on", "-id")
        indexes = (
            models.Index(fields=["nominated_on", "id"], name="nomination_by_day"),
            models.Index(fields=["status", "nominated_on", "id"], name="nomination_by_status"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["employee", "programme"],
                condition=Q(status__in=["draft", "submitted"]),
                name="one_open_nomination_per_programme",
                violation_error_code="already_nominated",
                violation_error_message="This person is already nominated for this programme.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="nomination_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why this programme would help.",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(answer=""),
                name="declining_has_a_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why, so that the manager can explain it.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.employee} for {self.programme} ({self.get_status_display()})"


class NominationEvent(Event):
    """One move of one nomination."""

    subject = models.ForeignKey(Nomination, on_delete=models.PROTECT, related_name="events")


class BatchQuerySet(models.QuerySet["Batch"]):
    """Jobs over many people, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> BatchQuerySet:
        """All for HR and administrators, who load people; none for anybody else."""
        return self if user.is_authenticated and (user.is_hr or user.is_administrator) else self.none()


class Batch(models.Model):
    """One job over many people: its file, how far it is, and what came of it. A killed worker resumes at ``done``."""

    class Status(models.TextChoices):
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

    class Meta:
        ordering = ("row", "id")
        indexes = (models.Index(fields=["batch", "row", "id"], name="batch_row_in_order"),)

    def __str__(self) -> str:
        return f"Row {self.row}: {self.outcome}"
