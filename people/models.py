"""Who works here, who manages whom, who may see whom, and what they were told."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, AnonymousUser, BaseUserManager
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower, Now

from people import reach
from people.history import FormerRecord as FormerRecord
from people.history import PersonChange as PersonChange
from people.ledger import HeldKind as HeldKind
from people.ledger import NoticeChoice as NoticeChoice
from people.ledger import NoticeEvent as NoticeEvent
from people.roles import Delegation, DepartmentChange, HrDepartment, RoleChange  # noqa: F401  Django finds them here

if TYPE_CHECKING:
    from datetime import date, datetime

# What the search box looks in, besides the department's name: without accents and capitals (`rules.folded` does the
# same to what is looked for). One expression, kept by the database; unlike `unaccent`, its parts never change.
FOLDED = r"lower(regexp_replace(normalize(%s, NFD), '[\u0300-\u036f]', '', 'g'))"
SEARCH_TEXT = FOLDED % "staff_number || ' ' || given_names || ' ' || family_name || ' ' || email || ' ' || job_title"


class Accounts(BaseUserManager["User"]):
    """Makes accounts that sign in by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new account; without a password it cannot sign in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with this e-mail, whatever its capitals."""
        return self.get(email__iexact=username)


class User(AbstractUser):
    """Somebody who can sign in. Manager and learner follow from the employee record; the other roles are given.

    What each role reaches is said in `people.reach`; ``named_departments`` and ``line`` are its answers, once asked.
    """

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(
        "e-mail", unique=True, error_messages={"unique": "There is an account with this e-mail already."}
    )
    is_hr = models.BooleanField("HR", default=False)
    is_narrowed = models.BooleanField("HR for named departments only", default=False)
    is_auditor = models.BooleanField("auditor", default=False)
    is_administrator = models.BooleanField("administrator", default=False)
    invited_at = models.DateTimeField("last invited", null=True, blank=True)
    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)

    named_departments: frozenset[int] | None = None
    line: reach.Line | None = None

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[Accounts] = Accounts()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="account_email_in_small_letters",
                violation_error_message="Accounts keep their e-mail in small letters.",
            ),
        )

    def __str__(self) -> str:
        employee = self.own_record()
        return employee.name if employee else self.email

    def get_full_name(self) -> str:
        """The name people read: the employee's, else the e-mail."""
        return str(self)

    def get_short_name(self) -> str:
        """The given names, else the part of the e-mail before the @."""
        employee = self.own_record()
        return employee.given_names if employee else self.email.partition("@")[0]

    def own_record(self) -> Employee | None:
        """The employee record that belongs to this account, or None."""
        return getattr(self, "employee", None)


class Organisation(models.Model):
    """Whose people these are: one row, where it is said. ``is_demonstration`` marks a database of invented people."""

    name = models.CharField(max_length=200)
    is_demonstration = models.BooleanField(default=False)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(pk=1), name="one_organisation"),)

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """What the organisation decides about the rule and its reminders: one row, every change kept as `PolicyChange`.

    ``notice_days`` binds what the planner proposes, never dates a person gives; ``team_load_limit`` is how many people
    of one manager may be on a programme on one day (0: no limit); ``follower_days`` how far a plan may move without
    being asked about; what concerns nominations is counted in working days; lengths are the usual ones of the two kinds
    of programme; ``brake_percent`` is the share of the people who work here that a file may let leave, or give another
    manager, before somebody has to confirm it.
    """

    notice_days = models.PositiveSmallIntegerField("notice before a proposed start (days)", default=0)
    team_load_limit = models.PositiveSmallIntegerField("people of one team away at once, at most", default=0)
    follower_days = models.PositiveSmallIntegerField("a plan may move without asking by (days)", default=14)
    return_reminder_days = models.PositiveSmallIntegerField("ask about a return from a break before (days)", default=14)
    undo_hours = models.PositiveSmallIntegerField("withdrawing and cancelling can be undone for (hours)", default=24)
    nomination_reminder_days = models.PositiveSmallIntegerField("HR is reminded of a nomination after", default=3)
    nomination_escalation_days = models.PositiveSmallIntegerField("a nomination is escalated after", default=5)
    nomination_expiry_days = models.PositiveSmallIntegerField("a nomination expires after", default=14)
    declined_learner_days = models.PositiveSmallIntegerField("the learner hears of a declining after", default=2)
    apprenticeship_months = models.PositiveSmallIntegerField("usual length of the apprenticeship (months)", default=18)
    unit_days = models.PositiveSmallIntegerField("usual length of a unit (days)", default=28)
    brake_percent = models.PositiveSmallIntegerField("a file may change without asking (percent)", default=10)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(pk=1), name="one_policy"),
            models.CheckConstraint(
                condition=Q(apprenticeship_months__gte=8, unit_days__range=(1, 113)),
                name="usual_lengths_are_legal",
                violation_error_code="too_short",
                violation_error_message="The apprenticeship lasts at least 8 months, a unit 1 to 113 days.",
            ),
        )

    def __str__(self) -> str:
        return "Policy"


