"""What people who leave hold that is not theirs alone: a team, nominations they made, second looks, what runs on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet

from assessment.models import SecondLook
from enrolment.models import Enrolment, Nomination
from people.models import Employee
from people.queries import rows_of

S = Enrolment.Status
RUNNING = (S.ACTIVE, S.OVERDUE, S.PAUSED)
HELD = (
    ("reports", "{} person reports to them and needs another manager.", "{} people report to them and need another."),
    ("made", "{} nomination that they made waits for HR.", "{} nominations that they made wait for HR."),
    ("reviews", "{} second look waits for them as its reviewer.", "{} second looks wait for them as their reviewer."),
    ("running", "{} programme has begun: say how it ended.", "{} programmes have begun: say how they ended."),
)


@dataclass(frozen=True)
class Holdings:
    """How much of each kind one person holds."""

    reports: int = 0
    made: int = 0
    reviews: int = 0
    running: int = 0

    def as_facts(self) -> dict[str, int]:
        """As history keeps them."""
        return asdict(self)

    def sentences(self) -> list[str]:
        """What somebody has to take over, one sentence a kind."""
        return held_sentences(asdict(self))


def held_sentences(facts: dict[str, int]) -> list[str]:
    """The same, from what history kept."""
    counted = ((facts.get(name, 0), one, many) for name, one, many in HELD)
    return [(one if number == 1 else many).format(number) for number, one, many in counted if number]


def holdings(people: Sequence[Employee]) -> dict[int, Holdings]:
    """By row id, what these people hold; four queries for all of them."""
    pks = rows_of([person.pk for person in people])
    users = {person.user_id: person.pk for person in people if person.user_id}
    reports = _counted(Employee.objects.filter(manager__in=pks, left_on=None), "manager_id")
    running = _counted(Enrolment.objects.filter(employee__in=pks, status__in=RUNNING), "employee_id")
    made = _counted(Nomination.objects.open().filter(nominated_by__in=list(users)), "nominated_by_id") if users else {}
    looks = _counted(SecondLook.objects.open().filter(reviewer__in=list(users)), "reviewer_id") if users else {}
    return {
        person.pk: Holdings(
            reports.get(person.pk, 0),
            made.get(person.user_id or 0, 0),
            looks.get(person.user_id or 0, 0),
            running.get(person.pk, 0),
        )
        for person in people
    }


def _counted(rows: QuerySet[Any], name: str) -> dict[int, int]:
    return Counter(rows.order_by().values_list(name, flat=True))


def left_behind(person: Employee) -> list[str]:
    """What somebody who has left still holds, one sentence a kind; nothing for who works here."""
    return holdings([person])[person.pk].sentences() if person.left_on else []
