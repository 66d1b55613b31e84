"""Pages on which HR writes records of people: one edited, somebody added, a leaver, somebody who comes back."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from enrolment.actions.directory import Edit, fingerprint, save_records
from enrolment.actions.outcomes import run
from enrolment.actions.people import give_access
from enrolment.forms.directory import LeaveForm, NewRecordForm, ReasonForm, RecordForm, ReturnForm, lines
from enrolment.queries.consequences import consequences
from enrolment.queries.leaving import holdings
from people.access import decides, everywhere_decides
from people.actions.accounts import invite
from people.clock import now, today
from people.entries import NOTHING, Facts
from people.models import Employee, User
from people.queries import stored
from people.rules import say

FIELD_OF = {
    "email_taken": "email",
    "merged": "staff_number",
    "staff_number_taken": "staff_number",
    "unknown_manager": "manager_staff_number",
    "manager_loop": "manager_staff_number",
    "end_before_start": "employed_until",
}
OWN = "Somebody else edits your record: ask a colleague in HR."


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Every fact of one record; what it touches is shown before it is saved."""
    person = _person(request, public_id)
    facts = _facts(person)
    seen = {"seen": fingerprint(person.staff_number, facts)}
    begun = {**RecordForm.facts(person.staff_number, facts), **seen}
    form = RecordForm(request.POST or None, initial=begun, on=today(), reader=_reader(request))
    return _steps(request, person, facts, form, title=f"Edit {person.name}", lead="", button="Save")


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The last day of somebody's employment."""
    person = _person(request, public_id)
    facts = _facts(person)
    begun = {"employed_until": person.employed_until, "seen": fingerprint(person.staff_number, facts)}
    form = LeaveForm(request.POST or None, initial=begun, since=person.employed_from)
    lead = "Plans and nominations that lie ahead are called off; what has begun is not stopped."
    return _steps(request, person, facts, form, title=f"{person.name} leaves", lead=lead, button="Record the last day")


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Somebody who left works here again."""
    person = _person(request, public_id)
    facts = _facts(person)
    begun = {"employed_from": person.employed_from, "seen": fingerprint(person.staff_number, facts)}
    form = ReturnForm(request.POST or None, initial=begun)
    lead = "Their account opens again. Nothing that was called off comes back by itself."
    return _steps(request, person, facts, form, title=f"{person.name} comes back", lead=lead, button="Record it")


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Somebody who is in no file yet, with an invitation if wanted."""
    form = NewRecordForm(request.POST or None, on=today(), reader=_reader(request))
    if request.method == "POST" and form.is_valid():
        number = " ".join(form.cleaned_data["staff_number"].split())
        made = Edit(number, form.after(NOTHING))
        outcome = run(save_records, [made], by=request.user, on=today(), reason=form.cleaned_data["reason"])[0]
        if outcome.is_done and (person := outcome.subject.person):
            messages.success(request, f"{person.name} is added.")
            if form.cleaned_data["invite"]:
                _invite(request, person)
            return redirect("enrolment:person", public_id=person.public_id)
        _refused(form, outcome.refusal)
    context = {
        "form": form,
        "title": "Add a person",
        "lead": "For one or two people. Many at once come from your people file.",
        "button": "Add this person",
        "employee": None,
        "cannot": "",
        "back_url": reverse("enrolment:people"),
        "back_label": "People",
    }
    return render(request, "enrolment/record.html", context)


def _steps(
    request: HttpRequest, person: Employee, facts: Facts, form: ReasonForm, *, title: str, lead: str, button: str
) -> HttpResponse:
    """The form; where something is touched, what that is; then it is saved."""
    address = reverse("enrolment:person", args=[person.public_id])
    cannot = OWN if person.user_id == request.user.pk else ""
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "lead": lead,
        "button": button,
        "employee": person,
        "cannot": cannot,
        "back_url": address,
        "back_label": person.name,
    }
    if request.method == "POST" and not cannot and "change" not in request.POST and form.is_valid():
        number = " ".join(form.cleaned_data.get("staff_number", person.staff_number).split())
        after = form.after(facts)
        changes = lines(person.staff_number, facts, number, after)
        if not changes:
            messages.info(request, "Nothing was changed.")
            return redirect(address)
        touched = consequences(person, facts, after, on=today())
        seen = form.cleaned_data["seen"] or fingerprint(person.staff_number, facts)
        shown = sha256("\n".join(touched).encode()).hexdigest()[:32]
        if touched and ("confirm" not in request.POST or request.POST.get("shown") != shown):
            answers = {**form.answers(), "seen": seen, "shown": shown}
            more = {"changes": changes, "touched": touched, "answers": answers}
            return render(request, "enrolment/record_check.html", {**context, **more})
        wanted = Edit(number, after, person, seen)
        outcome = run(save_records, [wanted], by=request.user, on=today(), reason=form.cleaned_data["reason"])[0]
        if outcome.is_done and outcome.subject.person:
            _say(request, outcome.subject.person, on=today())
            return redirect(address)
        _refused(form, outcome.refusal)
    return render(request, "enrolment/record.html", context)


def _say(request: HttpRequest, person: Employee, *, on: date) -> None:
    """What was done; where somebody has left, what others take over now."""
    if person.left_on == on and person.employed_until:
        behind = " ".join(holdings([person])[person.pk].sentences())
        messages.success(request, f"{person.name} left on {say(person.employed_until)}. {behind}".strip())
    else:
        messages.success(request, f"The record of {person.name} is saved.")


def _refused(form: ReasonForm, refusal: Any) -> None:
    if refusal:
        name = FIELD_OF.get(refusal.code)
        form.add_error(name if name in form.fields else None, ValidationError(refusal.message, refusal.code))


def _invite(request: HttpRequest, person: Employee) -> None:
    try:
        user = run(give_access, [person], by=request.user, on=today())[0].or_error().user
        assert user
        invite(user, at=now())
        messages.success(request, f"{user.email} gets an invitation to choose how to sign in.")
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    except OSError:
        messages.error(request, "The account is made, and the e-mail could not be sent. Send it again in a while.")


def _person(request: HttpRequest, public_id: UUID) -> Employee:
    rows = Employee.objects.handled_by(request.user).select_related("user", "department", "manager")
    return get_object_or_404(rows, public_id=public_id)


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _facts(person: Employee) -> Facts:
    return stored([person.staff_number])[person.staff_number].facts
