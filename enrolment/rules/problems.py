"""What is wrong with each thing on the clash desk, in a sentence or two with the days. Judges; asks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from enrolment.models import Confirmation, Enrolment, Nomination
from enrolment.rules.calendar import Facts
from enrolment.rules.holds import Days, between, clashes, held, held_on, is_open_ended
from enrolment.rules.judging import already_on, eligibility_refusal
from enrolment.rules.planner import notice
from people.models import Employee
from people.rules import has_left, say
from programmes.models import Programme
from programmes.rules import usual_end

S = Enrolment.Status
OVERDUE, QUEUED, WAITING, RETURN, NO_RETURN = "overdue", "queued", "waiting", "return", "no_return"
LEAVER, INELIGIBLE, NOT_MET, NOMINATION = "leaver", "ineligible", "not_met", "nomination"


@dataclass(frozen=True)
class Matter:
    """One thing that needs a human: an enrolment or a nomination, with the person's records as they stand on a day.

    ``facts`` are what the planner needs, seats included; ``unmet`` what HR found out is not so.
    """

    kind: str
    subject: Enrolment | Nomination
    records: Sequence[Enrolment]
    facts: Facts
    on: date
    unmet: Sequence[Confirmation.Fact] = field(default=())

    @property
    def enrolment(self) -> Enrolment:
        """The enrolment that it is about."""
        assert isinstance(self.subject, Enrolment)
        return self.subject

    @property
    def person(self) -> Employee:
        """Whom it is about."""
        return self.subject.employee

    @property
    def programme(self) -> Programme:
        """The programme that it is about."""
        return self.subject.programme

    def others(self, record: Enrolment | None = None) -> list[Enrolment]:
        """The person's records but for one: the given one, else the matter's own."""
        own = record or (self.subject if isinstance(self.subject, Enrolment) else None)
        return [other for other in self.records if own is None or other.pk != own.pk]

    def open_holds(self) -> list[Enrolment]:
        """The person's other records whose hold has no end yet."""
        return [other for other in self.others() if is_open_ended(other, self.on)]


def problem(matter: Matter) -> str:
    """What is wrong, for people."""
    match matter.kind:
        case "overdue":
            return _overdue(matter)
        case "queued":
            return _queued(matter)
        case "waiting":
            return _waiting(matter)
        case "return" | "no_return":
            return _break(matter)
        case "leaver":
            left, end = matter.person.employed_until, matter.enrolment.planned_end_date
            until = f", planned until {say(end)}" if end else ""
            return f"{matter.person.given_names} left{_on(left)} and is still on {matter.programme.name}{until}."
        case "ineligible":
            return _ineligible(matter)
        case "not_met":
            facts = ", ".join(f"“{fact.label}”" for fact in matter.unmet)
            return f"It is {_stands(matter.enrolment)}, and HR answered no to {facts}."
        case _:
            return _nomination(matter)


def _overdue(matter: Matter) -> str:
    record = matter.enrolment
    end = record.planned_end_date
    late = f" {(matter.on - end).days} days ago" if end and (matter.on - end).days != 1 else " yesterday"
    said = f"It was to end on {say(end)},{late}, and nobody has closed it." if end else ""
    behind = [other.programme.name for other in matter.others() if other.status == S.QUEUED]
    if behind:
        said += f" {' and '.join(behind)} cannot have dates until then."
    if has_left(matter.person.employed_until, matter.on):
        said += f" {matter.person.given_names} left{_on(matter.person.employed_until)}."
    return said


def _queued(matter: Matter) -> str:
    record = matter.enrolment
    if record.proposed_start_date and record.proposed_end_date:
        days = f"{say(record.proposed_start_date)} to {say(record.proposed_end_date)}"
        behind = f" behind {record.follows.programme.name}" if record.follows else ""
        return f"It waits{behind}; {days} is proposed, and nobody has agreed to that yet."
    for other in matter.open_holds():
        why = "is on a break without a return date"
        if other.status != S.PAUSED and other.planned_end_date:
            why = f"ran past its planned end, {say(other.planned_end_date)}"
        return f"It has no dates: it waits behind {other.programme.name}, which {why}."
    if record.follows:
        days_before = held_on(record.follows, matter.on)
        dates = f", {between(days_before)}," if days_before else ""
        return f"It has no dates, and waits behind {record.follows.programme.name}{dates} whose end is known by now."
    return "It has no dates, and waits behind nothing."


def _waiting(matter: Matter) -> str:
    cohort = matter.enrolment.cohort
    assert cohort is not None  # a waiting list is a cohort's
    what = f"was closed on {say(cohort.closed_on)}" if cohort.closed_on else f"started on {say(cohort.start_date)}"
    return f"{cohort.name} {what}, and {matter.person.given_names} still waits for a seat in it."


def _break(matter: Matter) -> str:
    record, given = matter.enrolment, matter.person.given_names
    back = record.return_on
    if back is None:
        start = f" from {say(record.start_date)} on" if record.start_date else ""
        return (
            f"The return of {given} to {matter.programme.name} was not confirmed and is not known any more: "
            f"it holds every day{start} until somebody says when the break ends."
        )
    if back == matter.on:
        return f"{given} is to return to {matter.programme.name} today. Nobody has said that it happened."
    days = (back - matter.on).days
    when = "tomorrow" if days == 1 else f"in {days} days"
    return f"{given} is to return to {matter.programme.name} on {say(back)}, {when}. Does that still hold?"


def _ineligible(matter: Matter) -> str:
    record = matter.enrolment
    start, versions = record.start_date, matter.facts.versions.get(record.programme_id, ())
    refusal = eligibility_refusal(record.employee, record.programme, versions, start) if start else None
    why = f" {refusal.message}" if refusal else ""
    return f"It is {_stands(record)}, and that start is not allowed any more.{why}"


def _nomination(matter: Matter) -> str:
    said = f"{matter.person.given_names} is nominated for {matter.programme.name}"
    if refusal := already_on(matter.programme, matter.records):
        return f"{said}. {refusal.message}"
    first = notice(matter.on, matter.facts.policy.notice_days)
    found = clashes(Days(first, usual_end(matter.programme, first)), matter.records, on=matter.on)
    if not found:
        return f"{said}, which clashes with nothing any more."
    days = held_on(found[0].other, matter.on)
    dates = f" {between(days)}" if days else ""
    return f"{said} and is on {found[0].other.programme.name}{dates}: started now, they would share days."


def _stands(record: Enrolment) -> str:
    days = held(record)
    return f"{record.get_status_display()} {between(days)}" if days else record.get_status_display()


def _on(day: date | None) -> str:
    return f" on {say(day)}" if day else ""
