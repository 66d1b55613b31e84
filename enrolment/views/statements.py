"""What a learner says of what is recorded about them, and where HR answers what they dispute."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from enrolment.actions.outcomes import Outcome, run
from enrolment.actions.statements import Reply, Saying, answer_disputes, say_of_record
from enrolment.forms.statements import ReplyForm, SayForm
from enrolment.models import Enrolment, Statement, StatementEvent
from enrolment.queries import statements as queries
from enrolment.rules.statements import LAPSED, TO_CHECK, changed, key
from people.access import decides, signed_in
from people.clock import today
from people.models import User
from people.queries import handled

READ_OR_SEND = ("GET", "HEAD", "POST")
STATES = {TO_CHECK: "Theirs to check", LAPSED: "Not confirmed in time", **dict(Statement.Status.choices)}
MOVES = {"confirm": "Confirmed", "dispute": "Disputed", "answer": "Answered"}


@signed_in
@require_http_methods(READ_OR_SEND)
def check_record(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The learner reads what is recorded about one enrolment of theirs, and confirms or disputes it."""
    user, on = _user(request), today()
    enrolment = get_object_or_404(queries.own(user), public_id=public_id)
    found = queries.recorded([enrolment], on=on)[enrolment.pk]
    form = SayForm(request.POST or None, initial={"key": key(found.facts)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        saying = Saying(enrolment, given["is_right"] == "yes", given["reason"], given["key"])
        outcome: Outcome[Enrolment] = run(say_of_record, [saying], by=user, on=on)[0]
        if outcome.refusal is None:
            said = "You have confirmed it." if saying.is_right else "HR reads what is wrong, and answers you in words."
            messages.success(request, said)
            return redirect("enrolment:check_record", public_id=public_id)
        _refuse(form, outcome)
        found = queries.recorded([enrolment], on=on)[enrolment.pk]
        form.data = {**request.POST.dict(), "key": key(found.facts)}  # what is shown now is what a second try is about
    is_disputed = found.standing.state == Statement.Status.DISPUTED
    context = {
        "enrolment": enrolment,
        "form": form,
        "may_say": found.standing.is_open and not is_disputed,
        "may_take_back": is_disputed,
        "key": key(found.facts),
        **_shown(found),
    }
    return render(request, "enrolment/check_record.html", context)


@decides
@require_http_methods(READ_OR_SEND)
def answer_dispute(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """HR answers what a learner disputes of one enrolment; 404 where they never said anything."""
    user, on = _user(request), today()
    rows = queries.with_facts(handled(Enrolment.objects.filter(statement__isnull=False), user))
    enrolment = get_object_or_404(rows, public_id=public_id)
    statement = get_object_or_404(Statement.objects.visible_to(user), enrolment=enrolment)
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reply = Reply(statement, form.cleaned_data["answer"])
        outcome: Outcome[Statement] = run(answer_disputes, [reply], by=user, on=on)[0]
        if outcome.refusal is None:
            messages.success(request, f"{enrolment.employee.name} reads your answer.")
            return redirect("enrolment:enrolment", public_id=public_id)
        _refuse(form, outcome)
    found = queries.recorded([enrolment], on=on).get(enrolment.pk)
    context = {
        "enrolment": enrolment,
        "employee": enrolment.employee,
        "form": form,
        "is_own": enrolment.employee.user_id == user.pk,
        "is_open": statement.status == Statement.Status.DISPUTED,
        "statement": statement,
        "changed": changed(statement.facts, found.facts) if found else [],
        "steps": steps(queries.history(statement)),
    }
    return render(request, "enrolment/answer_dispute.html", context)


def steps(events: list[StatementEvent]) -> list[tuple[str, StatementEvent]]:
    """The history of an enrolment's statement, each event with its words."""
    return [(MOVES[event.move], event) for event in events]


def stands(found: queries.Recorded | None, *, is_own: bool) -> dict[str, Any]:
    """Where a learner's word on a record stands, for a pill and a sentence beside it; empty for what was cancelled.

    ``is_own``: the learner reads it, else somebody to whom it is the learner's to check.
    """
    if found is None:
        return {}
    standing = found.standing
    label = "Yours to check" if is_own and standing.state == TO_CHECK else STATES[standing.state]
    return {"state": standing.state, "label": label, "until": standing.until, "open": standing.is_open}


def _shown(found: queries.Recorded) -> dict[str, Any]:
    pairs = [{"label": label, "value": value, "change_url": None} for label, value in found.facts]
    return {
        "facts": pairs,
        "stands": stands(found, is_own=True),
        "statement": found.statement,
        "changed": changed(found.statement.facts, found.facts) if found.statement else [],
        "steps": steps(queries.history(found.statement)),
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _refuse(form: SayForm | ReplyForm, outcome: Outcome[Any]) -> None:
    if outcome.refusal:
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
