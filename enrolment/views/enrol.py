"""Enrolling one person, or giving dates to what is queued: form, check, confirm; a clash has a page of its own."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessment.models import Placement
from assessment.queries import placement_of
from enrolment import rules
from enrolment.actions import enrolments as actions
from enrolment.actions.enrolments import Wish
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.enrol import DatesForm, EnrolForm, PlanForm, PlannedForm
from enrolment.models import Enrolment
from enrolment.queries.enrolments import by_key, coming_cohorts, history_of, weigh
from enrolment.queries.planning import Step, fingerprint, planned
from enrolment.views.steps import Steps
from people.access import decides
from people.clock import today
from people.models import Employee
from people.queries import handled
from programmes.models import Programme

S = Enrolment.Status
NOW: dict[str, str] = {S.QUEUED: "queued", S.WAITING: "waiting"}  # what its page opens with, where nobody has dates yet


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Enrol one person on a programme, on a cohort's or other days."""
    # Without the department: only the steps that show the person ask for it, confirming does not.
    employee = get_object_or_404(Employee.objects.handled_by(request.user), public_id=public_id)
    if employee.user_id == request.user.pk:
        return own_page(request, employee, "Somebody else enrols you")
    on = today()
    programmes = {programme.pk: programme for programme in Programme.objects.briefly()}
    placement = placement_of(employee)
    history = history_of(employee.pk, on=on)
    given = {}
    if placement and placement.programme_id:
        placement.programme = programmes[placement.programme_id]
        if not any(is_taken(record, placement.programme) for record in history):
            given = {"programme": placement.programme.code}
    form = EnrolForm(
        request.POST or None,
        initial={**given, **kept(request, EnrolForm)},
        programmes=list(programmes.values()),
        cohorts=partial(coming_cohorts, on),
        history=history,
    )
    address = reverse("enrolment:enrol", args=[employee.public_id])
    steps = Steps(request, employee, form, address, "enrolment/enrol.html", f"Enrol {employee.name}", "Enrol")
    steps.context, steps.history = {"placement": placement, "strange": strange(request, form)}, history
    if not asked(request, form):
        return steps.form_page()
    programme = form.chosen_programme()
    assert programme is not None
    steps.more = [{"label": "Programme", "value": programme.name}]
    if steps.is_confirmed and (not form.asks_planner or is_still_seen(steps, programme, on=on)):
        outcome = run_wish(request, form, employee, programme, placement=placement, on=on)
        if made := outcome.subject.enrolment if outcome.is_done else None:
            return done(made, NOW.get(made.status, "enrolled"))
        assert outcome.refusal is not None
        if form.has_dates():
            return steps.refused(outcome.refusal)
        form.add_error("how", ValidationError(outcome.refusal.message, outcome.refusal.code))
        return steps.form_page()
    return weigh_and_check(steps, programme, on=on)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give dates to a queued enrolment: the same steps, its programme settled."""
    theirs = handled(Enrolment.objects.all(), request.user)
    queued = get_object_or_404(theirs.select_related("employee", "programme"), public_id=public_id)
    employee, on = queued.employee, today()
    if employee.user_id == request.user.pk:
        return own_page(request, employee, "Somebody else enrols you")
    form = PlanForm(
        request.POST or None,
        initial=kept(request, PlanForm),
        programmes=[queued.programme],
        cohorts=partial(coming_cohorts, on, queued.programme),
    )
    title = f"Give dates to {employee.name} for {queued.programme.name}"
    address = reverse("enrolment:plan", args=[queued.public_id])
    steps = Steps(request, employee, form, address, "enrolment/enrol.html", title, "Give these dates")
    can = rules.MOVES.move("plan", queued.status) is not None
    steps.context = {"placement": None, "enrolment": queued, "cannot": "" if can else _cannot("plan", queued)}
    steps.context["strange"] = strange(request, form)
    if not asked(request, form):
        return steps.form_page()
    steps.more = [{"label": "Programme", "value": queued.programme.name, "change_url": None}]  # it is settled
    if steps.is_confirmed:
        wish = Wish(employee, queued.programme, **_when(form), key=form.key_given(), enrolment=queued)
        outcome = run(actions.plan, [wish], by=request.user, on=on)[0]
        if outcome.refusal is None:
            return done(queued, "planned")
        if can:
            return steps.refused(outcome.refusal)
    if not can:
        return steps.form_page()
    return weigh_and_check(steps, queued.programme, on=on, instead_of=queued)


def person(request: HttpRequest, public_id: UUID) -> Employee:
    """The person HR decides about, if the reader acts as their HR."""
    theirs = Employee.objects.handled_by(request.user)
    return get_object_or_404(theirs.select_related("department"), public_id=public_id)


def own_page(request: HttpRequest, employee: Employee, title: str) -> HttpResponse:
    """Nobody decides about themself, HR included: said kindly, with who can."""
    return render(request, "enrolment/enrol_own.html", {"employee": employee, "title": title})


def asked(request: HttpRequest, form: DatesForm) -> bool:
    """Whether a whole, clean form was sent."""
    return request.method == "POST" and form.is_valid()


def kept(request: HttpRequest, form: type[DatesForm]) -> dict[str, str]:
    """Answers in the address, as “change” links bring them back; a day in ISO form becomes one."""
    found = {
        name: request.GET[name] for name in form.base_fields if name in request.GET and name not in ("key", "seen")
    }
    for name in ("start_date", "planned_end_date"):
        try:
            found[name] = rules.say(date.fromisoformat(found[name]))
        except (KeyError, ValueError):
            continue
    return found


def strange(request: HttpRequest, form: DatesForm) -> str:
    """What the address asks for and nobody can choose here, in a sentence; nothing where all of it is known."""
    cohort, code = request.GET.get("cohort", ""), request.GET.get("programme", "")
    if code and code not in form.programmes:
        return "The address names a programme that cannot be chosen here. Choose one below."
    if cohort and cohort not in form.cohorts:
        return (
            "The address names a cohort that cannot be joined here, or not any more. Choose one below, or give dates."
        )
    return ""


def is_taken(record: Enrolment, programme: Programme) -> bool:
    """Whether somebody's record says that they are on a programme, or will be, or have completed it."""
    return record.programme_id == programme.pk and record.status in (*Enrolment.LIVE, S.COMPLETED)


