"""A manager, a deputy or HR says how a programme ended that ran past its planned end."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from enrolment import rules
from enrolment.actions.endings import Telling, tell_endings
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.endings import EndingForm
from enrolment.models import Ending, Enrolment
from enrolment.queries import endings as queries
from people.access import signed_in
from people.clock import today
from people.models import User
from people.reach import acts_for

IN_BOX = {"day_missing", "in_future", "before_start", "in_past"}
CLOSES = {
    Ending.How.FINISHED: ("complete", "Complete", "ended_on"),
    Ending.How.LEFT: ("withdraw", "Withdraw", "ended_on"),
    Ending.How.LONGER: ("extend", "Extend", "planned_end_date"),
}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ending(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say how one enrolment ended, and read what was said of it; 404 for what the reader does not speak for."""
    user, on = request.user, today()
    assert isinstance(user, User)
    rows = queries.tellable(user).select_related("employee", "programme")
    enrolment = get_object_or_404(rows, public_id=public_id)
    is_asked = queries.is_past(enrolment, on)
    form = EndingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and is_asked and form.is_valid():
        telling = Telling(enrolment, **form.cleaned_data)
        outcome: Outcome[Enrolment] = run(tell_endings, [telling], by=user, on=on)[0]
        if outcome.refusal is None:
            messages.success(request, f"HR reads how it ended for {enrolment.employee.name}, and closes it.")
            is_hr = acts_for(user, enrolment.employee)
            return redirect("enrolment:enrolment", public_id=public_id) if is_hr else redirect("enrolment:needs")
        box = "day" if outcome.refusal.code in IN_BOX else None
        form.add_error(box, ValidationError(outcome.refusal.message, outcome.refusal.code))
    context = {
        "enrolment": enrolment,
        "employee": enrolment.employee,
        "form": form,
        "is_asked": is_asked,
        "endings": said(queries.said_of(enrolment)),
    }
    return render(request, "enrolment/ending.html", context)


def told_beside(enrolment: Enrolment, user: User, *, on: date, closes: bool) -> dict[str, Any]:
    """For an enrolment's page: what HR was told of its end, whether the reader may say it, and the move that does it.

    The learner is not shown it: it is said to HR, who answer what a learner asks of their record.
    """
    is_own = enrolment.employee.user_id == user.pk
    holds = queries.told([enrolment]).get(enrolment.pk)
    return {
        "endings": [] if is_own else said(queries.said_of(enrolment)),
        "may_say_ending": not is_own and queries.may_tell(enrolment, user, on=on),
        "is_ending_told": holds is not None,
        "close": way_to_close(holds, enrolment) if holds and closes else None,
    }


def said(rows: list[Ending]) -> list[dict[str, Any]]:
    """What was said, as pages show it, in the order given."""
    return [{"ending": row, "sentence": sentence(row)} for row in rows]


def sentence(row: Ending) -> str:
    """What was said, in a few words: the end of a sentence that begins with who said it."""
    if row.day is None:
        return row.get_how_display()
    return f"{row.get_how_display()}, {'until' if row.how == Ending.How.LONGER else 'last day'} {rules.say(row.day)}"


def way_to_close(row: Ending, enrolment: Enrolment) -> dict[str, str]:
    """The move that does what was said, with its day filled in: its address and its words for a button."""
    name, label, box = CLOSES[Ending.How(row.how)]
    address = reverse(f"enrolment:{name}", args=[enrolment.public_id])
    return {"url": f"{address}?{urlencode({box: row.day.isoformat()})}" if row.day else address, "label": label}
