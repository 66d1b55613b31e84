"""What letters are about: of notices that are written; and the texts that HR has written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import FETCH_PEERS, QuerySet

from assessment.models import Complaint, Recommendation, SecondLook, Sending
from enrolment.models import Enrolment, Nomination, NoticeText, Statement
from enrolment.rules.letters import LETTERS
from people.models import Notice

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
