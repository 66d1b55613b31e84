"""Planning a whole path for one person: several programmes in order, seen on one time-line and made at once."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from assessment.models import Placement
from enrolment import rules
from enrolment.actions import enrolments as actions
from enrolment.actions.enrolments import Wish
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.paths import PLACES, PathForm
from enrolment.models import Enrolment
from enrolment.queries.enrolments import bar, by_key, history_of, now_of
from enrolment.queries.planning import RUNNING, Step, fingerprint, planned, running
from enrolment.views.enrol import own_page, person
from people.access import decides
from people.clock import today
from people.models import Employee
from people.timeline import layout
from programmes.models import Programme

S = Enrolment.Status


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def plan_path(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Choose the order, see the time-line with dates and reasons, then enrol on all of it at once."""
    employee, on = person(request, public_id), today()
    if employee.user_id == request.user.pk:
        return own_page(request, employee, "Somebody else enrols you")
    history = history_of(employee.pk, on=on)
    programmes = list(Programme.objects.briefly().select_related("replaced_by").order_by("position"))
    sent = request.POST if request.method == "POST" else None
    form = PathForm(sent, initial=_initial(request, programmes, history), programmes=programmes)
    context: dict[str, Any] = {"employee": employee, "form": form, "now": now_of(history, on=on)}
    if not form.is_valid():
        return render(request, "enrolment/path.html", context)
    steps = planned(
        employee,
        form.path(),
        history=history,
        on=on,
        behind=running(history),
        in_cohort=form.is_in_cohorts(),
        not_before=form.earliest(),
    )
    key, seen = form.cleaned_data["key"], form.cleaned_data["seen"]
    is_confirmed = "confirm" in request.POST and key is not None
    left_out = [step for step in steps if step.refusal]
    if is_confirmed and (earlier := _earlier(employee, steps, key)):
        return _back(request, employee, earlier, left_out)
    if is_confirmed and seen == fingerprint(steps) and any(step.is_new for step in steps):
        wishes = _wishes(employee, steps, form, history, key)
        return _told(request, employee, run(actions.enrol, wishes, by=request.user, on=on), left_out)
    context |= {
        "steps": [_shown(step) for step in steps],
        "has_new": any(step.is_new for step in steps),
        "left_out": [step.programme.name for step in left_out],
        "is_news": bool(seen) and seen != fingerprint(steps),
        "timeline": layout(_bars(history, steps), on=on),
        "answers": {**form.answers(), "key": str(key or uuid4()), "seen": fingerprint(steps)},
        "change_url": f"{request.path}?{urlencode(form.answers())}",
    }
    return render(request, "enrolment/path_check.html", context)


def _initial(request: HttpRequest, programmes: list[Programme], history: list[Enrolment]) -> dict[str, str]:
    """The answers in the address, else what is neither completed nor running, in the order people take it."""
    if kept := {name: request.GET[name] for name in (*PLACES, "how", "not_before") if name in request.GET}:
        return kept | ({"not_before": _said(kept["not_before"])} if "not_before" in kept else {})
    had = {record.programme_id for record in history if record.status == S.COMPLETED or record.status in RUNNING}
    to_come = [programme.code for programme in programmes if programme.pk not in had]
    return dict(zip(PLACES, to_come, strict=False))


def _said(text: str) -> str:
    try:
        return rules.say(date.fromisoformat(text))
    except ValueError:
        return text


def _earlier(employee: Employee, steps: list[Step], key: UUID) -> list[Enrolment]:
    """What the first submit of this form made, if there was one."""
    found = [by_key(employee, uuid5(key, step.programme.code)) for step in steps]
    return [enrolment for enrolment in found if enrolment]


def _wishes(employee: Employee, steps: list[Step], form: PathForm, history: list[Enrolment], key: UUID) -> list[Wish]:
    """One wish for each new step, each behind the one before it; what stands already is followed as it is."""
    placement = Placement.objects.current().filter(employee=employee).first()
    ahead: Enrolment | Wish | None = running(history)
    not_before, wishes = form.earliest(), []
    for step in steps:
        if step.standing:
            ahead = step.standing
        if not step.is_new:
            continue
        wish = Wish(
            employee,
            step.programme,
            placement=placement if placement and placement.programme_id == step.programme.pk else None,
            key=uuid5(key, step.programme.code),
            behind=ahead,
            in_cohort=form.is_in_cohorts(),
            not_before=not_before,
        )
        wishes.append(wish)
        ahead, not_before = wish, None
    return wishes


def _shown(step: Step) -> dict[str, Any]:
    """One step as the check page tells it."""
    record = step.standing or step.trial
    refusal = step.refusal.message if step.refusal else ""
    return {
        "programme": step.programme,
        "record": record,
        "is_standing": step.standing is not None,
        "cohort": f", {record.cohort.name}" if record.cohort else "",
        "refusal": refusal,
        "replaced_by": step.plan.replaced_by,
        "behind": record.follows.programme.name if record.follows and not refusal else "",
        "tried": step.plan.tried,
        "warnings": step.warnings,
    }


def _bars(history: list[Enrolment], steps: list[Step]) -> list[dict[str, Any]]:
    """What the person was and is on, and what the path would add."""
    drawn = [bar(record) for record in history if record.status != S.CANCELLED]
    return [*drawn, *(bar(step.trial, detail="new") for step in steps if step.is_new)]


def _told(
    request: HttpRequest, employee: Employee, outcomes: list[Outcome[Wish]], left_out: list[Step]
) -> HttpResponse:
    """Back to the person, with what was done and, for each that was refused, why."""
    for outcome in outcomes:
        if outcome.refusal:
            messages.warning(request, f"Not enrolled on {outcome.subject.programme.name}: {outcome.refusal.message}")
    made = [outcome.subject.enrolment for outcome in outcomes if outcome.is_done and outcome.subject.enrolment]
    return _back(request, employee, made, left_out)


def _back(request: HttpRequest, employee: Employee, made: list[Enrolment], left_out: list[Step]) -> HttpResponse:
    """Back to the person, with what is planned; what of the path could not be is named with its reason."""
    for step in left_out:
        if step.refusal:
            messages.warning(request, f"Not enrolled on {step.programme.name}: {step.refusal.message}")
    said = [f"{e.programme.name} {_when(e)}" for e in made]
    if said:
        messages.success(request, f"The path of {employee.name} is planned: {'; '.join(said)}.")
    return redirect(reverse("enrolment:person", args=[employee.public_id]))


def _when(enrolment: Enrolment) -> str:
    if enrolment.start_date and enrolment.planned_end_date:
        return rules.between(rules.Days(enrolment.start_date, enrolment.planned_end_date))
    return f"behind {enrolment.follows.programme.name}, dates to follow" if enrolment.follows else "dates to follow"
