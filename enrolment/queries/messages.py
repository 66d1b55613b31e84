"""What will be said in the next days, what was said, and what somebody has to say in person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from enrolment.models import Enrolment, Nomination
from enrolment.rules.kinds import KINDS_OF_OTHERS, KINDS_TO_MANAGERS, OF_LINE, OPTIONAL, TO_NOMINEES_TOO
from enrolment.rules.reminders import AHEAD
from people.ledger import HeldKind, NoticeChoice, NoticeEvent
from people.models import Department, Employee, Notice, User
from people.queries import found
from people.reach import acts_for_everybody, reads_everybody

S = Notice.Status
TO_COME = (S.DUE, S.SENDING, S.HELD)
TOLD = (S.SENT, S.TOLD)
KEPT_FOR_ME = (*TOLD, S.FAILED, S.NO_ADDRESS)  # told, or should have been: one reads it on one's own pages
COUNT_TO = 99
EXPORTED = (
    *("employee__staff_number", "employee__given_names", "employee__family_name", "kind", "status"),
    *("due_on", "sent_at", "sent_to", "headline", "body"),
)


@dataclass(frozen=True)
class Narrowed:
    """What a list of messages is narrowed to; nothing given narrows nothing."""

    kind: str = ""
    q: str = ""
    department: Department | None = None
    person: Employee | None = None
    status: str = ""
    why: str = ""

    def __bool__(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.kind or self.q or self.department or self.person or self.status or self.why)

    @property
    def is_of_some(self) -> bool:
        """Whether it is narrowed to messages to some people."""
        return bool(self.q or self.department or self.person)

    def of(self, rows: QuerySet[Notice]) -> QuerySet[Notice]:
        """These notices, narrowed."""
        for name in ("kind", "status", "why"):
            if value := getattr(self, name):
                rows = rows.filter(**{name: value})
        if self.q:
            rows = rows.filter(employee__in=found(Employee.objects.order_by(), self.q))
        if self.person:
            rows = rows.filter(employee=self.person)
        if self.department:
            rows = rows.filter(employee__department=self.department)
        return rows

    def among(self, people: QuerySet[Employee]) -> QuerySet[Employee]:
        """Those of these people to whom a list narrowed so shows messages."""
        if self.q:
            people = found(people, self.q)
        if self.person:
            people = people.filter(pk=self.person.pk)
        if self.department:
            people = people.filter(department=self.department)
        return people


def read_by(user: User) -> QuerySet[Notice]:
    """Every message that somebody reads as HR."""
    rows = Notice.objects.all()
    return rows if reads_everybody(user) else rows.filter(_to(Employee.objects.read_as_hr_by(user)))


def handled_by(user: User) -> QuerySet[Notice]:
    """Every message with which somebody may do something as HR."""
    rows = Notice.objects.all()
    return rows if acts_for_everybody(user) else rows.filter(_to(Employee.objects.handled_by(user)))


def _to(people: QuerySet[Employee]) -> Q:
    """Messages to some of the people: of others than themselves only what a manager hears of these same people."""
    theirs = people.order_by().values("pk")
    about = {"public_id": OuterRef("subject"), "employee__in": theirs}
    is_theirs = Exists(Enrolment.objects.filter(**about)) | Exists(Nomination.objects.filter(**about))
    return Q(employee__in=theirs) & (~Q(kind__in=KINDS_OF_OTHERS) | Q(kind__in=KINDS_TO_MANAGERS) & is_theirs)


def _to_line(user: User) -> Q:
    """Messages that somebody tells as a manager: what is a person's alone is not among them."""
    own = Nomination.objects.filter(public_id=OuterRef("subject"), employee=OuterRef("employee_id"))
    concerns_them = Q(kind__in=OF_LINE) | Q(kind__in=TO_NOMINEES_TOO) & Exists(own)
    return concerns_them & Q(employee__in=Employee.objects.managed_by(user).order_by().values("pk"))


def last_day(on: date) -> date:
    """The last day that the list of what will be said shows."""
    return on + timedelta(days=AHEAD)


def ahead(user: User, on: date) -> QuerySet[Notice]:
    """Everything that will go within 30 days, or would if it were not held; what should have gone is among it."""
    return read_by(user).filter(status__in=TO_COME, due_on__lte=last_day(on))


def days(rows: QuerySet[Notice], on: date) -> list[tuple[date, int]]:
    """How many of these go on each day; what should have gone counts for today, what its person switched off never."""
    counts: dict[date, int] = {}
    going = switched_off(rows).filter(is_off=False)
    for day, count in going.order_by().values_list("due_on").annotate(count=Count("id")):
        counts[max(day, on)] = counts.get(max(day, on), 0) + count
    return sorted(counts.items())


