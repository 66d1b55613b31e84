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
    refusals = [
        actions.unknown_refusal(version, one.answers) or actions.missing_refusal(version, one.answers) for one in given
    ]
    made = [
        Response(
            questionnaire=version.questionnaire,
            employee=one.employee,
            answers=dict(one.answers),
            started_on=on,
            submitted_on=on,
            submitted_at=Now(),
            **actions.answered_by(one.employee, by),
        )
        for one, refusal in zip(given, refusals, strict=True)
        if refusal is None
    ]
    results = iter(actions.submit(Response.objects.bulk_create(made), by=by, on=on))
    return [refusal or next(results) for refusal in refusals]
