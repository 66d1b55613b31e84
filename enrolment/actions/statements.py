"""Learners confirm or dispute what is recorded about them; HR answers disputes in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import ne

from django.core.exceptions import ValidationError
from django.db import transaction

from enrolment import notices, rules
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, Statement, StatementEvent
from enrolment.queries.nominations import deciders, hears_of
from enrolment.queries.statements import Recorded, recorded, with_facts
from enrolment.rules import Refusal
from enrolment.rules.statements import key as key_of
from people.actions.notices import tell, withdraw_notices
from people.models import User
from people.reach import acts_for

T = Statement.Status
ANSWER = ("status", "answer", "answered_by", "answered_on")


@dataclass(frozen=True)
class Saying:
    """A learner's word on one enrolment's record; ``key`` names the facts that were shown (`rules.statements.key`)."""

    enrolment: Enrolment
    is_right: bool
    reason: str = ""
    key: str = ""


@dataclass(frozen=True)
class Reply:
    """A dispute and HR's answer to it."""

    statement: Statement
    answer: str


@transaction.atomic
def say_of_record(sayings: Sequence[Saying], *, by: User, on: date) -> list[Outcome[Enrolment]]:
    """Confirm or dispute what is recorded about oneself, within fourteen days of its being recorded or changed.

    A dispute can be taken back by confirming. The same word on the same facts again changes nothing. Refused:
    ``not_yours``, ``nothing_recorded``, ``facts_changed`` since they were shown, ``too_late``, ``reason_missing``,
    ``move_not_allowed`` while a dispute waits.
    """
    lock_people(sorted({one.enrolment.employee_id for one in sayings}))
    asked = [one.enrolment.pk for one in sayings]
    rows = {row.pk: row for row in with_facts(Enrolment.objects.filter(pk__in=asked))}
    found = recorded(list(rows.values()), on=on)
    statements = {pk: one.statement for pk, one in found.items() if one.statement}
    outcomes, events = [], []
    for one in sayings:
        enrolment, known = rows[one.enrolment.pk], found.get(one.enrolment.pk)
        statement = statements.get(enrolment.pk)
        refusal = _refusal(one, known, statement, by)
        if refusal is None and known and not _is_said(one, known, statement):
            statement = statements.setdefault(enrolment.pk, Statement(enrolment=enrolment, status=""))
            events.append(_say(one, known, statement, by=by, on=on))
        outcomes.append(Outcome(enrolment, refusal))
    _write(events)
    withdraw_notices(event.subject.public_id for event in events if event.from_status == T.DISPUTED)
    said = {event.subject.pk: event.subject for event in events}.values()
    disputed = [statement for statement in said if statement.status == T.DISPUTED]
    hr = deciders(on, with_administrators=False) if disputed else []
    letters = [(to, about) for about in disputed for to in hr if hears_of(to, about.enrolment.employee)]
    tell(notices.statement("record_disputed", letters, on=on), again=ne)
    return outcomes


@transaction.atomic
def answer_disputes(replies: Sequence[Reply], *, by: User, on: date) -> list[Outcome[Statement]]:
    """Answer disputes in words, by somebody in HR other than the learner, who reads it and is told.

    The same answer by the same person again changes nothing. Refused: ``own_record``, ``not_yours``,
    ``move_not_allowed`` where none waits or for anybody but HR, ``answer_missing``.
    """
    about = Statement.objects.filter(pk__in=[one.statement.pk for one in replies])
    lock_people(sorted(set(about.values_list("enrolment__employee_id", flat=True))))
    fresh = {row.pk: row for row in about.select_related("enrolment__employee", "enrolment__programme")}
    outcomes, events = [], []
    for one in replies:
        statement, text = fresh[one.statement.pk], one.answer.strip()
        is_same = (statement.answered_by_id, statement.answer) == (by.pk, text)
        refusal = None if is_same else _answer_refusal(statement, text, by)
        if refusal is None and not is_same:
            before, statement.status = statement.status, T.ANSWERED
            statement.answer, statement.answered_by, statement.answered_on = text, by, on
            events.append(_event(statement, "answer", before, by=by, on=on, reason=text))
        outcomes.append(Outcome(statement, refusal))
    Statement.objects.bulk_update([event.subject for event in events], ANSWER)
    StatementEvent.objects.bulk_create(events)
    answered = [event.subject for event in events]
    withdraw_notices(statement.public_id for statement in answered)
    letters = [(statement.enrolment.employee, statement) for statement in answered]
    tell(notices.statement("record_answered", letters, on=on), again=ne)
    return outcomes


