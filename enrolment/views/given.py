"""Pages of what is given: a manager's deputies, accounts and their roles, the tree of departments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from enrolment.forms.given import NAMED, WHOLE, AccountForm, DepartmentForm, DeputyForm, RolesForm
from enrolment.queries import given as queries
from enrolment.views.deciding_many import ids_of
from people.access import administers, configures, nominates, signed_in
from people.actions import given as actions
from people.actions.accounts import ROLES, add_account, invite
from people.actions.results import Result
from people.clock import now, today
from people.models import Department, Employee, User
from people.reach import acts_for, acts_for_everybody
from people.roles import LABELS, Delegation

FORM = ["GET", "HEAD", "POST"]
MOST = 200  # accounts on a page; others are found by e-mail


@nominates
@require_http_methods(FORM)
def my_deputies(request: HttpRequest) -> HttpResponse:
    """Who acts for oneself when one is away; HR without a team is led to the people it can do this for."""
    own = _user(request).own_record()
    if own is None:
        messages.info(request, "Choose a manager, and “Deputies” on their page.")
        return redirect("enrolment:people")
    return _deputies(request, own)


@signed_in
@require_http_methods(FORM)
def deputies(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who acts for a manager: HR looks after it where the manager cannot."""
    manager = get_object_or_404(Employee.objects.handled_by(request.user), public_id=public_id)
    return _deputies(request, manager)


def _deputies(request: HttpRequest, manager: Employee) -> HttpResponse:
    by, on = _user(request), today()
    form = DeputyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        (made,) = actions.give_deputies([form.window(manager)], by=by, on=on)
        if made.is_done:
            deputy = made.subject.to_employee
            messages.success(request, f"{deputy.name} acts for {_whom(manager, by)} on these days.")
            if deputy.user is None or not deputy.user.is_active:
                messages.warning(request, f"{deputy.given_names} cannot sign in at present: ask HR about it.")
            return redirect(request.path)
        _refuse(form, made, {"own_deputy": "deputy", "left": "deputy", "already_deputy": "deputy"}, "last_day")
    rows = list(queries.windows(manager)[: queries.LATELY])
    context = {
        "form": form,
        "manager": manager,
        "is_own": manager.user_id == by.pk,
        "windows": [(row, _state(row)) for row in rows],
        "standing_in": queries.standing_in(manager, on),
    }
    return render(request, "enrolment/deputies.html", context)


