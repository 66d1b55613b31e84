"""What completed programmes changed at work: telling it, and the report that adds it up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from enrolment.actions.impact import NOT_COMPLETED, Telling, tell_impact
from enrolment.actions.outcomes import run
from enrolment.forms.impact import ImpactForm
from enrolment.models import Enrolment
from enrolment.queries import impact as queries
from enrolment.views.enrolments import visible
from people.access import hr_required, signed_in
from people.clock import today
from people.models import User
from people.reach import reads_everybody


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def impact(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What one completed enrolment changed, told by the learner, their manager or HR; it can be told again."""
    user = request.user
    assert isinstance(user, User)
    shown = visible(request, public_id)
    told = queries.told_of(shown)
    form = ImpactForm(request.POST if request.method == "POST" else None, initial=ImpactForm.facts(told))
    is_own = shown.employee.user_id == user.pk
    cannot = _cannot(shown, user)
    if request.method == "POST" and not queries.may_tell(shown, user):
        raise PermissionDenied(cannot)
    if request.method == "POST" and not cannot and form.is_valid():
        outcome = run(tell_impact, [Telling(shown, **form.cleaned_data)], by=user, on=today())[0]
        if outcome.refusal is None:
            messages.success(request, f"Kept: what {shown.programme.name} changed.")
            return redirect("enrolment:my_programme") if is_own else _back(shown)
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    context = {
        "enrolment": shown,
        "employee": shown.employee,
        "form": form,
        "told": told,
        "is_own": is_own,
        "cannot": cannot,
    }
    return render(request, "enrolment/impact.html", context)


@hr_required
@require_safe
def impact_report(request: HttpRequest) -> HttpResponse:
    """By programme and by department: how many completed, how many told, hours, pounds; and the latest sentences."""
    programmes, departments = queries.by_programme(_user(request)), queries.by_department(_user(request))
    total = queries.together("Together", programmes)
    parts = [_part("programme", "Programme", programmes), _part("department", "Department", departments)]
    context = {
        "total": total,
        "parts": parts,
        "sentences": queries.sentences(_user(request)),
        "is_everywhere": reads_everybody(request.user),
        "completed_url": f"{reverse('enrolment:enrolments')}?status={Enrolment.Status.COMPLETED}",
    }
    return render(request, "enrolment/impact_report.html", context)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _cannot(shown: Enrolment, user: User) -> str:
    """Why it cannot be told at all: who reads, or that it is not completed."""
    if not queries.may_tell(shown, user):
        return "The learner, their manager or HR tells what a programme changed."
    return "" if shown.status == Enrolment.Status.COMPLETED else NOT_COMPLETED.message


def _part(code: str, word: str, lines: list[queries.Line]) -> dict[str, Any]:
    """One half of the report: its pictures, then its table."""
    pictures = (
        ("Hours saved a month", queries.bars(lines, "hours_a_month", "{} hours")),
        ("Pounds saved a year", queries.bars(lines, "pounds_a_year", "£{}")),
    )
    return {
        "code": code,
        "word": word,
        "lines": lines,
        "pictures": [(title, bars) for title, bars in pictures if bars],
    }


def _back(shown: Enrolment) -> HttpResponse:
    return redirect("enrolment:enrolment", public_id=shown.public_id)
