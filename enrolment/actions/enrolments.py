"""Enrolling people: on exact dates, in a cohort or on its waiting list, behind another programme, or as planned."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction

from assessment.models import Placement
from enrolment import notices, rules
from enrolment.actions.calendar import bring_to_day, brought, records_of, replan, tell_of_shifts
from enrolment.actions.events import acting, move, move_refusal, reach_refusal
from enrolment.actions.facts import cohort_in, gather, gone, lock_people, take_seat
from enrolment.actions.outcomes import Outcome
from enrolment.actions.placed import tell_enrolled, tell_moved
from enrolment.actions.writing import create, keep, number, store
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.rules import Refusal
from lifecycle.moves import START
from lifecycle.rows import fresh
from people.actions.notices import tell
from people.models import Employee, Notice, User
from programmes.models import Cohort, Programme
from programmes.rules import version_on

S = Enrolment.Status
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no letter that looks like a digit
LETTERS = (ALPHABET * 8).encode()  # one for each byte, all 32 equally often
PLACED = ("enrolled", "promoted", "moved")  # the kinds of letters that give somebody days
FIRST_MOVES = {S.PLANNED: "enrol", S.QUEUED: "enrol_behind", S.WAITING: "join_waiting_list"}


@dataclass(frozen=True)
class Wish:
    """One person on one programme: on exactly these days, on a cohort's, or, with neither, on the planner's.

    ``behind`` names what it follows: an enrolment, or another wish of the same call that comes before it (a path).
    ``may_wait``: where the cohort is full, join its waiting list. ``in_cohort``: the planner looks through cohorts.
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
    behind: Enrolment | Wish | None = None
    may_wait: bool = False
    in_cohort: bool = False
    not_before: date | None = None  # the planner's first day, where it is later than the notice allows

    @property
    def is_open(self) -> bool:
        """Whether the planner gives the days."""
        return self.cohort is None and self.start_date is None and self.planned_end_date is None


@transaction.atomic
def enrol(wishes: Sequence[Wish], *, by: User | None, on: date, reason: str = "") -> list[Outcome[Wish]]:
    """Enrol people: each is done, or refused with its code; given dates are never moved.

    Judged in the order given, each seeing those accepted before it. What should already run starts at once. Nobody
    enrols themself. Behind an open-ended hold somebody is queued without dates. Outcomes keep the order;
    ``subject.enrolment`` is the enrolment made.
    """
    bench = Bench(wishes, by=by, on=on)
    outcomes = [bench.consider(wish, by=by) for wish in wishes]
    made = [o.subject.enrolment for o in outcomes if o.is_done and o.subject.enrolment and not o.subject.enrolment.pk]
    number(made)
    events = [_first_move(enrolment, by=by, on=on, reason=reason) for enrolment in made]
    placed = [enrolment for enrolment in made if enrolment.status == S.PLANNED]
    said = [
        *notices.queued([e for e in made if e.status == S.QUEUED], on=on),
        *notices.waiting([e for e in made if e.status == S.WAITING], on=on),
    ]
    begun = brought(made, on=on)
    create(made)
    keep([*events, *begun])
    tell(said, is_first=True)
    tell_enrolled(placed, by=by, on=on, is_first=True)
    tell_of_shifts([], [event.subject for event in begun if event.to_status == S.QUEUED], on=on)
    return outcomes


@transaction.atomic
def plan(wishes: Sequence[Wish], *, by: User | None, on: date, reason: str = "") -> list[Outcome[Wish]]:
    """Give dates (or a cohort) to queued or waiting enrolments, named by ``wish.enrolment``; judged like enrolling.

    A wish without dates, or with those that were proposed, says yes to them, and what it follows still moves it; with
    other dates or another cohort it goes alone.
    """
    bench = Bench(wishes, by=by, on=on)
    outcomes = []
    for wish in wishes:
        queued = bench.own(wish)
        if queued is None:
            outcomes.append(Outcome(wish, gone(wish.employee.name)))
            continue
        if wish.key and queued.events.filter(request_key=wish.key).exists():
            outcomes.append(Outcome(replace(wish, enrolment=queued)))
            continue
        refusal = move_refusal(rules.MOVES, "plan", queued.status, by)
        refusal = refusal or (bench.moved(queued) if wish.is_open else None)
        is_yes = queued.proposed_start_date is not None and (wish.is_open or _is_proposed(wish, queued))
        follows_id = None if queued.is_displaced else queued.follows_id
        if refusal is None and is_yes:
            dates = {"start_date": queued.proposed_start_date, "planned_end_date": queued.proposed_end_date}
            wish = replace(wish, **({"cohort": queued.cohort} if queued.cohort else dates))
        outcomes.append(Outcome(wish, refusal) if refusal else bench.consider(wish, by=by, instead_of=queued))
        if is_yes and outcomes[-1].is_done:
            queued.follows_id = follows_id
    done = [o.subject for o in outcomes if o.is_done]
    made = [wish.enrolment for wish in done if wish.enrolment and wish.enrolment.status in (S.QUEUED, S.WAITING)]
    keys = {wish.enrolment.pk: wish.key for wish in done if wish.enrolment}
    role = acting(by)
    events = [move(e, "plan", by=by, role=role, on=on, reason=reason, key=keys[e.pk]) for e in made]
    store(made)
    keep(events)
    known = _who_know(made)  # who lost the days of a place that they know of gets other days, not a place anew
    tell_enrolled([record for record in made if record.pk not in known], by=by, on=on)
    tell_moved([record for record in made if record.pk in known], on=on)
    bring_to_day(made, on=on)
    replan([row for rows in bench.others.values() for row in rows], on=on)  # what waits behind these has an end now
    return outcomes


