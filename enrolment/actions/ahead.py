"""What HR does to one message that is only foreseen: it is written before its day, under the key of its maker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from operator import ne
from typing import Any
from uuid import UUID

from django.db import transaction

from assessment.models import Sending
from enrolment import notices
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Nomination
from enrolment.queries.picked import Key, Picked, picked, too_early
from enrolment.rules import Refusal
from people.actions import settling
from people.actions.notices import tell
from people.actions.results import Result
from people.models import Employee, Notice, User
from people.queries import rows_of

STEPS: Mapping[str, Callable[..., list[Result[Notice]]]] = {
    "hold": settling.hold,
    "hurry": settling.hurry,
    "call_off": settling.call_off,
}
GONE = Refusal("not_foreseen", "It is written by now, or it will not be any more.")


@transaction.atomic
def settle_foreseen(wanted: Sequence[Key], *, step: str, by: User, on: date, reason: str) -> list[Outcome[Key]]:
    """Hold back, cancel or send now messages that are not written yet; ``step`` is the name of one of these.

    The calendar finds on the day what is written so and does not write it again: what is held waits, what was cancelled
    is not said of the day it speaks of, what was sent was said. What ends it withdraws it, as if it had been written on
    its day. Refused: ``not_foreseen``, and ``too_early`` where its words are not so before its day.
    """
    subjects = {key.subject for key in wanted}
    _lock(wanted, subjects)
    still = picked(by, wanted, on=on)
    early = {one.key: why for one in still if (why := too_early(step, one, on))}
    able = [one for one in still if one.key not in early]
    tell(_letters(able, on=on), again=ne)
    done = {}
    rows = _rows(able)
    for result in STEPS[step](list(rows), by=by, on=on, reason=reason):
        done[rows[result.subject.pk]] = result
    return [Outcome(key, _refusal(done.get(key), early.get(key, ""))) for key in wanted]


def _lock(wanted: Sequence[Key], subjects: Iterable[UUID]) -> None:
    """Lock who reads and who is nominated, in id order, as the calendar does; then what asks them to answer."""
    subjects = list(subjects)
    readers = Employee.objects.filter(public_id__in={key.person for key in wanted}).values_list("pk", flat=True)
    nominees = Nomination.objects.filter(public_id__in=subjects).values_list("employee_id", flat=True)
    lock_people(sorted({*readers, *nominees}))
    list(Sending.objects.filter(public_id__in=subjects).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _letters(found: Iterable[Picked], *, on: date) -> list[Notice]:
    """What the calendar would write of these on their days."""
    of_nominations: dict[str, list[tuple[Employee | None, Nomination]]] = defaultdict(list)
    days: dict[str, list[date]] = defaultdict(list)
    of_sendings: dict[tuple[str, date, Sending], list[Employee]] = defaultdict(list)
    for one in found:
        if isinstance(one.about, Nomination):
            of_nominations[one.key.kind].append((one.to, one.about))
            days[one.key.kind].append(one.day)
        else:
            of_sendings[one.key.kind, one.day, one.about].append(one.to)
    made: list[Notice] = []
    for kind, letters in of_nominations.items():
        for letter, day in zip(notices.nomination(kind, letters, due=on), days[kind], strict=True):
            letter.due_on = day
            made.append(letter)
    for (kind, day, sending), people in of_sendings.items():
        made += notices.questionnaire(people, sending, kind, on=day)
    return made


def _rows(found: Sequence[Picked]) -> dict[int, Key]:
    """By row id, the notices that were written of these: of each its latest."""
    keys: dict[Any, Key] = {(one.to.pk, one.key.kind, one.key.subject): one.key for one in found}
    rows = Notice.objects.filter(
        employee__in=rows_of({one.to.pk for one in found}),
        subject__in={one.key.subject for one in found},
        kind__in={one.key.kind for one in found},
    )
    latest = {}
    for pk, *key in rows.order_by("round", "id").values_list("pk", "employee_id", "kind", "subject"):
        if tuple(key) in keys:
            latest[tuple(key)] = pk
    return {pk: keys[key] for key, pk in latest.items()}


def _refusal(result: Result[Notice] | None, early: str) -> Refusal | None:
    if early:
        return Refusal("too_early", early)
    if result is None:
        return GONE
    return None if result.is_done else Refusal(result.code, result.message)