class PolicyChange(models.Model):
    """One setting that somebody changed: written with the change and never altered."""

    name = models.CharField(max_length=60)
    before = models.PositiveSmallIntegerField()
    after = models.PositiveSmallIntegerField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(db_default=Now())
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.name}: {self.before} → {self.after}"


class Department(models.Model):
    """A part of the organisation, as HR's files name it; ``parent`` is the one it belongs to. A trigger refuses loops.

    Whoever is HR for a department is HR for all below it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                Lower("name"), name="one_department_per_name", violation_error_message="This department exists."
            ),
            models.CheckConstraint(condition=~Q(name=""), name="department_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class EmployeeQuerySet(models.QuerySet["Employee"]):
    """Employees, narrowed by adjectives."""

    def visible_to(self, user: User | AnonymousUser) -> EmployeeQuerySet:
        """Whom ``user`` may see, as `people.reach` says; every other `visible_to` follows this one."""
        if not user.is_authenticated:
            return self.none()
        return self if reach.reads_everybody(user) else self.filter(reach.around(user))

    def managed_by(self, user: User) -> EmployeeQuerySet:
        """The people in ``user``'s line, direct or through others, and in the lines of those whose deputy they are."""
        return self.filter(reach.in_line(user))

    def handled_by(self, user: User | AnonymousUser) -> EmployeeQuerySet:
        """Those for whom ``user`` acts as HR: everybody, or those in the departments they are named for."""
        if not user.is_authenticated or not user.is_hr:
            return self.none()
        return self.filter(department__in=sorted(reach.departments_of(user))) if user.is_narrowed else self

    def acted_for_by(self, user: User | AnonymousUser) -> EmployeeQuerySet:
        """Those whom ``user`` may answer and speak for: their line, those for whom they act as HR, and themself."""
        if not user.is_authenticated:
            return self.none()
        return self if reach.acts_for_everybody(user) else self.filter(reach.around(user))

    def read_as_hr_by(self, user: User | AnonymousUser) -> EmployeeQuerySet:
        """Whom the pages of HR show ``user``: everybody to auditors, else those for whom they act as HR."""
        return self if reach.reads_everybody(user) else self.handled_by(user)

    def employed(self, on: date) -> EmployeeQuerySet:
        """Those in employment on a day; an unknown date does not rule anybody out."""
        return self.filter(
            Q(employed_from=None) | Q(employed_from__lte=on), Q(employed_until=None) | Q(employed_until__gte=on)
        )

    def leaving(self, on: date) -> EmployeeQuerySet:
        """Those whose last day is over by a day, and whose leaving has not been carried out."""
        return self.filter(left_on=None, employed_until__lt=on)

    def returning(self, on: date) -> EmployeeQuerySet:
        """Those who have left, and whose record says that they work here again, or will."""
        return self.filter(Q(employed_until=None) | Q(employed_until__gte=on), left_on__isnull=False)

    def locked(self) -> EmployeeQuerySet:
        """Locked in id order until the transaction ends: what every action does first."""
        return self.order_by("id").select_for_update(no_key=True)


class Employee(models.Model):
    """The HR record of one person. The staff number is its key; the e-mail is contact data, now and then shared.

    ``left_on`` is the day for which their leaving was carried out; empty while they work here, or until it is.
    ``facts_changed_at`` is when what a learner is asked to confirm (names, title, department, manager) last changed.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    staff_number = models.CharField(max_length=40, unique=True)
    given_names = models.CharField(max_length=200)
    family_name = models.CharField(max_length=200)
    email = models.EmailField("e-mail", blank=True)
    job_title = models.CharField(max_length=300, blank=True)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="employees", db_index=False
    )
    manager = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reports")
    date_of_birth = models.DateField(null=True, blank=True)
    uln = models.CharField("unique learner number", max_length=10, blank=True, db_default="")
    employed_from = models.DateField(null=True, blank=True)
    employed_until = models.DateField("last day of employment", null=True, blank=True)
    left_on = models.DateField(null=True, blank=True, editable=False)
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="employee", verbose_name="account"
    )
    facts_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    search_text = models.GeneratedField(
        expression=RawSQL(SEARCH_TEXT, ()), output_field=models.TextField(), db_persist=True
    )

    objects: ClassVar[models.Manager[Employee]] = EmployeeQuerySet.as_manager()

    class Meta:
        ordering = ("family_name", "given_names", "id")
        indexes = (
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="employee_search"),
            models.Index(fields=["family_name", "given_names", "id"], name="employee_by_name"),
            models.Index(fields=["department", "id"], name="employee_by_department"),
            models.Index(Lower("email"), name="employee_by_email"),
            models.Index(
                fields=["employed_until"],
                condition=Q(left_on=None, employed_until__isnull=False),
                name="employee_to_leave",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(staff_number=""),
                name="employee_has_a_staff_number",
                violation_error_code="staff_number_missing",
                violation_error_message="A person needs a staff number.",
            ),
            models.CheckConstraint(
                condition=~Q(given_names="") & ~Q(family_name=""),
                name="employee_has_names",
                violation_error_code="names_missing",
                violation_error_message="A person needs given names and a family name.",
            ),
            models.CheckConstraint(
                condition=Q(employed_until=None) | Q(employed_from=None) | Q(employed_until__gte=F("employed_from")),
                name="employment_ends_after_it_begins",
                violation_error_code="end_before_start",
                violation_error_message="Employment cannot end before it begins.",
            ),
            models.CheckConstraint(
                condition=Q(uln="") | Q(uln__regex=r"^[1-9][0-9]{9}$"),
                name="uln_has_ten_digits",
                violation_error_code="bad_uln",
                violation_error_message="A unique learner number has ten digits and does not begin with 0.",
            ),
            models.CheckConstraint(
                condition=Q(manager=None) | ~Q(manager=F("id")),
                name="nobody_manages_themself",
                violation_error_code="manager_loop",
                violation_error_message="A person cannot be their own manager.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Given names and family name, as people say them."""
        return f"{self.given_names} {self.family_name}"