def _is_proposed(wish: Wish, queued: Enrolment) -> bool:
    """Whether a wish names the very cohort or days that were proposed."""
    if wish.cohort:
        return wish.cohort.pk == queued.cohort_id
    proposed = queued.proposed_start_date, queued.proposed_end_date
    return queued.cohort_id is None and (wish.start_date, wish.planned_end_date) == proposed


def _who_know(placed: Sequence[Enrolment]) -> set[int]:
    """The enrolments (row ids) whose learner has heard that they are placed, on whichever days."""
    heard = Notice.objects.filter(kind__in=PLACED, status__in=Notice.HEARD)
    known = set(heard.filter(subject__in={each.public_id for each in placed}).values_list("subject", "employee_id"))
    return {each.pk for each in placed if (each.public_id, each.employee_id) in known}


def own_refusal(person: Employee, by: User | None) -> Refusal | None:
    """Nobody decides about themself, HR included, nor about people of departments that are not theirs."""
    if by is not None and person.user_id == by.pk:
        return Refusal("own_enrolment", "Somebody else decides about you: ask a colleague in HR.")
    return reach_refusal(person, by)


class Bench:
    """All that judging a list of wishes needs, locked and fetched once: people, cohorts, their other enrolments."""

    def __init__(self, wishes: Sequence[Wish], *, by: User | None, on: date) -> None:
        self.on = on
        self.people = {person.pk: person for person in lock_people(sorted({wish.employee.pk for wish in wishes}))}
        rows = list(records_of(list(self.people)))
        named = {wish.cohort.pk for wish in wishes if wish.cohort}
        named |= {w.enrolment.cohort_id for w in wishes if w.enrolment and w.enrolment.cohort_id and w.is_open}
        sought = {wish.programme.pk for wish in wishes if wish.in_cohort}
        people = list(self.people.values())
        self.facts = gather(rows, on=on, cohorts=named, programmes=sought, people=people, by=by)
        bring_to_day(rows, on=on)
        self.others: dict[int, list[Enrolment]] = defaultdict(list)
        for row in rows:
            self.others[row.employee_id].append(row)
        keys = {wish.key for wish in wishes if wish.key}
        self.by_key = {(row.employee_id, row.request_key): row for row in rows if row.request_key in keys}
        self.became: dict[int, Enrolment] = {}  # by the identity of a wish of this call

    def own(self, wish: Wish) -> Enrolment | None:
        """The fresh row of the enrolment that a wish names, if it is still this person's."""
        theirs = self.others.get(wish.employee.pk, ())
        return next((e for e in theirs if wish.enrolment and e.pk == wish.enrolment.pk), None)

    def moved(self, queued: Enrolment) -> Refusal | None:
        """Why the dates that were proposed cannot be said yes to unseen: their cohort has others by now."""
        if queued.proposed_start_date is None:
            return None
        cohort = cohort_in(self.facts, queued.cohort_id) if queued.cohort_id else None
        proposed = queued.proposed_start_date, queued.proposed_end_date
        if cohort is None or proposed == (cohort.start_date, cohort.planned_end_date):
            return None
        return Refusal("dates_moved", f"{cohort.name} has other dates by now. Look at them before you agree.")

    def consider(self, wish: Wish, *, by: User | None, instead_of: Enrolment | None = None) -> Outcome[Wish]:
        """Accept a wish (its enrolment is in ``subject``, unsaved unless it replaces a row's dates) or refuse it."""
        before = self.by_key.get((wish.employee.pk, wish.key)) if wish.key and instead_of is None else None
        if before:
            return _repeated(wish, before)
        person = self.people.get(wish.employee.pk)
        if person is None:
            return Outcome(wish, gone(wish.employee.name))
        if refusal := own_refusal(person, by) or (
            None if instead_of else move_refusal(rules.MOVES, "enrol", START, by)
        ):
            return Outcome(wish, refusal)
        others = [other for other in self.others[person.pk] if other is not instead_of]
        trial = fresh(Enrolment, {"employee": person, "programme": wish.programme}, status=S.PLANNED)
        refusal = self.place(trial, wish, others)
        if refusal is None and instead_of is not None and trial.status != S.PLANNED:
            ahead = f" until {trial.follows.programme.name} is closed" if trial.follows else ""
            refusal = Refusal("no_date_yet", f"No date can be given{ahead}.")
        if refusal is None:
            if instead_of is None:
                made = trial
                made.reference, made.request_key = new_reference(), wish.key
                if wish.placement:
                    made.placement = wish.placement
                self.others[person.pk].append(made)
            else:
                made = instead_of
                self._give(made, trial)
            self.became[id(wish)] = made
            said = (*rules.warnings(made, others), *self.facts.load_warnings(trial, on=self.on))
            self.facts.note(trial, on=self.on)
            return Outcome(replace(wish, enrolment=made), warnings=said)
        return Outcome(wish, refusal)

    def place(self, trial: Enrolment, wish: Wish, others: Sequence[Enrolment]) -> Refusal | None:
        """Put days on a trial, or a place in a queue or on a waiting list; or why it gets neither."""
        if wish.cohort:
            return self._in_cohort(trial, wish, others)
        if not wish.is_open:
            trial.start_date, trial.planned_end_date = wish.start_date, wish.planned_end_date
            return self._judged(trial, others)
        return rules.already_on(wish.programme, others) or self._planned(trial, wish, others)

    def _in_cohort(self, trial: Enrolment, wish: Wish, others: Sequence[Enrolment]) -> Refusal | None:
        assert wish.cohort is not None
        cohort = cohort_in(self.facts, wish.cohort.pk)
        if cohort is None or cohort.programme_id != wish.programme.pk:
            return Refusal("unknown_cohort", f"{wish.cohort.name} is a cohort of another programme.")
        if cohort.closed_on:
            return Refusal("cohort_closed", f"{cohort.name} was closed on {rules.say(cohort.closed_on)}.")
        trial.cohort, trial.start_date, trial.planned_end_date = cohort, cohort.start_date, cohort.planned_end_date
        if refusal := self._judged(trial, others):
            return refusal
        trial.seat_id = take_seat(self.facts, cohort)
        if trial.seat_id is None:
            if not wish.may_wait:
                return Refusal("no_seat", f"{cohort.name} is full: no seat is free.")
            trial.status = S.WAITING  # since the moment it is written
            trial.start_date = trial.planned_end_date = trial.version = None
        return None

    def _judged(self, trial: Enrolment, others: Sequence[Enrolment]) -> Refusal | None:
        versions = self.facts.versions[trial.programme_id]
        refusal = rules.judge(trial, others, versions, on=self.on)
        if refusal is None and trial.start_date:
            trial.version = version_on(versions, trial.start_date)
        return refusal

    def _planned(self, trial: Enrolment, wish: Wish, others: Sequence[Enrolment]) -> Refusal | None:
        """The planner's days, behind what it follows; where no end is known, a place behind it without days."""
        ahead = self._ahead(wish, others)
        if isinstance(ahead, Refusal):
            return ahead
        refusal, _ = rules.place(
            trial,
            others,
            self.facts,
            on=self.on,
            ahead=ahead,
            in_cohort=wish.in_cohort,
            not_before=wish.not_before,
        )
        if trial.cohort:
            trial.seat_id = take_seat(self.facts, trial.cohort)
        return refusal

    def _ahead(self, wish: Wish, others: Sequence[Enrolment]) -> Enrolment | Refusal | None:
        """What a wish follows, as it stands; a wish that was itself refused cannot be followed."""
        if wish.behind is None:
            return None
        if isinstance(wish.behind, Wish):
            ahead = self.became.get(id(wish.behind))
            return ahead or Refusal("predecessor_refused", f"{wish.behind.programme.name} before it was refused.")
        pk = wish.behind.pk
        found = next((other for other in others if other.pk == pk), None)
        return found or Refusal("unknown_predecessor", "It can only follow another programme of the same person.")

    def _give(self, made: Enrolment, trial: Enrolment) -> None:
        """The dates and the seat of a trial, on a row that has been waiting for them."""
        made.start_date, made.planned_end_date, made.version = trial.start_date, trial.planned_end_date, trial.version
        made.cohort, made.seat_id, made.follows = trial.cohort, trial.seat_id, trial.follows
        made.is_displaced = False
        made.waiting_since = made.proposed_start_date = made.proposed_end_date = None


def _repeated(wish: Wish, before: Enrolment) -> Outcome[Wish]:
    """A form sent again: its first result, unless it asks for something else by now."""
    if before.programme_id != wish.programme.pk:
        return Outcome(wish, Refusal("form_used", f"This form was sent before ({before.reference}): begin a new one."))
    return Outcome(replace(wish, enrolment=before))


def new_reference() -> str:
    """A reference that people can read out: WP and nine characters."""
    return "WP-" + secrets.token_bytes(9).translate(LETTERS).decode()


def _first_move(enrolment: Enrolment, *, by: User | None, on: date, reason: str) -> EnrolmentEvent:
    name = FIRST_MOVES[S(enrolment.status)]
    enrolment.status = START
    return move(enrolment, name, by=by, role=acting(by), on=on, reason=reason)
