"""What pages ask about nominations: the list, one with its steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from enrolment import rules
from enrolment.models import Nomination, NominationEvent
from enrolment.rules.nominations import Cutoffs
from people.models import Employee, Notice, User
from people.queries import handled, policy
from people.reach import acts_for, remember

MOST_AT_ONCE = 50  # that one page decides on
RELATED = (
    "employee",
    "employee__department",
    "employee__manager",
    "programme",
    "nominated_by",
    "nominated_by__employee",
)


def may_decide(user: User, nomination: Nomination) -> bool:
    """Whether somebody may answer it now: HR of the person, while it waits, and never about themself.

    The one answer behind every list, page and link; `handled` is the same asked of the database.
    """
    is_theirs = nomination.status == Nomination.Status.SUBMITTED and nomination.employee.user_id != user.pk
    return is_theirs and acts_for(user, nomination.employee)


def listed(user: User, status: str = "") -> QuerySet[Nomination]:
    """The nominations somebody may see, of one status or of all."""
    rows: QuerySet[Nomination] = Nomination.objects.visible_to(user).select_related(*RELATED)
    return rows.filter(status=status) if status else rows


def shown(user: User) -> QuerySet[Nomination]:
    """The same, each with all that its own page says."""
    return listed(user).select_related("decided_by__employee", "enrolment", "enrolment__programme")


def to_decide(user: User, named: Sequence[UUID] | None) -> list[Nomination]:
    """Nominations that wait and that somebody may decide: those named, else all; oldest first, 50 at most.

    Nobody decides about themself, so their own are not among them.
    """
    rows = handled(listed(user, Nomination.Status.SUBMITTED), user).exclude(employee__user=user)
    if named is not None:
        rows = rows.filter(public_id__in=named)
    return list(rows.order_by("nominated_on", "id")[:MOST_AT_ONCE])


def picked(user: User, named: Sequence[UUID]) -> QuerySet[Nomination]:
    """Those named that are somebody's to answer, whatever has become of them, oldest first.

    The action says whether they can still be answered.
    """
    return handled(shown(user), user).filter(public_id__in=named).order_by("nominated_on", "id")[:MOST_AT_ONCE]


def told_for(nomination: Nomination) -> Employee | None:
    """Who hears what becomes of a nomination: whoever made it, while they work here, else the learner's manager."""
    if nomination.nominated_by_id == nomination.employee.user_id:
        return nomination.employee.manager  # who said yes for themself hears as the learner, after their manager
    made = nomination.nominated_by.own_record()
    return made if made and made.left_on is None else nomination.employee.manager


def chased(due: Cutoffs) -> QuerySet[Nomination]:
    """Nominations to which a day does something: `rules.nominations.steps_due`, asked of the database."""
    rows = Nomination.objects.unanswered().alias(from_day=Coalesce("waiting_since", "nominated_on"))
    return rows.filter(
        Q(from_day__lte=due.expire, warned_on__lte=due.warned)
        | Q(from_day__lte=due.escalate, escalated_on=None)
        | Q(from_day__lte=due.remind, reminded_on=None, escalated_on=None)
        | Q(from_day__lte=due.warn, warned_on=None)
    )


def deciders(on: date, *, with_administrators: bool) -> list[Employee]:
    """The records of every HR account that may decide something, and of the administrators where they are to hear."""
    roles = Q(user__is_hr=True) | Q(user__is_administrator=True) if with_administrators else Q(user__is_hr=True)
    found = Employee.objects.employed(on).filter(roles, user__is_active=True).select_related("user").order_by("id")
    people = list(found)
    remember(person.user for person in people if person.user and person.user.is_narrowed)
    return people


def hears_of(to: Employee, person: Employee, *, with_administrators: bool = False) -> bool:
    """Whether one of the `deciders` hears of what waits for HR about a person: as their HR, or as an administrator.

    Nobody is asked to decide about themself.
    """
    if to.user is None or to.pk == person.pk:
        return False
    return (with_administrators and to.user.is_administrator) or acts_for(to.user, person)


def of_learner(user: User) -> QuerySet[Nomination]:
    """One's own nominations, newest first, each with what its page says."""
    return Nomination.objects.filter(employee__user=user).select_related(
        "employee__manager", "programme", "nominated_by__employee", "enrolment"
    )


def may_answer(user: User, nomination: Nomination) -> bool:
    """Whether somebody may answer what a learner asks for: manager, deputy, or HR; never themself."""
    if nomination.status != Nomination.Status.ASKED or nomination.employee.user_id == user.pk:
        return False
    manages = Employee.objects.managed_by(user).filter(pk=nomination.employee_id)
    return acts_for(user, nomination.employee) or manages.exists()


def told_on(nomination: Nomination) -> date | None:
    """The day on which the learner is told of a declining."""
    rows = Notice.objects.filter(
        subject=nomination.public_id, employee=nomination.employee_id, kind="nomination_not_this_time"
    )
    latest = rows.exclude(status=Notice.Status.WITHDRAWN).order_by("-round").first()
    return latest.due_on if latest else None


def told(nomination: Nomination) -> QuerySet[Notice]:
    """What was sent about a nomination, earliest first, with to whom."""
    sent = Notice.objects.filter(subject=nomination.public_id, status=Notice.Status.SENT)
    return sent.select_related("employee").order_by("sent_at", "id")


def can_undo(nomination: Nomination, *, at: datetime) -> bool:
    """Whether a declining can be taken back: it is recent, and the person was not nominated for it again since."""
    if nomination.status != Nomination.Status.DECLINED:
        return False
    again = Nomination.objects.unanswered().filter(employee=nomination.employee_id, programme=nomination.programme_id)
    if again.exists():
        return False
    last = nomination.events.order_by("-id").first()
    gone = (at - last.at).total_seconds() / 3600 if last else 0
    return last is not None and rules.undo_refusal(gone, policy().undo_hours) is None


def steps(nomination: Nomination) -> QuerySet[NominationEvent]:
    """What happened to a nomination, earliest first, with who did it."""
    return nomination.events.select_related("by", "by__employee").order_by("id")
