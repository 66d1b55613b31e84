"""A learner asks to be nominated, and takes it back; their manager's answer is in `actions.nominations`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction

from enrolment import notices, rules
from enrolment.actions.events import move_nomination
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, Nomination, NominationEvent
from enrolment.queries.chasing import readers
from enrolment.rules import Refusal
from lifecycle.moves import START
from people.actions.notices import tell, withdraw_notices
from people.models import Employee, User
from people.rules import has_left
from programmes.models import Programme

N = Nomination.Status


@dataclass(frozen=True)
class Asking:
    """A programme that somebody would like to be nominated for, and why, if they say."""

    employee: Employee
    programme: Programme
    why: str = ""
    key: UUID | None = None  # one form's, so that a repeat finds the first result
    nomination: Nomination | None = None  # what it became


@transaction.atomic
def ask(wishes: Sequence[Asking], *, by: User, on: date) -> list[Outcome[Asking]]:
    """Ask to be nominated: each person for themself. It waits for their manager, or for HR where there is none.

    Refused: ``not_yours``, ``left``, ``already_nominated``, ``already_on_programme``.
    """
    people = {person.pk: person for person in lock_people(sorted({wish.employee.pk for wish in wishes}))}
    keys = {wish.key for wish in wishes if wish.key}
    repeated = NominationEvent.objects.filter(request_key__in=keys, move="ask", by=by).select_related("subject")
    answered = {event.request_key: event.subject for event in repeated}
    waiting = Nomination.objects.unanswered().filter(employee_id__in=people)
    statuses = {(row.employee_id, row.programme_id): row.status for row in waiting}
    live = Enrolment.objects.filter(employee_id__in=people, status__in=Enrolment.LIVE)
    begun = set(live.values_list("employee_id", "programme_id"))
    outcomes, events = [], []
    for wish in wishes:
        person, key = people[wish.employee.pk], (wish.employee.pk, wish.programme.pk)
        if earlier := answered.get(wish.key):
            outcomes.append(Outcome(replace(wish, nomination=earlier)))
            continue
        refusal = _refusal(replace(wish, employee=person), statuses.get(key, ""), by=by, on=on, is_on_it=key in begun)
        if refusal:
            outcomes.append(Outcome(wish, refusal))
            continue
        nomination = Nomination(
            employee=person,
            programme=wish.programme,
            nominated_by=by,
            nominated_on=on,
            asked_on=on,
            asked_why=wish.why.strip(),
            status=START,
        )
        said = wish.why.strip()
        events.append(move_nomination(nomination, "ask", by=by, role=rules.LEARNER, on=on, reason=said, key=wish.key))
        statuses[key] = nomination.status
        outcomes.append(Outcome(replace(wish, nomination=nomination)))
    made = [event.subject for event in events]
    Nomination.objects.bulk_create(made)
    NominationEvent.objects.bulk_create(events)
    tell(notices.nomination("wish", readers(made, on=on), due=on), is_first=True)
    return outcomes


@transaction.atomic
def take_back(nominations: Sequence[Nomination], *, by: User, on: date) -> list[Outcome[Nomination]]:
    """Take back what one asked for oneself, while nobody has answered. Refused: ``not_yours``, ``move_not_allowed``."""
    lock_people(sorted({nomination.employee_id for nomination in nominations}))
    rows = Nomination.objects.select_related("employee", "programme")
    fresh = rows.in_bulk([nomination.pk for nomination in nominations])
    outcomes, events = [], []
    for asked in nominations:
        nomination, refusal = fresh[asked.pk], None
        if nomination.employee.user_id != by.pk:
            refusal = Refusal("not_yours", "Only who asked takes it back.")
        elif nomination.status != N.ASKED:
            refusal = Refusal("move_not_allowed", "It has been answered, or taken back.")
        if refusal is None:
            events.append(move_nomination(nomination, "take_back", by=by, role=rules.LEARNER, on=on))
            nomination.decided_by, nomination.decided_on = by, on
        outcomes.append(Outcome(nomination, refusal))
    done = [event.subject for event in events]
    Nomination.objects.bulk_update(done, ["status", "decided_by", "decided_on"])
    NominationEvent.objects.bulk_create(events)
    withdraw_notices(nomination.public_id for nomination in done)
    return outcomes


def _refusal(wish: Asking, status: str, *, by: User, on: date, is_on_it: bool) -> Refusal | None:
    name = wish.programme.name
    if wish.employee.user_id != by.pk:
        return Refusal("not_yours", "People ask to be nominated for themselves.")
    if has_left(wish.employee.employed_until, on):
        return Refusal("left", "Who has left is nominated for nothing.")
    if status == N.ASKED:
        return Refusal("already_nominated", f"You have asked to be nominated for {name} already.")
    if status:
        return Refusal("already_nominated", f"You are nominated for {name} already; HR will answer.")
    if is_on_it:
        return Refusal("already_on_programme", f"You are on {name} already, or planned for it.")
    return None
