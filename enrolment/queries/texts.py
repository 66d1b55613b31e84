"""What letters are about: of notices that are written, and of one person, for a preview."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import FETCH_PEERS, Q, QuerySet

from assessment.models import Complaint, Recommendation, SecondLook, Sending
from enrolment.models import Enrolment, Nomination, NoticeText, Statement
from enrolment.rules.letters import LETTERS
from enrolment.rules.reminders import REVIEW_MONTHS, TRAINING_PLAN_DAYS
from people.models import Employee, Notice
from programmes.rules import add_months

S = Enrolment.Status
MOST_VERSIONS = 50  # on one page
MOST_COUNTED = 10_000  # notices: beyond that the page says "more than"

type About = Enrolment | Nomination | SecondLook | Complaint | Sending | Recommendation | Statement

SUBJECTS: dict[str, Any] = {
    "enrolment": Enrolment,
    "reminder": Enrolment,
    "nomination": Nomination,
    "second_look": SecondLook,
    "complaint": Complaint,
    "sending": Sending,
    "recommendation": Recommendation,
    "statement": Statement,
}


def unsent(kind: str) -> QuerySet[Notice]:
    """What is written of a kind and has not left."""
    return Notice.objects.filter(kind=kind, status__in=[Notice.Status.DUE, Notice.Status.HELD])


def count_unsent(kind: str) -> int:
    """How many of a kind have not left, counted to ten thousand and one."""
    return unsent(kind).order_by()[: MOST_COUNTED + 1].count()


def written() -> dict[str, NoticeText]:
    """By kind, the version that holds now, of the kinds that HR has ever written."""
    return {row.kind: row for row in NoticeText.objects.current().select_related("by__employee")}


def versions(kind: str) -> list[NoticeText]:
    """The versions of a kind, newest first; at most fifty."""
    rows = NoticeText.objects.filter(kind=kind).select_related("by__employee").order_by("-version")
    return list(rows[:MOST_VERSIONS])


def subjects(kind: str, ids: Iterable[UUID]) -> dict[UUID, About]:
    """By public id, what notices of a kind are about."""
    if LETTERS[kind].about == "digest":  # of a day: nothing stands behind it
        return {}
    rows = SUBJECTS[LETTERS[kind].about].objects.filter(public_id__in=set(ids)).fetch_mode(FETCH_PEERS)
    return {row.public_id: row for row in rows}


def about_of(kind: str, person: Employee) -> About | None:
    """The latest thing of a person's own that a letter of this kind could speak of; None: nothing fits."""
    match LETTERS[kind].about:
        case "digest":
            return None
        case "sending":
            return Sending.objects.order_by("-sent_on", "-pk").first()
        case "nomination":
            fits = Q(asked_on__isnull=False) if "about.asked_on" in LETTERS[kind].variables else Q()
            return Nomination.objects.filter(fits, employee=person).order_by("-nominated_on", "-pk").first()
        case "recommendation":
            return Recommendation.objects.filter(employee=person, is_latest=True).first()
        case "statement":
            return Statement.objects.filter(enrolment__employee=person).order_by("-said_on", "-pk").first()
        case "second_look":
            return SecondLook.objects.filter(employee=person).order_by("-asked_on", "-pk").first()
        case "complaint":
            return Complaint.objects.filter(made_by__employee=person).order_by("-made_on", "-pk").first()
    return Enrolment.objects.filter(FITS.get(kind, DATED), employee=person).order_by("-start_date", "-pk").first()


def day_of(kind: str, enrolment: Enrolment) -> date | None:
    """The day that a reminder of an enrolment speaks of."""
    start = enrolment.start_date
    match kind:
        case "training_plan" if start:
            return start + timedelta(days=TRAINING_PLAN_DAYS)
        case "review" if start:
            return add_months(start, REVIEW_MONTHS)
        case "progression" | "to_close":
            return enrolment.planned_end_date
        case "finished" | "can_start" | "next_asked":
            return enrolment.ended_on or enrolment.planned_end_date
    return start


DATED = Q(start_date__isnull=False)
FITS: dict[str, Q] = {
    "queued": Q(status=S.QUEUED) | Q(follows__isnull=False),
    "waiting": Q(cohort__isnull=False),
    "promoted": DATED & Q(cohort__isnull=False),
    "called_off": Q(status__in=[S.CANCELLED, S.PLANNED, S.WAITING]),
    "training_plan": DATED & Q(programme__kind="apprenticeship"),
    "review": DATED & Q(programme__kind="apprenticeship"),
    "finished": Q(status=S.COMPLETED),
    "can_start": Q(status=S.COMPLETED),
}
