"""The days of an enrolment that its learner has ahead: start, training plan, next review, return, last day. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from enrolment.models import Enrolment
from enrolment.rules.reminders import REVIEW_MONTHS, TRAINING_PLAN_DAYS
from programmes.rules import add_months

S = Enrolment.Status
STARTS, PLAN, REVIEW, BACK, ENDS = "starts", "training_plan", "review", "back", "ends"


def days_ahead(enrolment: Enrolment, on: date) -> list[tuple[date, str]]:
    """What comes on which day, from a day on, nearest first; of the reviews only the next.

    Of what is planned its start, and an apprentice's training plan (domain.md §4); reviews while it runs, before its
    last day.
    """
    start, end, status = enrolment.start_date, enrolment.planned_end_date, enrolment.status
    found: list[tuple[date | None, str]] = []
    if start and enrolment.programme.is_apprenticeship and status in (S.PLANNED, S.ACTIVE):
        found.append((start + timedelta(days=TRAINING_PLAN_DAYS), PLAN))
    match status:
        case S.PLANNED:
            found.append((start, STARTS))
        case S.ACTIVE:
            found.append((end, ENDS))
            if start and end and enrolment.programme.is_apprenticeship:
                found.append((next_review(start, end, on), REVIEW))
        case S.PAUSED:
            found.append((enrolment.return_on, BACK))
    return sorted((day, what) for day, what in found if day and day >= on)


def next_review(start: date, end: date, on: date) -> date | None:
    """The first progress review from a day on: every 3 calendar months after the start, before the last day."""
    number, day = 1, add_months(start, REVIEW_MONTHS)
    while day < on:
        number += 1
        day = add_months(start, number * REVIEW_MONTHS)
    return day if day < end else None