@signed_in
@require_POST
def end_deputy(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End a window before its time, at once."""
    by = _user(request)
    window = get_object_or_404(Delegation.objects.visible_to(by).select_related("from_employee"), public_id=public_id)
    (ended,) = actions.end_deputies([window], by=by, on=today())
    if not ended.is_done:
        messages.warning(request, ended.message)
    else:
        messages.success(request, f"{ended.subject.to_employee.name} does not act any more.")
    if window.from_employee.user_id == by.pk or not acts_for(by, window.from_employee):
        return redirect("enrolment:my_deputies" if window.from_employee.user_id == by.pk else "enrolment:my_team")
    return redirect("enrolment:deputies", public_id=window.from_employee.public_id)


@administers
@require_http_methods(FORM)
def accounts(request: HttpRequest) -> HttpResponse:
    """Accounts with a role, or found by e-mail; and a new one."""
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        added = add_account(form.cleaned_data["email"], roles=(), on=today(), by=_user(request))
        if added.is_new:
            _invite(request, added.user)
        return redirect("enrolment:account", public_id=added.user.public_id)
    words = request.GET.get("q", "").strip()[:254]
    found = list(queries.accounts(words).order_by("email")[: MOST + 1])
    context = {
        "form": form,
        "words": words,
        "rows": [(user, _roles(user)) for user in found[:MOST]],
        "most": MOST if len(found) > MOST else 0,
    }
    return render(request, "enrolment/accounts.html", context)


@administers
@require_http_methods(FORM)
def account(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One account: its roles, how it came by them, and a change."""
    user = get_object_or_404(User.objects.select_related("employee"), public_id=public_id)
    held = [role for role, column in ROLES.items() if getattr(user, column)]
    named = [named.department.public_id for named in user.hr_departments.select_related("department")]
    initial = {"roles": held, "reach": NAMED if user.is_narrowed else WHOLE, "departments": named}
    departments = Department.objects.order_by("name")
    form = RolesForm(request.POST if request.method == "POST" else None, initial=initial, departments=departments)
    if request.method == "POST" and form.is_valid():
        (given,) = actions.give_roles([form.wanted(user)], by=_user(request), on=today())
        if given.is_done:
            messages.success(request, f"{user} is now: {_roles(given.subject)}.")
            return redirect("enrolment:account", public_id=user.public_id)
        _refuse(form, given, {"no_department": "departments"}, "roles")
    context = {
        "form": form,
        "account": user,
        "is_own": user.pk == _user(request).pk,
        "changes": [(LABELS[change.name], change) for change in queries.role_changes(user)],
    }
    return render(request, "enrolment/account.html", context)


@configures
@require_http_methods(FORM)
def departments(request: HttpRequest) -> HttpResponse:
    """The tree of departments, with how many people work in each; POST deletes those ticked that nothing needs."""
    if request.method == "POST":
        return _delete_departments(request)
    tree, may_change = queries.tree(today()), _may_arrange(request)
    context = {
        "tree": tree,
        "may_change": may_change,
        "may_delete": may_change and any(branch.is_deletable for branch in tree),
        "changes": queries.department_changes(),
    }
    return render(request, "enrolment/departments.html", context)


@configures
@require_http_methods(FORM)
def department_new(request: HttpRequest) -> HttpResponse:
    """A new department."""
    return _department(request, None)


@configures
@require_http_methods(FORM)
def department_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Another name or another place for a department."""
    return _department(request, get_object_or_404(Department.objects.select_related("parent"), public_id=public_id))


def _delete_departments(request: HttpRequest) -> HttpResponse:
    if not _may_arrange(request):
        raise PermissionDenied
    ticked = Department.objects.filter(public_id__in=ids_of(request.POST.getlist("chosen"))).order_by("name")
    results = actions.delete_departments(list(ticked), by=_user(request), on=today())
    gone = [result.subject.name for result in results if result.is_done]
    if gone:
        messages.success(request, f"Deleted: {', '.join(gone)}.")
    for result in results:
        if not result.is_done:
            messages.warning(request, result.message)
    if not results:
        messages.error(request, "Tick at least one department to delete.")
    return redirect("enrolment:departments")


def _department(request: HttpRequest, department: Department | None) -> HttpResponse:
    if not _may_arrange(request):
        raise PermissionDenied
    parents = [(str(place.public_id), f"{'– ' * depth}{place.name}") for place, depth in queries.places()]
    now = {"name": department.name, "parent": department.parent and department.parent.public_id} if department else {}
    form = DepartmentForm(request.POST if request.method == "POST" else None, initial=now, parents=parents)
    if request.method == "POST" and form.is_valid():
        (given,) = actions.arrange_departments([form.place(department)], by=_user(request), on=today())
        if given.is_done:
            messages.success(request, f"{given.subject} is {'changed' if department else 'on the list'}.")
            return redirect("enrolment:departments")
        _refuse(form, given, {"loop": "parent"}, "name")
    return render(request, "enrolment/department_form.html", {"form": form, "department": department})


def _may_arrange(request: HttpRequest) -> bool:
    user = _user(request)
    return user.is_administrator or acts_for_everybody(user)


def _invite(request: HttpRequest, user: User) -> None:
    try:
        invite(user, at=now())
    except OSError:
        messages.warning(request, f"The mail to {user.email} could not leave. Send the invitation again later.")
    else:
        messages.success(request, f"{user.email} was mailed a link to sign in with.")


def _refuse(form: forms.Form, given: Result[Any], fields: dict[str, str], otherwise: str) -> None:
    form.add_error(fields.get(given.code, otherwise), given.message)


def _roles(user: User) -> str:
    held = [LABELS[role] for role, column in ROLES.items() if getattr(user, column)]
    return ", ".join(held) or "no role"


def _state(window: Delegation) -> str:
    on = today()
    if window.ended_on or window.last_day < on:
        return "ended"
    return "active" if window.first_day <= on else "planned"


def _whom(manager: Employee, by: User) -> str:
    return "you" if manager.user_id == by.pk else manager.name


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
