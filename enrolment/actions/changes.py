"""Every move that people make on an enrolment after it exists: dates, breaks, closing, taking up again, undoing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from itertools import count
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from enrolment.actions.calendar import replan
from enrolment.actions.line import TICK, Changed, Line
from enrolment.models import Enrolment
from enrolment.queries.enrolments import chain_of
from enrolment.rules import Refusal, changes
from people.models import User
from programmes.models import Cohort

S = Enrolment.Status


class _By(TypedDict):
    """Who moves and on which day; ``key`` is one form's, so that sending it twice is once."""

    by: User | None
    on: date
    key: NotRequired[UUID | None]


class How(_By):
    """As every move is made: a reason may be given."""

    reason: NotRequired[str]


class Why(_By):
    """As a move is made that needs a reason."""

    reason: str


@transaction.atomic
def redate(
    enrolments: Sequence[Enrolment], *, start_date: date, planned_end_date: date, push: bool = False, **how: Unpack[How]
) -> Changed:
    """Give planned enrolments other dates, their own instead of a cohort's; the programme version follows the start."""
    change = partial(changes.redate, start=start_date, end=planned_end_date)
    return _change(enrolments, "redate", change, push=push, **how)


@transaction.atomic
def change_cohort(
    enrolments: Sequence[Enrolment], *, cohort: Cohort, push: bool = False, **how: Unpack[How]
) -> Changed:
    """Move planned enrolments to another cohort, its dates and one of its seats each; ``no_seat`` when it is full."""
    line = Line(enrolments, cohorts=[cohort.pk], **how)

    change = partial(changes.change_cohort, cohort=cohort, facts=line.facts)
    return line.take("change_cohort", change, push=push)


@transaction.atomic
def extend(
    enrolments: Sequence[Enrolment], *, planned_end_date: date, push: bool = False, **how: Unpack[How]
) -> Changed:
    """A later planned end for what runs, overdue or not."""
    change = partial(changes.extend, end=planned_end_date, on=how["on"])
    return _change(enrolments, "extend", change, push=push, **how)


@transaction.atomic
def shorten(
    enrolments: Sequence[Enrolment], *, planned_end_date: date, push: bool = False, **how: Unpack[How]
) -> Changed:
    """An earlier planned end for what runs."""
    change = partial(changes.shorten, end=planned_end_date, on=how["on"])
    return _change(enrolments, "shorten", change, push=push, **how)


@transaction.atomic
def begin_break(
    enrolments: Sequence[Enrolment],
    *,
    return_on: date | None,
    planned_end_date: date | None,
    push: bool = False,
    **how: Unpack[Why],
) -> Changed:
    """A break in learning (apprenticeship only), with the return and the new planned end where they are known."""
    change = partial(changes.begin_break, return_on=return_on, end=planned_end_date, on=how["on"])
    return _change(enrolments, "begin_break", change, push=push, is_reason_needed=True, **how)


@transaction.atomic
def state_return(
    enrolments: Sequence[Enrolment],
    *,
    return_on: date | None,
    planned_end_date: date | None,
    push: bool = False,
    **how: Unpack[How],
) -> Changed:
    """Say when a break ends and the planned end that follows; or, with neither, that it is not known (any more)."""
    change = partial(changes.state_return, return_on=return_on, end=planned_end_date, on=how["on"])
    return _change(enrolments, "state_return", change, push=push, **how)


@transaction.atomic
def end_break(
    enrolments: Sequence[Enrolment], *, planned_end_date: date, push: bool = False, **how: Unpack[How]
) -> Changed:
    """The learner is back: it runs again, to the planned end that HR confirms."""
    change = partial(changes.end_break, end=planned_end_date, on=how["on"])
    return _change(enrolments, "end_break", change, push=push, **how)


@transaction.atomic
def complete(enrolments: Sequence[Enrolment], *, ended_on: date, push: bool = False, **how: Unpack[How]) -> Changed:
    """Record the actual finish (the apprenticeship's is the end of assessment); the days after it are free."""
    change = partial(changes.close, ended_on=ended_on, closing=S.COMPLETED, on=how["on"])
    return _change(enrolments, "complete", change, push=push, **how)


