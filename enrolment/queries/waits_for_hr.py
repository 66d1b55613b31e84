"""What waits for HR, in words for a summary: each heap of Today with its count and its first few, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from enrolment.models import Enrolment
from enrolment.queries import desk, today
from people.models import Employee, User
from people.reach import acts_for_everybody
from people.rules import say

type Sections = dict[str, list[str]]

# By heap of `today.HEAPS`: its heading, and what each line says.
HEADINGS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "undecided": (
        "Recommendations to decide",
        lambda row: f"{row.employee.name}: {row.programme or 'no rule fits'}, since {say(row.made_on)}",
    ),
    "nominations": (
        "Nominations waiting",
        lambda row: f"{row.employee.name}: {row.programme.name}, since {say(row.held_since)}",
    ),
    "second_looks": ("Second looks", lambda row: f"{row.employee.name}, by {say(row.due_on)}"),
    "complaints": ("Complaints to answer", lambda row: f"{row.made_by}, by {say(row.due_on)}"),
    "disputes": (
        "Records that learners dispute",
        lambda row: f"{row.enrolment.employee.name}: {row.enrolment.programme.name}, since {say(row.said_on)}",
    ),
    "placed": (
        "Placed, dates to follow",
        lambda row: f"{row.employee.name}: {row.programme.name}, since {say(row.decided_on)}",
    ),
    "to_close": ("To close", lambda row: f"{_on(row)}, planned end {say(row.planned_end_date)}"),
    "proposed": ("Proposed dates, to say yes to", lambda row: f"{_on(row)}, from {say(row.proposed_start_date)}"),
    "without_dates": (
        "Queued, need dates",
        lambda row: f"{_on(row)}{f', behind {row.follows.programme.name}' if row.follows else ''}",
    ),
    "to_confirm": ("Starting within 28 days, to confirm", lambda row: f"{_on(row)}, from {say(row.start_date)}"),
}


def waits_for_hr(user: User, *, on: date) -> Sections:
    """By heading with its number: the first few lines, and how many more; of those for whom somebody acts as HR.

    What nothing waits in is left out. Two queries a heap, however long it is.
    """
    own = None if acts_for_everybody(user) else Employee.objects.handled_by(user).order_by().values("pk")
    found: Sections = {}
    for name, (heading, words) in HEADINGS.items():
        parts = today.parts_of(today.HEAPS[name](on))
        if own is not None:
            parts = tuple(part.filter(**{f"{today.PEOPLE.get(name, 'employee')}__in": own}) for part in parts)
        heap = today.heap(parts, today.FEW)
        if heap.rows:
            found[f"{heading} ({heap.count})"] = [*map(words, heap.rows), *_more(heap)]
    if number := desk.total(desk.counts(user, on=on), but=today.DESK_HERE):
        found[f"On the clash desk ({number})"] = ["What Today does not list stands there, the oldest first"]
    return found


def _more(heap: today.Heap) -> list[str]:
    if not heap.has_more:
        return []
    return [f"and {heap.count - len(heap.rows)} more" if isinstance(heap.count, int) else "and many more"]


def _on(row: Enrolment) -> str:
    return f"{row.employee.name}: {row.programme.name}"
