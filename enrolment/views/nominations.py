"""Nominations: a manager asks, HR answers; each with its page, its list and its steps."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrolment import rules
from enrolment.actions import nominations as actions
from enrolment.actions.nominations import Approval, NominationWish
from enrolment.actions.outcomes import run
from enrolment.forms.enrol import PlanForm
from enrolment.forms.nominations import DeclineForm, NominateForm, RetractForm
from enrolment.models import Nomination, NominationEvent
from enrolment.queries import nominations as queries
from enrolment.queries.enrolments import coming_cohorts
from enrolment.queries.holding import holder
from enrolment.queries.keyset import page
from enrolment.queries.nominating import loads, looks, placed_on, seen
from enrolment.queries.team import nomination_warnings, reports
from enrolment.rules.nominations import expires_on
from enrolment.views.enrol import asked, done, kept, own_page, weigh_and_check
from enrolment.views.paging import page_links
from enrolment.views.steps import Steps
from people.access import decides, manager_required, manages_somebody, nominates, signed_in
from people.clock import now, today
from people.models import Employee, User
from people.queries import handled, policy
from people.reach import acts_for
from programmes.models import Programme

N = Nomination.Status
STATUSES = N.choices
READ_OR_SEND = ("GET", "HEAD", "POST")
MOST_REPORTS = 500  # people in one list of choices


@manager_required
@require_safe
def nominations(request: HttpRequest) -> HttpResponse:
    """HR sees all, those that wait first, oldest first; a manager sees theirs, newest first."""
    user = _user(request)
    status = request.GET.get("status", N.SUBMITTED if user.is_hr else "")
    status = status if status in dict(STATUSES) else ""
    shown = page(
        queries.listed(user, status),
        "nominated_on",
        descending=status != N.SUBMITTED,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": shown.rows,
        "statuses": STATUSES,
        "status": status,
        "is_waiting_first": status == N.SUBMITTED,
        "to_decide": {row.pk for row in shown.rows if queries.may_decide(user, row)},
        "nominates": user.is_hr or manages_somebody(request),
        **page_links(shown, {"status": status}),
    }
    return render(request, "enrolment/nominations.html", context)


@nominates
@require_http_methods(READ_OR_SEND)
def nominate(request: HttpRequest) -> HttpResponse:
    """Nominate a person of one's line, or one for whom one acts as HR; where they are very many, by staff number.

    What to think about, the planner's days and the team's load are shown first, and refuse nothing. What somebody
    asked for is filled in.
    """
    user, on = _user(request), today()
    people = Employee.objects.acted_for_by(user).exclude(user=user)
    team = [] if user.is_hr else list(reports(user, on).order_by("family_name", "given_names")[: MOST_REPORTS + 1])
    form = NominateForm(
        request.POST or None,
        initial=_given(request, people),
        people=people,
        reports=None if user.is_hr or len(team) > MOST_REPORTS else team,
        programmes=list(Programme.objects.all()),
    )
    context: dict[str, Any] = {"form": form, "look": None, "loads": [], "warnings": [], "understood": ""}
    if request.method == "POST" and form.is_valid():
        person, chosen, _ = form.chosen()
        programme = chosen or placed_on([person.pk]).get(person.pk)
        look = looks([(person, programme)], reader=user, on=on)[0]
        if programme is None:
            form.add_error("programme", ValidationError(f"{look.why} Choose a programme.", "not_placed"))
        elif not (look.is_asked_for or request.POST.get("understood") == seen(look)):
            context["look"], context["loads"] = look, loads([look], reader=user, on=on)
            context["warnings"] = nomination_warnings(person, programme, on)
            context["understood"] = seen(look)
        elif made := _nominated(form, programme, by=user, on=on):
            messages.success(request, f"You nominated {person.name} for {programme.name}. HR answers next.")
            return redirect("enrolment:nomination", public_id=made.public_id)
    return render(request, "enrolment/nominate.html", context)


def _nominated(form: NominateForm, programme: Programme, *, by: User, on: date) -> Nomination | None:
    """What the form became; or None, with why on the form."""
    given = form.cleaned_data
    time = {"protected_hours": given["protected_hours"], "protected_time": given["protected_time"]}
    person, _, reason = form.chosen()
    wish = NominationWish(person, programme, reason, key=given["key"], **time)
    outcome = run(actions.nominate, [wish], by=by, on=on)[0]
    if outcome.refusal:
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
        return None
    made: Nomination | None = outcome.subject.nomination
    return made


@signed_in
@require_safe
def nomination(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One nomination: who, what, why, where it stands, and every step with its reason."""
    user = _user(request)
    found = _visible(user, public_id)
    is_open = found.status == N.SUBMITTED
    acts = acts_for(user, found.employee) and found.employee.user_id != user.pk
    context = {
        "nomination": found,
        "rows": _rows(found),
        "steps": [_step(event) for event in queries.steps(found)],
        "told": queries.told(found),
        "expires_on": expires_on(found, policy()),
        "holder": holder(found, on=today()),
        "can_answer": queries.may_answer(user, found),
        "can_decide": queries.may_decide(user, found),
        "can_undo": acts and queries.can_undo(found, at=now()),
        "can_retract": is_open and (acts_for(user, found.employee) or found.nominated_by_id == user.pk),
    }
    return render(request, "enrolment/nomination.html", context)


