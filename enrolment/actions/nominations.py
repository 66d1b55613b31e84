"""Nominations: a manager asks, HR answers; approving enrols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from assessment.actions import Decision, place
from assessment.models import Placement
from enrolment import rules
from enrolment.actions.calendar import lock_people
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.events import move_nomination
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, Nomination, NominationEvent
from enrolment.rules import Refusal
from lifecycle.moves import START
from people.models import Employee, User
from programmes.models import Cohort, Programme

N = Nomination.Status


@dataclass(frozen=True)
class NominationWish:
    """One person whom somebody wants to see on a programme, and why."""

    employee: Employee
    programme: Programme
    reason: str
    nomination: Nomination | None = None  # what it became


@dataclass(frozen=True)
class Approval:
    """A nomination with the days, or the cohort, that HR gives it. ``key`` makes a repeat find the first result."""

    nomination: Nomination
    start_date: date | None = None
    planned_end_date: date | None = None
    cohort: Cohort | None = None
    key: UUID | None = None


@transaction.atomic
def nominate(wishes: Sequence[NominationWish], *, by: User, on: date) -> list[Outcome[NominationWish]]:
    """Nominate people for programmes: by their manager, or by HR. It holds nothing; the same wish twice is refused."""
    people = {person.pk: person for person in lock_people(sorted({wish.employee.pk for wish in wishes}))}
    waiting = Nomination.objects.filter(employee_id__in=people, status__in=[N.DRAFT, N.SUBMITTED])
    taken = set(waiting.values_list("employee_id", "programme_id"))
    mine = set(Employee.objects.managed_by(by).filter(pk__in=people).values_list("pk", flat=True))
    outcomes, events = [], []
    for wish in wishes:
        key = (wish.employee.pk, wish.programme.pk)
        refusal = _nomination_refusal(wish, by=by, is_mine=wish.employee.pk in mine, is_taken=key in taken)
        if refusal:
            outcomes.append(Outcome(wish, refusal))
            continue
        taken.add(key)
        nomination = Nomination(
            employee=people[wish.employee.pk],
            programme=wish.programme,
            nominated_by=by,
            nominated_on=on,
            reason=wish.reason.strip(),
            status=START,
        )
        events.append(move_nomination(nomination, "nominate", by=by, role=_role(by), on=on, reason=wish.reason.strip()))
        outcomes.append(Outcome(NominationWish(nomination.employee, wish.programme, wish.reason, nomination)))
    Nomination.objects.bulk_create([event.subject for event in events])
    NominationEvent.objects.bulk_create(events)
    return outcomes


@transaction.atomic
def approve(approvals: Sequence[Approval], *, by: User, on: date, reason: str = "") -> list[Outcome[Nomination]]:
    """Approve nominations: each person is enrolled on the days given, and thereby placed on the programme.

    A refused enrolment leaves its nomination waiting.
    """
    fresh = _locked([approval.nomination for approval in approvals])
    outcomes: dict[int, Outcome[Nomination]] = {}
    wishes, asked = [], []
    for approval in approvals:
        nomination = fresh[approval.nomination.pk]
        earlier = nomination.enrolment
        if approval.key and earlier and earlier.request_key == approval.key:
            outcomes[nomination.pk] = Outcome(nomination)
        elif refusal := _move_refusal("approve", nomination):
            outcomes[nomination.pk] = Outcome(nomination, refusal)
        else:
            asked.append(nomination)
            wishes.append(_wish(nomination, approval))
    for nomination, enrolled in zip(asked, enrol(wishes, by=by, on=on, reason=reason), strict=True):
        nomination.enrolment = enrolled.subject.enrolment if enrolled.is_done else None
        outcomes[nomination.pk] = Outcome(nomination, enrolled.refusal, enrolled.warnings)
    done = [nomination for nomination in asked if outcomes[nomination.pk].is_done]
    _decide(done, "approve", by=by, on=on, reason=reason)
    _place(done, by=by, on=on)
    return [outcomes[approval.nomination.pk] for approval in approvals]


@transaction.atomic
def decline(nominations: Sequence[Nomination], *, by: User, on: date, reason: str) -> list[Outcome[Nomination]]:
    """Decline nominations with a reason that the manager reads. Nobody declines a nomination of themself."""

    def refuse(nomination: Nomination) -> Refusal | None:
        if nomination.employee.user_id == by.pk:
            return Refusal("own_nomination", "Somebody else decides about you: ask a colleague in HR.")
        if not reason.strip():
            return Refusal("reason_missing", "Say why, so that the manager can explain it.")
        return None

    return _answer(nominations, "decline", refuse, by=by, on=on, reason=reason)


@transaction.atomic
def retract(nominations: Sequence[Nomination], *, by: User, on: date, reason: str = "") -> list[Outcome[Nomination]]:
    """Take back nominations that nobody has answered: whoever made it, or HR."""

    def refuse(nomination: Nomination) -> Refusal | None:
        if nomination.nominated_by_id == by.pk or by.is_hr:
            return None
        return Refusal("move_not_allowed", "Only the person who nominated, or HR, can retract this.")

    return _answer(nominations, "retract", refuse, by=by, on=on, reason=reason)


def _answer(
    nominations: Sequence[Nomination],
    name: str,
    refuse: rules.Refuse[Nomination],
    *,
    by: User,
    on: date,
    reason: str,
) -> list[Outcome[Nomination]]:
    """One move on many nominations that needs nothing but the nomination itself."""
    fresh = _locked(nominations)
    outcomes = []
    for asked in nominations:
        nomination = fresh[asked.pk]
        outcomes.append(Outcome(nomination, _move_refusal(name, nomination) or refuse(nomination)))
    _decide([outcome.subject for outcome in outcomes if outcome.is_done], name, by=by, on=on, reason=reason)
    return outcomes


def _decide(nominations: Sequence[Nomination], name: str, *, by: User, on: date, reason: str) -> None:
    events = []
    for nomination in nominations:
        events.append(move_nomination(nomination, name, by=by, role=_role(by), on=on, reason=reason))
        nomination.decided_by, nomination.decided_on, nomination.answer = by, on, reason.strip()
    Nomination.objects.bulk_update(nominations, ["status", "decided_by", "decided_on", "answer", "enrolment"])
    NominationEvent.objects.bulk_create(events)


def _place(nominations: Sequence[Nomination], *, by: User, on: date) -> None:
    """An approved nomination is a decision about the person: it becomes their placement, with the manager's reason."""
    decisions = [Decision(n.employee, n.programme, reason=f"Nominated: {n.reason}") for n in nominations]
    placed = []
    for nomination, placement in zip(nominations, place(decisions, by=by, on=on), strict=True):
        if nomination.enrolment and isinstance(placement, Placement):
            nomination.enrolment.placement = placement
            placed.append(nomination.enrolment)
    Enrolment.objects.bulk_update(placed, ["placement"])


