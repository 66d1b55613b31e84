"""Sending the questionnaire out, reminding, ending: the only code that writes sendings and who was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db import connection, transaction

from assessment.models import Asked, Sending
from enrolment import notices
from enrolment.actions.outcomes import Outcome, in_chunks
from enrolment.queries import sendings as queries
from enrolment.rules import Refusal
from enrolment.rules import sendings as rules
from people.actions.notices import tell, withdraw_notices
from people.models import Employee, User
from people.queries import in_parts, rows_of

PART = 5_000  # people in memory at once
ASK = "COPY assessment_asked (sending_id, employee_id) FROM STDIN"


@dataclass(frozen=True)
class Reminded:
    """A sending, and how many of its people were reminded."""

    sending: Sending
    people: int = 0


@transaction.atomic
def send(
    people: Sequence[int], *, to: str, due_on: date, by: User, on: date, key: UUID | None = None
) -> list[Outcome[Asked]]:
    """Ask people (row ids) to answer the questionnaire by a day: one sending, and one letter to each; an outcome each.

    ``to`` says in words who they are; ``key`` is one form's, so that a repeat finds its sending instead of a second
    one. One transaction for any number: rows and letters are copied in, some thousands at a time. Refused: ``left``,
    ``not_yet_employed``, ``answering``, ``answered``, ``already_asked``, for all ``in_past``; where everybody is
    refused there is no sending.
    """
    people = sorted(set(people))
    _lock(people)
    if key and (before := Sending.objects.filter(request_key=key).first()):
        return _outcomes_of(before, people)
    if due_on < on:
        refusal = Refusal("in_past", "The day to answer by has gone.")
        return [Outcome(Asked(employee_id=person), refusal) for person in people]
    outcomes: list[Outcome[Asked]] = []
    sending = Sending(to=to[:300], due_on=due_on, sent_by=by, sent_on=on, request_key=key)
    for part in in_parts(people, PART):
        found = queries.judged(Employee.objects.filter(pk__in=rows_of(part)), on=on).order_by("pk")
        rows = list(found.only("pk", "given_names", "email"))
        asked = [person for person in rows if not person.left_out]
        if asked and sending._state.adding:
            sending.save()
        _copy(sending, asked)
        tell(notices.questionnaire(asked, sending, "questionnaire", on=on), is_first=True)
        outcomes += [_outcome(sending, person.pk, person.left_out) for person in rows]
    return outcomes


@transaction.atomic
def remind(sendings: Sequence[Sending], *, by: User, on: date) -> list[Outcome[Reminded]]:
    """Remind whoever was asked and has not answered: nobody twice on a day, nobody who left.

    Whoever was asked or reminded on that very day, by whichever sending, hears nothing more. Refused: ``ended``,
    ``nobody_to_remind``.
    """
    _lock(sorted(queries.to_remind(sendings, on=on).values_list("employee_id", flat=True)))
    outcomes = []
    for sending in _fresh(sendings):
        rest = list(queries.to_remind([sending], on=on).order_by("employee_id").values_list("pk", flat=True))
        for part in in_parts(rest, PART):
            _tell_again(part, "questionnaire_reminder", on=on)
        outcomes.append(Outcome(Reminded(sending, len(rest)), _nobody(sending) if not rest else None))
    return outcomes


@transaction.atomic
def remind_by_calendar(asked: Sequence[int], *, on: date) -> list[Outcome[Asked]]:
    """The two reminders that go by themselves to those of these (rows of `Asked`) who have not answered, once each.

    Two days before the day to answer by, and the day after it; an outcome for each who was reminded.
    """
    _lock(sorted(Asked.objects.filter(pk__in=rows_of(asked)).values_list("employee_id", flat=True)))
    _fresh(Sending.objects.filter(asked__in=rows_of(asked)).order_by("pk").distinct())
    due = queries.to_remind_by_calendar(on).filter(pk__in=rows_of(asked)).select_related("sending")
    rows = list(due.order_by("sending_id", "employee_id"))
    done: dict[int, Asked] = {}
    for row in rows:
        done.setdefault(row.employee_id, row)  # asked by two sendings: one letter a day
    for kind, some in groupby(sorted(done.values(), key=attrgetter("which")), key=attrgetter("which")):
        _tell_again([row.pk for row in some], kind, on=on)
    return [Outcome(row) for row in done.values()]


def remind_all(*, on: date) -> int:
    """`remind_by_calendar` for everybody whom a day concerns, 500 at a time; returns how many were reminded."""
    due = list(queries.to_remind_by_calendar(on).values_list("pk", flat=True))
    return sum(outcome.is_done for part in in_chunks(remind_by_calendar, due, on=on) for outcome in part)


@transaction.atomic
def end(sendings: Sequence[Sending], *, by: User, on: date) -> list[Outcome[Sending]]:
    """Ask nobody any more: letters not sent yet are withdrawn, nobody is reminded, answers stay. Twice is once."""
    rows = _fresh(sendings)
    open_rows = [row for row in rows if row.ended_on is None]
    Sending.objects.filter(pk__in=[row.pk for row in open_rows]).update(ended_on=on)
    withdraw_notices(row.public_id for row in open_rows)
    for row in open_rows:
        row.ended_on = on
    return [Outcome(row) for row in rows]


@transaction.atomic
def resume(sendings: Sequence[Sending], *, by: User, on: date) -> list[Outcome[Sending]]:
    """Undo an ending: those who have not answered are asked again, and can be reminded. Twice is once.

    A first letter that the ending withdrew goes out after all, as long as the day to answer by has not gone.
    """
    _lock(sorted(pk for row in sendings for pk in queries.to_ask_again(row, on=on).values_list("pk", flat=True)))
    rows = _fresh(sendings)
    Sending.objects.filter(pk__in=[row.pk for row in rows]).update(ended_on=None)
    for row in rows:
        row.ended_on = None
        for part in in_parts(list(queries.to_ask_again(row, on=on)), PART):
            tell(notices.questionnaire(part, row, "questionnaire", on=on))
    return [Outcome(row) for row in rows]


def _lock(people: Sequence[int]) -> None:
    """Lock people (row ids) in id order; only their ids are read, since they can be very many."""
    list(Employee.objects.filter(pk__in=rows_of(people)).locked().values_list("pk", flat=True))


def _fresh(sendings: Iterable[Sending]) -> list[Sending]:
    """Lock sendings, after their people: nobody ends one while it reminds."""
    sendings = list(sendings)
    found = Sending.objects.filter(pk__in=[row.pk for row in sendings]).order_by("pk").select_for_update(no_key=True)
    rows = {row.pk: row for row in found}
    return [rows[row.pk] for row in sendings]


def _copy(sending: Sending, people: Sequence[Employee]) -> None:
    if people:
        # Only Django's own errors are known to callers; COPY raises psycopg's.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(ASK) as copy:
            for person in people:
                copy.write_row((sending.pk, person.pk))


def _outcome(sending: Sending, person: int, left_out: str) -> Outcome[Asked]:
    asked = Asked(sending=sending if sending.pk else None, employee_id=person)
    return Outcome(asked, Refusal(left_out, rules.WHY[left_out]) if left_out else None)


def _outcomes_of(sending: Sending, people: Sequence[int]) -> list[Outcome[Asked]]:
    """What a sending that is there already came to for these people."""
    asked = set(Asked.objects.filter(sending=sending).values_list("employee_id", flat=True))
    return [_outcome(sending, person, "" if person in asked else rules.ASKED) for person in people]


def _tell_again(asked: Sequence[int], kind: str, *, on: date) -> None:
    """One more letter to these (rows of `Asked`), each time anew, and the day kept at each."""
    rows = Asked.objects.filter(pk__in=rows_of(asked)).select_related("sending", "employee").order_by("sending_id")
    for sending, some in groupby(rows, key=attrgetter("sending")):
        people = [row.employee for row in some]
        tell(notices.questionnaire(people, sending, kind, on=on), again=lambda told, now: True)
    Asked.objects.filter(pk__in=rows_of(asked)).update(reminded_on=on)


def _nobody(sending: Sending) -> Refusal:
    if sending.ended_on:
        return Refusal("ended", "This sending was ended: nobody is asked any more.")
    return Refusal("nobody_to_remind", "Everybody has answered, has left, or was told today.")