@decides
@require_POST
def undo_declining(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back a declining within the hours that the policy gives."""
    found = _handled(_user(request), public_id)
    outcome = run(actions.undo_declining, [found], by=request.user, on=today(), at=now())[0]
    if outcome.refusal is None:
        messages.success(request, f"The nomination of {found.employee.name} waits for an answer again.")
    else:
        messages.error(request, outcome.refusal.message)
    return redirect("enrolment:nomination", public_id=public_id)


@signed_in
@require_http_methods(READ_OR_SEND)
def retract_nomination(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back a nomination that nobody has answered."""
    user = _user(request)
    found = _visible(user, public_id)
    if user.is_auditor and not (acts_for(user, found.employee) or found.nominated_by_id == user.pk):
        raise PermissionDenied("Auditors read, and change nothing.")
    form = RetractForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = run(actions.retract, [found], by=user, on=today(), **form.cleaned_data)[0]
        if outcome.refusal is None:
            messages.success(request, f"The nomination of {found.employee.name} is retracted.")
            return redirect("enrolment:nomination", public_id=public_id)
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    return render(request, "enrolment/nomination_retract.html", {"form": form, "nomination": found})


@decides
@require_http_methods(READ_OR_SEND)
def decide_nomination(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Approve, which enrols on a cohort's or other days, or decline with a reason. Nobody decides about themself."""
    user, on = _user(request), today()
    found = _handled(user, public_id)
    employee, programme = found.employee, found.programme
    if employee.user_id == user.pk:
        return own_page(request, employee, "Somebody else decides about you")
    if found.status != N.SUBMITTED and request.method != "POST":
        return redirect("enrolment:nomination", public_id=public_id)
    is_declining = "decline" in request.POST
    declining = DeclineForm(request.POST if is_declining else None, prefix="decline")
    form = PlanForm(
        None if is_declining else request.POST or None,
        initial=kept(request, PlanForm),
        programmes=[programme],
        cohorts=partial(coming_cohorts, on, programme),
    )
    address = reverse("enrolment:decide_nomination", args=[public_id])
    title = f"Decide on {employee.name} for {programme.name}"
    steps = Steps(request, employee, form, address, "enrolment/nomination_decide.html", title, "Approve and enrol")
    steps.context = {"nomination": found, "declining": declining, "rows": _rows(found)}
    steps.more = [{"label": "Programme", "value": programme.name}]
    if is_declining:
        return _decline(steps, found, declining)
    if not asked(request, form):
        return steps.form_page()
    if not steps.is_confirmed:
        return _answered(request, found) or weigh_and_check(steps, programme, on=on)
    outcome = run(actions.approve, [_approval(found, form)], by=user, on=on)[0]
    if outcome.refusal is None and outcome.subject.enrolment:
        return done(outcome.subject.enrolment, "enrolled")
    assert outcome.refusal is not None
    return _answered(request, outcome.subject) or steps.refused(outcome.refusal)


def _decline(steps: Steps, found: Nomination, form: DeclineForm) -> HttpResponse:
    if form.is_valid():
        user = _user(steps.request)
        outcome = run(actions.decline, [found], by=user, on=today(), **form.cleaned_data)[0]
        if outcome.refusal is None:
            messages.success(steps.request, f"The nomination of {found.employee.name} is declined.")
            return redirect("enrolment:nomination", public_id=found.public_id)
        if answered := _answered(steps.request, outcome.subject):
            return answered
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    return steps.form_page()


def _answered(request: HttpRequest, found: Nomination) -> HttpResponse | None:
    """To the page of a nomination that is closed by now, saying that nothing was done; None while it waits."""
    if found.status == N.SUBMITTED:
        return None
    state = found.get_status_display()
    messages.error(request, f"The nomination of {found.employee.name} is {state} already; nothing was changed.")
    return redirect("enrolment:nomination", public_id=found.public_id)


def _approval(found: Nomination, form: PlanForm) -> Approval:
    if cohort := form.chosen_cohort():
        return Approval(found, cohort=cohort, key=form.key_given())
    first, last = form.days()
    return Approval(found, first, last, key=form.key_given())


def _visible(user: User, public_id: UUID) -> Nomination:
    """The nomination, or Http404 when this person may not see it."""
    return get_object_or_404(queries.shown(user), public_id=public_id)


def _handled(user: User, public_id: UUID) -> Nomination:
    """The nomination, or Http404 when it is not this person's to answer."""
    return get_object_or_404(handled(queries.shown(user), user), public_id=public_id)


def _given(request: HttpRequest, people: Any) -> dict[str, str]:
    """Whom the address names, if the reader may nominate them."""
    try:
        person = people.filter(public_id=UUID(request.GET.get("employee", ""))).first()
    except ValueError:
        return {}
    if person is None:
        return {}
    given = {"employee": str(person.public_id), "staff_number": person.staff_number}
    wished = Nomination.objects.filter(
        employee=person, status=N.ASKED, programme__code=request.GET.get("programme", "")
    )
    if asked := wished.select_related("programme").first():
        given |= {"programme": asked.programme.code, "reason": asked.asked_why}
    return given


def _rows(found: Nomination) -> list[dict[str, Any]]:
    """The facts of a nomination, for its page and for HR's decision."""
    asked = [("Asked for by", f"{found.employee.name} on {rules.say(found.asked_on)}")] if found.asked_on else []
    asked += [("Why they ask", found.asked_why)] if found.asked_why else []
    by = "themself, as the next step" if found.is_by_learner else str(found.nominated_by)
    made = [
        ("Nominated by", f"{by}, on {rules.say(found.nominated_on)}"),
        ("Why", found.reason),
        ("Protected time", protected(found) or "not said"),
        ("Their word", _word(found)),
    ]
    rows = [("Programme", found.programme.name), *asked, *([] if found.is_only_asked else made)]
    return [{"label": label, "value": value, "change_url": None} for label, value in rows]


def protected(found: Nomination) -> str:
    """The time that the manager keeps free, in words; empty where nothing was said."""
    hours = found.protected_hours
    said = f"{hours} hour{'s' if hours > 1 else ''} a week" if hours else ""
    return "; ".join(filter(None, (said, found.protected_time)))


def _word(found: Nomination) -> str:
    """What the nominee says; nobody needs to wait for it, but whoever decides knows that it is missing."""
    if found.word_on is None:
        return "no answer yet"
    said = f"{found.get_word_display().capitalize()}, on {rules.say(found.word_on)}"
    return f"{said}: {found.word_comment}" if found.word_comment else said


def _step(event: NominationEvent) -> dict[str, Any]:
    """One step in words; why somebody was nominated stands among the facts already."""
    reason = "" if event.move in ("ask", "nominate") else event.reason
    return {"said": said(event), "by": event.by, "on": event.on, "reason": reason}


def said(event: NominationEvent) -> str:
    """What a step is called: a wait for the manager has names of its own."""
    named = STEPS_OF_ASKED if event.from_status == N.ASKED else STEPS
    return named.get(event.move) or STEPS.get(event.move, event.move)


def _user(request: HttpRequest) -> User:
    """Who signed in; these pages are for nobody else."""
    assert isinstance(request.user, User)
    return request.user


STEPS_OF_ASKED = {
    "nominate": "Nominated, as they asked",
    "turn_down": "Turned down",
    "take_back": "Taken back",
    "remind": "Manager reminded",
    "escalate": "HR told that the manager has not answered",
}
STEPS = {
    "ask": "Asked for",
    "nominate": "Nominated",
    "approve": "Approved and enrolled",
    "decline": "Declined",
    "undo_declining": "Declining undone",
    "expire": "Expired",
    "give_word": "Word given",
    "remind": "HR reminded",
    "escalate": "Escalated to everybody in HR who may decide, and to the administrators",
    "warn": "Manager and learner warned that it is about to expire",
    "retract": "Retracted",
}
