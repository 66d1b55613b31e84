"""What a move would do before it is made: the record after it, the plans it moves, what is in the way, and ways out.

The same pure functions as the action, on copies, without a lock: what is shown is what is done, unless somebody else
changes the person's records between the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Q

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.facts import gathered
from enrolment.rules import Refusal, changes
from people.models import User
from programmes.rules import DAY

S = Enrolment.Status
ENDS = {
    "extend": "planned_end_date",
    "shorten": "planned_end_date",
    "begin_break": "planned_end_date",
    "state_return": "planned_end_date",
    "end_break": "planned_end_date",
    "reopen": "planned_end_date",
    "reinstate": "planned_end_date",
    "correct": "ended_on",
}
IN_COHORTS = ("redate", "change_cohort", "wait")  # for these other cohorts are looked through
MOST_COHORTS = 3
type Given = Mapping[str, Any]


@dataclass(frozen=True)
class Fix:
    """Another answer that was tried and found clear: the move, what to answer, and what it says."""

    move: str
    given: dict[str, Any]
    sentence: str
    button: str


@dataclass(frozen=True)
class Preview:
    """What a move would come to for one enrolment. ``fixes`` are other answers that move or break nothing."""

    before: Enrolment
    after: Enrolment
    refusal: Refusal | None
    shifts: list[rules.Shift]
    fixes: list[Fix] = field(default_factory=list)
    warnings: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """A fingerprint of what it moves: who confirms has seen exactly this."""
        lines = [f"{s.enrolment.pk} {s.how} {s.plan.start} {s.plan.end}" for s in self.shifts]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def preview(
    records: Sequence[Enrolment],
    enrolment: Enrolment,
    name: str,
    given: Given,
    *,
    on: date,
    at: datetime,
    reader: User | None = None,
) -> Preview:
    """What the move ``name`` with its parameters would do; ``records`` are all of the person's, as they stand."""
    named = {given["cohort"].pk} if given.get("cohort") else set()
    theirs = {enrolment.cohort_id} if enrolment.cohort_id and enrolment.seat_id is None else set()
    sought = {enrolment.programme_id} if name in IN_COHORTS else set()
    people = [enrolment.employee]
    facts = gathered(records, on=on, cohorts=named | theirs, programmes=sought, people=people, reader=reader)
    trying = _Trying(enrolment, [e for e in records if e.pk != enrolment.pk], facts, on, at)
    tried = trying.make(name, given)
    is_clear = tried.refusal is None and not any(shift.is_clash for shift in tried.shifts)
    fixes = [] if is_clear else trying.fixes(name, given, tried)
    return Preview(enrolment, tried.after, tried.refusal, tried.shifts, fixes, tried.warnings)


def to_undo(enrolment: Enrolment, *, at: datetime, hours: int) -> str:
    """The move that would undo the closing of an enrolment now, or nothing: it was no closing, or too long ago."""
    last, _ = _last_two(enrolment)
    if last is None or not last.from_status:
        return ""
    name = rules.UNDO.get((last.move, S(last.from_status)), "")
    is_late = rules.undo_refusal((at - last.at).total_seconds() / 3600, hours) is not None
    return "" if is_late else name


def what_moved(enrolment: Enrolment, key: Any) -> tuple[EnrolmentEvent | None, list[EnrolmentEvent]]:
    """What one submit of a form did to an enrolment, and to the person's other plans in the same moment."""
    done = EnrolmentEvent.objects.filter(subject=enrolment, request_key=key).order_by("-id").first()
    if done is None:
        return None, []
    moved = EnrolmentEvent.objects.filter(subject__employee=enrolment.employee_id, at=done.at, on=done.on)
    moves = ("shift", "plan", "propose", "unpropose", "queue")
    along = Q(move__in=moves) | Q(request_key=key)  # the second: what it swapped with
    moved = moved.exclude(subject=enrolment).filter(along)
    return done, list(moved.select_related("subject__programme").order_by("id"))


def _last_two(enrolment: Enrolment) -> tuple[EnrolmentEvent | None, EnrolmentEvent | None]:
    """The last event of an enrolment, and the one before it."""
    found = list(EnrolmentEvent.objects.filter(subject=enrolment).order_by("-id")[:2])
    return (found[0] if found else None), (found[1] if len(found) > 1 else None)


