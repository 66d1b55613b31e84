"""Moving a cohort and closing it: who comes along, who cannot and why, where everybody else goes; then it is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from enrolment import rules
from enrolment.actions import cohorts as actions
from enrolment.forms.cohorts import GOES, SAME, CloseCohortForm, MoveCohortForm, ResettlingForm, goes
from enrolment.models import Enrolment
from enrolment.queries.cohorts import MOST, Coming, Outlook, Places, came_of
from enrolment.rules.cohorts import STAY, Way, move_problem
from enrolment.views.cohorts import visible
from people.access import everywhere_decides
from people.clock import now, today
from people.retry import retried
from programmes.models import Cohort
from programmes.views.pages import posted

S = Enrolment.Status
FEW = 50  # of those who simply come along, by name


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Other dates for a cohort: who could come, who could not and where they go instead; confirmed on that page."""
    cohort, on = visible(request, public_id), today()
    has_started = cohort.start_date <= on
    form = MoveCohortForm(
        posted(request),
        initial={"start_date": cohort.start_date, "planned_end_date": cohort.planned_end_date},
        starts=cohort.start_date if has_started else None,
    )
    context = {"cohort": cohort, "has_started": has_started, "form": form}
    if not (request.method == "POST" and form.is_valid()):
        return render(request, "enrolment/cohort_move.html", context)
    outlook = Outlook.of(cohort, on=on)
    start, end = form.days()
    if problem := move_problem(cohort, start, end, outlook.versions, on=on):
        field, refusal = problem
        form.refuse(ValidationError({field: ValidationError(refusal.message, code=refusal.code)}))
        return render(request, "enrolment/cohort_move.html", context)
    is_end_only = start == cohort.start_date
    own = _own(request, movers := outlook.movers())
    coming = [outlook.coming(record, start, end) for record in movers]
    left = [each for each in coming if each.refusal]
    places = Places(outlook, [each.record for each in left]) if not has_started else None
    codes = goes((each.record for each in left), request.POST)
    ways = places.chosen(codes, request.POST.get(SAME, "")) if places else {c.record.pk: Way(STAY) for c in left}
    if "confirm" in request.POST and form.cleaned_data["key"] and not own:
        how = {
            "start_date": start,
            "planned_end_date": end,
            "leave_behind": ways,
            "reason": form.cleaned_data["reason"],
            "key": form.cleaned_data["key"],
        }
        said = f"has the planned end {rules.say(end)} now" if is_end_only else "was moved"
        if _done(request, form, actions.move_cohort, cohort, f"{cohort.name} {said}.", **how):
            return _result(cohort, form)
        if form.errors and not form.non_field_errors():
            return render(request, "enrolment/cohort_move.html", context)
    context |= {
        "own": own,
        "is_end_only": is_end_only,
        "waiting": sum(1 for record in outlook.here if record.status == S.WAITING),
        "start": start,
        "end": end,
        "comers": _names(each.record for each in coming if not each.refusal),
        "comers_count": len(coming) - len(left),
        "stayers": (stayers := outlook.stayers())[:MOST],
        "stayers_count": len(stayers),
        "knock_on": [_shifted(each) for each in coming if each.shifts],
        "left": [_row(each.record, ways, places, each.refusal.message if each.refusal else "") for each in left],
        "for_all": places.for_all() if places else [],
        "answers": {**_days(form), "key": str(form.cleaned_data["key"] or uuid4())},
        "change_url": reverse("enrolment:cohort_move", args=[cohort.public_id]),
    }
    return render(request, "enrolment/cohort_move_check.html", context)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close a cohort: where each of its people goes, then what that comes to, then it is done."""
    cohort, on = visible(request, public_id), today()
    form = CloseCohortForm(posted(request))
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and "confirm" in request.POST and cohort.closed_on:
        key = form.cleaned_data["key"]
        if not (key and came_of(cohort, key, request.user)):  # not this form sent again: another one was first
            closed = f"{cohort.name} was closed already, on {rules.say(cohort.closed_on)}."
            messages.info(request, f"{closed} Nothing was done now, and the reason that you gave is not kept.")
        return _result(cohort, form)
    outlook = Outlook.of(cohort, on=on)
    leavers = outlook.leavers()
    places = Places(outlook, leavers)
    ways = places.chosen(goes(leavers, request.POST), request.POST.get(SAME, ""))
    own = _own(request, leavers)
    if is_sent and "confirm" in request.POST and form.cleaned_data["key"] and not own:
        how = {"ways": ways, "reason": form.cleaned_data["reason"], "key": form.cleaned_data["key"]}
        if _done(request, form, actions.close_cohort, cohort, f"{cohort.name} was closed.", **how):
            return _result(cohort, form)
    is_checked = is_sent and not form.errors and not own and "change" not in request.POST
    context = {
        "cohort": cohort,
        "form": form,
        "own": own,
        "rows": [_row(record, ways, places) for record in leavers[:MOST]],
        "count": len(leavers),
        "most": MOST,
        "running": sum(1 for row in outlook.here if row.status in (S.ACTIVE, S.OVERDUE, S.PAUSED)),
        "for_all": places.for_all(),
        "chosen_for_all": request.POST.get(SAME, ""),
        "is_checked": is_checked,
        "answers": {**_answers(form, leavers, ways), SAME: request.POST.get(SAME, "")} if is_checked else {},
    }
    return render(request, "enrolment/cohort_close.html", context)


def _done(request: HttpRequest, form: ResettlingForm, action: Any, cohort: Cohort, said: str, **how: Any) -> bool:
    """Run the action; its refusal goes to the form, and the page is shown as things are now."""
    try:
        retried(action, cohort, by=request.user, on=today(), at=now(), **how)
    except ValidationError as error:
        form.refuse(error)
        return False
    messages.success(request, said)
    return True


def _result(cohort: Cohort, form: ResettlingForm) -> HttpResponse:
    return redirect(f"{reverse('enrolment:cohort', args=[cohort.public_id])}?did={form.cleaned_data['key']}")


def _own(request: HttpRequest, records: Iterable[Enrolment]) -> bool:
    """Whether somebody would decide about themself."""
    return any(record.employee.user_id == request.user.pk for record in records)


def _row(record: Enrolment, ways: dict[int, Way], places: Places | None, why: str = "") -> dict[str, Any]:
    """One person and where they go; ``options`` where that can be chosen."""
    return {
        "record": record,
        "why": why,
        "way": ways[record.pk],
        "name": f"{GOES}{record.public_id}",
        "options": places.ways[record.pk] if places else [],
    }


def _shifted(each: Coming) -> dict[str, Any]:
    """What moves with somebody of their later plans, in words."""
    said = []
    for shift in each.shifts:
        name, plan = shift.enrolment.programme.name, shift.plan
        if shift.how == rules.UNPROPOSED:
            said.append(f"{name} loses its proposed dates")
        elif shift.how == rules.QUEUED or plan.start is None or plan.end is None:
            said.append(f"{name} loses its dates")
        elif shift.how == rules.MOVED:
            said.append(f"{name} moves to {rules.say(plan.start)} to {rules.say(plan.end)}")
        else:
            said.append(f"{name} is proposed from {rules.say(plan.start)} to {rules.say(plan.end)}")
    return {"record": each.record, "said": "; ".join(said)}


def _names(records: Iterable[Enrolment]) -> list[str]:
    """The first few people, by family name."""
    people = sorted((each.employee for each in records), key=lambda person: (person.family_name, person.given_names))
    return [person.name for person in people[:FEW]]


def _days(form: MoveCohortForm) -> dict[str, str]:
    days = {name: form.cleaned_data[name] for name in ("start_date", "planned_end_date") if name in form.cleaned_data}
    said: dict[str, str] = {name: day.isoformat() for name, day in days.items() if isinstance(day, date)}
    return {**said, "reason": form.cleaned_data["reason"]}


def _answers(form: CloseCohortForm, records: Iterable[Enrolment], ways: dict[int, Way]) -> dict[str, str]:
    """Everything that was answered, as the check page sends it again."""
    going = {f"{GOES}{record.public_id}": ways[record.pk].code for record in list(records)[:MOST]}
    return {**going, "reason": form.cleaned_data["reason"], "key": str(form.cleaned_data["key"] or uuid4())}
