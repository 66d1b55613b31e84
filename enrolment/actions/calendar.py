"""The calendar's moves: mark what overran, push what is in its way, start what is due, remind of what is next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from operator import ne

from django.db import transaction
from django.db.models import FETCH_PEERS, QuerySet

from enrolment import notices, rules
from enrolment.actions.events import move
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries import calendar as queries
from people.actions.notices import tell, withdraw_notices
from people.models import Employee

S = Enrolment.Status


@transaction.atomic
def enforce(people: Sequence[int], *, on: date) -> list[Outcome[Enrolment]]:
    """What the calendar does to people (row ids) on a day: bring them to it, then remind those whose programme ends.

    One outcome for each enrolment that moved. Safe to run twice and in parallel: people are locked, effects are unique.
    """
    lock_people(people)
    moving = records_of(people).filter(status__in=[S.PLANNED, S.ACTIVE, S.OVERDUE, S.PAUSED])
    moved = bring_to_day(moving, on=on)
    remind(people, on=on)
    return [Outcome(enrolment) for enrolment in moved]


def records_of(people: Sequence[int]) -> QuerySet[Enrolment]:
    """All enrolments of people (row ids), person by person, in the order `bring_to_day` takes them.

    Most of them are only looked at, so people and programmes are fetched when asked for, for all rows at once.
    """
    rows = Enrolment.objects.filter(employee_id__in=people).fetch_mode(FETCH_PEERS)
    return rows.order_by("employee_id", "start_date", "id")


def bring_to_day(rows: Iterable[Enrolment], *, on: date) -> list[Enrolment]:
    """Bring enrolments (`records_of` locked people) to a day: overdue from the day after the planned end; starts.

    Every action does this to its people first, so a verdict never depends on when the nightly run was. Nothing that
    began is stopped; a plan behind an overrun gives up its dates and is queued. All rows change in one UPDATE, because
    the database judges clashes at the end of each statement. The rows given change too; returns those that moved.
    """
    moved: dict[int, Enrolment] = {}
    events: list[EnrolmentEvent] = []
    for _, group in groupby(rows, key=lambda enrolment: enrolment.employee_id):
        day = rules.day_for(list(group), on)
        for enrolment in day.started:
            events.append(move(enrolment, "start", by=None, role=rules.CALENDAR, on=on))
        for enrolment in day.overdue:
            events.append(move(enrolment, "mark_overdue", by=None, role=rules.CALENDAR, on=on))
        for enrolment, blocker in day.queued:
            events.append(_queue(enrolment, behind=blocker, on=on))
        moved |= {e.pk: e for e in (*day.started, *day.overdue, *(e for e, _ in day.queued))}
    if moved:
        fields = ["status", "start_date", "planned_end_date", "cohort", "version", "follows"]
        Enrolment.objects.bulk_update(moved.values(), fields)
        EnrolmentEvent.objects.bulk_create(events)
        queued = [enrolment for enrolment in moved.values() if enrolment.status == S.QUEUED]
        withdraw_notices(enrolment.public_id for enrolment in queued)
        tell(notices.queued(queued, on=on), again=ne)
    return list(moved.values())


def remind(people: Sequence[int], *, on: date) -> int:
    """One progression reminder for each of these learners whose programme ends within 28 days or ended.

    However often it runs. Inside the calling action, which has locked the people; returns how many notices it wrote.
    """
    ending = list(queries.ending(on).filter(employee_id__in=people).select_related("employee", "programme"))
    plans = queries.next_plans(ending)
    ideas = queries.next_ideas(ending)
    return tell(notices.progression(ending, on=on, next_plans=plans, next_ideas=ideas))


def lock_people(people: Sequence[int]) -> list[Employee]:
    """Lock people by row id, in id order, until the transaction ends; returns them fresh."""
    return list(Employee.objects.filter(pk__in=people).locked())


def _queue(enrolment: Enrolment, *, behind: Enrolment, on: date) -> EnrolmentEvent:
    """Old dates and seat are released at once (design.md, the planner)."""
    enrolment.start_date = enrolment.planned_end_date = None
    enrolment.cohort = enrolment.version = None
    enrolment.follows = behind
    why = f"{behind.programme.name} ran past its planned end and is not closed."
    return move(enrolment, "queue", by=None, role=rules.CALENDAR, on=on, reason=why)