def _say(one: Saying, known: Recorded, statement: Statement, *, by: User, on: date) -> StatementEvent:
    """The word in memory, and its event."""
    before = statement.status
    statement.status = T.CONFIRMED if one.is_right else T.DISPUTED
    statement.facts, statement.said_on = known.facts, on
    statement.reason = "" if one.is_right else one.reason.strip()
    statement.answer, statement.answered_by, statement.answered_on = "", None, None
    move = "confirm" if one.is_right else "dispute"
    return _event(statement, move, before, by=by, on=on, reason=statement.reason)


def _event(statement: Statement, move: str, before: str, *, by: User, on: date, reason: str) -> StatementEvent:
    about = statement.enrolment
    return StatementEvent(
        subject=statement,
        move=move,
        from_status=before,
        to_status=statement.status,
        by=by,
        on=on,
        reason=reason,
        start_date=about.start_date,
        planned_end_date=about.planned_end_date,
        ended_on=about.ended_on,
        return_on=about.return_on,
        cohort_id=about.cohort_id,
        facts=statement.facts,
    )


def _write(events: Sequence[StatementEvent]) -> None:
    """New statements first, since their events need their row ids; each once, as it stands at the end."""
    subjects = {id(event.subject): event.subject for event in events}.values()
    known = [statement for statement in subjects if not statement._state.adding]
    Statement.objects.bulk_create([statement for statement in subjects if statement._state.adding])
    Statement.objects.bulk_update(known, [*ANSWER, "facts", "said_on", "reason"])
    for event in events:
        event.subject_id = event.subject.pk
    StatementEvent.objects.bulk_create(events)


def _is_said(one: Saying, known: Recorded, statement: Statement | None) -> bool:
    """Whether exactly this has been said of exactly these facts."""
    if statement is None or statement.facts != known.facts:
        return False
    said = (T.CONFIRMED, "") if one.is_right else (T.DISPUTED, one.reason.strip())
    return (statement.status, statement.reason) == said


def _refusal(one: Saying, known: Recorded | None, statement: Statement | None, by: User) -> Refusal | None:
    if one.enrolment.employee.user_id != by.pk:
        return Refusal("not_yours", "Only the person it is about says whether it is right.")
    if known is None:
        return Refusal("nothing_recorded", "This was cancelled: there is nothing to confirm.")
    if _is_said(one, known, statement):
        return None
    if one.key and one.key != key_of(known.facts):
        return Refusal("facts_changed", "What is recorded has changed since you opened the page. Read it again.")
    status = statement.status if statement else ""
    takes_back = status == T.DISPUTED and one.is_right
    if not known.standing.is_open and not takes_back:
        until = rules.say(known.standing.until)
        return Refusal("too_late", f"This could be confirmed or disputed until {until}. Tell HR what is wrong.")
    if not one.is_right and not one.reason.strip():
        return Refusal("reason_missing", "Say what is wrong: HR begins with it.")
    return _move_refusal("confirm" if one.is_right else "dispute", status, rules.LEARNER)


def _answer_refusal(statement: Statement, text: str, by: User) -> Refusal | None:
    if statement.enrolment.employee.user_id == by.pk:
        return Refusal("own_record", "Somebody else in HR answers your dispute.")
    if by.is_hr and not acts_for(by, statement.enrolment.employee):
        return Refusal("not_yours", "HR of this person’s department answers.")
    if refusal := _move_refusal("answer", statement.status, rules.HR if by.is_hr else rules.LEARNER):
        return refusal
    return None if text else Refusal("answer_missing", "Write the answer: the learner reads it.")


def _move_refusal(move: str, status: str, role: str) -> Refusal | None:
    try:
        rules.STATEMENT_MOVES.check(move, status, role)
    except ValidationError as error:
        return Refusal("move_not_allowed", error.messages[0])
    return None
