"""What HR does to single messages that are only foreseen: asked first with the reason, then done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from enrolment.actions.ahead import STEPS as ACTIONS
from enrolment.actions.ahead import settle_foreseen as settle
from enrolment.actions.outcomes import CHUNK, run
from enrolment.forms.messages import StepForm
from enrolment.queries.picked import Picked, keys, picked, too_early
from enrolment.rules.kinds import label
from enrolment.views.ahead import LISTED, SHOWN, back, came_of, return_to, title_of
from people.access import decides
from people.clock import today
from people.queries import in_parts
from people.rules import STEPS, Step

KEPT = ("foreseen", "step", "next", *LISTED)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def settle_foreseen(request: HttpRequest) -> HttpResponse:
    """One step on the foreseen messages that were ticked. Its address alone leads back to the list."""
    if request.method != "POST":
        return redirect("enrolment:messages_ahead")
    sent, name = request.POST, request.POST.get("step", "")
    if name not in ACTIONS:
        return back(request, "Choose what to do with them.")
    on, step = today(), STEPS[name]
    found = picked(_user(request), keys(sent.getlist("foreseen")), on=on)
    able = [one for one in found if not too_early(name, one, on)]
    if not able:
        return back(request, _none(step, found))
    is_answer = "do" in sent and sent.get("count") == str(len(able))
    form = StepForm(sent if is_answer else None, step=step, count=len(able))
    if is_answer and form.is_valid():
        return back(request, done=_do(request, step, able, form.cleaned_data["reason"]))
    context = {
        "form": form,
        "step": step,
        "title": title_of(step, len(able)),
        "kind": "",
        "count": len(able),
        "rows": [(label(one.key.kind).capitalize(), one.to.name, one.day) for one in able[:SHOWN]],
        "most": SHOWN,
        "kept": [(key, value) for key in KEPT for value in sent.getlist(key)],
        "left_out": _left_out(found, able, step),
        "action_url": reverse("enrolment:settle_foreseen"),
        "back_url": return_to(request),
        "day": on,
    }
    return render(request, "enrolment/messages_settle.html", context)


def _do(request: HttpRequest, step: Step, able: list[Picked], reason: str) -> str:
    """The step, done; what came of it in words."""
    outcomes = [
        outcome
        for part in in_parts([one.key for one in able], CHUNK)
        for outcome in run(settle, part, step=step.name, by=_user(request), on=today(), reason=reason)
    ]
    return came_of(step, len(outcomes), [outcome.refusal.message for outcome in outcomes if outcome.refusal])


def _none(step: Step, found: list[Picked]) -> str:
    """Why nothing was done."""
    if found:
        return f"This cannot be sent before its day. {too_early(step.name, found[0], today())}"
    return "Tick at least one message that is still foreseen: what is written by now is in the list of its day."


def _left_out(found: list[Picked], able: list[Picked], step: Step) -> str:
    """How many of those ticked the step leaves alone, and why."""
    early = [why for one in found if (why := too_early(step.name, one, today()))]
    if len(found) == len(able) or not early:
        return ""
    day = "its day" if len(early) == 1 else "their day"
    return f"{len(early):,} of those you ticked cannot be sent before {day}. {early[0]}"


def _user(request: HttpRequest) -> Any:
    """Who signed in; these pages are for nobody else."""
    assert request.user.is_authenticated
    return request.user
