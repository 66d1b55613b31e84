"""What a change of somebody's record touches, said before it is saved: plans, with the planner's word; leaving."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import date

from enrolment import rules
from enrolment.models import Enrolment, Nomination
from enrolment.queries.enrolments import history_of
from enrolment.queries.facts import gathered
from enrolment.queries.leaving import RUNNING, held_sentences, holdings
from enrolment.queries.nominations import told_for
from enrolment.rules.judging import Refusal, person_refusal
from people.entries import BORN, FROM, MANAGER, UNTIL, Facts
from people.models import Employee, Notice

S = Enrolment.Status


def consequences(person: Employee, before: Facts, after: Facts, *, on: date) -> list[str]:
    """One sentence for each thing that a change touches; nothing where no fact of eligibility changes."""
    if all(before[at] == after[at] for at in (BORN, FROM, UNTIL, MANAGER)):
        return []
    then = copy(person)
    then.date_of_birth, then.employed_from, then.employed_until = (_day(after[at]) for at in (BORN, FROM, UNTIL))
    history = history_of(person.pk, on=on)
    open_ones = Nomination.objects.unanswered().filter(employee=person)
    related = ("employee__manager", "programme", "nominated_by__employee")
    nominations = list(open_ones.select_related(*related).order_by("id"))
    if then.employed_until and then.employed_until < on:
        said = _leaving(person, then, history, nominations) if person.left_on is None else []
    else:
        said = _coming_back(person) if person.left_on else []
        said += _staying(then, history, on=on)
    if before[MANAGER] != after[MANAGER]:
        said += _other_manager(str(after[MANAGER]), history, nominations)
    return said


def _leaving(
    person: Employee, then: Employee, history: Sequence[Enrolment], nominations: Sequence[Nomination]
) -> list[str]:
    """Somebody whose last day is over: everything that saving does at once."""
    assert then.employed_until is not None
    said = []
    if person.user and person.user.is_active:
        roles = " Their role in HR ends." if person.user.is_hr else ""
        said.append(f"{person.name} is signed out everywhere and cannot sign in any more.{roles}")
    for record in history:
        if record.status in (S.PLANNED, S.QUEUED, S.WAITING) and not _has_begun(record, then.employed_until):
            said.append(f"{record.programme.name}, {_stands(record)}, is called off, and its seat is free.")
        elif record.status in (*RUNNING, S.PLANNED):
            said.append(
                f"{record.programme.name}, {_stands(record)}, is not stopped: the clash desk asks you how it ended."
            )
    for nomination in nominations:
        hears = told_for(nomination)
        told = f", and {hears.name} is told" if hears else ""
        said.append(f"The nomination for {nomination.programme.name} is closed{told}.")
    if letters := Notice.objects.filter(employee=person, status=Notice.Status.DUE).count():
        said.append(f"{letters} waiting {'letter is' if letters == 1 else 'letters are'} not sent.")
    held = {**holdings([person])[person.pk].as_facts(), "running": 0}  # what runs is said above, by name
    return said + held_sentences(held)


def _coming_back(person: Employee) -> list[str]:
    account = " Their account can sign in again, without any role it had." if person.user_id else ""
    return [
        f"{person.name} works here again.{account} What was called off when they left stays so: enrol them again where "
        "it is wanted."
    ]


def _staying(then: Employee, history: Sequence[Enrolment], *, on: date) -> list[str]:
    """Plans that would not be legal any more, with the planner's word; and what ends after they leave."""
    coming = [record for record in history if record.status in (S.PLANNED, S.QUEUED) and _start(record)]
    facts = gathered((), on=on, people=[then]) if coming else None
    said = []
    for record in coming:
        start, end = _start(record), record.planned_end_date or record.proposed_end_date
        refusal = person_refusal(then, record.programme, start) if start else None
        if refusal is None or start is None or end is None or facts is None:
            continue
        length = end - start
        earliest = rules.earliest_legal_start(
            then,
            record.programme,
            facts.versions.get(record.programme_id, ()),
            [other for other in history if other is not record],
            not_before=max(on, start),
            ends=lambda day, length=length: day + length,  # type: ignore[misc]
            on=on,
        )
        word = f"The earliest start would be {rules.say(earliest)}." if earliest else "No start would be possible."
        said.append(
            f"{record.programme.name}, {_stands(record)}, would not be allowed any more. {refusal.message} {word} "
            f"{_what_becomes(then, refusal)}"
        )
    for record in history:
        last = then.employed_until
        if last and record.status in RUNNING and record.planned_end_date and record.planned_end_date > last:
            said.append(
                f"{record.programme.name} is planned until {rules.say(record.planned_end_date)}, after the last day, "
                f"{rules.say(last)}."
            )
    if then.employed_until and (then.left_on is None):
        said.append(
            f"In the night after {rules.say(then.employed_until)} {then.name} is signed out and cannot sign in any "
            "more; what has not begun by then is called off."
        )
    return said


def _what_becomes(then: Employee, refusal: Refusal) -> str:
    """What Waypoint does with a plan that is not legal any more."""
    if refusal.code == "not_employed" and then.employed_until:
        return f"Unless you change it, it is called off in the night after {rules.say(then.employed_until)}."
    return "It stays as it is until you change it; the clash desk shows it."


def _other_manager(manager: str, history: Sequence[Enrolment], nominations: Sequence[Nomination]) -> list[str]:
    said = [
        f"The nomination for {nomination.programme.name} by {nomination.nominated_by} stays; the new manager sees it."
        if nomination.status == Nomination.Status.SUBMITTED
        else f"They ask to be nominated for {nomination.programme.name}: the new manager answers, or HR without one."
        for nomination in nominations
    ]
    coming = [record for record in history if record.status in (S.PLANNED, S.QUEUED, S.WAITING)]
    if not manager and coming:
        said.append(
            f"Without a line manager there is one fact more to confirm before {coming[0].programme.name} starts."
        )
    return said


def _start(record: Enrolment) -> date | None:
    return record.start_date or record.proposed_start_date


def _has_begun(record: Enrolment, last: date) -> bool:
    return bool(record.start_date and record.start_date <= last)


def _stands(record: Enrolment) -> str:
    days = rules.held(record)
    return f"{record.get_status_display()} {rules.between(days)}" if days else record.get_status_display()


def _day(fact: object) -> date | None:
    return fact if isinstance(fact, date) else None
