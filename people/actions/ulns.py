"""Unique learner numbers: HR records them for several people at once, each number one person's."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from people.actions.results import Result
from people.models import Employee, User
from people.reach import acts_for
from people.rules import uln_problem

log = logging.getLogger(__name__)

# Any number, ours: two people locked by two transactions do not see each other's new number, so they take turns.
TURN = 7_310_912


@transaction.atomic
def record_uln(numbers: Sequence[tuple[Employee, str]], *, by: User | None, on: date) -> list[Result[Employee]]:
    """Give each person their unique learner number, or take a wrong one away with an empty text.

    The refused come back with ``not_yours`` (another department's person), ``bad_uln`` (domain.md §4's check digit) or
    ``uln_taken`` (somebody else has it, or got it just before in the same call); the others go through. Raises
    PermissionDenied for anybody but HR.
    """
    if by is not None and not by.is_hr:
        raise PermissionDenied("HR records unique learner numbers.")
    _take_turns()
    ids = {employee.pk for employee, _ in numbers}
    people = {person.pk: person for person in Employee.objects.filter(pk__in=ids).locked()}
    holders = _holders({uln for _, uln in numbers if uln})
    results, changed = [], []
    for employee, uln in numbers:
        person = people[employee.pk]
        if not acts_for(by, person):
            results.append(Result(person, "not_yours", "This person is in none of your departments."))
            continue
        if recorded := _refused(person, uln, holders):
            if recorded.code == "uln_taken" and not acts_for(by, holders[uln]):  # who works elsewhere is not told
                recorded = Result(person, "uln_taken", "Somebody of another department has this number already.")
            results.append(recorded)
            continue
        holders.pop(person.uln, None)
        if uln:
            holders[uln] = person
        if person.uln != uln:
            person.uln = uln
            changed.append(person)
        results.append(Result(person))
    Employee.objects.bulk_update(changed, ["uln"])
    for person in changed:  # the number itself stays out of the log
        log.info("the ULN of %s was recorded by user %s on %s", person.public_id, by.pk if by else None, on)
    return results


def _take_turns() -> None:
    """Waits until nobody else records numbers; the turn ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def _holders(ulns: set[str]) -> dict[str, Employee]:
    """By number, who has it."""
    return {person.uln: person for person in Employee.objects.filter(uln__in=ulns).order_by("id")} if ulns else {}


def _refused(person: Employee, uln: str, holders: dict[str, Employee]) -> Result[Employee] | None:
    if uln and (problem := uln_problem(uln)):
        return Result(person, "bad_uln", problem)
    holder = holders.get(uln)
    if holder and holder.pk != person.pk:
        return Result(
            person,
            "uln_taken",
            f"{holder.name} ({holder.staff_number}) has this number already. Check which of the two it belongs to.",
        )
    return None
