"""What is given to accounts and managers: roles, departments, deputies; and the tree of departments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q

from people.actions.accounts import ROLES, keep_roles, name_departments, roles_in_words
from people.actions.results import Result
from people.cells import one_way
from people.models import Department, Employee, User
from people.reach import acts_for, acts_for_everybody
from people.roles import Delegation, DepartmentChange, HrDepartment
from people.rules import has_left

LONGEST_WINDOW = 366  # days: a deputy for longer is a manager, and the records should say so


@dataclass(frozen=True)
class Roles:
    """The roles that an account is to have; ``departments`` narrow HR to them, None is the whole organisation."""

    user: User
    roles: frozenset[str]
    departments: tuple[Department, ...] | None = None


@dataclass(frozen=True)
class Window:
    """A deputy for a manager's line, from the first day to the last, both counted."""

    manager: Employee
    deputy: Employee
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Place:
    """What a department is to be called and which it belongs to; without a department a new one."""

    name: str
    parent: Department | None = None
    department: Department | None = None


@transaction.atomic
def give_roles(wanted: Sequence[Roles], *, by: User, on: date) -> list[Result[User]]:
    """Give each account exactly these roles; every change is kept. Administrators only, and nobody for themself.

    Refused: ``own_account``, ``unknown_role``, ``no_department`` (narrowed to nothing), ``last_administrator``.
    Raises PermissionDenied for anybody but an administrator.
    """
    if not by.is_administrator:
        raise PermissionDenied("Administrators give roles.")
    ids = sorted({each.user.pk for each in wanted})
    administrators = User.objects.filter(Q(pk__in=ids) | Q(is_administrator=True)).order_by("pk").select_for_update()
    users = {user.pk: user for user in administrators}
    left = {user.pk for user in users.values() if user.is_administrator and user.is_active}
    given = []
    for each in wanted:
        user = users[each.user.pk]
        after = left - {user.pk} if "administrator" not in each.roles else left | {user.pk}
        code, message = _role_refusal(each, by=by, has_administrator=bool(after))
        if not code:
            left = after
            _set_roles(user, each, by=by, on=on)
        given.append(Result(user, code, message))
    return given


def _role_refusal(wanted: Roles, *, by: User, has_administrator: bool) -> tuple[str, str]:
    if wanted.user.pk == by.pk:
        return "own_account", "Nobody changes their own roles: ask another administrator."
    if not wanted.roles <= ROLES.keys():
        return "unknown_role", "There is no such role."
    if "hr" in wanted.roles and wanted.departments == ():
        return "no_department", "Choose at least one department, or the whole organisation."
    if not has_administrator:
        return "last_administrator", "Somebody has to be administrator: give the role to another account first."
    return "", ""


def _set_roles(user: User, wanted: Roles, *, by: User, on: date) -> None:
    before = roles_in_words(user)
    for role, column in ROLES.items():
        setattr(user, column, role in wanted.roles)
    named = wanted.departments if "hr" in wanted.roles else ()
    user.is_narrowed = named is not None and "hr" in wanted.roles
    user.save(update_fields=[*ROLES.values(), "is_narrowed"])
    name_departments(user, named or ())
    keep_roles(user, before, by=by, on=on)


@transaction.atomic
def give_deputies(windows: Sequence[Window], *, by: User, on: date) -> list[Result[Delegation]]:
    """Let somebody act for a manager from a day to a day: the manager's gift, or that of the manager's HR.

    Refused: ``not_yours``, ``own_deputy``, ``end_before_start``, ``already_over``, ``too_long``, ``left`` (the deputy
    is not employed throughout), ``already_deputy`` (the same two on one of these days).
    """
    given: list[Result[Delegation]] = []
    people = {person.pk: person for person in _locked(windows)}
    for each in windows:
        manager, deputy = people[each.manager.pk], people[each.deputy.pk]
        window = Delegation(
            from_employee=manager,
            to_employee=deputy,
            first_day=each.first_day,
            last_day=each.last_day,
            made_by=by,
            made_on=on,
        )
        code, message = _deputy_refusal(window, by=by, on=on)
        if not code:
            window.save(force_insert=True)
        given.append(Result(window, code, message))
    return given


def _locked(windows: Sequence[Window]) -> Sequence[Employee]:
    ids = {person.pk for each in windows for person in (each.manager, each.deputy)}
    return list(Employee.objects.filter(pk__in=ids).locked())


def _deputy_refusal(window: Delegation, *, by: User, on: date) -> tuple[str, str]:
    manager, deputy = window.from_employee, window.to_employee
    if manager.user_id != by.pk and not acts_for(by, manager):
        return "not_yours", "A manager chooses their own deputy, or HR does."
    if by.pk == deputy.user_id and manager.user_id != by.pk and not acts_for_everybody(by):
        return "not_yours", "You cannot make yourself the deputy: the manager can, or HR of the whole organisation."
    if manager.pk == deputy.pk:
        return "own_deputy", "Choose somebody else: nobody is their own deputy."
    if window.last_day < window.first_day:
        return "end_before_start", "The last day is before the first."
    if window.last_day < on:
        return "already_over", "These days are over."
    if (window.last_day - window.first_day).days >= LONGEST_WINDOW:
        return "too_long", "A deputy is for a year at most. For longer, HR names another manager."
    if has_left(deputy.employed_until, window.last_day):
        if not Employee.objects.visible_to(by).filter(pk=deputy.pk).exists():  # whose last day is not theirs to know
            return "left", "This person cannot be the deputy on all of these days. Choose others, or somebody else."
        return "left", f"{deputy.name} does not work here until then."
    days = Q(first_day__lte=window.last_day, last_day__gte=window.first_day, ended_on=None)
    if Delegation.objects.filter(days, from_employee=manager, to_employee=deputy).exists():
        return "already_deputy", f"{deputy.name} is the deputy on some of these days already."
    return "", ""


