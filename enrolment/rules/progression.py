"""The next step that fits somebody: from the answers, then the path, never what they have had. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from enrolment.models import Enrolment
from enrolment.rules.holds import between
from enrolment.rules.planner import Plan
from people.rules import say
from programmes.models import Programme
from programmes.rules import DAY

ANSWER_WITHIN = 14  # days


class NextStep(NamedTuple):
    """A programme that fits next, and the planner's days or cohort with a free seat; without a start: none can be.

    ``alone``: the planner's days if no cohort is waited for.
    """

    programme: Programme
    plan: Plan = Plan(None, None)
    alone: Plan = Plan(None, None)


def answer_by(plan: Plan, due: date) -> date:
    """By when a yes is asked for in a letter that may go on ``due``: within two weeks, and before a cohort begins."""
    within = due + timedelta(days=ANSWER_WITHIN)
    return max(due, min(within, plan.start - DAY)) if plan.cohort and plan.start else within


class Coming(NamedTuple):
    """What comes next for somebody, as letters say it: a plan, else a step that fits; or what they are nominated for.

    A step that they put off, or were declined since they began what ends, is not said again.
    """

    plan: Enrolment | None = None
    step: NextStep | None = None
    asked: Programme | None = None


def path_of(programme: int, leads_to: Mapping[int, int | None]) -> list[int]:
    """What follows a programme, one after the other (row ids); a path that returns to itself ends there."""
    path: list[int] = []
    following = leads_to.get(programme)
    while following and following not in path and following != programme:
        path.append(following)
        following = leads_to.get(following)
    return path


def fitting(path: list[int], had: Collection[int], recommended: int | None) -> int | None:
    """Which programme (row id) comes next: what the answers lead to unless it was had, else the first of the path."""
    if recommended and recommended not in had:
        return recommended
    return next((programme for programme in path if programme not in had), None)


def why_not_sooner(step: NextStep, name: str, *, on: date) -> str:
    """What keeps a next step from starting before the planner's day, in a sentence; empty: nothing, it can start now.

    ``name`` is the learner's; empty where the learner reads it. A seat that is waited for is never called the rule of
    one programme at a time, and nobody else of a team is named.
    """
    start, alone = step.plan.start, step.alone
    if start is None:
        return ""
    if step.plan.cohort and alone.start != start:
        sooner = alone.start and alone.start < start
        legal = f"; without a cohort it could start on {say(alone.start)}" if sooner and alone.start else ""
        return f"{step.plan.cohort.name} is the first cohort that fits and has a seat{legal}."
    if not alone.tried:
        return "" if start <= on else f"No start is proposed at shorter notice than {_number_of_days(start, on)}."
    last = alone.tried[-1]
    other = last.obstacle.other if last.obstacle else None
    match last.code:
        case "clash" if last.obstacle and other and last.obstacle.days:
            who = f"{name} is" if name else "You are"
            days = between(last.obstacle.days)
            return f"{who} on {other.programme.called} {days}, and nobody is on two programmes on the same day."
        case "too_young":
            return f"{f'{name} has' if name else 'You have'} to be {step.programme.minimum_age} on the first day."
        case "not_employed":
            return f"{f'{name} works' if name else 'You work'} here from {say(start)}."
        case "team_load":
            return "Until then too many of the team are on a programme."
        case "clash":
            return last.sentence
    return f"{step.programme.called[:1].upper()}{step.programme.called[1:]} cannot start sooner."


def _number_of_days(start: date, on: date) -> str:
    days = (start - on).days
    return f"{days} day{'' if days == 1 else 's'}"
