"""What is asked about what is given: a manager's deputies, accounts with roles, the tree of departments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce

from people.models import Department, Employee, User
from people.roles import Delegation, DepartmentChange, HrDepartment, RoleChange

LATELY = 20  # windows that are over, and changes, on a page


@dataclass(frozen=True)
class Branch:
    """A department in its place: how deep it lies, and how many people belong to it (not to those below).

    ``is_deletable``: nobody is or was in it, no account is HR for it, and none belongs to it.
    """

    department: Department
    depth: int
    people: int
    is_deletable: bool


def windows(manager: Employee) -> QuerySet[Delegation]:
    """A manager's deputies, the latest first, with who they are."""
    rows = Delegation.objects.filter(from_employee=manager).select_related("to_employee__department", "ended_by")
    return rows.order_by("-last_day", "-id")


def standing_in(deputy: Employee, on: date) -> list[Delegation]:
    """For whom somebody acts on a day, or will."""
    rows = Delegation.objects.not_over(on).filter(to_employee=deputy).select_related("from_employee")
    return list(rows.order_by("first_day", "id")[:LATELY])


def accounts(words: str) -> QuerySet[User]:
    """Accounts with a role, or those whose e-mail begins with these words; with their records."""
    rows = User.objects.select_related("employee__department")
    if words:
        return rows.filter(email__startswith=words.lower())
    return rows.filter(Q(is_hr=True) | Q(is_auditor=True) | Q(is_administrator=True))


def role_changes(user: User) -> list[RoleChange]:
    """What an account was given and what was taken from it, the newest first."""
    return list(user.role_changes.select_related("by__employee")[:LATELY])


def tree(employed_on: date) -> list[Branch]:
    """Every department, each below the one it belongs to, by name; with how many people have not left it by a day."""
    here = Employee.objects.filter(Q(employed_until=None) | Q(employed_until__gte=employed_on)).order_by()
    people = dict(here.values("department").annotate(people=Count("pk")).values_list("department", "people"))
    needed = (
        Exists(Employee.objects.filter(department=OuterRef("pk"))),
        Exists(HrDepartment.objects.filter(department=OuterRef("pk"))),
        Exists(Department.objects.filter(parent=OuterRef("pk"))),
    )
    rows = Department.objects.order_by("name")
    rows = rows.annotate(is_needed=Case(When(needed[0] | needed[1] | needed[2], then=True), default=False))
    return [
        Branch(row, depth, people.get(row.pk, 0), is_deletable=not row.is_needed)
        for row, depth in _walk(_by_parent(rows), None, 0)
    ]


def places() -> list[tuple[Department, int]]:
    """Every department, each below the one it belongs to, by name, with how deep it lies."""
    return list(_walk(_by_parent(Department.objects.order_by("name")), None, 0))


def _by_parent(rows: Iterable[Any]) -> dict[int | None, list[Any]]:
    below: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        below[row.parent_id].append(row)
    return below


def _walk(below: dict[int | None, list[Any]], parent: int | None, depth: int) -> Iterator[tuple[Any, int]]:
    for department in below[parent]:
        yield department, depth
        yield from _walk(below, department.pk, depth + 1)


def department_changes() -> list[DepartmentChange]:
    """The latest changes of the tree, the newest first."""
    rows = DepartmentChange.objects.select_related("by__employee", "department").annotate(
        called=Coalesce("department__name", "was_called")
    )
    return list(rows[:LATELY])