@transaction.atomic
def end_deputies(windows: Sequence[Delegation], *, by: User, on: date) -> list[Result[Delegation]]:
    """End windows before their time: the deputy sees and does nothing more for the manager, from now.

    Refused: ``not_yours`` for anybody but the manager, the deputy and the manager's HR, ``already_over``.
    """
    fresh = Delegation.objects.select_related("from_employee", "to_employee").order_by("pk")
    rows = {row.pk: row for row in fresh.filter(pk__in=[w.pk for w in windows]).select_for_update(of=("self",))}
    given = []
    for each in windows:
        window = rows[each.pk]
        theirs = by.pk in (window.from_employee.user_id, window.to_employee.user_id)
        if not theirs and not acts_for(by, window.from_employee):
            given.append(Result(window, "not_yours", "The manager, the deputy or HR ends this."))
        elif window.ended_on or window.last_day < on:
            given.append(Result(window, "already_over", "This is over."))
        else:
            window.ended_by, window.ended_on = by, on
            window.save(update_fields=["ended_by", "ended_on"])
            given.append(Result(window))
    return given


def arrange_departments(places: Sequence[Place], *, by: User, on: date) -> list[Result[Department | None]]:
    """Add, rename and move departments; each change is kept. HR of the whole organisation, and administrators.

    Refused: ``name_missing``, ``name_taken``, ``loop`` (it would belong to itself). Raises PermissionDenied for others.
    """
    if not (by.is_administrator or acts_for_everybody(by)):
        raise PermissionDenied("This concerns the whole organisation.")
    return [_arranged(place, by=by, on=on) for place in places]


def delete_departments(departments: Sequence[Department], *, by: User, on: date) -> list[Result[Department]]:
    """Delete departments that nothing needs; their history stays. HR of the whole organisation, and administrators.

    Judged in the order given, each seeing those deleted before it. Refused: ``in_use`` (somebody is or was in it, an
    account is HR for it, or another department belongs to it). Raises PermissionDenied for others.
    """
    if not (by.is_administrator or acts_for_everybody(by)):
        raise PermissionDenied("This concerns the whole organisation.")
    return [_deleted(department, by=by, on=on) for department in departments]


def _deleted(department: Department, *, by: User, on: date) -> Result[Department]:
    try:
        with transaction.atomic():
            why = _delete(department, by=by, on=on)
    except IntegrityError:  # somebody came into it just now
        why = "somebody is in it"
    return Result(department, "in_use", f"{department} stays: {why}.") if why else Result(department)


def _delete(department: Department, *, by: User, on: date) -> str:
    """Delete one, or say what needs it. Whoever comes into it meanwhile waits for its row, or is found at the end."""
    row = Department.objects.select_for_update().filter(pk=department.pk).first()
    if row is None:
        return ""
    if row.employees.exists():
        return "somebody is in it, or was and has left"
    if HrDepartment.objects.filter(department=row).exists():
        return "an account is HR for it"
    if Department.objects.filter(parent=row).exists():
        return "another department belongs to it"
    DepartmentChange.objects.create(department=row, name="deleted", before=row.name, by=by, on=on)
    row.changes.update(was_called=row.name)
    row.delete()
    return ""


def _arranged(place: Place, *, by: User, on: date) -> Result[Department | None]:
    name = " ".join(one_way(place.name).split())
    if not name:
        return Result(place.department, "name_missing", "Give the department a name.")
    try:
        with transaction.atomic():
            return Result(_arrange(place, name, by=by, on=on))
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if broken == "departments_are_a_tree":
            return Result(place.department, "loop", "A department cannot belong to itself or to a part of itself.")
        if broken == "one_department_per_name":
            return Result(place.department, "name_taken", f"There is a department called {name} already.")
        raise


def _arrange(place: Place, name: str, *, by: User, on: date) -> Department:
    changes: list[tuple[str, str, str]] = []
    parent = place.parent
    if place.department is None:
        row = Department.objects.create(name=name, parent=parent)
        changes.append(("added", "", f"{name}, in {parent.name}" if parent else name))
    else:
        row = Department.objects.select_for_update().get(pk=place.department.pk)
        before = row.parent
        if row.name != name:
            changes.append(("renamed", row.name, name))
        if row.parent_id != (parent.pk if parent else None):
            changes.append(("moved", before.name if before else "", parent.name if parent else ""))
        row.name, row.parent = name, parent
        row.save(update_fields=["name", "parent"])
    DepartmentChange.objects.bulk_create(
        [DepartmentChange(department=row, name=what, before=was, after=now, by=by, on=on) for what, was, now in changes]
    )
    return row
