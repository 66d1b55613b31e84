"""Exchanging the order of two plans of one person: where each goes, and why it may not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date

from enrolment.models import Enrolment
from enrolment.rules.calendar import Facts, Shift, knock_on
from enrolment.rules.judging import Refusal, change_refusal
from programmes.rules import DAY

S = Enrolment.Status


@dataclass(frozen=True)
class Swap:
    """What exchanging two plans comes to: each as it would be, what it moves of later ones, or why not."""

    ahead: Enrolment
    behind: Enrolment
    refusal: Refusal | None = None
    shifts: list[Shift] = field(default_factory=list)

    @property
    def seen(self) -> str:
        """A fingerprint of where everything goes: who says yes has seen exactly this exchange, and not its reverse."""
        goes = [f"{plan.pk} {plan.start_date} {plan.planned_end_date}" for plan in (self.ahead, self.behind)]
        goes += [f"{s.enrolment.pk} {s.how} {s.plan.start} {s.plan.end}" for s in self.shifts]
        return hashlib.sha256("\n".join(goes).encode()).hexdigest()


def swap(one: Enrolment, other: Enrolment, others: Sequence[Enrolment], facts: Facts, *, on: date) -> Swap | Refusal:
    """The later plan takes the earlier one's start, for its own length; the earlier one follows right after it.

    Both leave their cohorts, whose dates they would no longer have, and the one behind follows the one ahead from now
    on. ``others`` are the person's other records. Judged like every change; a third plan never makes room for it.
    """
    if one.employee_id != other.employee_id or one.pk == other.pk:
        return Refusal("two_people", "Two plans of one person can change places, and no others.")
    first, second = sorted((one, other), key=lambda plan: plan.start_date or date.max)
    spans = [(p.start_date, p.planned_end_date) for p in (first, second) if p.status == S.PLANNED]
    if len(spans) < 2:
        return Refusal("move_not_allowed", "Only what is planned and has not begun can change places.")
    ahead, behind = copy(second), copy(first)
    _put(ahead, first.start_date, second)
    _put(behind, ahead.planned_end_date + DAY if ahead.planned_end_date else None, first)
    ahead.follows, behind.follows = None, ahead
    found = Swap(ahead, behind)
    for after, before, beside in ((ahead, second, behind), (behind, first, ahead)):
        versions = facts.versions.get(after.programme_id, ())
        if refusal := change_refusal(after, before, [*others, beside], versions, on=on):
            return Swap(ahead, behind, refusal)
    found.shifts.extend(knock_on([*others, ahead, behind], facts, on=on, pinned=ahead))
    return found


def _put(plan: Enrolment, start: date | None, before: Enrolment) -> None:
    """The plan from another start on, for as many days as before."""
    plan.cohort, plan.seat_id = None, None
    if start and before.start_date and before.planned_end_date:
        plan.start_date, plan.planned_end_date = start, start + (before.planned_end_date - before.start_date)
