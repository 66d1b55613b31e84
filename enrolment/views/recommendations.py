"""The queue of recommendations, and HR's decision about one person, with its days now or later."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from assessment import queries as assessment_queries
from assessment.actions import Decision, place
from assessment.models import Placement, Recommendation, SecondLook
from enrolment.actions.outcomes import run
from enrolment.forms.decide import NONE, DecideForm
from enrolment.queries.enrolments import by_key, coming_cohorts, history_of, live_on
from enrolment.queries.keyset import page
from enrolment.queries.not_now import in_force
from enrolment.queries.recommendations import MOST, told
from enrolment.queries.recommendations import TOLD as IN_WORDS
from enrolment.queries.today import next_undecided, undecided
from enrolment.views.enrol import asked, done, kept, own_page, person, run_wish, weigh_and_check
from enrolment.views.paging import page_links
from enrolment.views.steps import Steps
from people.access import decides, hr_required
from people.clock import today
from people.models import Employee
from people.queries import as_hr
from programmes.models import Programme

TOLD = ("programme", "runner_up", "response__questionnaire")
SHOWN = {"": "Waiting for a decision", "decided": "Decided"}


@hr_required
@require_safe
def recommendations(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, oldest first and before all what no rule fits; or what was decided, latest first."""
    programmes = list(Programme.objects.all())
    shown, wanted = request.GET.get("show", ""), request.GET.get("programme", "")
    is_decided = shown == "decided"
    user = request.user
    assert user.is_authenticated
    rows = as_hr(undecided(today()).select_related(*IN_WORDS), user)
    if user.is_hr:
        rows = rows.exclude(employee__user=user)  # somebody else decides about them
    if is_decided:
        latest = as_hr(Recommendation.objects.filter(is_latest=True, placement__isnull=False), request.user)
        rows = latest.select_related(
            "employee", "employee__department", "programme", "placement", "placement__programme"
        )
    if wanted == NONE:
        rows = rows.filter(programme=None)
    elif chosen := next((p for p in programmes if p.code == wanted), None):
        rows = rows.filter(programme=chosen)
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    by_hand = None
    if not is_decided and not wanted:  # without being asked for anything, the first page begins with what no rule fits
        by_hand = [] if any(cursor.values()) else list(rows.filter(programme=None)[: MOST + 1])
        rows = rows.filter(programme__isnull=False)
    found = page(rows, "made_on", descending=is_decided, **cursor)
    narrowed = {name: value for name, value in (("show", shown), ("programme", wanted)) if value}
    context = {
        "rows": found.rows if is_decided else told(found.rows),
        "by_hand": told(by_hand[:MOST]) if by_hand else [],
        "by_hand_goes_on": len(by_hand or ()) > MOST,
        "decides": request.user.is_hr,  # type: ignore[union-attr]
        "is_decided": is_decided,
        "programmes": programmes,
        "shown": list(SHOWN.items()),
        "show": shown,
        "wanted": wanted,
        "none": NONE,
        **page_links(found, narrowed),
    }
    return render(request, "enrolment/recommendations.html", context)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Decide where a person is placed, with the days already or to follow. The learner sees the decision at once."""
    employee, on = person(request, public_id), today()
    if employee.user_id == request.user.pk:
        return own_page(request, employee, "Somebody else decides about you")
    if "decided" in request.GET:
        return _decided_page(request, employee)
    recommendation = _recommendation(request, employee)
    steps, form = _steps(request, employee, recommendation)
    if not asked(request, form) or steps.context["look"]:
        return steps.form_page()
    if steps.is_confirmed:
        return _record(steps, form, recommendation)
    if _waiting(employee) not in (None, recommendation):
        return _answered_since(request, employee)
    programme = form.chosen_programme()
    if programme is None or not form.has_dates():
        return steps.check_page(None)
    return weigh_and_check(steps, programme, on=on)


def _steps(request: HttpRequest, employee: Employee, recommendation: Recommendation | None) -> tuple[Steps, DecideForm]:
    """The form and its steps about one recommendation, or about none; which one stands in the address throughout."""
    about = recommendation.public_id if recommendation else NONE
    address = f"{reverse('enrolment:decide', args=[employee.public_id])}?{urlencode({'recommendation': about})}"
    form = DecideForm(
        request.POST or None,
        initial={**_agreeing(recommendation), **kept(request, DecideForm)},
        programmes=list(Programme.objects.briefly()),
        cohorts=partial(coming_cohorts, today()),
        recommended=recommendation.programme if recommendation else None,
    )
    title = f"Decide about {employee.name}"
    steps = Steps(request, employee, form, address, "enrolment/decide.html", title, "Record this decision")
    put_off = in_force([employee.pk], on=today()).get(employee.pk, [])
    steps.context = {**_proof(recommendation, employee), "not_nows": put_off}
    if form.is_bound and form.is_valid():
        steps.more = _decision_rows(form)
    return steps, form


def _record(steps: Steps, form: DecideForm, recommendation: Recommendation | None) -> HttpResponse:
    """The placement first, then the enrolment: if its days are refused meanwhile, the placement stands without them.

    A repeated submit finds the enrolment by its key, or the placement by being the same decision.
    """
    request, employee, on = steps.request, steps.employee, today()
    if earlier := by_key(employee, form.key_given()):
        return done(earlier, "decided")
    programme, reason = form.chosen_programme(), form.cleaned_data["reason"]
    decision = Decision(employee, programme, recommendation, reason, is_informed=True)
    result = _place(request, decision)
    if isinstance(result, ValidationError):
        if result.code == "recommendation_outdated":
            return _answered_since(request, employee)
        form.add_error(None, result)
        return steps.form_page()
    if programme is None or not form.has_dates():
        return redirect(f"{reverse('enrolment:decide', args=[employee.public_id])}?decided={result.public_id}")
    outcome = run_wish(request, form, employee, programme, placement=result, on=on, reason=reason)
    if made := outcome.subject.enrolment if outcome.is_done else None:
        return done(made, "decided")
    assert outcome.refusal is not None
    steps.context["is_placed"] = True
    return steps.refused(outcome.refusal)


def _place(request: HttpRequest, decision: Decision) -> Placement | ValidationError:
    return run(place, [decision], by=request.user, on=today())[0]  # type: ignore[arg-type,return-value]


def _answered_since(request: HttpRequest, employee: Employee) -> HttpResponse:
    """The form again, now about what the person answered while HR was deciding; nothing is recorded."""
    steps, form = _steps(request, employee, _waiting(employee))
    sentence = f"{employee.name} has answered since you opened this page. Read what is recommended now, then decide."
    form.add_error(None, ValidationError(sentence, "recommendation_outdated"))
    return steps.form_page()


def _decided_page(request: HttpRequest, employee: Employee) -> HttpResponse:
    """What was decided, and what happens next."""
    assert request.user.is_authenticated
    try:
        placement = get_object_or_404(
            Placement.objects.select_related("programme"), employee=employee, public_id=UUID(request.GET["decided"])
        )
    except ValueError as error:
        raise Http404 from error
    on_it = placement.programme and live_on(history_of(employee.pk, on=today()), placement.programme)
    context = {
        "employee": employee,
        "placement": placement,
        "already": on_it,
        "next": next_undecided(request.user, today()),
    }
    return render(request, "enrolment/decided.html", context)


def _recommendation(request: HttpRequest, employee: Employee) -> Recommendation | None:
    """Exactly the one named in the address, “none” included; opened without a name, the person's latest that waits."""
    named = request.GET.get("recommendation", "")
    if not named and request.method != "POST":
        return _waiting(employee)
    if named in ("", NONE):
        return None
    try:
        return get_object_or_404(employee.recommendations.select_related(*TOLD), public_id=UUID(named))
    except ValueError as error:
        raise Http404 from error


