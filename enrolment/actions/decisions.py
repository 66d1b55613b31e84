"""Agreeing with many recommendations at once, where all have the same outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from assessment.actions import Decision, place
from assessment.models import Recommendation, SecondLook
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.rules import Refusal
from people.models import User


@transaction.atomic
def agree(recommendations: Sequence[Recommendation], *, by: User, on: date) -> list[Outcome[Recommendation]]:
    """Place each person where the rules recommend: one decision for people whose outcome is the same.

    Refused for all: ``not_alike`` (another programme, or another rule), ``nothing_recommended`` (a person decides on
    each by themself). Refused for one: ``second_look_open``, and whatever `assessment.actions.place` refuses.
    """
    lock_people([made.employee_id for made in recommendations])
    if refusal := _for_all(recommendations):
        return [Outcome(made, refusal) for made in recommendations]
    looked_at = set(
        SecondLook.objects.filter(
            employee__in=[made.employee_id for made in recommendations], closed_on=None
        ).values_list("employee_id", flat=True)
    )
    free = [made for made in recommendations if made.employee_id not in looked_at]
    decisions = [Decision(made.employee, made.programme, made) for made in free]
    placed = dict(zip([made.pk for made in free], place(decisions, by=by, on=on), strict=True))
    outcomes = []
    for made in recommendations:
        result = placed.get(made.pk)
        if result is None:
            sentence = "A second look is open: its reviewer writes first what came of it."
            outcomes.append(Outcome(made, Refusal("second_look_open", sentence)))
        elif isinstance(result, ValidationError):
            outcomes.append(Outcome(made, Refusal(result.code or "not_done", result.messages[0])))
        else:
            outcomes.append(Outcome(made))
    return outcomes


def _for_all(recommendations: Sequence[Recommendation]) -> Refusal | None:
    if len({(made.programme_id, made.rule_id) for made in recommendations}) > 1:
        return Refusal("not_alike", "Only people with the same outcome by the same rule are decided on together.")
    if any(made.programme_id is None for made in recommendations):
        return Refusal("nothing_recommended", "No rule fits, so there is nothing to agree with: decide on each person.")
    return None
