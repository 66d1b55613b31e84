"""The page on which HR confirms what no record proves, several facts at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from enrolment.actions.confirmations import confirm_facts
from enrolment.actions.outcomes import run
from enrolment.forms.confirmations import ConfirmForm
from enrolment.models import Enrolment
from enrolment.queries import enrolments as queries
from enrolment.queries.confirmations import findings
from enrolment.rules import say
from enrolment.views.enrolments import to_act_on
from people.access import decides
from people.clock import today


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Every fact that applies to one enrolment, each answered yes, no or not yet."""
    on = today()
    shown = to_act_on(request, public_id)
    records = queries.history_of(shown.employee_id, on=on)
    shown = next(record for record in records if record.pk == shown.pk)
    cannot = _cannot(request, shown)
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        findings=[] if cannot else findings(shown, [record for record in records if record.pk != shown.pk]),
    )
    if request.method == "POST" and not cannot and form.is_valid():
        answers = form.answers()
        outcome = run(confirm_facts, [shown], answers=answers, by=request.user, on=on)[0]
        if outcome.refusal is None:
            return _back(request, shown, answers)
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    context = {"enrolment": shown, "employee": shown.employee, "form": form, "cannot": cannot}
    return render(request, "enrolment/confirm.html", context)


def _cannot(request: HttpRequest, shown: Enrolment) -> str:
    """Why there is nothing to ask at all."""
    if shown.employee.user_id == request.user.pk:
        return "Somebody else decides about you: ask a colleague in HR."
    if shown.status not in Enrolment.LIVE:
        return f"This enrolment is {shown.get_status_display()}: nothing is to confirm any more."
    if shown.start_date is None:
        return "Facts are confirmed for a start: give it dates first."
    return ""


def _back(request: HttpRequest, shown: Enrolment, answers: dict[Any, bool]) -> HttpResponse:
    noes = [str(fact.label) for fact, is_met in answers.items() if not is_met]
    start = say(shown.start_date) if shown.start_date else ""
    said = f"Recorded for the start on {start}: {len(answers)} of {shown.employee.given_names}’s facts."
    if noes:
        messages.warning(request, f"{said} A no to {', '.join(noes)} puts this on the clash desk.")
    else:
        messages.success(request, said)
    return redirect(f"{reverse('enrolment:enrolment', args=[shown.public_id])}?done=confirmed")
