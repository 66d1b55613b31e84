"""One move on very many enrolments that somebody ticked: foreseen, then made in chunks, each with its reason."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from django.db import transaction
from django.db.models import Max

from enrolment import rules
from enrolment.actions import batches, changes
from enrolment.actions.batches import Kept, advance, is_next
from enrolment.actions.line import TICK
from enrolment.actions.outcomes import Outcome
from enrolment.models import Batch, Enrolment, EnrolmentEvent
from enrolment.rules import history
from people.models import User
from programmes.models import Cohort

KIND = "moves"
OUTCOMES = ("updated", "refused")
ACTIONS: dict[str, Callable[..., list[Outcome[Enrolment]]]] = {
    "complete": changes.complete,
    "withdraw": changes.withdraw,
    "cancel": changes.cancel,
    "extend": changes.extend,
    "change_cohort": changes.change_cohort,
    "queue": changes.queue,
    "wait": changes.wait,
}
TIMED = ("wait",)  # takes the moment: seats go to those who wait longest
SHIFTS = ("shift", "plan", "propose", "unpropose", "queue")


@dataclass(frozen=True)
class Order:
    """One move, what was given for it (days as ISO text, a cohort by its row id), and the enrolments (row ids)."""

    move: str
    given: dict[str, Any]
    enrolments: list[int]

    @classmethod
    def read(cls, content: bytes) -> Self:
        """What a batch was kept with."""
        return cls(**json.loads(content))

    def content(self) -> bytes:
        """As a batch keeps it."""
        return json.dumps({"move": self.move, "given": self.given, "enrolments": self.enrolments}).encode()

    def facts(self) -> dict[str, Any]:
        """What was given, as the move's action takes it."""
        facts = dict(self.given)
        for name in ("ended_on", "planned_end_date"):
            if name in facts:
                facts[name] = date.fromisoformat(facts[name])
        if "cohort" in facts:
            facts["cohort"] = Cohort.objects.get(pk=facts["cohort"])
        return facts


@dataclass(frozen=True)
class Place:
    """One enrolment of an order, and where in it: its place among all, counted from 0."""

    position: int
    enrolment: int


@transaction.atomic
def foresee_moves(
    places: Sequence[Place], *, order: Order, by: User | None, on: date, at: datetime
) -> list[Outcome[Kept]]:
    """What making the move on these would come to; nothing is written. Plans that would move along are named."""
    outcomes = _make(places, order, by=by, on=on, at=at)
    transaction.set_rollback(True)
    return outcomes


@transaction.atomic
def make_moves(places: Sequence[Place], *, order: Order, batch: Batch, on: date, at: datetime) -> list[Outcome[Kept]]:
    """Make the move on these and, in the same transaction, record that they are done; never pushes plans away.

    A chunk that is done already is left alone: then no outcome comes back.
    """
    if not is_next(places[0].position, batch):
        return []
    outcomes = _make(places, order, by=batch.made_by, on=on, at=at)
    rows = [outcome.subject for outcome in outcomes]
    advance(batch, places[0].position + len(rows), counted(rows), rows)
    return outcomes


@transaction.atomic
def skip_moves(places: Sequence[Place], *, refusal: rules.Refusal, batch: Batch) -> None:
    """Enrolments that the database refused as a chunk: recorded as refused, so that the job goes on."""
    if is_next(places[0].position, batch):
        rows = not_done(places, refusal)
        advance(batch, places[0].position + len(rows), counted(rows), rows)


def not_done(places: Sequence[Place], refusal: rules.Refusal) -> list[Kept]:
    """Each of these as refused for the same reason, with whose it is."""
    found = Enrolment.objects.select_related("employee").in_bulk([place.enrolment for place in places])
    people = [found[place.enrolment].employee for place in places]
    return [
        Kept(place.position + 1, person.staff_number, person.name, "refused", refusal.code, refusal.message)
        for place, person in zip(places, people, strict=True)
    ]


def counted(rows: Sequence[Kept]) -> dict[str, int]:
    """How many came to each outcome."""
    return batches.counted((row.outcome for row in rows), of=OUTCOMES)


def _make(places: Sequence[Place], order: Order, *, by: User | None, on: date, at: datetime) -> list[Outcome[Kept]]:
    found = Enrolment.objects.select_related("employee", "programme", "cohort").in_bulk([p.enrolment for p in places])
    before = [found[place.enrolment] for place in places]
    said = [history.facts(record) for record in before]
    last = EnrolmentEvent.objects.aggregate(last=Max("id"))["last"] or 0
    timed = {"at": at + places[0].position * TICK} if order.move in TIMED else {}
    outcomes = ACTIONS[order.move](before, by=by, on=on, **order.facts(), **timed)
    along = _moved_along(before, last) if any(outcome.is_done for outcome in outcomes) else {}
    return [
        Outcome(_kept(place, record, was, outcome, along.get(record.employee_id, "")))
        for place, record, was, outcome in zip(places, before, said, outcomes, strict=True)
    ]


def _kept(place: Place, record: Enrolment, was: dict[str, str], outcome: Outcome[Enrolment], along: str) -> Kept:
    what = f"{record.programme.name} ({record.reference})"
    number, name = record.employee.staff_number, record.employee.name
    if outcome.refusal:
        why = outcome.refusal
        return Kept(place.position + 1, number, name, "refused", why.code, f"{what}: {why.message}", why.earliest_start)
    now = history.changed(was, history.facts(outcome.subject))
    said = " ".join(filter(None, (f"{what}.", now, along, *outcome.warnings)))
    return Kept(place.position + 1, number, name, "updated", "", said)


def _moved_along(records: Sequence[Enrolment], last: int) -> dict[int, str]:
    """By person (row id), what else of theirs the moves have moved: the events after ``last`` on other records."""
    ours = {record.pk for record in records}
    events = EnrolmentEvent.objects.filter(
        pk__gt=last, move__in=SHIFTS, subject__employee__in={record.employee_id for record in records}
    )
    moved: dict[int, list[str]] = defaultdict(list)
    for event in events.exclude(subject__in=ours).select_related("subject__programme").order_by("id"):
        days = ", which waits for dates"
        if event.start_date and event.planned_end_date:
            days = f", now {rules.say(event.start_date)} to {rules.say(event.planned_end_date)}"
        moved[event.subject.employee_id].append(f"{event.subject.programme.name}{days}")
    return {person: f"Moves along: {'; '.join(said)}." for person, said in moved.items()}


def places_of(order: Order) -> Iterator[Place]:
    """Each enrolment of an order with its place."""
    return (Place(position, enrolment) for position, enrolment in enumerate(order.enrolments))
