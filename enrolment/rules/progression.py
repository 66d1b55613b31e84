"""The next step that fits somebody: from the answers, then the path, never what they have had. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from enrolment.models import Enrolment
from enrolment.rules.planner import Plan
from programmes.models import Programme


class NextStep(NamedTuple):
    """A programme that fits next, and the planner's days or cohort with a free seat; without a start: none can be."""

    programme: Programme
    plan: Plan = Plan(None, None)


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
