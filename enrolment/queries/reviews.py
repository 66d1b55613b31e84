"""Second looks and complaints: who may review, what is open about a person, and HR's lists of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from assessment.models import Complaint, Placement, Recommendation, SecondLook
from enrolment.models import Nomination
from people.models import Employee, User
from people.queries import as_hr
from people.reach import acts_for, acts_for_everybody, remember

LOOK = ("employee__department", "asked_by__employee", "reviewer__employee", "closed_by__employee")


def reviewers(on: date) -> list[Any]:
    """Everybody in HR who can sign in and has not left, each with ``open_reviews``; the fewest first."""
    mine = SecondLook.objects.filter(closed_on=None, reviewer=OuterRef("pk")).order_by().values("reviewer")
    counted = mine.annotate(count=Count("id")).values("count")
    here = Q(employee=None) | Q(employee__employed_until=None) | Q(employee__employed_until__gte=on)
    in_hr = User.objects.filter(here, is_hr=True, is_active=True).select_related("employee")
    found = list(in_hr.annotate(open_reviews=Coalesce(Subquery(counted), 0)).order_by("open_reviews", "id"))
    remember(found)  # all their departments in one query
    return found


def barred(look: SecondLook, among: Iterable[User]) -> set[int | None]:
    """Who may not review this one: the asker, the person, whoever decided first, and HR of other departments."""
    decided_by = look.placement.decided_by_id if look.placement else None
    elsewhere = {user.pk for user in among if not acts_for(user, look.employee)}
    return {look.asked_by_id, look.employee.user_id, decided_by, *elsewhere}


def looks_of(employee: Employee, user: User) -> list[SecondLook]:
    """The second looks about one person that the reader may see, latest first."""
    rows = SecondLook.objects.visible_to(user).filter(employee=employee)
    return list(rows.select_related(*LOOK).order_by("-asked_on", "-id")[:20])


def about(employee: Employee) -> tuple[Recommendation | None, Placement | None]:
    """What a second look would be at: the person's latest recommendation, and where they are placed now."""
    latest = Recommendation.objects.filter(employee=employee, is_latest=True).select_related(
        "programme", "response", "placement__programme", "placement__decided_by__employee"
    )
    current = Placement.objects.filter(employee=employee, is_current=True).select_related(
        "programme", "decided_by__employee"
    )
    return latest.first(), current.order_by().first()


@dataclass(frozen=True)
class Decided:
    """One decision that a second look is at, and how it stands to what was recommended, in words."""

    how: str
    placement: Placement


def decisions(recommendation: Recommendation | None, placement: Placement | None) -> list[Decided]:
    """What was decided on a recommendation, and where the person is placed, if that is another decision.

    A decision on other answers, or on a nomination, is not shown as if it answered this recommendation; nor is one that
    came after the second look was asked for.
    """
    answer: Placement | None = getattr(recommendation, "placement", None)  # without one there is no such attribute
    if placement is None:
        return []
    if placement == answer:
        return [Decided("Decided on it", placement)]
    found = [Decided("Decided on it", answer)] if answer and answer.decided_at < placement.decided_at else []
    is_before = recommendation is not None and placement.decided_on < recommendation.made_on
    how = "Decided since" if found else "Decided before it" if is_before else "Decided"
    if Nomination.objects.filter(enrolment__placement=placement).exists():
        how = f"{how}, after a nomination"
    return [*found, Decided(how, placement)]


def open_looks() -> QuerySet[SecondLook]:
    """Second looks without an outcome: those that nobody may decide first, then by the day they are due."""
    rows = SecondLook.objects.filter(closed_on=None).select_related(*LOOK)
    return rows.order_by(Case(When(reviewer=None, then=0), default=1), "due_on", "id")


def open_complaints() -> QuerySet[Complaint]:
    """Complaints without an answer, the one that is due first at the top."""
    return Complaint.objects.filter(answered_on=None).select_related("made_by__employee").order_by("due_on", "id")


def may_answer_to(complaint: Complaint, user: User) -> bool:
    """Whether somebody answers a complaint: administrators, and who acts as HR for whoever made it."""
    person = complaint.made_by.own_record()
    return user.is_administrator or acts_for_everybody(user) or (person is not None and acts_for(user, person))


def listed_looks(user: User, *, show: str, on: date) -> QuerySet[SecondLook]:
    """HR's list: “” those open, “unnamed” without a reviewer, “mine”, “overdue”, or “closed”."""
    rows = as_hr(SecondLook.objects.all(), user)
    if user.is_administrator:
        rows = rows | SecondLook.objects.given_out_by(user)
    rows = rows.select_related(*LOOK)
    is_open = Q(closed_on=None)
    return rows.filter(
        {
            "unnamed": is_open & Q(reviewer=None),
            "mine": is_open & Q(reviewer=user),
            "overdue": is_open & Q(due_on__lt=on),
            "closed": ~is_open,
        }.get(show, is_open)
    )


def listed_complaints(user: User, *, show: str, on: date) -> QuerySet[Complaint]:
    """HR's list: “” those open, “overdue”, or “answered”."""
    rows = Complaint.objects.visible_to(user).select_related("made_by__employee")
    is_open = Q(answered_on=None)
    return rows.filter({"overdue": is_open & Q(due_on__lt=on), "answered": ~is_open}.get(show, is_open))