@transaction.atomic
def withdraw(enrolments: Sequence[Enrolment], *, ended_on: date, push: bool = False, **how: Unpack[Why]) -> Changed:
    """Record a withdrawal with the last day of learning, which counts; on or before the start means never attended."""
    change = partial(changes.close, ended_on=ended_on, closing=S.WITHDRAWN, on=how["on"])
    return _change(enrolments, "withdraw", change, push=push, is_reason_needed=True, **how)


@transaction.atomic
def correct(enrolments: Sequence[Enrolment], *, ended_on: date, push: bool = False, **how: Unpack[Why]) -> Changed:
    """Another last day of learning, or another finish, of what is closed; checked like everything else."""
    change = partial(changes.correct, ended_on=ended_on, on=how["on"])
    return _change(enrolments, "correct", change, push=push, is_reason_needed=True, **how)


@transaction.atomic
def reopen(
    enrolments: Sequence[Enrolment], *, planned_end_date: date | None, push: bool = False, **how: Unpack[Why]
) -> Changed:
    """What was completed too soon runs again, to its planned end or a new one."""
    change = partial(changes.take_up, end=planned_end_date, on=how["on"])
    return _change(enrolments, "reopen", change, push=push, is_reason_needed=True, **how)


@transaction.atomic
def reinstate(
    enrolments: Sequence[Enrolment], *, planned_end_date: date | None, push: bool = False, **how: Unpack[Why]
) -> Changed:
    """Who had withdrawn is back: it runs again. Their old cohort has to have a seat left, else ``no_seat``."""
    change = partial(changes.take_up, end=planned_end_date, on=how["on"])
    return _change(enrolments, "reinstate", change, push=push, is_reason_needed=True, **how)


@transaction.atomic
def cancel(enrolments: Sequence[Enrolment], **how: Unpack[Why]) -> Changed:
    """Cancel what has not begun: it holds nothing from now on, and its seat is free."""
    return _change(enrolments, "cancel", changes.cancel, is_reason_needed=True, **how)


@transaction.atomic
def queue(enrolments: Sequence[Enrolment], *, behind: Enrolment | None = None, **how: Unpack[How]) -> Changed:
    """Take the dates of planned enrolments, or a place on a waiting list, away: they are queued until dates are given.

    ``behind`` names another programme of the same person that they follow from now on; then the dates come by
    themselves, at once where its end is known.
    """
    change = partial(changes.queue, behind=behind, ahead=chain_of(behind))
    outcomes = _change(enrolments, "queue", change, **how)
    replan([outcome.subject for outcome in outcomes if outcome.is_done], on=how["on"])
    return outcomes


@transaction.atomic
def wait(enrolments: Sequence[Enrolment], *, cohort: Cohort, at: datetime, **how: Unpack[How]) -> Changed:
    """Put planned or queued enrolments at the end of a cohort's waiting list, in the order given; they hold nothing
    until seated.
    """
    line = Line(enrolments, cohorts=[cohort.pk], **how)
    moments = (at + place * TICK for place in count())

    def change(record: Enrolment) -> Refusal | None:
        return changes.wait(record, cohort=cohort, facts=line.facts, on=how["on"], at=next(moments))

    return line.take("wait", change)


@transaction.atomic
def undo(
    enrolments: Sequence[Enrolment], *, by: User | None, on: date, at: datetime, key: UUID | None = None
) -> Changed:
    """Undo a withdrawal or a cancelling for as long as the policy allows, while nothing was built on it.

    Refused: ``nothing_to_undo``, ``too_late``; ``clash`` and ``no_seat`` where its days or its seat have been given on.
    """
    return Line(enrolments, by=by, on=on, key=key).undo(at=at)


def _change(
    enrolments: Sequence[Enrolment],
    name: str,
    change: changes.Change,
    *,
    push: bool = False,
    is_reason_needed: bool = False,
    **how: Unpack[How],
) -> Changed:
    """One move on many enrolments: lock, bring to the day, check the table and the rule, write, record."""
    return Line(enrolments, **how).take(name, change, push=push, is_reason_needed=is_reason_needed)