def switched_off(rows: QuerySet[Notice]) -> QuerySet[Any]:
    """The same with ``is_off``: whether its person chose not to get it, so that it will not go."""
    off = NoticeChoice.objects.filter(employee=OuterRef("employee"), kind=OuterRef("kind"), choice="off")
    return rows.annotate(is_off=Q(kind__in=list(OPTIONAL)) & Exists(off))


def number_off(rows: QuerySet[Notice]) -> int:
    """How many of these will not go, because their people switched them off."""
    return switched_off(rows.filter(kind__in=list(OPTIONAL))).filter(is_off=True).order_by().count()


def choices_of(employee: Employee) -> dict[str, str]:
    """By kind, what somebody chose."""
    return dict(NoticeChoice.objects.filter(employee=employee).values_list("kind", "choice"))


def held_kinds() -> dict[str, HeldKind]:
    """By code, the kinds that are held back now, with who did it and why."""
    held = HeldKind.objects.filter(released_at=None).select_related("by__employee")
    return {row.kind: row for row in held}


def told(user: User, on: date) -> QuerySet[Notice]:
    """What people were told, by mail or in person."""
    return read_by(user).filter(status__in=TOLD, due_on__lte=on)


def exported(rows: QuerySet[Notice]) -> Iterator[tuple[Any, ...]]:
    """These for a file, newest first, as `EXPORTED` names the columns."""
    return rows.order_by("-due_on", "-id").values_list(*EXPORTED).iterator(chunk_size=2000)


def to_tell(user: User, on: date) -> QuerySet[Notice]:
    """What has to be told in person to whom somebody reads about as HR, and to their line; oldest first."""
    rows = Notice.objects.unheard(on)
    if not reads_everybody(user):
        rows = rows.filter(_to(Employee.objects.read_as_hr_by(user)) | _to_line(user))
    return rows.select_related("employee__department").order_by("due_on", "id")


def told_by(user: User, on: date) -> QuerySet[Notice]:
    """Of that, what somebody may tell: to those for whom they act as HR, and to their line."""
    rows = Notice.objects.unheard(on)
    return rows if acts_for_everybody(user) else rows.filter(_to(Employee.objects.handled_by(user)) | _to_line(user))


def told_to_line(user: User, on: date) -> QuerySet[Notice]:
    """Of that, what somebody tells their line as its manager, oldest first."""
    rows = Notice.objects.unheard(on).filter(_to_line(user))
    return rows.select_related("employee", "employee__department").order_by("due_on", "id")


def number_to_tell(user: User, on: date) -> int | str:
    """How many that are, as people read it: “99+” for very many."""
    count = len(to_tell(user, on).order_by().values_list("pk", flat=True)[: COUNT_TO + 1])
    return f"{COUNT_TO}+" if count > COUNT_TO else count


def to_me(user: User, on: date) -> QuerySet[Notice]:
    """What the person who signed in was told, or should have been."""
    return Notice.objects.filter(employee__user=user, due_on__lte=on, status__in=KEPT_FOR_ME)


def unread(user: User, on: date) -> QuerySet[Notice]:
    """What no mail could carry to the person who signed in, oldest first."""
    return Notice.objects.unheard(on).filter(employee__user=user).order_by("due_on", "id")


def ids(rows: QuerySet[Notice], most: int) -> list[int]:
    """Row ids, person by person; at most so many, and one more if there are."""
    return list(rows.order_by("employee_id", "id").values_list("pk", flat=True)[: most + 1])


def of_public_ids(rows: QuerySet[Notice], wanted: Iterable[UUID]) -> QuerySet[Notice]:
    """Those of them that were chosen."""
    return rows.filter(public_id__in=list(wanted))


@dataclass(frozen=True)
class Line:
    """One line of a message's history: when, what was done, who did it and why."""

    at: datetime
    step: str
    by: User | None
    reason: str


def history(notice: Notice) -> list[Line]:
    """What people did to a notice, and to its kind while it waited; oldest first."""
    events = NoticeEvent.objects.filter(notice=notice).select_related("by__employee")
    lines = [Line(event.at, event.step, event.by, event.reason) for event in events]
    over = notice.sent_at or datetime.max.replace(tzinfo=UTC)
    held = HeldKind.objects.filter(kind=notice.kind, at__lte=over).select_related(
        "by__employee", "released_by__employee"
    )
    for row in held.filter(Q(released_at=None) | Q(released_at__gte=notice.created_at)):
        lines.append(Line(row.at, "hold_kind", row.by, row.reason))
        if row.released_at and row.released_at <= over:
            lines.append(Line(row.released_at, "release_kind", row.released_by, row.released_because))
    return sorted(lines, key=lambda line: line.at)


def facts(rows: Iterable[Notice]) -> dict[UUID, Enrolment]:
    """By subject, the enrolment that a notice speaks of, with its programme; one query."""
    wanted = {row.subject for row in rows}
    found = Enrolment.objects.filter(public_id__in=wanted).select_related("programme") if wanted else []
    return {row.public_id: row for row in found}
