"""A nominee's own page: who holds the decision and since when, and their word."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from enrolment.actions.outcomes import run
from enrolment.actions.words import give_word
from enrolment.forms.nominations import WordForm
from enrolment.models import Nomination
from enrolment.queries import nominations as queries
from enrolment.queries.happened import NOMINATION_STEPS
from enrolment.queries.holding import holder
from enrolment.rules.nominations import expires_on
from enrolment.views.nominations import protected, said
from people.access import signed_in
from people.clock import today
from people.models import User
from people.queries import policy

N = Nomination.Status


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def my_nomination(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One nomination of the reader. What was declined is said when the learner is told, after the manager."""
    user, on = request.user, today()
    assert isinstance(user, User)
    found = get_object_or_404(queries.of_learner(user), public_id=public_id)
    is_open = found.status == N.SUBMITTED
    form = WordForm(request.POST or None, initial={"word": found.word, "comment": found.word_comment})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        outcome = run(give_word, [found], by=user, on=on, word=given["word"], comment=given["comment"])[0]
        if outcome.refusal is None:
            messages.success(request, "Your manager and HR see your word. You can change it until HR decides.")
            return redirect("enrolment:my_nomination", public_id=public_id)
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    told_on = queries.told_on(found) if found.status == N.DECLINED else None
    context = {
        "nomination": found,
        "form": form,
        "is_open": is_open,
        "holder": holder(found, on=on),
        "protected": protected(found),
        "told_on": told_on,
        "is_told": told_on is not None and told_on <= on,
        "expires_on": expires_on(found, policy()),
        "steps": [(said(event), event.on) for event in queries.steps(found) if event.move in NOMINATION_STEPS],
    }
    return render(request, "enrolment/my_nomination.html", context)
