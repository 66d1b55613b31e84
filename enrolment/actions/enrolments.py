"""Enrolling people, and every move a person makes on an enrolment afterwards."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from operator import ne
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from assessment.models import Placement
from enrolment import notices, rules
from enrolment.actions.calendar import bring_to_day, lock_people, records_of
from enrolment.actions.events import acting, move, move_refusal
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.rules import Refusal
from lifecycle.moves import START
from people.actions.notices import tell, withdraw_notices
from people.models import Employee, User
from programmes.models import Cohort, Programme, ProgrammeVersion
from programmes.rules import version_on

S = Enrolment.Status
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no letter that looks like a digit


@dataclass(frozen=True)
class Wish:
    """One person on one programme on exactly these days, or on the cohort's.

    ``key`` makes a repeated submit find its first result.
    """

    employee: Employee
    programme: Programme
    start_date: date | None = None
    planned_end_date: date | None = None
    cohort: Cohort | None = None
    placement: Placement | None = None
    key: UUID | None = None
    enrolment: Enrolment | None = None  # what it became


@transaction.atomic
def enrol(wishes: Sequence[Wish], *, by: User | None, on: date, reason: str = "") -> list[Outcome[Wish]]:
    """Enrol people on exactly the dates asked for, never moved: each is done, or refused with its code.

    Judged in the order given, each seeing those accepted before it. What should already run starts at once. Nobody
    enrols themself. Outcomes keep the order; ``subject.enrolment`` is the enrolment made.
    """
    people = sorted({wish.employee.pk for wish in wishes})
    bench = _Bench(people, wishes, on=on)
    outcomes = [bench.consider(wish, by=by) for wish in wishes]
    made = [o.subject.enrolment for o in outcomes if o.is_done and o.subject.enrolment and not o.subject.enrolment.pk]
    events = [_first_move(enrolment, by=by, on=on, reason=reason) for enrolment in made]
    Enrolment.objects.bulk_create(made)
    EnrolmentEvent.objects.bulk_create(events)
    tell(notices.enrolled(made, on=on), is_first=True)
    bring_to_day(made, on=on)
    return outcomes


@transaction.atomic
def plan(wishes: Sequence[Wish], *, by: User | None, on: date, reason: str = "") -> list[Outcome[Wish]]:
    """Give dates (or a cohort) to queued enrolments, named by ``wish.enrolment``; judged like enrolling."""
    people = sorted({wish.employee.pk for wish in wishes})
    bench = _Bench(people, wishes, on=on)
    outcomes = []
    for wish in wishes:
        queued = bench.own(wish)
        if wish.key and queued.events.filter(request_key=wish.key).exists():
            outcomes.append(Outcome(replace(wish, enrolment=queued)))
            continue
        refusal = move_refusal(rules.MOVES, "plan", queued.status, by)
        outcomes.append(Outcome(wish, refusal) if refusal else bench.consider(wish, by=by, instead_of=queued))
    done = [o.subject for o in outcomes if o.is_done]
    made = [wish.enrolment for wish in done if wish.enrolment and wish.enrolment.status == S.QUEUED]
    keys = {wish.enrolment.pk: wish.key for wish in done if wish.enrolment}
    role = acting(by)
    events = [move(e, "plan", by=by, role=role, on=on, reason=reason, key=keys[e.pk]) for e in made]
    Enrolment.objects.bulk_update(made, ["status", "start_date", "planned_end_date", "cohort", "version", "follows"])
    EnrolmentEvent.objects.bulk_create(events)
    tell(notices.enrolled(made, on=on), again=ne)
    bring_to_day(made, on=on)
    return outcomes


@transaction.atomic
def complete(
    enrolments: Sequence[Enrolment],
    *,
    ended_on: date,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
) -> list[Outcome[Enrolment]]:
    """Record the actual finish (the apprenticeship's is the end of assessment); the days after it are free."""
    change = partial(_close, ended_on=ended_on, closing=S.COMPLETED, on=on)
    return _change(enrolments, "complete", change, by=by, on=on, reason=reason, key=key)


@transaction.atomic
def withdraw(
    enrolments: Sequence[Enrolment], *, ended_on: date, by: User | None, on: date, reason: str, key: UUID | None = None
) -> list[Outcome[Enrolment]]:
    """Record a withdrawal with the last day of learning, which counts; on or before the start means never attended."""
    change = partial(_close, ended_on=ended_on, closing=S.WITHDRAWN, on=on)
    return _change(enrolments, "withdraw", change, by=by, on=on, reason=reason, key=key, is_reason_needed=True)


@transaction.atomic
def cancel(
    enrolments: Sequence[Enrolment], *, by: User | None, on: date, reason: str, key: UUID | None = None
) -> list[Outcome[Enrolment]]:
    """Cancel what has not begun: it holds nothing from now on, and its seat is free."""
    change = partial(_close, ended_on=None, closing=S.CANCELLED, on=on)
    return _change(enrolments, "cancel", change, by=by, on=on, reason=reason, key=key, is_reason_needed=True)


def _close(enrolment: Enrolment, *, ended_on: date | None, closing: str, on: date) -> Refusal | None:
    """Put the day it ended on the record, or say why not."""
    if ended_on and (refusal := rules.closing_refusal(enrolment, ended_on, closing=closing, on=on)):
        return refusal
    enrolment.ended_on = ended_on
    return None


def _change(
    enrolments: Sequence[Enrolment],
    name: str,
    change: rules.Refuse[Enrolment],
    *,
    by: User | None,
    on: date,
    reason: str,
    key: UUID | None,
    is_reason_needed: bool = False,
) -> list[Outcome[Enrolment]]:
    """One move on many enrolments: lock, bring to the day, check the table and the rule, write, record.

    ``key`` is one form's, so it comes with one enrolment: asked again with it, the first result is the answer.
    """
    people = {person.pk: person for person in lock_people(sorted({e.employee_id for e in enrolments}))}
    rows = list(records_of(list(people)))
    bring_to_day(rows, on=on)
    fresh = {row.pk: row for row in rows}
    repeated = EnrolmentEvent.objects.filter(request_key=key, move=name).values_list("subject_id", flat=True)
    answered = set(repeated) if key else set()
    outcomes, events = [], []
    for asked in enrolments:
        enrolment = fresh[asked.pk]
        if enrolment.pk in answered:
            outcomes.append(Outcome(enrolment))
            continue
        refusal = _own(people[enrolment.employee_id], by) or move_refusal(rules.MOVES, name, enrolment.status, by)
        if refusal is None and is_reason_needed and not reason.strip():
            refusal = Refusal("reason_missing", "Say why, for the history.")
        refusal = refusal or change(enrolment)
        if refusal is None:
            events.append(move(enrolment, name, by=by, role=acting(by), on=on, reason=reason, key=key))
        outcomes.append(Outcome(enrolment, refusal))
    done = [event.subject for event in events]
    Enrolment.objects.bulk_update(done, ["status", "ended_on"])
    EnrolmentEvent.objects.bulk_create(events)
    withdraw_notices(e.public_id for e in done if e.status in (S.CANCELLED, S.WITHDRAWN))
    return outcomes


def _own(person: Employee, by: User | None) -> Refusal | None:
    """Nobody decides about themself, HR included."""
    if by is not None and person.user_id == by.pk:
        return Refusal("own_enrolment", "Somebody else decides about you: ask a colleague in HR.")
    return None


class _Bench:
    """All that judging a list of wishes needs, locked and fetched once: people, cohorts, their other enrolments."""

    def __init__(self, people: Sequence[int], wishes: Sequence[Wish], *, on: date) -> None:
        self.on = on
        self.people = {person.pk: person for person in lock_people(people)}
        self.cohorts = _locked_cohorts(wishes)
        rows = list(records_of(people))
        bring_to_day(rows, on=on)
        self.others: dict[int, list[Enrolment]] = defaultdict(list)
        for row in rows:
            self.others[row.employee_id].append(row)
        programmes = {wish.programme.pk for wish in wishes}
        self.versions: dict[int, list[ProgrammeVersion]] = defaultdict(list)
        for version in ProgrammeVersion.objects.filter(programme_id__in=programmes).order_by("first_start"):
            self.versions[version.programme_id].append(version)
        self.seats = _free_seats(self.cohorts)
        keys = {wish.key for wish in wishes if wish.key}
        self.by_key = {(row.employee_id, row.request_key): row for row in rows if row.request_key in keys}

    def own(self, wish: Wish) -> Enrolment:
        """The fresh row of the enrolment that a wish names."""
        return next(e for e in self.others[wish.employee.pk] if wish.enrolment and e.pk == wish.enrolment.pk)

    def consider(self, wish: Wish, *, by: User | None, instead_of: Enrolment | None = None) -> Outcome[Wish]:
        """Accept a wish (its enrolment is in ``subject``, unsaved unless it replaces a row's dates) or refuse it."""
        before = self.by_key.get((wish.employee.pk, wish.key)) if wish.key and instead_of is None else None
        if before:
            return _repeated(wish, before)
        person = self.people[wish.employee.pk]
        if refusal := _own(person, by) or (None if instead_of else move_refusal(rules.MOVES, "enrol", START, by)):
            return Outcome(wish, refusal)
        cohort = self.cohorts.get(wish.cohort.pk) if wish.cohort else None
        start, end = (
            (cohort.start_date, cohort.planned_end_date) if cohort else (wish.start_date, wish.planned_end_date)
        )
        candidate = instead_of or Enrolment(reference=_reference(), request_key=wish.key)
        others = [other for other in self.others[person.pk] if other is not instead_of]
        versions = self.versions[wish.programme.pk]
        trial = Enrolment(employee=person, programme=wish.programme, start_date=start, planned_end_date=end)
        refusal = self._seat_refusal(wish, cohort) or rules.judge(trial, others, versions, on=self.on)
        if refusal:
            return Outcome(wish, refusal)
        candidate.employee, candidate.programme, candidate.cohort = person, wish.programme, cohort
        candidate.start_date, candidate.planned_end_date, candidate.follows = start, end, None
        candidate.version = version_on(versions, start) if start else None
        if instead_of is None:
            candidate.status, candidate.placement = S.PLANNED, wish.placement
            self.others[person.pk].append(candidate)
        if cohort:
            self.seats[cohort.pk] -= 1
        return Outcome(replace(wish, enrolment=candidate), warnings=rules.warnings(trial, others))

    def _seat_refusal(self, wish: Wish, cohort: Cohort | None) -> Refusal | None:
        if cohort is None:
            return None
        if cohort.programme_id != wish.programme.pk:
            return Refusal("unknown_cohort", f"{cohort.name} is a cohort of another programme.")
        if self.seats[cohort.pk] < 1:
            return Refusal("no_seat", f"{cohort.name} is full: no seat is free.")
        return None


def _repeated(wish: Wish, before: Enrolment) -> Outcome[Wish]:
    """A form sent again: its first result, unless it asks for something else by now."""
    if before.programme_id != wish.programme.pk:
        return Outcome(wish, Refusal("form_used", f"This form was sent before ({before.reference}): begin a new one."))
    return Outcome(replace(wish, enrolment=before))


def _locked_cohorts(wishes: Iterable[Wish]) -> dict[int, Cohort]:
    ids = {wish.cohort.pk for wish in wishes if wish.cohort}
    if not ids:
        return {}
    return {c.pk: c for c in Cohort.objects.filter(pk__in=ids).order_by("id").select_for_update(no_key=True)}


def _free_seats(cohorts: dict[int, Cohort]) -> dict[int, int]:
    if not cohorts:
        return {}
    taken = Enrolment.objects.filter(cohort_id__in=cohorts, status__in=Enrolment.SEATED).order_by()
    counts = dict(taken.values_list("cohort_id").annotate(Count("id")))
    return {pk: cohort.seats - counts.get(pk, 0) for pk, cohort in cohorts.items()}


def _reference() -> str:
    """A reference that people can read out: WP and nine characters."""
    return "WP-" + "".join(secrets.choice(ALPHABET) for _ in range(9))


def _first_move(enrolment: Enrolment, *, by: User | None, on: date, reason: str) -> EnrolmentEvent:
    enrolment.status = START
    return move(enrolment, "enrol", by=by, role=acting(by), on=on, reason=reason)
