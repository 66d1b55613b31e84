"""Managers tell HR how a programme ended that ran past its planned end; HR closes it by what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from enrolment import rules
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Ending, Enrolment
from enrolment.queries.endings import is_past, tellable, told
from enrolment.rules import Refusal
from people.actions.notices import withdraw_notices
from people.models import User

LONGER = Ending.How.LONGER


@dataclass(frozen=True)
class Telling:
    """What is known of one enrolment: finished or left on a last day, or longer, until a day if that is known."""

    enrolment: Enrolment
    how: str
    day: date | None = None
    words: str = ""


@transaction.atomic
def tell_endings(tellings: Sequence[Telling], *, by: User, on: date) -> list[Outcome[Enrolment]]:
    """Tell HR how enrolments ended: kept beside each, and nobody is asked about it any more. No date changes by it.

    It can be told anew, and the newest holds; the same again changes nothing. Refused: ``not_yours`` for anybody but
    who speaks for the learner, and for the learner; ``not_over``, ``day_missing``, ``in_future``, ``before_start``,
    ``in_past``.
    """
    lock_people(sorted({one.enrolment.employee_id for one in tellings}))
    asked = [one.enrolment.pk for one in tellings]
    rows = {row.pk: row for row in Enrolment.objects.filter(pk__in=asked).select_related("employee", "programme")}
    theirs = set(tellable(by).filter(pk__in=asked).values_list("pk", flat=True))
    known = told(rows.values())
    outcomes, new = [], []
    for one in tellings:
        enrolment, words = rows[one.enrolment.pk], one.words.strip()
        refusal = _refusal(one, enrolment, may=enrolment.pk in theirs, on=on)
        if refusal is None and not _is_said(one, known.get(enrolment.pk)):
            said = Ending(enrolment=enrolment, how=one.how, day=one.day, words=words, told_by=by, told_on=on)
            assert enrolment.planned_end_date is not None
            said.planned_end_date = enrolment.planned_end_date
            new.append(said)
            known[enrolment.pk] = said
        outcomes.append(Outcome(enrolment, refusal))
    Ending.objects.bulk_create(new)
    subjects = [said.enrolment.public_id for said in new]
    withdraw_notices(subjects, kinds=["to_close"], why="HR was told how it ended.")
    return outcomes


def _is_said(one: Telling, known: Ending | None) -> bool:
    return known is not None and (known.how, known.day, known.words) == (one.how, one.day, one.words.strip())


def _refusal(one: Telling, enrolment: Enrolment, *, may: bool, on: date) -> Refusal | None:
    if not may:
        return Refusal("not_yours", "Their manager, a deputy or HR says how it ended.")
    if not is_past(enrolment, on):
        return Refusal("not_over", f"{enrolment.programme.name} is {enrolment.get_status_display()}: nothing is asked.")
    if one.how == LONGER:
        if one.day and one.day < on:
            return Refusal("in_past", "Give a last day that is still to come, or none.")
        return None
    if one.day is None:
        return Refusal("day_missing", "Give the last day.")
    if one.day > on:
        return Refusal("in_future", "The last day is over: give one up to today, or say that it needs longer.")
    if enrolment.start_date and one.day < enrolment.start_date:
        first = rules.say(enrolment.start_date)
        return Refusal("before_start", f"It began on {first}. If they never came, give that day, and say so.")
    return None
