"""The moves HR makes on one enrolment: complete, withdraw, cancel. A small form, a check, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enrolment import rules
from enrolment.actions import changes as actions
from enrolment.actions.outcomes import run
from enrolment.forms.moves import CancelForm, CompleteForm, MoveForm, WithdrawForm
from enrolment.models import Enrolment
from enrolment.queries import enrolments as queries
from enrolment.rules import Refusal
from enrolment.views.enrolments import visible
from people.access import View, decides
from people.clock import today


@dataclass(frozen=True)
class Way:
    """How a move is asked and said: its form, its action, and what its page warns of."""

    form: type[MoveForm]
    action: Callable[..., Any]
    title: str
    consequence: str
    is_danger: bool = False


WAYS = {
    "complete": Way(CompleteForm, actions.complete, "Complete", "The days after the actual finish are free."),
    "withdraw": Way(
        WithdrawForm,
        actions.withdraw,
        "Withdraw",
        "The last day of learning still counts; the days after it are free. This cannot be taken back.",
        is_danger=True,
    ),
    "cancel": Way(
        CancelForm,
        actions.cancel,
        "Cancel",
        "Its days and its seat are free at once. This cannot be taken back.",
        is_danger=True,
    ),
}


def _page(name: str) -> View:
    @decides
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        return _move(request, public_id, name)

    view.__doc__ = f"{WAYS[name].title} one enrolment."
    return view


complete, withdraw, cancel = (_page(name) for name in WAYS)


def _move(request: HttpRequest, public_id: UUID, name: str) -> HttpResponse:
    """Ask, check, do. A repeated submit finds its first result by its key; without one the check page is shown."""
    way, on = WAYS[name], today()
    shown = visible(request, public_id)
    records = queries.history_of(shown.employee_id, on=on)
    enrolment = next(record for record in records if record.pk == shown.pk)
    form = way.form(request.POST if request.method == "POST" else None)
    cannot = _cannot(request, name, enrolment)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked and "confirm" in request.POST and form.cleaned_data["key"]:
        outcome = run(way.action, [enrolment], by=request.user, on=on, **form.cleaned_data)[0]
        if outcome.refusal is None:
            return _back(request, outcome.subject)
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    elif is_asked and not cannot and (refusal := _refusal(name, enrolment, form, on=on)):
        form.add_error("ended_on", ValidationError(refusal.message, refusal.code))
    is_checked = is_asked and not cannot and not form.errors
    context = {
        "enrolment": enrolment,
        "employee": enrolment.employee,
        "way": way,
        "title": f"{way.title} {enrolment.programme.name} for {enrolment.employee.name}",
        "form": form,
        "cannot": cannot,
        "checked": _rows(enrolment, form) if is_checked else None,
        "answers": form.answers() if is_checked else {},
    }
    return render(request, "enrolment/move.html", context)


def _refusal(name: str, enrolment: Enrolment, form: MoveForm, *, on: date) -> Refusal | None:
    """What the action would refuse of the day given, said while the form is still open."""
    if "ended_on" not in form.cleaned_data:
        return None
    closing = rules.MOVES.check(name, enrolment.status, rules.HR).target
    return rules.closing_refusal(enrolment, form.cleaned_data["ended_on"], closing=closing, on=on)


def _cannot(request: HttpRequest, name: str, enrolment: Enrolment) -> str:
    """Why the move is not there at all: the enrolment's status, or that it is the reader's own."""
    if enrolment.employee.user_id == request.user.pk:
        return "Somebody else decides about you: ask a colleague in HR."
    try:
        rules.MOVES.check(name, enrolment.status, rules.HR)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


def _rows(enrolment: Enrolment, form: MoveForm) -> list[dict[str, Any]]:
    given = [
        (form.fields[name].label or name.capitalize(), rules.say(value) if isinstance(value, date) else value)
        for name, value in form.given().items()
    ]
    pairs = [("Person", enrolment.employee.name), ("Programme", enrolment.programme.name), *given]
    return [{"label": label, "value": value, "change_url": None} for label, value in pairs]


def _back(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    state = enrolment.get_status_display()
    messages.success(request, f"{enrolment.programme.name} for {enrolment.employee.name} is now {state}.")
    return redirect("enrolment:enrolment", public_id=enrolment.public_id)
