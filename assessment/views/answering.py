"""Answering the questionnaire, for oneself or on somebody's behalf: one question a page, check, send, result."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from assessment import actions, queries
from assessment.forms import QuestionForm
from assessment.models import Recommendation, Response
from people.access import signed_in
from people.clock import now, today
from people.models import Employee, User
from people.retry import retried

SHOWN = "assessment.question"  # what the moment of showing is signed for
START_OR_READ = ("GET", "HEAD", "POST")


@signed_in
@require_http_methods(START_OR_READ)
def questionnaire(request: HttpRequest) -> HttpResponse:
    """One's own questionnaire: start, carry on, or see what came of it. Without an employee record there is none."""
    employee = _user(request).own_record()
    if employee is None:
        return render(request, "assessment/no_record.html")
    return _begin(request, employee) if request.method == "POST" else _stand(request, employee)


@signed_in
@require_http_methods(START_OR_READ)
def questionnaire_for(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Somebody else's questionnaire, for HR and the person's manager; 404 for anybody else."""
    others = Employee.objects.acted_for_by(request.user).exclude(user=_user(request))
    employee = get_object_or_404(others, public_id=public_id)
    return _begin(request, employee) if request.method == "POST" else _stand(request, employee)


@signed_in
@require_http_methods(START_OR_READ)
def question(request: HttpRequest, public_id: UUID, code: str) -> HttpResponse:
    """One question of a response under way; what was answered before is chosen already and nothing gets lost."""
    response = _answered_for(request, public_id)
    if response.submitted_on:
        return redirect("assessment:result", public_id=public_id)
    version = queries.version(response.questionnaire)
    asked = version.question(code)
    if asked is None:
        raise Http404("This version has no such question.")
    if request.method == "POST":
        later = "later" in request.POST
        form = QuestionForm(asked, request.POST)
        if form.is_valid():
            given = actions.Answered(response, form.given, _seconds(request, response, code))
            result = retried(actions.answer, [given], by=_user(request))[0]
            if isinstance(result, Response):
                return _home(request, result.employee) if later else _onwards(version, result)
            form.add_error(None, result)
        elif later and code not in request.POST:
            return _home(request, response.employee)
    else:
        form = QuestionForm(asked, initial=response.answers)
    context = {
        "form": form,
        "shown": _shown(request, response, code),
        "is_assumed": code in response.assumed,
        **_step(version, code),
        **_about(request, response.employee, response),
    }
    context["back_url"] = _before(version, response, code) or _home_url(request, response.employee)
    return render(request, "assessment/question.html", context)


@signed_in
@require_http_methods(START_OR_READ)
def check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """All answers before they are sent, each with its way back; sending twice makes one recommendation."""
    response = _answered_for(request, public_id)
    if response.submitted_on:
        return redirect("assessment:result", public_id=public_id)
    version = queries.version(response.questionnaire)
    if version.table.unanswered(response.given):
        return _onwards(version, response)
    if request.method == "POST":
        sent = retried(actions.submit, [response], by=_user(request), on=today())[0]
        if isinstance(sent, Recommendation):
            return redirect("assessment:result", public_id=public_id)
        messages.error(request, sent.messages[0])
    rows = [
        {"label": label, "value": value, "change_url": reverse("assessment:question", args=[public_id, q.code])}
        for q, (label, value) in zip(version.questions, queries.rows(version, response.answers), strict=True)
    ]
    back_url = reverse("assessment:question", args=[public_id, version.questions[-1].code])
    context = {"rows": rows, "back_url": back_url, **_about(request, response.employee, response)}
    return render(request, "assessment/check.html", context)


@signed_in
@require_safe
def result(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the rules recommend, why, what would change it, and that a person decides."""
    response = _visible(request, public_id)
    version = queries.version(response.questionnaire)
    if not response.submitted_on:
        return _onwards(version, response)
    recommendation = queries.recommendation(response)
    context = {
        "response": response,
        "explained": queries.explain_made(version, recommendation, response.answers),
        "placement": queries.decision(recommendation),
        "look": queries.open_second_look(response.employee, _user(request)),
        "may_ask": recommendation.is_latest and queries.may_ask_again(response.employee, _user(request)),
        "back_url": _home_url(request, response.employee)
        if queries.may_ask_again(response.employee, _user(request))
        else reverse("enrolment:person", args=[response.employee.public_id]),
        **_about(request, response.employee),
    }
    return render(request, "assessment/result.html", context)


def _shown(request: HttpRequest, response: Response, code: str) -> str:
    """When a question was shown, signed: its page carries it, so that opening a page writes nothing."""
    if _moment(request, response, code) is not None:
        return request.POST["shown"]
    return signing.dumps([str(response.public_id), code, now().timestamp()], salt=SHOWN)


def _moment(request: HttpRequest, response: Response, code: str) -> float | None:
    """The moment that a page sends back, if it is ours and of this very question."""
    try:
        about, question, moment = signing.loads(request.POST.get("shown", ""), salt=SHOWN)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return float(moment) if (about, question) == (str(response.public_id), code) else None


def _seconds(request: HttpRequest, response: Response, code: str) -> dict[str, float]:
    """How long a question was open, by its code; nothing where its page does not say."""
    moment = _moment(request, response, code)
    return {} if moment is None else {code: now().timestamp() - moment}


def _user(request: HttpRequest) -> User:
    """Who signed in; these pages are for nobody else."""
    assert request.user.is_authenticated
    return request.user


def _visible(request: HttpRequest, public_id: UUID) -> Response:
    """The response, or Http404 when this person may not see it."""
    return _found(Response.objects.visible_to(request.user), public_id)


def _answered_for(request: HttpRequest, public_id: UUID) -> Response:
    """The response, or Http404 when this person neither answers it nor answers for its person."""
    rows = Response.objects.filter(employee__in=Employee.objects.acted_for_by(request.user))
    return _found(rows, public_id)


def _found(responses: QuerySet[Response], public_id: UUID) -> Response:
    return get_object_or_404(
        responses.select_related("questionnaire", "employee__department", "employee__manager", "answered_by__employee"),
        public_id=public_id,
    )


def _about(request: HttpRequest, employee: Employee, response: Response | None = None) -> dict[str, Any]:
    """Whose questionnaire it is, and whether somebody else answers or answered for them: every page of it says so."""
    on_behalf = employee.user_id != _user(request).pk
    begun_by = (response.answered_by or "Somebody") if response and response.is_on_behalf and not on_behalf else None
    return {"employee": employee, "on_behalf": on_behalf, "begun_by": begun_by}


def _step(version: queries.Version, code: str) -> dict[str, int]:
    codes = [question.code for question in version.questions]
    return {"number": codes.index(code) + 1, "total": len(codes)}


def _stand(request: HttpRequest, employee: Employee) -> HttpResponse:
    """Where a person is with their questionnaire, and the one thing to do next."""
    standing = queries.standing(employee)
    context: dict[str, Any] = {"standing": standing, "day": today(), **_about(request, employee, standing.under_way)}
    if standing.under_way:
        version = queries.version(standing.under_way.questionnaire)
        open_questions = version.table.unanswered(standing.under_way.given)
        context["total"] = len(version.questions)
        context["done"] = len(version.questions) - len(open_questions)
        context["carry_on_url"] = _next_url(version, standing.under_way)
    else:
        context["total"] = len(queries.published().questions)
    return render(request, "assessment/questionnaire.html", context)


def _begin(request: HttpRequest, employee: Employee) -> HttpResponse:
    response = retried(actions.begin, [employee], by=_user(request), on=today())[0]
    return _onwards(queries.version(response.questionnaire), response)


def _onwards(version: queries.Version, response: Response) -> HttpResponse:
    """To the first question without an answer, or to the check when there is none."""
    return redirect(_next_url(version, response))


def _next_url(version: queries.Version, response: Response) -> str:
    for code in version.table.unanswered(response.given):
        return reverse("assessment:question", args=[response.public_id, code])
    return reverse("assessment:check", args=[response.public_id])


def _before(version: queries.Version, response: Response, code: str) -> str | None:
    """The question before this one, or None at the first."""
    codes = [question.code for question in version.questions]
    place = codes.index(code)
    return reverse("assessment:question", args=[response.public_id, codes[place - 1]]) if place else None


def _home_url(request: HttpRequest, employee: Employee) -> str:
    """Where this questionnaire begins for whoever is asking."""
    if employee.user_id == _user(request).pk:
        return reverse("assessment:questionnaire")
    return reverse("assessment:questionnaire_for", args=[employee.public_id])


def _home(request: HttpRequest, employee: Employee) -> HttpResponse:
    messages.success(request, "The answers are kept.")
    return redirect(_home_url(request, employee))