def _locked(nominations: Sequence[Nomination]) -> dict[int, Nomination]:
    """The nominations fresh, their people locked."""
    lock_people(sorted({nomination.employee_id for nomination in nominations}))
    rows = Nomination.objects.select_related("employee", "programme", "enrolment")
    return rows.in_bulk([nomination.pk for nomination in nominations])


def _move_refusal(name: str, nomination: Nomination) -> Refusal | None:
    try:
        rules.NOMINATION_MOVES.check(name, nomination.status, rules.HR)
    except ValidationError as error:
        return Refusal("move_not_allowed", error.messages[0])
    return None


def _nomination_refusal(wish: NominationWish, *, by: User, is_mine: bool, is_taken: bool) -> Refusal | None:
    if wish.employee.user_id == by.pk:
        return Refusal("own_nomination", "Nobody nominates themself: answer the questionnaire, or ask your manager.")
    if not (is_mine or by.is_hr):
        return Refusal("move_not_allowed", "Only a person's manager, or HR, can nominate them.")
    if not wish.reason.strip():
        return Refusal("reason_missing", "Say why this programme would help.")
    if is_taken:
        return Refusal(
            "already_nominated", f"{wish.employee.name} is already nominated for {wish.programme.name}; HR will answer."
        )
    return None


def _wish(nomination: Nomination, approval: Approval) -> Wish:
    return Wish(
        nomination.employee,
        nomination.programme,
        approval.start_date,
        approval.planned_end_date,
        approval.cohort,
        key=approval.key,
    )


def _role(by: User) -> str:
    return rules.HR if by.is_hr else rules.MANAGER
