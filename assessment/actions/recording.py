"""Answers that reach us whole, from a file: recorded as sent, with the recommendation that sending them makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from assessment import actions, queries
from assessment.models import Recommendation, Response
from people.models import Employee, User


@dataclass(frozen=True)
class Given:
    """All the answers of one person to one version: option codes by question code."""

    employee: Employee
    answers: Mapping[str, str]


@transaction.atomic
def record(
    given: Sequence[Given], *, version: queries.Version, by: User | None, on: date
) -> list[Recommendation | ValidationError]:
    """Record a person's whole answers as sent: a response of its own, and a recommendation that is now their latest.

    What they have under way in the product stays as it is: sending it later is answering again. One result for each, in
    order. Refused with ``unknown_answer`` and ``answers_missing``; nothing of such a one is recorded.
    """
    list(Employee.objects.filter(pk__in={one.employee.pk for one in given}).locked())
    refusals = [_refusal(version, one.answers) for one in given]
    made = [
        Response(
            questionnaire=version.questionnaire,
            employee=one.employee,
            answers=dict(one.answers),
            answered_by=by,
            is_on_behalf=by is None or one.employee.user_id != by.pk,
            started_on=on,
            submitted_on=on,
            submitted_at=Now(),
        )
        for one, refusal in zip(given, refusals, strict=True)
        if refusal is None
    ]
    results = iter(actions.submit(Response.objects.bulk_create(made), by=by, on=on))
    return [refusal or next(results) for refusal in refusals]


def _refusal(version: queries.Version, answers: Mapping[str, str]) -> ValidationError | None:
    """Why answers are not those of this version, whole."""
    if unknown := [code for code, option in answers.items() if version.option(code, option) is None]:
        return ValidationError(f"This is not an answer to “{unknown[0]}”.", code="unknown_answer")
    if version.table.unanswered(answers):
        return ValidationError("Some questions are not answered yet.", code="answers_missing")
    return None
