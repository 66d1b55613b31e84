"""What learners say of what is recorded: where each enrolment stands, its history, and HR's open disputes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.timezone import get_default_timezone

from enrolment.models import Enrolment, EnrolmentEvent, Statement, StatementEvent
from enrolment.rules import statements as rules
from people.models import Employee, User

S = Enrolment.Status
MOST = 50  # words on one enrolment's page


@dataclass(frozen=True)
class Recorded:
    """What is recorded about one enrolment, the learner's word on it, and where that stands."""

    enrolment: Enrolment
    facts: rules.Facts
    statement: Statement | None
    standing: rules.Standing


def recorded(enrolments: Sequence[Enrolment], *, on: date) -> dict[int, Recorded]:
    """By row id, where each enrolment stands on a day; two queries for any number. What was cancelled is left out.

    The enrolments come with employee (with department and manager), programme, cohort and its provider.
    """
    rows = [row for row in enrolments if row.status != S.CANCELLED]
    said = {s.enrolment_id: s for s in Statement.objects.filter(enrolment__in=rows).select_related("answered_by")}
    events: dict[int, list[EnrolmentEvent]] = defaultdict(list)
    for event in EnrolmentEvent.objects.filter(subject__in=rows).order_by("id"):
        events[event.subject_id].append(event)
    found = {}
    for row in rows:
        person, facts = row.employee, rules.facts(row, row.employee)
        if row.pk in said:
            said[row.pk].enrolment = row
        changed_on = _day(person.facts_changed_at) if person.facts_changed_at else None
        created_on = events[row.pk][0].on if events[row.pk] else _day(row.created_at)
        since = rules.recorded_on(events[row.pk], created_on=created_on, person_changed_on=changed_on)
        standing = rules.standing(said.get(row.pk), facts, since, on=on)
        found[row.pk] = Recorded(row, facts, said.get(row.pk), standing)
    return found


def open_until(enrolments: Sequence[Enrolment], *, on: date) -> dict[int, date]:
    """By row id, the last day on which an enrolment's record can be confirmed or disputed; what cannot is left out."""
    found = recorded(enrolments, on=on)
    return {pk: one.standing.until for pk, one in found.items() if one.standing.is_open}


def last_days(enrolments: Iterable[int], *, on: date) -> dict[int, date]:
    """`open_until` of enrolments by their row ids, as they stand in the database."""
    return open_until(list(with_facts(Enrolment.objects.filter(pk__in=list(enrolments)))), on=on)


def with_facts(rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """Enrolments with all that `recorded` reads of them."""
    return rows.select_related("employee__department", "employee__manager", "programme", "cohort__provider")


def to_check(employee: Employee, *, on: date) -> list[Recorded]:
    """Everything recorded about one person that is not cancelled, the latest start first."""
    rows = list(with_facts(Enrolment.objects.filter(employee=employee)).order_by("-start_date", "-id")[:MOST])
    return list(recorded(rows, on=on).values())


def own(user: User) -> QuerySet[Enrolment]:
    """The enrolments on whose record an account may say something: its own that are not cancelled."""
    return with_facts(Enrolment.objects.filter(employee__user=user).exclude(status=S.CANCELLED))


def history(statement: Statement | None) -> list[StatementEvent]:
    """Every word and answer, newest first."""
    if statement is None:
        return []
    return list(statement.events.select_related("by__employee").order_by("-id")[:MOST])


def open_disputes() -> QuerySet[Statement]:
    """Disputes without an answer, the oldest first."""
    people = ("enrolment__employee__department", "enrolment__programme")
    return Statement.objects.disputed().select_related(*people).order_by("said_on", "id")


def _day(moment: datetime) -> date:
    return moment.astimezone(get_default_timezone()).date()
