"""For which programmes a learner is shown that they can ask to be nominated."""

from __future__ import annotations

from collections.abc import Iterable

from assessment.models import Placement
from enrolment.models import Enrolment, Nomination
from enrolment.queries.not_now import proposals
from people.models import Employee
from programmes.models import Programme


def askable(employee: Employee, nominations: Iterable[Nomination]) -> list[Programme]:
    """What is recommended, or comes next, and neither begun, planned, decided nor asked for already.

    ``nominations`` are the person's; asking for any other programme is possible as well.
    """
    waiting = {each.programme_id for each in nominations if each.status in Nomination.UNANSWERED}
    live = Enrolment.objects.filter(employee=employee, status__in=Enrolment.LIVE)
    placed = Placement.objects.current().filter(employee=employee)
    taken = {*waiting, *live.values_list("programme", flat=True), *placed.values_list("programme", flat=True)}
    return [programme for programme in proposals(employee) if programme.pk not in taken]
