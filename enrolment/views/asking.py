"""A learner asks to be nominated and takes it back; their manager, a deputy or HR turns it down with a reason."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from enrolment.actions import asking as actions
from enrolment.actions.asking import Asking
from enrolment.actions.nominations import turn_down
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.nominations import AskForm, TurnDownForm
from enrolment.queries import nominations as queries
from enrolment.queries.holding import holder
from people.access import signed_in
from people.clock import today
from people.models import User
from programmes.models import Programme


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to be nominated: which programme, and why if there is something to say. 404 without a record of one's own."""
    user, on = request.user, today()
    assert isinstance(user, User)
    employee = user.own_record()
    if employee is None:
        raise Http404("Nobody to nominate.")
    programmes = list(Programme.objects.all())
    form = AskForm(request.POST or None, initial={"programme": request.GET.get("programme")}, programmes=programmes)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wish = Asking(employee, form.chosen(), given["why"], given["key"])
        outcome: Outcome[Asking] = run(actions.ask, [wish], by=user, on=on)[0]
        if outcome.refusal is None and (made := outcome.subject.nomination):
            held = holder(made, on=on)
            told = f" {held.who} answers." if held else ""
            messages.success(request, f"You asked to be nominated for {wish.programme.name}.{told}")
            return redirect("enrolment:my_nomination", public_id=made.public_id)
        assert outcome.refusal is not None
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    return render(request, "enrolment/ask_nomination.html", {"form": form})


@signed_in
@require_POST
def take_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back what the reader asked for."""
    user = request.user
    assert isinstance(user, User)
    found = get_object_or_404(queries.of_learner(user), public_id=public_id)
    outcome = run(actions.take_back, [found], by=user, on=today())[0]
    if outcome.refusal is None:
        messages.success(request, f"You took it back. You can ask for {found.programme.name} again.")
    else:
        messages.error(request, outcome.refusal.message)
    return redirect("enrolment:my_nomination", public_id=public_id)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def turn_down_wish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say why somebody who asked is not nominated. Whoever may only read it is refused."""
    user = request.user
    assert isinstance(user, User)
    found = get_object_or_404(queries.shown(user), public_id=public_id)
    if not queries.may_answer(user, found):
        if found.status == found.Status.ASKED:
            raise PermissionDenied("Their manager answers, or HR.")
        messages.error(request, f"It is {found.get_status_display()} already; nothing was changed.")
        return redirect("enrolment:nomination", public_id=public_id)
    form = TurnDownForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = run(turn_down, [found], by=user, on=today(), **form.cleaned_data)[0]
        if outcome.refusal is None:
            messages.success(request, f"{found.employee.name} reads your reason.")
            return redirect("enrolment:nomination", public_id=public_id)
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    return render(request, "enrolment/turn_down.html", {"form": form, "nomination": found})
