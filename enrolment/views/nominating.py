"""Nominating one or several people together: what the planner says of each first, then one yes for those ticked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enrolment import rules
from enrolment.actions import nominations as actions
from enrolment.actions.nominations import NominationWish
from enrolment.actions.outcomes import Outcome, run
from enrolment.actions.sendings import send
from enrolment.forms.nominations import NominateManyForm
from enrolment.queries import nominating as queries
from enrolment.queries.team import reports
from enrolment.views.nominations import MOST_REPORTS
from people.access import nominates
from people.cells import listed
from people.clock import today
from people.models import Employee, User
from programmes.models import Programme

TIME_TO_ANSWER = timedelta(days=14)


@nominates
@require_http_methods(["GET", "HEAD", "POST"])
def nominate_many(request: HttpRequest) -> HttpResponse:
    """Nominate several of one's line, or of those for whom one acts as HR; where they are very many, by staff number.

    Nothing is sent before the check was seen and said yes to.
    """
    user, on = request.user, today()
    assert isinstance(user, User)
    everybody = Employee.objects.acted_for_by(user).exclude(user=user)
    by_name = reports(user, on).order_by("family_name", "given_names", "id")
    team = [] if user.is_hr else list(by_name[: MOST_REPORTS + 1])
    form = NominateManyForm(
        _given(request),
        initial={"people": request.GET.getlist("pick")},
        everybody=everybody,
        reports=None if user.is_hr or len(team) > MOST_REPORTS else team,
        programmes=list(Programme.objects.all()),
    )
    if request.method != "POST" or "change" in request.POST or not form.is_valid():
        return _form(request, form, is_changing="change" in request.POST)
    programme = form.chosen_programme()
    people = form.chosen()
    placed = {} if programme else queries.placed_on([person.pk for person in people])
    shown = queries.looks([(person, programme or placed.get(person.pk)) for person in people], reader=user, on=on)
    if "ask" in request.POST:
        _ask(request, [look.employee for look in shown if look.is_to_answer], form, by=user, on=on)
    elif "confirm" in request.POST:
        if is_seen(shown, request.POST.getlist("seen")):
            return _nominate(request, form, shown, by=user, on=on) or _form(request, form)
        messages.error(request, "Something has changed since you looked. Look again, then say yes.")
    return render(request, "enrolment/nominate_check.html", _check(form, shown, user, on))


def _given(request: HttpRequest) -> QueryDict | None:
    """What was sent; the check page sends each staff number by itself, with its tick."""
    if request.method != "POST":
        return None
    given = request.POST.copy()
    if "staff_numbers" in given:
        given["staff_numbers"] = "\n".join(given.getlist("staff_numbers"))
    return given


def is_seen(shown: Sequence[queries.Look], given: Sequence[str]) -> bool:
    """Whether what holds now is what the check page showed of each of these."""
    return {queries.seen(look) for look in shown} <= set(given)


def _form(request: HttpRequest, form: NominateManyForm, *, is_changing: bool = False) -> HttpResponse:
    if is_changing:  # the same answers, and nothing is wrong with them yet
        given = QueryDict(mutable=True)
        given.update(form.data)
        initial = {name: given.getlist(name) if name == "people" else given.get(name) for name in form.fields}
        form = NominateManyForm(
            initial=initial,
            everybody=form.everybody,
            reports=list(form.reports.values()) if "people" in form.fields else None,
            programmes=list(form.programmes.values()),
        )
    return render(request, "enrolment/nominate_many.html", {"form": form})


def _check(form: NominateManyForm, shown: Sequence[queries.Look], user: User, on: date) -> dict[str, Any]:
    """What the check page says: each person, then the team's load with those whom it would be legal for."""
    return {
        "shown": [(look, queries.seen(look)) for look in shown],
        "can_send": any(look.programme and not look.is_asked_for for look in shown),
        "without": [look.employee for look in shown if look.is_to_answer],
        "loads": queries.loads(shown, reader=user, on=on),
        "answers": form.answers(),
        "is_by_number": "staff_numbers" in form.fields,
    }


def _nominate(
    request: HttpRequest, form: NominateManyForm, shown: Sequence[queries.Look], *, by: User, on: date
) -> HttpResponse | None:
    """One action for all of them; None, with why on the form, where nobody could be nominated."""
    given = form.cleaned_data
    wishes = [
        NominationWish(
            look.employee,
            look.programme,
            given["reason"],
            key=key_of(given["key"], look.employee.public_id),
            protected_hours=given["protected_hours"],
            protected_time=given["protected_time"],
        )
        for look in shown
    ]
    outcomes: list[Outcome[NominationWish]] = run(actions.nominate, wishes, by=by, on=on)
    done = [outcome.subject for outcome in outcomes if outcome.is_done]
    refusals = [outcome.refusal for outcome in outcomes if outcome.refusal]
    if not done:
        for refusal in refusals:
            form.add_error(None, ValidationError(refusal.message, refusal.code))
        return None
    names = listed([wish.employee.name for wish in done])
    messages.success(request, f"You nominated {names}. HR answers next; each is asked for their word.")
    for refusal in refusals:
        messages.error(request, refusal.message)
    if len(done) == 1 and done[0].nomination:
        return redirect("enrolment:nomination", public_id=done[0].nomination.public_id)
    return redirect("enrolment:nominations")


def _ask(request: HttpRequest, people: Sequence[Employee], form: NominateManyForm, *, by: User, on: date) -> None:
    """Send the questionnaire to those for whom nothing is decided; says to whom, and why not to the others."""
    by_pk = {person.pk: person for person in people}
    until = on + TIME_TO_ANSWER
    to = f"people whom {by} would nominate"
    outcomes = run(send, list(by_pk), to=to, due_on=until, by=by, on=on, key=form.cleaned_data["key"])
    asked = [by_pk[outcome.subject.employee_id].name for outcome in outcomes if outcome.is_done]
    if asked:
        messages.success(request, f"{listed(asked)} will be asked to answer by {rules.say(until)}.")
    for outcome in outcomes:
        if outcome.refusal:
            messages.error(request, f"{by_pk[outcome.subject.employee_id].name}: {outcome.refusal.message}")


def key_of(key: UUID | None, public_id: UUID) -> UUID | None:
    """One form's key for one of its people, the same every time, so that a repeat finds each first result."""
    return uuid5(key, str(public_id)) if key else None
