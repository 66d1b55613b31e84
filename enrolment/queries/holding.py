"""Who holds the decision on a nomination, and since when: the one place that every page asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from enrolment.models import Nomination

HR = "HR"


@dataclass(frozen=True)
class Holder:
    """Whoever decides, as people read it, and the first day of their time."""

    name: str
    since: date


def holders(nominations: Iterable[Nomination]) -> dict[int, Holder]:
    """By nomination (row id), who holds the decision; what is answered is held by nobody and is left out."""
    return {n.pk: Holder(HR, n.held_since) for n in nominations if n.status == Nomination.Status.SUBMITTED}


def holder(nomination: Nomination) -> Holder | None:
    """Who holds the decision on one, or None once it is answered."""
    return holders([nomination]).get(nomination.pk)