def _waiting(employee: Employee) -> Recommendation | None:
    """The person's latest recommendation, while nobody has decided on it."""
    return Recommendation.objects.undecided().filter(employee=employee).select_related(*TOLD).first()


def _agreeing(recommendation: Recommendation | None) -> dict[str, Any]:
    return {"programme": recommendation.programme.code} if recommendation and recommendation.programme else {}


def _proof(recommendation: Recommendation | None, employee: Employee) -> dict[str, Any]:
    """The recommendation in words: its sentence, the answers it used, what came near; and what was decided before."""
    current = Placement.objects.current().filter(employee=employee)
    proof: dict[str, Any] = {
        "recommendation": recommendation,
        "explained": None,
        "current": current.select_related("programme", "decided_by", "decided_by__employee").first(),
        "is_placed": False,
        "look": SecondLook.objects.open().filter(employee=employee).select_related("reviewer__employee").first(),
    }
    if recommendation:
        version = assessment_queries.version(recommendation.response.questionnaire)
        proof["explained"] = assessment_queries.explain_made(version, recommendation, recommendation.response.answers)
    return proof


def _decision_rows(form: DecideForm) -> list[dict[str, Any]]:
    programme = form.chosen_programme()
    agreed = " (as recommended)" if form.agrees() else ""
    rows = [{"label": "Decision", "value": f"{programme.name if programme else 'None for now'}{agreed}"}]
    if reason := form.cleaned_data["reason"]:
        rows.append({"label": "Reason", "value": reason})
    if programme and not form.has_dates():
        rows.append({"label": "Dates", "value": "To follow"})
    return rows
