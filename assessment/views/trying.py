"""Anybody tries the questionnaire: the answers live in the address, nothing is stored."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessment import queries
from assessment.forms import QuestionForm

CHECK, RESULT = "check", "result"


@require_safe
def which_is_for_me(request: HttpRequest) -> HttpResponse:
    """The same questions as the kept questionnaire, then check and result.

    ``at`` names the page wanted, ``asked`` the question that was just answered; every other name is an answer.
    """
    version = queries.published()
    if not request.GET:
        first = _url({}, version.questions[0].code)
        return render(request, "assessment/try.html", {"version": version, "next_url": first})
    answers = version.known(_single(request.GET))
    at, form = _page(version, request.GET, answers)
    open_questions = version.table.unanswered(answers)
    if at == RESULT and not open_questions:
        context: dict[str, Any] = {"explained": queries.explain(version, answers), "back_url": _url(answers, CHECK)}
        return render(request, "assessment/try_result.html", context)
    if at in {CHECK, RESULT} and not open_questions:
        return render(request, "assessment/try_check.html", _check(version, answers))
    code = at if version.question(at) else open_questions[0]
    return render(request, "assessment/try_question.html", _question(version, answers, code, form))


def _page(version: queries.Version, asked_for: QueryDict, answers: dict[str, str]) -> tuple[str, QuestionForm | None]:
    """Which page it is, and the form of a question that was sent without a valid answer."""
    asked = version.question(asked_for.get("asked", ""))
    if asked and asked.code not in answers:
        form = QuestionForm(asked, asked_for)
        form.is_valid()
        return asked.code, form
    at = asked_for.get("at", "") if asked is None else ""
    if version.question(at) or at == RESULT:
        return at, None
    return next(iter(version.table.unanswered(answers)), CHECK), None


def _question(
    version: queries.Version, answers: dict[str, str], code: str, form: QuestionForm | None
) -> dict[str, Any]:
    question = version.question(code)
    assert question
    codes = [one.code for one in version.questions]
    place = codes.index(code)
    return {
        "form": form or QuestionForm(question, initial=answers),
        "kept": [(name, option) for name, option in answers.items() if name != code],
        "asked": code,
        "number": place + 1,
        "total": len(codes),
        "back_url": _url(answers, codes[place - 1]) if place else reverse("assessment:try"),
    }


def _check(version: queries.Version, answers: dict[str, str]) -> dict[str, Any]:
    rows = [
        {"label": label, "value": value, "change_url": _url(answers, code)}
        for code, (label, value) in zip(answers, queries.rows(version, answers), strict=True)
    ]
    return {"rows": rows, "kept": list(answers.items()), "back_url": _url(answers, version.questions[-1].code)}


def _single(given: QueryDict) -> dict[str, str]:
    """The last value of each name."""
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _url(answers: dict[str, str], at: str) -> str:
    """This page with these answers, at a question, the check or the result."""
    return f"{reverse('assessment:try')}?{urlencode({**answers, 'at': at})}"
