"""Who holds the decision on a nomination, and since when: the one place that every page and letter asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from enrolment.models import Nomination
from people.cells import listed
from people.models import Employee
from people.roles import Delegation
from people.rules import has_left

HR = "HR"
N = Nomination.Status


@dataclass(frozen=True)
class Holder:
    """Whoever decides, as people read it, and the first day of their time; ``deputies`` may answer for them now."""

    name: str
    since: date
    deputies: tuple[str, ...] = ()

    @property
    def who(self) -> str:
        """The name, and who may answer instead."""
        deputy = "deputy" if len(self.deputies) == 1 else "deputies"
        return f"{self.name} (or {listed(self.deputies)}, their {deputy})" if self.deputies else self.name


def holders(nominations: Iterable[Nomination], *, on: date) -> dict[int, Holder]:
    """By nomination (row id), who holds the decision; what is answered is held by nobody and is left out.

    HR decides nominations. What a learner asks for is the manager's to answer, or their deputy's; HR's where there is
    no manager who could. One query for the deputies of all of them.
    """
    rows = [each for each in nominations if each.status in Nomination.UNANSWERED]
    by_manager = answerers([each for each in rows if each.status == N.ASKED], on=on)
    found = {}
    for each in rows:
        first, *deputies = [person.name for person in by_manager.get(each.pk, ())] or [HR]
        found[each.pk] = Holder(first, each.held_since, tuple(deputies))
    return found


def holder(nomination: Nomination, *, on: date) -> Holder | None:
    """Who holds the decision on one, or None once it is answered."""
    return holders([nomination], on=on).get(nomination.pk)


def answerers(asked: Iterable[Nomination], *, on: date) -> dict[int, list[Employee]]:
    """By nomination (row id) who answers what a learner asks for: the manager, then their deputies of the day.

    Left out where no manager can: there is none, they have left, or they have no account. Then HR answers.
    """
    wishes = list(asked)
    learners = {each.pk: each.employee_id for each in wishes}
    managers = {each.pk: each.employee.manager for each in wishes}
    able = {pk: m for pk, m in managers.items() if m and m.user_id and not has_left(m.employed_until, on)}
    if not able:
        return {}
    heads = {manager.pk for manager in able.values()}
    windows = Delegation.objects.not_over(on).filter(from_employee__in=heads, first_day__lte=on)
    deputies: dict[int, list[Employee]] = defaultdict(list)
    for window in windows.select_related("to_employee"):
        if window.to_employee not in deputies[window.from_employee_id]:
            deputies[window.from_employee_id].append(window.to_employee)
    return {
        pk: [able[pk], *(deputy for deputy in deputies[able[pk].pk] if deputy.pk != person)]
        for pk, person in learners.items()
        if pk in able
    }


def for_hr(rows: QuerySet[Nomination], on: date) -> QuerySet[Nomination]:
    """Those that HR answers: nominations, what is asked without a manager who could answer, and what none answered."""
    gone = Q(employee__manager__employed_until__lt=on)
    alone = Q(employee__manager=None) | Q(employee__manager__user=None) | gone | Q(escalated_on__isnull=False)
    return rows.filter(Q(status=N.SUBMITTED) | (Q(status=N.ASKED) & alone))