def weigh_and_check(
    steps: Steps, programme: Programme, *, on: date, instead_of: Enrolment | None = None
) -> HttpResponse:
    """Judge the days as the action will, or let the planner find them; refuse now, or show the check page."""
    if isinstance(steps.form, PlannedForm) and steps.form.asks_planner:
        return _plan_and_check(steps, programme, on=on, instead_of=instead_of)
    first, last = steps.form.days()
    cohort = steps.form.chosen_cohort()
    weighed = weigh(
        steps.employee,
        programme,
        first,
        last,
        on=on,
        cohort=cohort,
        cohorts=steps.form.cohorts.values(),
        instead_of=instead_of,
        may_wait=bool(steps.form.cleaned_data.get("may_wait")),
        reader=steps.reader,
    )
    if weighed.refusal:
        return steps.refused(weighed.refusal, weighed.fitting_cohorts)
    return steps.check_page(weighed)


def is_still_seen(steps: Steps, programme: Programme, *, on: date) -> bool:
    """Whether the planner would still give what the check page showed; or this form was answered before."""
    if by_key(steps.employee, steps.form.key_given()):
        return True
    return fingerprint([_step(steps, programme, on=on)]) == steps.form.cleaned_data.get("seen")


def _plan_and_check(steps: Steps, programme: Programme, *, on: date, instead_of: Enrolment | None) -> HttpResponse:
    step = _step(steps, programme, on=on, instead_of=instead_of)
    if step.is_new and step.trial.follows and not isinstance(steps.form, EnrolForm):
        sentence = f"No date can be given until {step.trial.follows.programme.name} is closed."
        steps.form.add_error("how", ValidationError(sentence, "no_date_yet"))
        return steps.form_page(already=step.trial.follows)
    return steps.planned_page(step) if step.is_new else steps.not_planned(step)


def _step(steps: Steps, programme: Programme, *, on: date, instead_of: Enrolment | None = None) -> Step:
    """What the planner gives for the form's answers."""
    form = steps.form
    assert isinstance(form, PlannedForm)
    history = [record for record in steps.history if instead_of is None or record.pk != instead_of.pk]
    behind, in_cohort = form.chosen_ahead(), form.is_in_cohort
    return planned(steps.employee, [programme], history=history, on=on, behind=behind, in_cohort=in_cohort)[0]


def run_wish(
    request: HttpRequest,
    form: DatesForm,
    employee: Employee,
    programme: Programme,
    *,
    placement: Placement | None,
    on: date,
    reason: str = "",
) -> Outcome[Wish]:
    """Enrol as the form says, under its one-time key; the placement comes along where it names this programme."""
    of_this = placement if placement and placement.programme_id == programme.pk else None
    wish = Wish(employee, programme, **_when(form), placement=of_this, key=form.key_given())
    return run(actions.enrol, [wish], by=request.user, on=on, reason=reason)[0]


def done(enrolment: Enrolment, how: str) -> HttpResponse:
    """To the enrolment's page, which opens with the confirmation and its reference."""
    return redirect(f"{reverse('enrolment:enrolment', args=[enrolment.public_id])}?done={how}")


def _when(form: DatesForm) -> dict[str, Any]:
    if isinstance(form, PlannedForm) and form.asks_planner:
        return {"behind": form.chosen_ahead(), "in_cohort": form.is_in_cohort}
    if cohort := form.chosen_cohort():
        return {"cohort": cohort, "may_wait": bool(form.cleaned_data.get("may_wait"))}
    first, last = form.days()
    return {"start_date": first, "planned_end_date": last}


def _cannot(move: str, enrolment: Enrolment) -> str:
    try:
        rules.MOVES.check(move, enrolment.status, rules.HR)
    except ValidationError as error:
        return str(error.messages[0])
    return ""
