"""What refuses an enrolment, or a change of one: dates, who is eligible, clashes; and what is only worth saying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from enrolment.models import Confirmation, Enrolment
from enrolment.rules.holds import Clash, Days, between, clashes, held, held_on, is_open_ended
from enrolment.rules.planner import earliest_legal_start
from people.models import Employee
from people.rules import birthday, say
from programmes.models import Programme, ProgrammeVersion
from programmes.rules import DAY, Problem, length_problem, window_problem

S = Enrolment.Status
F = Confirmation.Fact


@dataclass(frozen=True)
class Refusal:
    """Why not: a stable code, a sentence for people, and where the dates are at fault what would do instead."""

    code: str
    message: str
    clashes: tuple[Clash, ...] = ()
    earliest_start: date | None = None


type Refuse[T] = Callable[[T], Refusal | None]


def dates_refusal(programme: Programme, start: date | None, end: date | None) -> Refusal | None:
    """What is wrong with a pair of dates by themselves: missing, reversed, too long or too short (domain.md §3)."""
    if start is None or end is None:
        return Refusal("dates_missing", "Give both a start and a planned end.")
    return as_refusal(length_problem(programme, start, end))


def eligibility_refusal(
    employee: Employee, programme: Programme, versions: Sequence[ProgrammeVersion], start: date
) -> Refusal | None:
    """Who may not start on a day: outside the programme's window, too young, not employed (domain.md §3).

    An unknown fact never refuses: it is to confirm (`facts_to_confirm`).
    """
    if problem := window_problem(programme, versions, start):
        return as_refusal(problem)
    return person_refusal(employee, programme, start)


def person_refusal(employee: Employee, programme: Programme, start: date) -> Refusal | None:
    """Who may not start on a day for their own part: too young, not employed (domain.md §3)."""
    if employee.date_of_birth and start < (old_enough := birthday(employee.date_of_birth, programme.minimum_age)):
        return Refusal(
            "too_young",
            f"{employee.name} is {programme.minimum_age} on {say(old_enough)}; no start is possible before.",
        )
    if employee.employed_from and start < employee.employed_from:
        since = (
            f"The first day of employment of {employee.name} is {say(employee.employed_from)}"  # which may be long past
        )
        return Refusal("not_employed", f"{since}, after that start.")
    if employee.employed_until and start > employee.employed_until:
        until = f"The last day of employment of {employee.name} is {say(employee.employed_until)}"
        return Refusal("not_employed", f"{until}, before that start.")
    return None


def already_on(programme: Programme, others: Iterable[Enrolment]) -> Refusal | None:
    """The same programme again while it is planned or running is “already on it”, not a clash (domain.md §1)."""
    for other in others:
        if other.programme_id == programme.pk and other.status in Enrolment.LIVE:
            days = held(other)
            dates = f", {between(days)}" if days else ""
            return Refusal(
                "already_on_programme",
                f"{programme.name} is already {other.get_status_display()}{dates} ({other.reference}).",
            )
    return None


def judge(
    candidate: Enrolment, others: Sequence[Enrolment], versions: Sequence[ProgrammeVersion], *, on: date
) -> Refusal | None:
    """Why this person may not be on this programme on exactly these dates, or None when they may.

    ``others`` are the person's other enrolments, ``versions`` the programme's. Dates that are over on the day ``on``
    hold on, open-ended, until the record is closed. A clash comes with the earliest legal start on or after the start
    asked for, for the same number of days.
    """
    programme, start, end = candidate.programme, candidate.start_date, candidate.planned_end_date
    refusal = dates_refusal(programme, start, end) or already_on(programme, others)
    if refusal or start is None or end is None:
        return refusal
    refusal = eligibility_refusal(candidate.employee, programme, versions, start)
    found = clashes(Days(start, None if end < on else end), others, on=on)
    if not (refusal or found):
        return None
    length = end - start
    earliest = earliest_legal_start(
        candidate.employee, programme, versions, others, not_before=start, ends=lambda day: day + length, on=on
    )
    if refusal:
        return Refusal(refusal.code, refusal.message, (), earliest)
    return Refusal("clash", clash_sentence(candidate, found, earliest, on=on), found, earliest)


def change_refusal(
    after: Enrolment,
    before: Enrolment,
    others: Sequence[Enrolment],
    versions: Sequence[ProgrammeVersion],
    *,
    on: date,
) -> Refusal | None:
    """Why a record may not become what it would be after a change, judged like everything else (domain.md §2).

    Dates are judged where they moved, eligibility where the start moved or what had not begun is taken up again; the
    same programme is refused where the change takes a closed record up again; days are judged always. A clash says up
    to when the record could go.
    """
    programme, start, end = after.programme, after.start_date, after.planned_end_date
    refusal = None
    if start and end and (start, end) != (before.start_date, before.planned_end_date):
        refusal = dates_refusal(programme, start, end)
    is_back = before.status == S.CANCELLED and after.status == S.PLANNED
    if refusal is None and start and (start != before.start_date or is_back):
        refusal = eligibility_refusal(after.employee, programme, versions, start)
    if refusal is None and before.status not in Enrolment.LIVE and after.status in Enrolment.LIVE:
        refusal = already_on(programme, others)
    if refusal:
        return refusal
    days = held_on(after, on)
    if found := clashes(days, others, on=on):
        first = found[0]
        other = held(first.other)
        dates = f" {between(other)}" if other else ""
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        room = ""
        if days and days.first < first.shared.first:
            room = f" The last day that is free before it is {say(first.shared.first - DAY)}."
        return Refusal(
            "clash",
            f"{after.employee.name} is on {first.other.programme.name}{dates}{more}. "
            f"Shared: {between(first.shared)}.{room}",
            found,
        )
    return None


def warnings(candidate: Enrolment, others: Iterable[Enrolment]) -> tuple[str, ...]:
    """What is allowed and still worth saying: new learning or not, and a job that ends first (domain.md §1 and §3)."""
    again = (o for o in others if o.status == S.COMPLETED and o.programme_id == candidate.programme_id)
    said = [
        f"{candidate.programme.name} was completed on {say(other.ended_on)}: is this new learning?"
        for other in again
        if other.ended_on
    ]
    person, end = candidate.employee, candidate.planned_end_date
    if person.employed_until and end and person.employed_until < end:
        last = say(person.employed_until)
        said.append(f"The last day of employment of {person.name} is {last}, before the planned end.")
    return tuple(said)


def facts_to_confirm(enrolment: Enrolment, others: Iterable[Enrolment]) -> tuple[Confirmation.Fact, ...]:
    """The facts of domain.md §3 that no record of ours proves for this person, and that a person confirms."""
    programme, person = enrolment.programme, enrolment.employee
    had = any(o.status == S.COMPLETED for o in others)
    wanted = {
        F.AGE: person.date_of_birth is None,
        F.LINE_MANAGER: person.manager_id is None,
        F.HOURS_IN_ENGLAND: programme.is_apprenticeship,
        F.RIGHT_TO_WORK: True,
        F.CONTRACT_LENGTH: programme.is_apprenticeship,
        F.NEW_LEARNING: had,
        F.OTHER_FUNDING: True,
    }
    return tuple(fact for fact, is_open in wanted.items() if is_open)


def closing_refusal(enrolment: Enrolment, ended_on: date, *, closing: str, on: date) -> Refusal | None:
    """Why a last day or an actual finish cannot be recorded: it lies in the future, or before the start.

    A withdrawal on or before the start is “never attended” and allowed (domain.md §2).
    """
    if ended_on > on:
        return Refusal("in_future", "A day that has not come yet cannot be recorded as the end.")
    if enrolment.start_date and ended_on < enrolment.start_date and closing == S.COMPLETED:
        return Refusal("end_before_start", f"That is before the start, {say(enrolment.start_date)}.")
    return None


def undo_refusal(closed_at_hours_ago: float, hours: int) -> Refusal | None:
    """Closing can be undone for so many hours; after that it is reinstated or enrolled again, with a reason."""
    if closed_at_hours_ago > hours:
        return Refusal("too_late", f"This can be undone for {hours} hours; that time is over.")
    return None


def clash_sentence(candidate: Enrolment, found: Sequence[Clash], earliest: date | None, *, on: date) -> str:
    """The clash in words: who, the other programme, its dates, the shared days, the earliest legal start."""
    first = found[0]
    days = held(first.other)
    dates = between(days) if days else ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    to_close = next((clash.other.programme.name for clash in found if is_open_ended(clash.other, on)), None)
    never = f"No start can be given until {to_close} is closed." if to_close else "No later start is possible."
    then = earliest_said(earliest) if earliest else never
    return (
        f"{candidate.employee.name} is on {first.other.programme.name} {dates}{more}. "
        f"Shared: {between(first.shared)}. {then}"
    )


def earliest_said(day: date) -> str:
    """The earliest legal start in a sentence."""
    return f"The earliest legal start is {say(day)}."


def as_refusal(problem: Problem | None) -> Refusal | None:
    """What a programme says of dates, as a refusal of the person who would take it on them."""
    return Refusal(problem.code, problem.message) if problem else None
