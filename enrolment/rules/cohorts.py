"""Cohorts and their people: who may be promoted, where somebody who cannot stay goes, which dates a cohort may have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from enrolment.models import Enrolment
from enrolment.rules.calendar import is_movable
from enrolment.rules.holds import Days, between, clashes, held
from enrolment.rules.judging import Refusal, judge
from enrolment.rules.planner import Opening
from people.rules import say
from programmes.models import Cohort, ProgrammeVersion
from programmes.rules import length_problem, window_problem

S = Enrolment.Status
SEAT, WAIT, QUEUE, CANCEL, STAY = "seat", "wait", "queue", "cancel", "stay"

# The move that each way is, by the status it begins in.
MOVE_OF = {
    (SEAT, S.PLANNED): "change_cohort",
    (SEAT, S.WAITING): "plan",
    (WAIT, S.PLANNED): "wait",
    (WAIT, S.WAITING): "wait",
    (QUEUE, S.PLANNED): "queue",
    (QUEUE, S.WAITING): "queue",
    (CANCEL, S.PLANNED): "cancel",
    (CANCEL, S.WAITING): "cancel",
}


@dataclass(frozen=True)
class Way:
    """Where somebody goes whose cohort moves without them or closes: a seat or the waiting list of another cohort,
    the queue, or nowhere any more. ``stay`` is for who runs already: they keep the planned end they have.
    """

    how: str
    cohort: Cohort | None = None

    @property
    def code(self) -> str:
        """The way as a form sends it."""
        return f"{self.how}:{self.cohort.public_id}" if self.cohort else self.how

    @property
    def label(self) -> str:
        """The way in words."""
        if self.cohort is None:
            return {QUEUE: "Queued, dates follow", CANCEL: "Cancelled", STAY: "Keeps the planned end"}[self.how]
        place = "seat" if self.how == SEAT else "waiting list"
        # The name first: a box that is narrow shows the beginning.
        return f"{self.cohort.name}: {place} from {say(self.cohort.start_date)}"


def promotion_refusal(
    record: Enrolment,
    cohort: Cohort,
    others: Sequence[Enrolment],
    versions: Sequence[ProgrammeVersion],
    *,
    has_seat: bool,
    on: date,
) -> Refusal | None:
    """Why somebody who waits cannot have a seat of a cohort now, or None when they can.

    Nobody is promoted into a cohort that has started or was closed; the rule is asked again, with nothing pushed.
    """
    if cohort.closed_on:
        return Refusal("cohort_closed", f"{cohort.name} was closed on {say(cohort.closed_on)}.")
    if cohort.start_date <= on:
        return Refusal("cohort_started", f"{cohort.name} started on {say(cohort.start_date)}.")
    if refusal := judge(in_cohort(record, cohort), others, versions, on=on):
        return refusal
    return None if has_seat else Refusal("no_seat", f"{cohort.name} is full: no seat is free.")


def in_cohort(record: Enrolment, cohort: Cohort) -> Enrolment:
    """A trial of a record on the days of a cohort, for judging."""
    return Enrolment(
        employee=record.employee,
        programme=record.programme,
        status=S.PLANNED,
        start_date=cohort.start_date,
        planned_end_date=cohort.planned_end_date,
    )


def fitting(
    record: Enrolment,
    openings: Iterable[Opening],
    others: Sequence[Enrolment],
    versions: Sequence[ProgrammeVersion],
    *,
    on: date,
) -> list[Opening]:
    """The cohorts to come that the rule lets somebody into, earliest first, with seats or without."""
    return [
        opening
        for opening in sorted(openings, key=lambda each: (each.cohort.start_date, each.cohort.pk))
        if opening.cohort.closed_on is None and opening.cohort.start_date > on
        if judge(in_cohort(record, opening.cohort), others, versions, on=on) is None
    ]


def ways_of(openings: Sequence[Opening]) -> list[Way]:
    """Where somebody can go, given the cohorts that fit them: seats first, then waiting lists, queued, cancelled."""
    seats = [Way(SEAT, opening.cohort) for opening in openings if opening.seats]
    lists = [Way(WAIT, opening.cohort) for opening in openings if not opening.seats]
    return [*seats, *lists, Way(QUEUE), Way(CANCEL)]


def is_in_no_other_way(record: Enrolment, start: date, end: date, others: Sequence[Enrolment], *, on: date) -> bool:
    """Whether other days of a record are in the way of no plan but what follows it, which moves along by itself.

    Any other plan in the way is a clash: whoever has one is left for HR to look at.
    """
    chain = {record.pk}
    while grown := {o.pk for o in others if o.follows_id in chain and o.pk not in chain}:
        chain |= grown
    found = clashes(Days(start, end), others, on=on)
    return all(clash.other.pk in chain for clash in found if is_movable(clash.other))


def stays_because(record: Enrolment, cohort: Cohort, *, on: date) -> str:
    """Why somebody with a seat keeps their dates when their cohort gets others; empty when they move with it.

    Before it starts whoever is planned on its dates moves, under way whoever runs to its planned end. What has begun
    before it, is on a break or ran past its end goes by its own moves.
    """
    days = held(record)
    dates = f" {between(days)}" if days else ""
    if record.status == S.PAUSED:
        return "It is on a break in learning: the return says when it ends."
    if record.status == S.OVERDUE and record.planned_end_date:
        return f"It ran past its planned end, {say(record.planned_end_date)}: close or extend it by itself."
    if record.status not in (S.PLANNED, S.ACTIVE):
        return f"It is {record.get_status_display()}."
    has_started = cohort.start_date <= on
    if record.status == S.ACTIVE and not has_started:
        return f"It has begun before the cohort,{dates}."
    own_start = record.start_date != cohort.start_date and record.status == S.PLANNED
    if own_start or record.planned_end_date != cohort.planned_end_date:
        return f"It has dates of its own,{dates}."
    return ""


def move_problem(
    cohort: Cohort, start: date, end: date, versions: Sequence[ProgrammeVersion], *, on: date
) -> tuple[str, Refusal] | None:
    """What is wrong with other dates for a cohort: the field, and why; None when nothing is.

    What has started keeps its start, and its planned end lies ahead (`programmes.rules` judges length and window).
    """
    if (start, end) == (cohort.start_date, cohort.planned_end_date):
        return "start_date", Refusal("nothing_changed", "These are the dates it has.")
    if cohort.planned_end_date < on:
        return "planned_end_date", Refusal("cohort_ended", f"{cohort.name} ended on {say(cohort.planned_end_date)}.")
    has_started = cohort.start_date <= on
    if has_started and start != cohort.start_date:
        why = f"{cohort.name} started on {say(cohort.start_date)}: only its planned end can change."
        return "start_date", Refusal("cohort_started", why)
    if not has_started and start <= on:
        return "start_date", Refusal("in_past", "Give a start that lies ahead: nobody is moved into the past.")
    if end < on:
        return "planned_end_date", Refusal("in_past", "Give a planned end that lies ahead.")
    problem = length_problem(cohort.programme, start, end)
    if problem is None and not has_started:
        problem = window_problem(cohort.programme, versions, start)
    return (problem.field, Refusal(problem.code, problem.message)) if problem else None
