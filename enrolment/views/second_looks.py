"""A second look: asking, its page for whoever may see it, HR's list, naming a reviewer, closing with an outcome."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from assessment import queries as assessment_queries
from assessment.models import SecondLook
from enrolment.actions.outcomes import Outcome, run
from enrolment.actions.second_looks import Asking, Closing, Naming, ask_second_look, close_second_look
from enrolment.actions.second_looks import name_reviewer as name_a_reviewer
from enrolment.forms.reviews import AskForm, CloseForm, ReviewerForm
from enrolment.queries import reviews as queries
from enrolment.queries.keyset import page
from enrolment.views.paging import page_links
from people.access import answers, decides, hears, signed_in
from people.clock import today
from people.models import Employee, User
from people.queries import handled
from people.reach import acts_for

READ_OR_SEND = ("GET", "HEAD", "POST")
SHOWN = {
    "": "Open",
    "mine": "Mine to review",
    "overdue": "Overdue",
    "unnamed": "Without a reviewer",
    "closed": "Closed",
}


@hears
@require_safe
def second_looks(request: HttpRequest) -> HttpResponse:
    """HR's list: the open ones by the day they are due, so that overdue ones stand first; or those closed."""
    on, user = today(), _user(request)
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    found = page(
        queries.listed_looks(user, show=show, on=on),
        "due_on",
        descending=show == "closed",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": found.rows,
        "names_only": not (user.is_hr or user.is_auditor),  # an administrator names who looks, and reads no answers
        "day": on,
        "shown": SHOWN.items(),
        "show": show,
        **page_links(found, {"show": show}),
    }
    return render(request, "enrolment/second_looks.html", context)


@signed_in
@require_http_methods(READ_OR_SEND)
def ask(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask for a second look at what was recommended and decided about a person; 404 for anybody who may not ask."""
    user = _user(request)
    rows = Employee.objects.visible_to(user).select_related("department", "manager")
    employee = get_object_or_404(rows, public_id=public_id)
    if not assessment_queries.may_ask_again(employee, user):
        raise Http404("This person is somebody else's to ask about.")
    looks = queries.looks_of(employee, user)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asking = Asking(employee, form.cleaned_data["words"], key=form.cleaned_data["key"])
        outcome: Outcome[Asking] = run(ask_second_look, [asking], by=user, on=today())[0]
        if outcome.refusal is None and outcome.subject.look:
            return redirect("enrolment:second_look", public_id=outcome.subject.look.public_id)
        _refuse(form, outcome)
    recommendation, placement = queries.about(employee)
    context = {
        "employee": employee,
        "is_own": employee.user_id == user.pk,
        "form": form,
        "recommendation": recommendation,
        "placement": placement,
        "decisions": queries.decisions(recommendation, placement),
        "open": next((look for look in looks if look.closed_on is None), None),
    }
    return render(request, "enrolment/second_look_ask.html", context)


@signed_in
@require_safe
def second_look(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One second look: the words, who reviews it until when, what came of it; HR also reads the whole explanation."""
    look, user = _visible(request, public_id), _user(request)
    acts = acts_for(user, look.employee)
    is_hr = acts or user.is_auditor
    context = {
        "look": look,
        "employee": look.employee,
        "is_own": look.employee.user_id == user.pk,
        "is_hr": is_hr,
        "decisions": queries.decisions(look.recommendation, look.placement),
        "may_close": acts and look.closed_on is None and look.reviewer_id == user.pk,
        "may_name": acts and look.closed_on is None,
        "may_decide": acts and look.employee.user_id != user.pk and bool(look.is_changed),
        "day": today(),
        "explained": _explained(look) if is_hr else None,
    }
    return render(request, "enrolment/second_look.html", context)


@decides
@require_http_methods(READ_OR_SEND)
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The reviewer writes what came of it; if the decision changes, deciding comes next."""
    user = _user(request)
    look = _found(handled(SecondLook.objects.all(), user), public_id)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_changed = form.cleaned_data["is_changed"] == "yes"
        closing = Closing(look, form.cleaned_data["outcome"], is_changed)
        outcome: Outcome[SecondLook] = run(close_second_look, [closing], by=user, on=today())[0]
        if outcome.refusal is None:
            messages.success(request, f"{look.reference} is closed; {look.asked_by} reads what came of it.")
            if is_changed:
                return redirect("enrolment:decide", public_id=look.employee.public_id)
            return redirect("enrolment:second_look", public_id=public_id)
        _refuse(form, outcome)
    context = {
        "look": look,
        "employee": look.employee,
        "decisions": queries.decisions(look.recommendation, look.placement),
        "form": form,
        "is_reviewer": look.reviewer_id == user.pk,
    }
    return render(request, "enrolment/second_look_close.html", context)


@answers
@require_http_methods(READ_OR_SEND)
def name_reviewer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """HR or the administrator names who looks again, out of those who may."""
    look, on = _found(SecondLook.objects.given_out_by(request.user), public_id), today()
    in_hr = queries.reviewers(on)
    barred = queries.barred(look, in_hr)
    people = [user for user in in_hr if user.pk not in barred]
    form = ReviewerForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        naming = Naming(look, form.chosen())
        outcome: Outcome[SecondLook] = run(name_a_reviewer, [naming], by=_user(request), on=on)[0]
        if outcome.refusal is None:
            messages.success(request, f"{form.chosen()} reviews {look.reference}.")
            if acts_for(_user(request), look.employee):
                return redirect("enrolment:second_look", public_id=public_id)
            return redirect("enrolment:second_looks")
        _refuse(form, outcome)
    context = {"look": look, "employee": look.employee, "form": form, "people": people}
    context["may_open"] = acts_for(_user(request), look.employee)
    return render(request, "enrolment/second_look_reviewer.html", context)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _visible(request: HttpRequest, public_id: UUID) -> SecondLook:
    """The second look, or Http404 when this person may not see it."""
    return _found(SecondLook.objects.visible_to(request.user), public_id)


def _found(rows: QuerySet[SecondLook], public_id: UUID) -> SecondLook:
    about = ("placement__programme", "placement__decided_by__employee", "recommendation__programme")
    answer = ("recommendation__placement__programme", "recommendation__placement__decided_by__employee")
    rows = rows.select_related(*queries.LOOK, *about, *answer, "recommendation__response__questionnaire")
    return get_object_or_404(rows, public_id=public_id)


def _explained(look: SecondLook) -> assessment_queries.Explained | None:
    if look.recommendation is None:
        return None
    response = look.recommendation.response
    version = assessment_queries.version(response.questionnaire)
    return assessment_queries.explain_made(version, look.recommendation, response.answers)


def _refuse(form: Any, outcome: Outcome[Any]) -> None:
    if outcome.refusal:
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
