"""What a learner is asked to confirm, until when, and where that stands. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from enrolment.models import Enrolment, EnrolmentEvent, Statement
from people.models import Employee
from people.rules import say

# Long enough to come back from leave, short enough that a wrong day is mended before it costs somebody a seat.
ANSWER_WITHIN = timedelta(days=14)
TO_CHECK, LAPSED = "to_check", "lapsed"  # what stands without a word: it is asked for; or nobody said anything in time

type Facts = list[list[str]]


@dataclass(frozen=True)
class Standing:
    """Where a learner's word on an enrolment stands: ``state`` is a status, `TO_CHECK` or `LAPSED`.

    ``until`` is the last day on which they can say something; ``is_open`` whether that is still ahead.
    """

    state: str
    until: date
    is_open: bool


def facts(enrolment: Enrolment, employee: Employee) -> Facts:
    """What is recorded, in pairs: the programme with its days, and what the employer says of the person.

    What is not known is left out.
    """
    cohort = f"{enrolment.cohort.name}, {enrolment.cohort.provider}" if enrolment.cohort else ""
    ended = "Last day of learning" if enrolment.status == Enrolment.Status.WITHDRAWN else "Actual finish"
    pairs = [
        ("Programme", enrolment.programme.name),
        ("Cohort", cohort),
        ("Start", _day(enrolment.start_date)),
        ("Planned end", _day(enrolment.planned_end_date)),
        (ended, _day(enrolment.ended_on)),
        ("Back from the break", _day(enrolment.return_on)),
        ("Your name", employee.name),
        ("Staff number", employee.staff_number),
        ("Job title", employee.job_title),
        ("Department", employee.department.name if employee.department else ""),
        ("Manager", employee.manager.name if employee.manager else ""),
    ]
    return [[label, value] for label, value in pairs if value]


def key(pairs: Facts) -> str:
    """A short name for exactly these facts, by which a form says what it showed."""
    return sha256("\n".join(f"{label}\t{value}" for label, value in pairs).encode()).hexdigest()[:16]


def recorded_on(events: Iterable[EnrolmentEvent], *, created_on: date, person_changed_on: date | None) -> date:
    """The day on which an enrolment's facts were recorded as they are: made, or changed for the last time.

    ``events`` are the enrolment's, in order. A move that changes neither days nor cohort records nothing new.
    """
    latest, before = created_on, None
    for event in events:
        now = (event.start_date, event.planned_end_date, event.ended_on, event.return_on, event.cohort_id)
        if now != before:
            latest = max(latest, event.on)
        before = now
    return max(latest, person_changed_on) if person_changed_on else latest


def standing(statement: Statement | None, pairs: Facts, recorded: date, *, on: date) -> Standing:
    """Where it stands: a dispute until it is answered; any other word as long as the facts are those it was said of."""
    until = recorded + ANSWER_WITHIN
    is_open = on <= until
    if statement and (statement.status == Statement.Status.DISPUTED or statement.facts == pairs):
        return Standing(statement.status, until, is_open)
    return Standing(TO_CHECK if is_open else LAPSED, until, is_open)


def changed(before: Facts, after: Facts) -> list[str]:
    """The labels of what differs between two states of the facts, in the order of the later one."""
    was, now = ({pair[0]: pair[1] for pair in facts} for facts in (before, after))
    labels: Sequence[str] = [*now, *(label for label in was if label not in now)]
    return [label for label in labels if was.get(label) != now.get(label)]


def _day(day: date | None) -> str:
    return say(day) if day else ""
