"""Days for somebody when nobody names them: after what they follow, or a place behind it until its end is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from enrolment.models import Enrolment
from enrolment.rules.calendar import Facts
from enrolment.rules.holds import has_no_end_yet, held_on
from enrolment.rules.judging import Refusal
from enrolment.rules.planner import Plan, notice, plan_cohort, plan_days
from programmes.rules import DAY, usual_end, version_on

S = Enrolment.Status


def place(
    trial: Enrolment,
    others: Sequence[Enrolment],
    facts: Facts,
    *,
    on: date,
    ahead: Enrolment | None = None,
    in_cohort: bool = False,
    not_before: date | None = None,
) -> tuple[Refusal | None, Plan]:
    """Put the planner's days (or a cohort's) on a trial, or queue it; why it gets neither, and what was looked at.

    ``ahead`` is what it follows. Behind an open-ended hold, or what has no days itself, it is queued. The seat is the
    action's to take.
    """
    earliest = notice(on, facts.policy.notice_days)
    earliest = max(earliest, not_before or earliest)
    if ahead is not None:
        trial.follows = ahead
        if has_no_end_yet(ahead, on):
            trial.status = S.QUEUED
            return None, Plan(None, None, to_close=ahead)
        if (days := held_on(ahead, on)) and days.last:
            earliest = max(earliest, days.last + DAY)
    case = facts.case(trial, others, on=on)
    if in_cohort:
        found = plan_cohort(case, facts.openings.get(trial.programme_id, ()), not_before=earliest)
    else:
        found = plan_days(case, not_before=earliest, ends=lambda day: usual_end(trial.programme, day))
    if found.start is not None:
        trial.start_date, trial.planned_end_date = found.start, found.end
        if found.cohort:
            trial.cohort = found.cohort
        trial.version = version_on(facts.versions[trial.programme_id], found.start)
        return None, found
    if found.to_close is not None:
        trial.status, trial.follows = S.QUEUED, found.to_close
        return None, found
    last = found.tried[-1] if found.tried else None
    code, why = (last.code, last.sentence) if last else ("no_seat", "There is no cohort to join.")
    return Refusal(code, why), found
