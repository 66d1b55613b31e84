"""Complaints about how somebody's data are used: made by anybody who signs in, answered in writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction

from assessment.models import Complaint
from enrolment import notices
from enrolment.actions.outcomes import Outcome
from enrolment.actions.second_looks import reference
from enrolment.queries.reviews import may_answer_to
from enrolment.rules import Refusal
from enrolment.rules.reviews import complaint_due
from people.actions.notices import tell
from people.models import User


@dataclass(frozen=True)
class Complaining:
    """What somebody says is wrong with how their data are used; ``complaint`` is what it became."""

    words: str
    key: UUID | None = None  # one form's, so that a repeat finds the first result
    complaint: Complaint | None = None


@dataclass(frozen=True)
class Answering:
    """A complaint and its answer."""

    complaint: Complaint
    answer: str


@transaction.atomic
def complain(complaints: Sequence[Complaining], *, by: User, on: date) -> list[Outcome[Complaining]]:
    """Complain in one's own name: a reference, and thirty days to answer. Refused: ``words_missing``."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one form sent twice at once is one complaint
    keys = [one.key for one in complaints if one.key]
    earlier = {row.request_key: row for row in Complaint.objects.filter(request_key__in=keys, made_by=by)}
    outcomes: list[Outcome[Complaining]] = []
    made: list[Complaint] = []
    for one in complaints:
        if before := earlier.get(one.key) if one.key else None:
            outcomes.append(Outcome(replace(one, complaint=before)))
            continue
        if not one.words.strip():
            outcomes.append(Outcome(one, Refusal("words_missing", "Say what is wrong: the answer begins with it.")))
            continue
        complaint = Complaint(
            reference=reference("DC"),
            made_by=by,
            words=one.words.strip(),
            made_on=on,
            due_on=complaint_due(on),
            request_key=one.key,
        )
        made.append(complaint)
        outcomes.append(Outcome(replace(one, complaint=complaint)))
    Complaint.objects.bulk_create(made)
    return outcomes


@transaction.atomic
def answer_complaint(answers: Sequence[Answering], *, by: User, on: date) -> list[Outcome[Complaint]]:
    """Answer complaints in writing, by HR or the administrator; the person reads it and is told.

    The same answer again changes nothing. Refused: ``move_not_allowed``, ``not_yours``, ``own_complaint``,
    ``already_answered``, ``answer_missing``.
    """
    rows = Complaint.objects.select_for_update(of=("self",)).select_related("made_by__employee", "answered_by")
    fresh = {row.pk: row for row in rows.filter(pk__in=[one.complaint.pk for one in answers]).order_by("id")}
    outcomes: list[Outcome[Complaint]] = []
    answered: list[Complaint] = []
    for one in answers:
        complaint, text = fresh[one.complaint.pk], one.answer.strip()
        is_same = (complaint.answered_by_id, complaint.answer) == (by.pk, text)
        refusal = None if is_same else _refusal(complaint, text, by)
        if refusal is None and complaint.answered_on is None:
            complaint.answer, complaint.answered_by, complaint.answered_on = text, by, on
            answered.append(complaint)
        outcomes.append(Outcome(complaint, refusal))
    Complaint.objects.bulk_update(answered, ["answer", "answered_by", "answered_on"])
    tell(notices.complaint_answered(answered, on=on), is_first=True)
    return outcomes


def _refusal(complaint: Complaint, text: str, by: User) -> Refusal | None:
    if not (by.is_hr or by.is_administrator):
        return Refusal("move_not_allowed", "HR or the administrator answers complaints.")
    if not may_answer_to(complaint, by):
        return Refusal("not_yours", "HR of this person’s department answers, or the administrator.")
    if complaint.made_by_id == by.pk:
        return Refusal("own_complaint", "Somebody else answers your complaint.")
    if complaint.answered_on:
        return Refusal("already_answered", f"{complaint.answered_by} has answered it already.")
    if not text:
        return Refusal("answer_missing", "Write the answer: the person reads it.")
    return None
