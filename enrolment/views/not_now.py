"""A learner says “not now” of a programme, and takes it back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from enrolment.actions.not_now import Putting, say_not_now, take_back_not_now
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.not_now import NotNowForm
from enrolment.queries import not_now as queries
from people.access import signed_in
from people.clock import today
from people.models import User
from programmes.models import Programme


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def not_now(request: HttpRequest, code: str) -> HttpResponse:
    """Put a programme off, or take that back; 404 for what is neither proposed to the reader nor put off by them."""
    user, on = request.user, today()
    assert isinstance(user, User)
    employee, programme = user.own_record(), get_object_or_404(Programme, code=code)
    if employee is None:
        raise Http404("Nobody's programme.")
    put_off = queries.in_force([employee.pk], on=on).get(employee.pk, [])
    said = next((row for row in put_off if row.programme_id == programme.pk), None)
    if said is None and programme not in queries.proposals(employee):
        raise Http404("Not proposed.")
    form = NotNowForm(request.POST or None, on=on)
    if request.method == "POST" and request.POST.get("do") == "take_back":
        run(take_back_not_now, [Putting(employee, programme)], by=user, on=on)
        messages.success(request, f"You are asked about {programme.name} again.")
        return redirect("enrolment:my_programme")
    if request.method == "POST" and form.is_valid():
        wish = Putting(employee, programme, form.cleaned_data["until"], form.cleaned_data["reason"])
        outcome: Outcome[Putting] = run(say_not_now, [wish], by=user, on=on)[0]
        if outcome.refusal is None:
            messages.success(request, f"Nobody reminds you of {programme.name} for now. Your manager and HR see it.")
            return redirect("enrolment:my_programme")
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    context = {"programme": programme, "form": form, "said": [said] if said else []}
    return render(request, "enrolment/not_now.html", context)
