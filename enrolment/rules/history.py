"""What a row of a file comes to: what is wrong with it, what it may be new, which record it names, the move it implies.

The rule is design.md's paragraph on `import_enrolments`, sentence by sentence. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from enrolment.models import Enrolment
from enrolment.rules.holds import clashes, held_on
from enrolment.rules.judging import (
    Refusal,
    already_on,
    as_refusal,
    clash_sentence,
    dates_refusal,
    eligibility_refusal,
    person_refusal,
    warnings,
)
from enrolment.rules.planner import earliest_legal_start
from people.rules import say
from programmes.models import Cohort, Programme, ProgrammeVersion
from programmes.rules import usual_end, window_problem

S = Enrolment.Status
CLOSED = (S.COMPLETED, S.WITHDRAWN, S.CANCELLED)
UNDER_WAY = (S.ACTIVE, S.OVERDUE, S.PAUSED)
WITHOUT_DAYS = (S.QUEUED, S.WAITING)
END = (S.COMPLETED, S.WITHDRAWN)


def stated_refusal(
    status: str, start: date | None, end: date | None, ended_on: date | None, *, has_cohort: bool, on: date
) -> Refusal | None:
    """What is wrong with a row by itself, whoever it is about: dates missing, too many, reversed, not come yet."""
    if (start is None) != (end is None):
        return Refusal("dates_missing", "Give both a start and a planned end, or neither.")
    if start is None and not has_cohort and status in (*UNDER_WAY, *END):
        return Refusal("dates_missing", f"Give a start and a planned end: it is {S(status).label}.")
    if start is not None and status in WITHOUT_DAYS:
        return Refusal("dates_unexpected", f"Leave the dates blank: whoever is {S(status).label} has none.")
    if status == S.WAITING and not has_cohort:
        return Refusal("unknown_cohort", "A waiting list is a cohort’s: name the cohort.")
    if ended_on is None and status in END:
        return Refusal("ended_on_missing", f"Give the day on which it ended: it is {S(status).label}.")
    if ended_on is not None and status not in END:
        return Refusal("ended_on_unexpected", f"Leave ended_on blank: only what is over has it, not {S(status).label}.")
    if start and end and end < start:
        return Refusal("end_before_start", "The planned end is before the start.")
    if ended_on and ended_on > on:
        return Refusal("in_future", "A day that has not come yet cannot be recorded as the end.")
    if ended_on and start and ended_on < start and status == S.COMPLETED:
        return Refusal("end_before_start", f"The actual finish is before the start, {say(start)}.")
    return None


def history_refusal(
    trial: Enrolment, others: Sequence[Enrolment], versions: Sequence[ProgrammeVersion], *, on: date
) -> tuple[Refusal | None, tuple[str, ...]]:
    """Why what has begun, or is over, cannot be recorded as a file says; and what is only worth saying.

    What is over is a fact: only a clash refuses it (its dates are sane already); age, employment, the programme's
    window and its length are warnings. What has begun and is not over is judged like everything else.
    """
    programme, start, end = trial.programme, trial.start_date, trial.planned_end_date
    said: tuple[str, ...] = ()
    if start is None or end is None:
        return None, ()
    if trial.status == S.COMPLETED and trial.ended_on and trial.ended_on < start:  # perhaps its cohort's
        return Refusal("end_before_start", f"The actual finish is before the start, {say(start)}."), ()
    if trial.status in CLOSED:
        doubts = (
            dates_refusal(programme, start, end),
            as_refusal(window_problem(programme, versions, start)),
            person_refusal(trial.employee, programme, start),
        )
        said = tuple(f"{doubt.message} ({doubt.code})" for doubt in doubts if doubt)
    else:
        refusal = dates_refusal(programme, start, end) or already_on(programme, others)
        if refusal is None and trial.status == S.PAUSED and not programme.is_apprenticeship:
            refusal = Refusal("cannot_pause", f"{programme.name} is a unit, and units cannot be paused.")
        refusal = refusal or begun_refusal(trial.status, start, on=on)
        if refusal := refusal or eligibility_refusal(trial.employee, programme, versions, start):
            return refusal, ()
        said = warnings(trial, others)
    if found := clashes(held_on(trial, on), others, on=on):
        earliest = first_start(trial, others, versions, start, end, on=on)
        return Refusal("clash", clash_sentence(trial, found, earliest, on=on), found, earliest), ()
    return None, said


def begun_refusal(status: str, start: date | None, *, on: date) -> Refusal | None:
    """Why a row that says that something runs is not so: it has not begun."""
    if status not in UNDER_WAY or start is None or start <= on:
        return None
    return Refusal("in_future", f"It begins on {say(start)}, so it is planned: nothing of it has happened.")


def first_start(
    trial: Enrolment,
    others: Sequence[Enrolment],
    versions: Sequence[ProgrammeVersion],
    start: date,
    end: date | None,
    *,
    on: date,
) -> date | None:
    """The first day on or after a start when this programme, for as many days, meets every rule.

    Without an end it is for the programme's usual length.
    """
    programme = trial.programme
    length = (end or usual_end(programme, start)) - start
    return earliest_legal_start(
        trial.employee,
        programme,
        versions,
        others,
        not_before=start,
        ends=lambda day: day + length if end else usual_end(programme, day),
        on=on,
    )


class Stated(NamedTuple):
    """What a row says of the record that it names."""

    status: str
    end: date | None
    ended_on: date | None
    cohort: Cohort | None


def recorded(
    records: Iterable[Enrolment],
    programme: Programme,
    status: str,
    start: date | None,
    cohort: Cohort | None,
    key: UUID,
) -> list[Enrolment]:
    """The person's records that a row names by its programme and start, those to be asked first before the others.

    A row without a start names what a row without a start has made (``key``), or what has no dates yet; a cohort's
    (whose ``start`` is the row's) also whoever waits for a seat in it. What is under way comes first, then the latest.
    """

    def is_named(record: Enrolment) -> bool:
        if record.programme_id != programme.pk:
            return False
        if start is None:
            is_like_it = record.status in WITHOUT_DAYS or record.status == status == S.CANCELLED
            return record.request_key == key or (record.start_date is None and is_like_it)
        waits = cohort is not None and record.status == S.WAITING and record.cohort_id == cohort.pk
        return record.start_date == start or waits

    named = [record for record in records if is_named(record)]
    return sorted(named, key=lambda record: record.status in Enrolment.LIVE)[::-1]


def implied(
    record: Enrolment, status: str, end: date | None, ended_on: date | None, cohort: Cohort | None
) -> str | None:
    """The move that a row asks of the record it names; None when both say the same.

    Planned, active and overdue count as one, since the calendar moves between them. What was closed, or paused, in the
    product stays so while the row says the same dates as ever.
    """
    if status == S.CANCELLED:
        return None if record.status == S.CANCELLED else "cancel"
    if status in END:
        if record.status == status:
            return None if ended_on == record.ended_on else "correct"
        return "complete" if status == S.COMPLETED else "withdraw"
    is_in_cohort = cohort is None or cohort.pk == record.cohort_id
    is_as_long = end is None or end == record.planned_end_date
    if is_in_cohort and is_as_long and (status != S.PAUSED or record.status in (S.PAUSED, *CLOSED)):
        return None
    if record.status in WITHOUT_DAYS:
        return None
    if status == S.PAUSED:
        return "state_return" if record.status == S.PAUSED else "begin_break"
    if record.status == S.PAUSED:
        return "end_break"
    if not is_in_cohort:
        return "change_cohort"
    if record.status == S.PLANNED:
        return "redate"
    return "extend" if record.planned_end_date is None or (end and end > record.planned_end_date) else "shorten"


def standing(record: Enrolment, status: str) -> str:
    """What to say of a record that a row leaves as it is, where the two do not say the same; else nothing."""
    if record.status in CLOSED and record.status != status:
        when = f" on {say(record.ended_on)}" if record.ended_on else ""
        return f"It has been {record.get_status_display()}{when} since, and stays so ({record.reference})."
    if record.status == S.PAUSED and status != S.PAUSED:
        return f"It is on a break in learning and stays so ({record.reference})."
    return ""


def without_dates_said(record: Enrolment) -> str:
    """What became of a row that gave no dates."""
    if record.status == S.QUEUED:
        ahead = f" behind {record.follows.programme.name}, which has no end yet" if record.follows else ""
        return f"Queued{ahead}: no dates can be given."
    if record.status == S.WAITING and record.cohort:
        return f"{record.cohort.name} is full: on its waiting list."
    if record.start_date and record.planned_end_date:
        where = f" in {record.cohort.name}" if record.cohort else ""
        return f"Planned{where} from {say(record.start_date)} to {say(record.planned_end_date)}."
    return ""


def cohort_said(record: Enrolment, cohort: Cohort) -> tuple[str, ...]:
    """A warning where somebody is in a cohort on other days than the cohort's."""
    if (record.start_date, record.planned_end_date) == (cohort.start_date, cohort.planned_end_date):
        return ()
    return (f"{cohort.name} itself is from {say(cohort.start_date)} to {say(cohort.planned_end_date)}.",)


def facts(record: Enrolment) -> dict[str, str]:
    """What a move can change of a record, in words."""
    days = {"start": record.start_date, "planned end": record.planned_end_date, "ended on": record.ended_on}
    said = {name: say(day) if day else "none" for name, day in days.items()}
    cohort = record.cohort.name if record.cohort else "none"
    return {"status": str(record.get_status_display()), **said, "cohort": cohort}


def changed(before: dict[str, str], after: dict[str, str]) -> str:
    """What became of a record, from what to what."""
    differs = [f"{name} {before[name]} → {after[name]}" for name in after if before[name] != after[name]]
    return f"Changed: {'; '.join(differs)}." if differs else ""
