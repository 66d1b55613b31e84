"""How programmes ended that ran past their planned end, as managers say: what HR was told, and what is still asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, QuerySet

from enrolment.models import Ending, Enrolment
from enrolment.queries.today import to_close
from people.models import Employee, User

MOST = 20  # on one enrolment's page


def to_ask(on: date) -> QuerySet[Enrolment]:
    """Enrolments past their planned end of which nobody has told HR how they ended, longest overdue first."""
    return to_close(on).exclude(_told())


def told(enrolments: Iterable[Enrolment]) -> dict[int, Ending]:
    """By enrolment (row id), the newest of what was said of it and still holds; one query for any number."""
    found: dict[int, Ending] = {}
    rows = Ending.objects.filter(enrolment__in=[row.pk for row in enrolments])
    rows = rows.filter(planned_end_date=F("enrolment__planned_end_date"), enrolment__status__in=RUNNING)
    for row in rows.select_related("told_by__employee").order_by("id"):
        found[row.enrolment_id] = row
    return found


def said_of(enrolment: Enrolment) -> list[Ending]:
    """Everything that was said of how one enrolment ended, newest first."""
    return list(Ending.objects.filter(enrolment=enrolment).select_related("told_by__employee")[:MOST])


def tellable(user: User | AnonymousUser) -> QuerySet[Enrolment]:
    """Enrolments of which somebody may say how they ended: of those whom they speak for, never their own."""
    if not user.is_authenticated:
        return Enrolment.objects.none()
    theirs = Employee.objects.acted_for_by(user)
    return Enrolment.objects.filter(employee__in=theirs).exclude(employee__user=user)


def may_tell(enrolment: Enrolment, user: User | AnonymousUser, *, on: date) -> bool:
    """Whether somebody may say how this one ended, and there is something to say."""
    return is_past(enrolment, on) and tellable(user).filter(pk=enrolment.pk).exists()


def is_past(enrolment: Enrolment, on: date) -> bool:
    """Whether it ran past its planned end and nobody has closed it: what `to_close` says, of one."""
    end = enrolment.planned_end_date
    return enrolment.status == S.OVERDUE or (enrolment.status == S.ACTIVE and end is not None and end < on)


def _told() -> Exists:
    of_this = {"enrolment": OuterRef("pk"), "planned_end_date": OuterRef("planned_end_date")}
    return Exists(Ending.objects.filter(**of_this))


S = Enrolment.Status
RUNNING = (S.ACTIVE, S.OVERDUE)