UNHEARD: dict[str, Any] = {"status__in": ["failed", "no_address"]}
UNTOLD: dict[str, Any] = {"status__in": ["due", "held", "no_address", "failed"]}  # nobody heard it, so far as we know


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices, narrowed by adjectives."""

    def to_send(self, on: date, at: datetime) -> NoticeQuerySet:
        """Those whose day has come, unless a try failed a moment ago; and those whose sender was lost on the way."""
        waits = Q(status=Notice.Status.DUE, due_on__lte=on) & (Q(try_after=None) | Q(try_after__lte=at))
        free = Q(leased_until=None) | Q(leased_until__lt=at)
        return self.filter(free, waits | Q(status=Notice.Status.SENDING), status__in=Notice.UNSENT)

    def unheard(self, on: date) -> NoticeQuerySet:
        """Those that no mail could carry, to people who still work here: somebody has to tell them."""
        return self.filter(Q(employee__employed_until=None) | Q(employee__employed_until__gte=on), **UNHEARD)


class Notice(models.Model):
    """One message to one person. The row is the truth; mail follows it, with the same Message-ID if it must go again.

    ``subject`` is the public id of what it is about, ``about_on`` the day it speaks of, ``due_on`` the first day it may
    go. ``why`` says why it was withdrawn, has failed, or could not go yet; ``settled_by`` who made it so, if a person
    did (`ledger.NoticeEvent` says when and why). A sender holds it until ``leased_until``; ``attempts`` counts how
    often one took it, and ``sent_to`` is the address it went to.
    """

    class Status(models.TextChoices):
        DUE = "due", "to be sent"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        HELD = "held", "held back"
        WITHDRAWN = "withdrawn", "no longer needed"
        FAILED = "failed", "could not be delivered"
        NO_ADDRESS = "no_address", "no e-mail address"
        TOLD = "told", "told in person"

    NOT_WANTED: ClassVar = "They chose not to get this kind."  # why one is withdrawn that its reader had switched off
    UNSENT: ClassVar = (Status.DUE, Status.SENDING)
    HEARD: ClassVar = (Status.SENDING, Status.SENT, Status.TOLD)  # said, or being said

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=40)
    subject = models.UUIDField()
    round = models.PositiveSmallIntegerField(default=1)
    about_on = models.DateField(null=True, blank=True)
    due_on = models.DateField()
    status = models.CharField(max_length=20, choices=Status, default=Status.DUE)
    headline = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_to = models.CharField(max_length=254, blank=True, default="", db_default="")
    why = models.CharField(max_length=300, blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    try_after = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager[Notice]] = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-due_on", "-id")
        indexes = (
            models.Index(
                fields=["due_on", "id"], condition=Q(status__in=["due", "sending", "held"]), name="notice_ahead"
            ),
            models.Index(fields=["-due_on", "-id"], name="notice_newest_first"),
            models.Index(fields=["subject"], name="notice_by_subject"),
            models.Index(fields=["employee"], condition=Q(**UNHEARD), name="notice_unheard"),
            models.Index(fields=["due_on", "id"], condition=Q(**UNHEARD), name="notice_unheard_by_day"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["employee", "kind", "subject", "round"],
                name="one_notice_per_person_kind_subject_and_round",
                violation_error_code="already_told",
                violation_error_message="This person has been told this already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["sent", "told"], sent_at__isnull=False)
                | (~Q(status__in=["sent", "told"]) & Q(sent_at=None)),
                name="sent_notices_have_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(leased_until__isnull=False), name="a_notice_on_its_way_has_a_sender"
            ),
        )

    @property
    def state(self) -> str:
        """Where it stands, in words: what a person called off is cancelled, what its own reader did is switched off."""
        if self.status != self.Status.WITHDRAWN or self.settled_by_id is None:
            return self.get_status_display()
        return "switched off" if self.why == self.NOT_WANTED else "cancelled"

    def __str__(self) -> str:
        return f"{self.headline} ({self.get_status_display()})"
