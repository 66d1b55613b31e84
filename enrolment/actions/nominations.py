"""Nominations: a manager asks, HR answers; approving enrols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from assessment.actions import LOOKED_AT, Decision, place
from assessment.models import Recommendation, SecondLook
from enrolment import notices, rules
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.events import acting, move_nomination, move_refusal, reach_refusal
from enrolment.actions.facts import gone, lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, Nomination, NominationEvent
from enrolment.queries.nominating import placed_on
from enrolment.queries.nominations import told_for
from enrolment.rules import Refusal
from enrolment.rules.working_days import working_days_after
from lifecycle.moves import START
from people.actions.notices import always, tell, withdraw_notices
from people.models import Employee, Notice, User
from people.queries import policy, rows_of
from people.reach import acts_for
from programmes.models import Cohort, Programme

N = Nomination.Status
WISHED = ("nominated_by", "nominated_on", "reason", "protected_hours", "protected_time")
CHASED = ("reminded_on", "escalated_on", "warned_on")
NOT_THEIR_MANAGER = Refusal("move_not_allowed", "Only a person's manager, or HR, can nominate them.")


@dataclass(frozen=True)
class NominationWish:
    """One person whom somebody wants to see on a programme, and why. No programme: the one HR placed them on."""

    employee: Employee
    programme: Programme | None
    reason: str
    nomination: Nomination | None = None  # what it became
    key: UUID | None = None  # one form's, so that a repeat finds the first result
    protected_hours: int | None = None  # a week, that the manager gives
    protected_time: str = ""  # the same in words
    is_next_step: bool = False  # a yes to the next step that fits: the one thing people may ask for themselves


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
    """Nominate people for programmes: by their manager, or by HR. It holds nothing; the same wish twice is refused.

    Each nominee is asked for their word. Who asked to be nominated has given it: what they asked for becomes the
    nomination, and they hear of it. Refused: ``not_placed`` where no programme is named or known.
    """
    people = {person.pk: person for person in lock_people(sorted({wish.employee.pk for wish in wishes}))}
    waiting = Nomination.objects.unanswered().filter(employee_id__in=people).select_related("programme")
    before = {(row.employee_id, row.programme_id): row for row in waiting}
    placed = placed_on(people) if any(wish.programme is None for wish in wishes) else {}
    mine = set(Employee.objects.managed_by(by).filter(pk__in=people).values_list("pk", flat=True))
    answered = _answered("nominate", {wish.key for wish in wishes if wish.key})
    outcomes, events = [], []
    for wish in wishes:
        earlier = answered.get(wish.key) if wish.key else None
        programme = wish.programme or placed.get(wish.employee.pk)
        key = (wish.employee.pk, programme.pk if programme else 0)
        if earlier and (earlier.employee_id, earlier.programme_id) == key:
            outcomes.append(Outcome(replace(wish, nomination=earlier)))
            continue
        if wish.employee.pk not in people:
            outcomes.append(Outcome(wish, gone(wish.employee.name)))
            continue
        is_mine = wish.employee.pk in mine or acts_for(by, people[wish.employee.pk])
        refusal = _nomination_refusal(wish, programme, by=by, is_mine=is_mine, waiting=before.get(key))
        if refusal or programme is None:
            outcomes.append(Outcome(wish, refusal or _not_placed(wish.employee)))
            continue
        nomination = before.get(key) or Nomination(programme=programme, status=START)
        nomination.employee = people[wish.employee.pk]
        events.append(_nominated(nomination, wish, by=by, on=on))
        before[key] = nomination
        outcomes.append(Outcome(replace(wish, nomination=nomination)))
    made = [event.subject for event in events]
    granted = [nomination for nomination in made if nomination.pk]
    Nomination.objects.bulk_create([nomination for nomination in made if not nomination.pk])
    Nomination.objects.bulk_update(granted, [*WISHED, "status", "word", "word_on", *CHASED])
    NominationEvent.objects.bulk_create(events)
    withdraw_notices(nomination.public_id for nomination in granted)
    tell(notices.nomination("wish_granted", [(n.employee, n) for n in granted], due=on))
    tell(notices.nomination("nomination_asked", [(n.employee, n) for n in made if not n.word], due=on), is_first=True)
    return outcomes


def _nominated(nomination: Nomination, wish: NominationWish, *, by: User, on: date) -> NominationEvent:
    """The wish written on a nomination in memory, new or asked for; who says yes, or asked, is not asked again."""
    is_own = wish.employee.user_id == by.pk
    nomination.nominated_by, nomination.nominated_on = by, on
    nomination.reason = wish.reason.strip()
    nomination.protected_hours, nomination.protected_time = wish.protected_hours, wish.protected_time.strip()
    nomination.reminded_on = nomination.escalated_on = nomination.warned_on = None
    if is_own or nomination.asked_on:
        nomination.word, nomination.word_on = Nomination.Word.YES, nomination.asked_on or on
    role = rules.LEARNER if is_own else acting(by)
    return move_nomination(nomination, "nominate", by=by, role=role, on=on, reason=wish.reason.strip(), key=wish.key)


@transaction.atomic
def approve(approvals: Sequence[Approval], *, by: User, on: date, reason: str = "") -> list[Outcome[Nomination]]:
    """Approve nominations: each person is enrolled on the days given, and thereby placed on the programme.

    A refused enrolment leaves its nomination waiting, and so does an open second look (``second_look_open``): nobody is
    placed before its reviewer wrote. The same nomination twice in one call is one question.
    """
    fresh = _locked([approval.nomination for approval in approvals])
    asked = {approval.nomination.pk: approval for approval in reversed(approvals)}
    outcomes: dict[int, Outcome[Nomination]] = {}
    wishes: dict[int, Wish] = {}
    people = {nomination.employee_id for nomination in fresh.values()}
    looked_at = set(SecondLook.objects.open().filter(employee__in=people).values_list("employee_id", flat=True))
    for pk, approval in reversed(asked.items()):
        nomination = fresh[pk]
        earlier = nomination.enrolment
        if approval.key and earlier and earlier.request_key == approval.key:
            outcomes[pk] = Outcome(nomination)
        elif refusal := move_refusal(rules.NOMINATION_MOVES, "approve", nomination.status, by):
            outcomes[pk] = Outcome(nomination, refusal)
        elif nomination.employee_id in looked_at:
            outcomes[pk] = Outcome(nomination, Refusal("second_look_open", LOOKED_AT))
        else:
            wishes[pk] = _wish(nomination, approval)
    for pk, enrolled in zip(wishes, enrol(list(wishes.values()), by=by, on=on, reason=reason), strict=True):
        fresh[pk].enrolment = enrolled.subject.enrolment if enrolled.is_done else None
        outcomes[pk] = Outcome(fresh[pk], enrolled.refusal, enrolled.warnings)
    done = [fresh[pk] for pk in wishes if outcomes[pk].is_done]
    _record(done, _moves(done, "approve", by=by, on=on, reason=reason))
    _place(done, by=by, on=on)
    withdraw_notices(nomination.public_id for nomination in done)
    return [outcomes[approval.nomination.pk] for approval in approvals]


@transaction.atomic
def decline(
    nominations: Sequence[Nomination], *, by: User, on: date, reason: str, key: UUID | None = None
) -> list[Outcome[Nomination]]:
    """Decline nominations with a reason that the manager reads. Nobody declines a nomination of themself.

    The manager hears at once, the learner after the working days that the policy gives the two to talk.
    """

    def refuse(nomination: Nomination) -> Refusal | None:
        if refusal := reach_refusal(nomination.employee, by):
            return refusal
        if not reason.strip():
            return Refusal("reason_missing", "Say why, so that the manager can explain it.")
        return None

    outcomes, done = _answer(nominations, "decline", refuse, by=by, on=on, reason=reason, key=key)
    withdraw_notices(nomination.public_id for nomination in done)
    later = working_days_after(on, policy().declined_learner_days)
    said = notices.nomination("nomination_declined", [(told_for(n), n) for n in done], due=on)
    later_said = notices.nomination("nomination_not_this_time", [(n.employee, n) for n in done], due=later)
    tell([*said, *later_said], again=always)
    return outcomes


@transaction.atomic
def turn_down(
    nominations: Sequence[Nomination], *, by: User, on: date, reason: str, key: UUID | None = None
) -> list[Outcome[Nomination]]:
    """Answer no to people who asked to be nominated, with a reason that they read: their manager, a deputy, or HR."""
    people = {nomination.employee_id for nomination in nominations}
    mine = set(Employee.objects.managed_by(by).filter(pk__in=people).values_list("pk", flat=True))

    def refuse(nomination: Nomination) -> Refusal | None:
        if not (nomination.employee_id in mine or acts_for(by, nomination.employee)):
            return reach_refusal(nomination.employee, by) or NOT_THEIR_MANAGER
        return None if reason.strip() else Refusal("reason_missing", "Say why; they read it.")

    outcomes, done = _answer(nominations, "turn_down", refuse, by=by, on=on, reason=reason, key=key)
    withdraw_notices(nomination.public_id for nomination in done)
    tell(notices.nomination("wish_turned_down", [(n.employee, n) for n in done], due=on))
    return outcomes


@transaction.atomic
def undo_declining(nominations: Sequence[Nomination], *, by: User, on: date, at: datetime) -> list[Outcome[Nomination]]:
    """Take back a declining for as long as the policy allows, while nothing was built on it: HR answers again.

    Refused: ``too_late``, ``already_nominated`` where the person has been nominated for it again since.
    """
    hours = policy().undo_hours
    fresh = _locked(nominations)
    people = {nomination.employee_id for nomination in fresh.values()}
    waiting = Nomination.objects.unanswered().filter(employee_id__in=people)
    taken = set(waiting.values_list("employee_id", "programme_id"))
    lasts = {event.subject_id: event for event in NominationEvent.objects.filter(subject__in=fresh).order_by("id")}
    outcomes, events = [], []
    for asked in nominations:
        nomination = fresh[asked.pk]
        refusal = _own(nomination, by) or reach_refusal(nomination.employee, by)
        refusal = refusal or move_refusal(rules.NOMINATION_MOVES, "undo_declining", nomination.status, by)
        if refusal is None:
            gone = (at - lasts[nomination.pk].at).total_seconds() / 3600
            refusal = rules.undo_refusal(gone, hours)
        if refusal is None and (nomination.employee_id, nomination.programme_id) in taken:
            refusal = Refusal("already_nominated", f"{nomination.employee.name} has been nominated for it again.")
        if refusal is None:
            taken.add((nomination.employee_id, nomination.programme_id))
            events.append(move_nomination(nomination, "undo_declining", by=by, role=acting(by), on=on))
            nomination.decided_by, nomination.decided_on, nomination.answer = None, None, ""
            nomination.waiting_since = on
            nomination.reminded_on = nomination.escalated_on = nomination.warned_on = None
        outcomes.append(Outcome(nomination, refusal))
    reopened = [event.subject for event in events]
    _record(reopened, events)
    withdraw_notices(nomination.public_id for nomination in reopened)
    _tell_reopened(reopened, on=on)
    tell(notices.nomination("nomination_asked", [(n.employee, n) for n in reopened if not n.word], due=on))
    return outcomes


def _tell_reopened(nominations: Sequence[Nomination], *, on: date) -> None:
    """Who had heard of the declining hears that it was taken back; nobody else ever knew."""
    kinds = ("nomination_declined", "nomination_not_this_time")
    heard = Notice.objects.filter(kind__in=kinds, status__in=Notice.HEARD)
    about = {nomination.public_id: nomination for nomination in nominations}
    readers = {person.pk for n in nominations for person in (told_for(n), n.employee) if person}
    rows = heard.filter(subject__in=about.keys(), employee__in=rows_of(readers)).select_related("employee")
    letters = {(row.employee_id, row.subject): (row.employee, about[row.subject]) for row in rows.order_by("id")}
    tell(notices.nomination("nomination_reopened", letters.values(), due=on), again=always)


@transaction.atomic
def retract(
    nominations: Sequence[Nomination], *, by: User, on: date, reason: str = "", key: UUID | None = None
) -> list[Outcome[Nomination]]:
    """Take back nominations that nobody has answered: whoever made it, or HR."""

    def refuse(nomination: Nomination) -> Refusal | None:
        if nomination.nominated_by_id == by.pk or acts_for(by, nomination.employee):
            return None
        return reach_refusal(nomination.employee, by) or Refusal(
            "move_not_allowed", "Only the person who nominated, or HR, can retract this."
        )

    outcomes, done = _answer(nominations, "retract", refuse, by=by, on=on, reason=reason, key=key)
    withdraw_notices(nomination.public_id for nomination in done)
    return outcomes


def _answer(
    nominations: Sequence[Nomination],
    name: str,
    refuse: rules.Refuse[Nomination],
    *,
    by: User,
    on: date,
    reason: str,
    key: UUID | None,
) -> tuple[list[Outcome[Nomination]], list[Nomination]]:
    """One move on many nominations that needs nothing but the nomination itself; never about oneself.

    ``key`` is one form's, so it comes with one nomination: asked again with it, the first result is the answer. Returns
    the outcomes, and the nominations that were moved now.
    """
    fresh = _locked(nominations)
    answered = {nomination.pk for nomination in _answered(name, {key} if key else set()).values()}
    outcomes, events = [], []
    for asked in nominations:
        nomination = fresh[asked.pk]
        if nomination.pk in answered:
            outcomes.append(Outcome(nomination))
            continue
        refusal = (
            _own(nomination, by)
            or move_refusal(rules.NOMINATION_MOVES, name, nomination.status, by)
            or refuse(nomination)
        )
        if refusal is None:
            events += _moves([nomination], name, by=by, on=on, reason=reason, key=key)
        outcomes.append(Outcome(nomination, refusal))
    moved = [event.subject for event in events]
    _record(moved, events)
    return outcomes, moved


def _moves(
    nominations: Sequence[Nomination], name: str, *, by: User, on: date, reason: str, key: UUID | None = None
) -> list[NominationEvent]:
    """Make an answer on nominations in memory; returns the events."""
    events = []
    for nomination in nominations:
        events.append(move_nomination(nomination, name, by=by, role=acting(by), on=on, reason=reason, key=key))
        nomination.decided_by, nomination.decided_on, nomination.answer = by, on, reason.strip()
    return events


def _record(nominations: Sequence[Nomination], events: Sequence[NominationEvent]) -> None:
    facts = ["status", "decided_by", "decided_on", "answer", "enrolment"]
    Nomination.objects.bulk_update(nominations, [*facts, "waiting_since", *CHASED])
    NominationEvent.objects.bulk_create(events)


def _answered(name: str, keys: set[UUID]) -> dict[UUID, Nomination]:
    """What the first submits with these one-time keys came to."""
    if not keys:
        return {}
    events = NominationEvent.objects.filter(request_key__in=keys, move=name).select_related("subject")
    return {event.request_key: event.subject for event in events if event.request_key}


def _own(nomination: Nomination, by: User) -> Refusal | None:
    """Nobody answers about themself, HR included."""
    if nomination.employee.user_id == by.pk:
        return Refusal("own_nomination", "Somebody else decides about you: ask a colleague in HR.")
    return None


def _place(nominations: Sequence[Nomination], *, by: User, on: date) -> None:
    """An approved nomination is a decision about the person: it becomes their placement, with the manager's reason.

    It answers what was recommended to them, if that still waits.
    """
    people = [nomination.employee_id for nomination in nominations]
    waiting = {row.employee_id: row for row in Recommendation.objects.undecided().filter(employee__in=people)}
    decisions = [
        Decision(n.employee, n.programme, waiting.pop(n.employee_id, None), reason=f"Nominated: {n.reason}")
        for n in nominations
    ]
    placed = []
    for nomination, placement in zip(nominations, place(decisions, by=by, on=on), strict=True):
        if isinstance(placement, ValidationError):
            raise placement
        if nomination.enrolment:
            nomination.enrolment.placement = placement
            placed.append(nomination.enrolment)
    Enrolment.objects.bulk_update(placed, ["placement"])


def _locked(nominations: Sequence[Nomination]) -> dict[int, Nomination]:
    """The nominations fresh, their people locked."""
    lock_people(sorted({nomination.employee_id for nomination in nominations}))
    rows = Nomination.objects.select_related(
        "employee__manager", "programme", "enrolment", "nominated_by__employee", "decided_by"
    )
    return rows.in_bulk([nomination.pk for nomination in nominations])


def _not_placed(person: Employee) -> Refusal:
    return Refusal("not_placed", f"{person.name} has no placement yet: name a programme, or ask them to answer.")


def _nomination_refusal(
    wish: NominationWish, programme: Programme | None, *, by: User, is_mine: bool, waiting: Nomination | None
) -> Refusal | None:
    is_own = wish.employee.user_id == by.pk
    if is_own and not wish.is_next_step:
        return Refusal("own_nomination", "Nobody nominates themself: answer the questionnaire, or ask your manager.")
    if not (is_own or is_mine):
        return reach_refusal(wish.employee, by) or NOT_THEIR_MANAGER
    if not wish.reason.strip():
        return Refusal("reason_missing", "Say why this programme would help.")
    if programme and waiting and waiting.status == N.SUBMITTED:
        who = "You are" if is_own else f"{wish.employee.name} is"
        return Refusal("already_nominated", f"{who} already nominated for {programme.called}; HR will answer.")
    if programme and waiting and is_own:
        return Refusal(
            "already_asked", f"You have asked to be nominated for {programme.called}: an answer is on its way."
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