@dataclass(frozen=True)
class _Trying:
    """One enrolment among the person's others, and what moves on it would come to."""

    enrolment: Enrolment
    others: Sequence[Enrolment]
    facts: rules.Facts
    on: date
    at: datetime

    def make(self, name: str, given: Given) -> changes.Attempt:
        """A move as its action would judge it, its knock-on confirmed; an undo pushes nobody."""
        change, push = self._change(name, given), name not in rules.UNDO.values()
        return changes.attempt(self.enrolment, name, change, self.others, self.facts, on=self.on, push=push)

    def _change(self, name: str, given: Given) -> changes.Change:
        on, end = self.on, given.get("planned_end_date")
        match name:
            case "redate":
                return partial(changes.redate, start=given["start_date"], end=given["planned_end_date"])
            case "change_cohort":
                return partial(changes.change_cohort, cohort=given["cohort"], facts=self.facts)
            case "extend" | "shorten" | "end_break":
                function = {"extend": changes.extend, "shorten": changes.shorten, "end_break": changes.end_break}[name]
                return partial(function, end=given["planned_end_date"], on=on)
            case "begin_break":
                return partial(changes.begin_break, return_on=given["return_on"], end=end, on=on)
            case "state_return":
                return partial(changes.state_return, return_on=given["return_on"], end=end, on=on)
            case "complete":
                return partial(changes.close, ended_on=given["ended_on"], closing=S.COMPLETED, on=on)
            case "withdraw":
                return partial(changes.close, ended_on=given["ended_on"], closing=S.WITHDRAWN, on=on)
            case "correct":
                return partial(changes.correct, ended_on=given["ended_on"], on=on)
            case "reopen" | "reinstate":
                return partial(changes.take_up, end=end, on=on)
            case "queue":
                behind = given["behind"]
                ahead = rules.chain_ahead(behind, self.others) if behind else ()
                return partial(changes.queue, behind=behind, ahead=ahead)
            case "wait":
                return partial(changes.wait, cohort=given["cohort"], facts=self.facts, on=on, at=self.at)
            case "cancel":
                return changes.cancel
            case _:
                since = self.at if name == "undo_cancelling_waiting" else None
                _, before = _last_two(self.enrolment)
                return_on = before.return_on if before else None
                return partial(changes.take_back, return_on=return_on, since=since, facts=self.facts, on=on)

    def fixes(self, name: str, given: Given, tried: changes.Attempt) -> list[Fix]:
        """Other answers than the one that was tried, each of them tried too: nothing is in its way."""
        found = []
        if name in ENDS:
            found = self._other_ends(name, given, tried)
        elif name == "redate":
            found = self._other_start(given)
        return found + (self._other_cohorts(given) if name in IN_COHORTS else [])

    def _is_clear(self, name: str, given: Given) -> bool:
        tried = self.make(name, given)
        return tried.refusal is None and all(s.how == rules.MOVED and not s.is_clash for s in tried.shifts)

    def _other_ends(self, name: str, given: Given, tried: changes.Attempt) -> list[Fix]:
        """The last day that is free before what comes next; where the length was wrong, what the programme allows.

        A break never ends before the planned end that there is, and no other end mends what else is wrong.
        """
        box, start, code = ENDS[name], tried.after.start_date, tried.refusal.code if tried.refusal else "clash"
        is_break = name in ("begin_break", "state_return")
        if start is None or code not in ("clash", "too_long", "too_short") or (is_break and not given["return_on"]):
            return []
        days: dict[date, str] = {}
        programme = self.enrolment.programme
        if code == "too_long" and programme.maximum_days:
            days[start + timedelta(days=programme.maximum_days)] = "the longest that it may last"
        if code == "too_short" and programme.minimum_days:
            days[start + timedelta(days=programme.minimum_days - 1)] = "the shortest that it may last"
        holds = [(hold.first, other) for other in self.others if (hold := rules.held_on(other, self.on))]
        if later := sorted(((first, other.pk, other) for first, other in holds if first > start), key=lambda x: x[:2]):
            first, _, other = later[0]
            days[first - DAY] = f"the last day that is free before {other.programme.name}"
        now = self.enrolment.planned_end_date
        wanted = [day for day in sorted(days, reverse=True) if day != given.get(box)]
        answers = [{**given, box: day} for day in wanted if not (is_break and now and day < now)]
        return [
            Fix(name, answer, f"{rules.say(answer[box])} is {days[answer[box]]}.", rules.say(answer[box]))
            for answer in answers
            if self._is_clear(name, answer)
        ]

    def _other_start(self, given: Given) -> list[Fix]:
        """The earliest legal start from the one asked for, for as many days."""
        record, length = self.enrolment, given["planned_end_date"] - given["start_date"]
        start = rules.earliest_legal_start(
            record.employee,
            record.programme,
            self.facts.versions.get(record.programme_id, ()),
            self.others,
            not_before=max(given["start_date"], self.on),
            ends=lambda day: day + length,
            on=self.on,
        )
        if start is None or start == given["start_date"]:
            return []
        answer = {**given, "start_date": start, "planned_end_date": start + length}
        days = f"{rules.say(start)} to {rules.say(start + length)}"
        sentence = f"The earliest legal start is {rules.say(start)}; with the same length it is {days}."
        return [Fix("redate", answer, sentence, days)] if self._is_clear("redate", answer) else []

    def _other_cohorts(self, given: Given) -> list[Fix]:
        """The next cohorts in which a seat is free and nothing is in the way."""
        if rules.MOVES.move("change_cohort", self.enrolment.status) is None:
            return []
        fitting = []
        for opening in self.facts.openings.get(self.enrolment.programme_id, ()):
            cohort = opening.cohort
            answer = {"cohort": cohort, "reason": given.get("reason", "")}
            if cohort == given.get("cohort") or not self._is_clear("change_cohort", answer):
                continue
            days = rules.between(rules.Days(cohort.start_date, cohort.planned_end_date))
            fitting.append(Fix("change_cohort", answer, f"{cohort.name} has a seat and is clear, {days}.", cohort.name))
        return fitting[:MOST_COHORTS]
