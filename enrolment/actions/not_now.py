"""“Not now”: said by a learner of what is recommended or proposed to them, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, NotNow
from enrolment.queries.not_now import proposals
from enrolment.rules import Refusal
from enrolment.rules.reminders import SAYS_NEXT
from people.actions.notices import withdraw_notices
from people.models import Employee, User
from programmes.models import Programme


@dataclass(frozen=True)
class Putting:
    """A learner puts a programme off: until the end of a day, or until they take it back; with a reason, or without."""

    employee: Employee
    programme: Programme
    until: date | None = None
    reason: str = ""


@transaction.atomic
def say_not_now(wishes: Sequence[Putting], *, by: User, on: date) -> list[Outcome[Putting]]:
    """Put programmes off; saying it again replaces what was said. What was to be sent about it is withdrawn.

    The same again changes nothing. Refused: ``not_yours``, ``not_proposed``, ``in_past``.
    """
    lock_people(sorted({wish.employee.pk for wish in wishes}))
    outcomes: list[Outcome[Putting]] = []
    for wish in wishes:
        refusal = _refusal(wish, by, on)
        if refusal is None:
            _put_off(wish, by=by, on=on)
        outcomes.append(Outcome(wish, refusal))
    return outcomes


@transaction.atomic
def take_back_not_now(wishes: Sequence[Putting], *, by: User, on: date) -> list[Outcome[Putting]]:
    """Be asked and reminded of these programmes again. Taking back what does not hold changes nothing.

    Refused: ``not_yours``.
    """
    lock_people(sorted({wish.employee.pk for wish in wishes}))
    outcomes: list[Outcome[Putting]] = []
    for wish in wishes:
        refusal = _not_yours(wish, by)
        if refusal is None:
            _open(wish).update(ended_on=on)
        outcomes.append(Outcome(wish, refusal))
    return outcomes


def _put_off(wish: Putting, *, by: User, on: date) -> None:
    reason = wish.reason.strip()
    said = _open(wish).first()
    if said and (said.until, said.reason) == (wish.until, reason):
        return
    _open(wish).update(ended_on=on)
    NotNow.objects.create(
        employee=wish.employee, programme=wish.programme, until=wish.until, reason=reason, said_by=by, said_on=on
    )
    told_of = Enrolment.objects.filter(employee=wish.employee).values_list("public_id", flat=True)
    # Of a finish the night tells again, without what was put off; the manager too.
    withdraw_notices(told_of, kinds=SAYS_NEXT, why="The learner said “not now”.")


def _open(wish: Putting) -> QuerySet[NotNow]:
    return NotNow.objects.filter(employee=wish.employee, programme=wish.programme, ended_on=None)


def _refusal(wish: Putting, by: User, on: date) -> Refusal | None:
    if refusal := _not_yours(wish, by):
        return refusal
    if wish.until and wish.until < on:
        return Refusal("in_past", "Give a day that has not gone.")
    if wish.programme not in proposals(wish.employee):
        return Refusal("not_proposed", f"{wish.programme.name} is neither recommended nor proposed to you now.")
    return None


def _not_yours(wish: Putting, by: User) -> Refusal | None:
    if wish.employee.user_id != by.pk:
        return Refusal("not_yours", "Only the person it is about says “not now”.")
    return None
