"""Who has left: what lay before them is called off, their calendar feed dies, and open nominations of them expire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction

from enrolment import rules
from enrolment.actions.events import move, move_nomination
from enrolment.actions.facts import lock_people
from enrolment.actions.feeds import revoke_feeds
from enrolment.actions.outcomes import Outcome
from enrolment.actions.writing import keep, store
from enrolment.models import Enrolment, EnrolmentEvent, Nomination, NominationEvent
from enrolment.rules import Refusal
from people.actions.notices import withdraw_notices
from people.models import Employee
from people.wake import wake

S = Enrolment.Status
GIVE_SEATS = "enrolment.tasks.give_seats"


def release(
    rows: Iterable[Enrolment], staff: Sequence[Employee], *, on: date, is_after_leaving: bool = False
) -> list[EnrolmentEvent]:
    """Call off what leavers had before them: their days and seats are free. What runs is HR's to close.

    ``rows`` are live records of locked people, ``staff`` those people; the rows change too. ``is_after_leaving``: only
    what would start once they have left, so that it is not started first. Returns the events.
    """
    left = {person.pk: person.employed_until for person in staff if _has_left(person, on)}
    if left and is_after_leaving:
        revoke_feeds([person for person in staff if person.pk in left])
    events = []
    for record in rows:
        last = left.get(record.employee_id)
        if last is None or record.status not in (S.PLANNED, S.QUEUED, S.WAITING):
            continue
        if is_after_leaving and record.start_date and record.start_date <= last:
            continue
        rules.changes.cancel(record)
        events.append(move(record, "cancel", by=None, role=rules.CALENDAR, on=on, reason=f"Left on {rules.say(last)}."))
    if events:
        store(event.subject for event in events)
        keep(events)
        withdraw_notices(event.subject.public_id for event in events)
        wake(GIVE_SEATS)
    return events


@transaction.atomic
def expire(nominations: Sequence[Nomination], *, on: date) -> list[Outcome[Nomination]]:
    """The calendar's move on nominations of people who have left: nobody needs to answer them any more.

    Refused: ``still_employed`` on the day, ``move_not_allowed`` where somebody has answered.
    """
    people = {person.pk: person for person in lock_people(sorted({n.employee_id for n in nominations}))}
    fresh = Nomination.objects.in_bulk([nomination.pk for nomination in nominations])
    outcomes, events = [], []
    for asked in nominations:
        nomination, person = fresh[asked.pk], people[asked.employee_id]
        if not _has_left(person, on):
            refusal = Refusal("still_employed", f"{person.name} works here: HR answers the nomination.")
            outcomes.append(Outcome(nomination, refusal))
            continue
        if nomination.status != Nomination.Status.SUBMITTED:
            outcomes.append(Outcome(nomination, Refusal("move_not_allowed", "This nomination has been answered.")))
            continue
        why = f"Left on {rules.say(person.employed_until)}." if person.employed_until else ""
        events.append(move_nomination(nomination, "expire", by=None, role=rules.CALENDAR, on=on, reason=why))
        nomination.decided_on, nomination.answer = on, why
        outcomes.append(Outcome(nomination))
    Nomination.objects.bulk_update([event.subject for event in events], ["status", "decided_on", "answer"])
    NominationEvent.objects.bulk_create(events)
    withdraw_notices(event.subject.public_id for event in events)
    return outcomes


def _has_left(person: Employee, on: date) -> bool:
    return person.employed_until is not None and person.employed_until < on
