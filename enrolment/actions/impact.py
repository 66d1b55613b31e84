"""What a completed programme changed at work: told by the learner, their manager or HR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, Impact
from enrolment.rules import Refusal
from people.models import Employee, User
from people.queries import may_speak_for

NOT_COMPLETED = Refusal("not_completed", "What it changed can be told once it is completed.")
EMPTY = Refusal("empty", "Say what changed, or what it saved.")


@dataclass(frozen=True)
class Telling:
    """What one completed enrolment changed: a few sentences, hours saved a month, pounds saved a year; any part."""

    enrolment: Enrolment
    what_changed: str = ""
    hours_a_month: int | None = None
    pounds_a_year: int | None = None

    @property
    def refusal(self) -> Refusal | None:
        """Why it cannot be told, or None."""
        if self.enrolment.status != Enrolment.Status.COMPLETED:
            return NOT_COMPLETED
        numbers = (self.hours_a_month, self.pounds_a_year)
        return EMPTY if not self.what_changed and numbers == (None, None) else None


@transaction.atomic
def tell_impact(tellings: Sequence[Telling], *, by: User, on: date) -> list[Outcome[Enrolment]]:
    """Keep what each enrolment changed, in place of what was told of it before.

    Refused are ``not_completed`` and ``empty``. Raises PermissionDenied for anybody but the learner, their manager
    and HR.
    """
    asked = {telling.enrolment.pk for telling in tellings}
    people = {telling.enrolment.employee_id for telling in tellings}
    list(Employee.objects.filter(pk__in=people).locked())
    found = Enrolment.objects.filter(pk__in=asked).select_related("employee__manager", "programme").in_bulk()
    outcomes, told, theirs = [], {}, may_speak_for(by, people)
    for telling in tellings:
        enrolment = found[telling.enrolment.pk]
        if enrolment.employee_id not in theirs:
            raise PermissionDenied("The learner, their manager or HR tells what a programme changed.")
        fresh = Telling(enrolment, telling.what_changed.strip(), telling.hours_a_month, telling.pounds_a_year)
        if fresh.refusal is None:
            told[enrolment.pk] = fresh
        outcomes.append(Outcome(enrolment, fresh.refusal))
    Impact.objects.bulk_create(
        [
            Impact(
                enrolment=telling.enrolment,
                what_changed=telling.what_changed,
                hours_a_month=telling.hours_a_month,
                pounds_a_year=telling.pounds_a_year,
                told_by=by,
                told_on=on,
            )
            for telling in told.values()
        ],
        update_conflicts=True,
        unique_fields=["enrolment"],
        update_fields=["what_changed", "hours_a_month", "pounds_a_year", "told_by", "told_on"],
    )
    return outcomes
