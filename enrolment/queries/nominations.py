"""What pages ask about nominations: the list, one with its steps."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from enrolment import rules
from enrolment.models import Nomination, NominationEvent
from people.models import User
from people.queries import policy

RELATED = ("employee", "employee__department", "programme", "nominated_by", "nominated_by__employee")


def listed(user: User, status: str = "") -> QuerySet[Nomination]:
    """The nominations somebody may see, of one status or of all."""
    rows: QuerySet[Nomination] = Nomination.objects.visible_to(user).select_related(*RELATED)
    return rows.filter(status=status) if status else rows


def shown(user: User) -> QuerySet[Nomination]:
    """The same, each with all that its own page says."""
    return listed(user).select_related("decided_by__employee", "enrolment", "enrolment__programme")


def can_undo(nomination: Nomination, *, at: datetime) -> bool:
    """Whether a declining is recent enough to be taken back."""
    if nomination.status != Nomination.Status.DECLINED:
        return False
    last = nomination.events.order_by("-id").first()
    gone = (at - last.at).total_seconds() / 3600 if last else 0
    return last is not None and rules.undo_refusal(gone, policy().undo_hours) is None


def steps(nomination: Nomination) -> QuerySet[NominationEvent]:
    """What happened to a nomination, earliest first, with who did it."""
    return nomination.events.select_related("by", "by__employee").order_by("id")
