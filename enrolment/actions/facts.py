"""Locking people, then cohorts, and gathering what judging them needs; taking a seat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from enrolment import rules
from enrolment.models import Enrolment
from enrolment.queries.facts import gathered
from enrolment.rules import Refusal
from people.models import Employee, User
from people.queries import rows_of
from programmes.models import Cohort


def lock_people(people: Sequence[int]) -> list[Employee]:
    """Lock people by row id, in id order, until the transaction ends; returns them fresh."""
    return list(Employee.objects.filter(pk__in=rows_of(people)).locked())


def gone(name: str) -> Refusal:
    """Why nothing happens to somebody whose record was merged into another since, or taken back with its file."""
    return Refusal("gone", f"The record of {name} is not here any more.")


def gather(
    rows: Iterable[Enrolment],
    *,
    on: date,
    cohorts: Iterable[int] = (),
    programmes: Iterable[int] = (),
    people: Sequence[Employee] = (),
    by: User | None = None,
) -> rules.Facts:
    """The facts for judging these records (of locked people); every cohort that could be needed is locked, in id order.

    Those are the ``cohorts`` named (row ids), the coming ones of the ``programmes`` somebody looks through, and of the
    programmes whose plans in a cohort might have to move. Refusals and warnings name nobody whom ``by`` may not see.
    """
    return gathered(rows, on=on, cohorts=cohorts, programmes=programmes, people=people, reader=by, is_locking=True)


def take_seat(facts: rules.Facts, cohort: Cohort) -> int | None:
    """The row id of a free seat in a cohort, which from now on is taken; None when it is full."""
    for opening in facts.openings.get(cohort.programme_id, ()):
        if opening.cohort.pk == cohort.pk and opening.seats:
            return opening.seats.pop(0)
    return None


def cohort_in(facts: rules.Facts, pk: int) -> Cohort | None:
    """A cohort as it was locked."""
    return facts.cohort(pk)
