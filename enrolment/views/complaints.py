"""Complaints about data use: made by anybody who signs in, listed for HR, answered in writing, read by the person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from assessment.models import Complaint
from enrolment.actions.complaints import Answering, Complaining
from enrolment.actions.complaints import answer_complaint as give_an_answer
from enrolment.actions.complaints import complain as make_a_complaint
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.reviews import AnswerForm, ComplainForm
from enrolment.queries import reviews as queries
from enrolment.queries.keyset import page
from enrolment.queries.reviews import may_answer_to
from enrolment.views.paging import page_links
from people.access import answers, hears, signed_in
from people.clock import today
from people.models import User

READ_OR_SEND = ("GET", "HEAD", "POST")
SHOWN = {"": "Open", "overdue": "Overdue", "answered": "Answered"}
MOST_OWN = 20


@signed_in
@require_http_methods(READ_OR_SEND)
def complain(request: HttpRequest) -> HttpResponse:
    """The form, and what one complained about before with what came of it."""
    user = _user(request)
    form = ComplainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wish = Complaining(form.cleaned_data["words"], key=form.cleaned_data["key"])
        outcome: Outcome[Complaining] = run(make_a_complaint, [wish], by=user, on=today())[0]
        if outcome.refusal is None and outcome.subject.complaint:
            return redirect("enrolment:complaint", public_id=outcome.subject.complaint.public_id)
        _refuse(form, outcome)
    own = Complaint.objects.filter(made_by=user).order_by("-made_on", "-id")[:MOST_OWN]
    return render(request, "enrolment/complain.html", {"form": form, "rows": list(own), "day": today()})


@hears
@require_safe
def complaints(request: HttpRequest) -> HttpResponse:
    """HR's list: the open ones by the day they are due, so that overdue ones stand first; or those answered."""
    on, show = today(), request.GET.get("show", "")
    show = show if show in SHOWN else ""
    found = page(
        queries.listed_complaints(_user(request), show=show, on=on),
        "due_on",
        descending=show == "answered",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": found.rows,
        "day": on,
        "shown": SHOWN.items(),
        "show": show,
        **page_links(found, {"show": show}),
    }
    return render(request, "enrolment/complaints.html", context)


@signed_in
@require_safe
def complaint(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One complaint, for whoever made it and for those who answer."""
    shown, user = _visible(request, public_id), _user(request)
    is_own = shown.made_by_id == user.pk
    may_answer = may_answer_to(shown, user) and not is_own and shown.answered_on is None
    context = {"complaint": shown, "is_own": is_own, "may_answer": may_answer, "day": today()}
    return render(request, "enrolment/complaint.html", context)


@answers
@require_http_methods(READ_OR_SEND)
def answer_complaint(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Answer a complaint in writing."""
    shown, user = _visible(request, public_id), _user(request)
    if not may_answer_to(shown, user):
        raise Http404("Somebody else answers this complaint.")
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = Answering(shown, form.cleaned_data["answer"])
        outcome: Outcome[Complaint] = run(give_an_answer, [answer], by=user, on=today())[0]
        if outcome.refusal is None:
            messages.success(request, f"{shown.reference} is answered; {shown.made_by} reads it.")
            return redirect("enrolment:complaint", public_id=public_id)
        _refuse(form, outcome)
    context = {"complaint": shown, "form": form, "is_own": shown.made_by_id == user.pk}
    return render(request, "enrolment/complaint_answer.html", context)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _visible(request: HttpRequest, public_id: UUID) -> Complaint:
    """The complaint, or Http404 when this person may not see it."""
    rows = Complaint.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("made_by__employee", "answered_by__employee"), public_id=public_id)


def _refuse(form: ComplainForm | AnswerForm, outcome: Outcome[Complaining] | Outcome[Complaint]) -> None:
    if outcome.refusal:
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
