"""HR decides nominations, one or many on one page; each is judged again at the moment of approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from enrolment.actions import nominations as actions
from enrolment.actions.nominations import Approval
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.nominations import AnswerManyForm
from enrolment.models import Enrolment, Nomination
from enrolment.queries import nominating
from enrolment.queries import nominations as queries
from enrolment.views.deciding_many import READ_FOR, ids_of
from enrolment.views.nominating import key_of
from enrolment.views.nominations import protected
from people.access import decides
from people.clock import today
from people.models import User
from programmes.models import Cohort

SALT = "enrolment.decide_nominations"


@dataclass(frozen=True)
class Row:
    """One nomination as the page shows it: what the planner gives today, why it came back, and whether it is ticked."""

    nomination: Nomination
    look: nominating.Look
    protected: str
    came_back: str = ""
    is_ticked: bool = False


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def decide_nominations(request: HttpRequest) -> HttpResponse:
    """Those named in the address, else the first that wait; a POST answers those ticked, on the days they were shown.

    What has become illegal meanwhile is refused and comes back on the same page, with the planner's days of now.
    """
    user, on = request.user, today()
    assert isinstance(user, User)
    if request.method != "POST":
        in_cohort = request.GET.get("how") == "cohort"
        named = ids_of(request.GET.getlist("pick")) if "pick" in request.GET else None
        rows = _rows(queries.to_decide(user, named), {}, user, on=on, in_cohort=in_cohort)
        return _page(request, AnswerManyForm(), rows, user, in_cohort=in_cohort)
    in_cohort = request.POST.get("how") == "cohort"
    listed = ids_of(request.POST.getlist("listed"))
    form = AnswerManyForm(request.POST, is_declining="decline" in request.POST)
    picked = list(queries.picked(user, ids_of(request.POST.getlist("pick"))))
    done: list[Nomination] = []
    why: dict[UUID, str] = {}
    if not picked:
        form.add_error(None, "Tick at least one nomination.")
    elif form.is_valid():
        answer = _decline if "decline" in request.POST else _approve
        outcomes = answer(request, form, picked, user, on)
        done = [outcome.subject for outcome in outcomes if outcome.is_done]
        why = {o.subject.public_id: o.refusal.message for o in outcomes if o.refusal}
    if done:
        verb = "declined" if "decline" in request.POST else "approved"
        messages.success(request, f"{len(done)} {verb}.")
    if done or why:
        form = AnswerManyForm()
    for nomination in picked:  # what somebody else answered meanwhile is not on the page any more
        if nomination.public_id in why and nomination.status != Nomination.Status.SUBMITTED:
            messages.warning(
                request, f"{nomination.employee.name}, {nomination.programme.name}: {_meanwhile(nomination)}"
            )
    rows = _rows(queries.to_decide(user, listed), why, user, on=on, in_cohort=in_cohort)
    if form.errors:  # nothing was answered: what was ticked stays ticked
        ticked = {nomination.pk for nomination in picked}
        rows = [replace(row, is_ticked=row.nomination.pk in ticked) for row in rows]
    return _page(request, form, rows, user, in_cohort=in_cohort, done=_done(done))


def _approve(
    request: HttpRequest, form: AnswerManyForm, picked: Sequence[Nomination], user: User, on: date
) -> list[Outcome[Nomination]]:
    """Each on the days that the page showed to this reader, or in the cohort it named."""
    shown = _read(request.POST.get("shown", ""), user)
    cohorts = Cohort.objects.in_bulk([cohort for _, _, cohort in shown.values() if cohort])
    approvals = []
    for nomination in picked:
        first, last, cohort = shown.get(str(nomination.public_id), (None, None, None))
        key = key_of(form.cleaned_data["key"], nomination.public_id)
        if cohort in cohorts:
            approvals.append(Approval(nomination, cohort=cohorts[cohort], key=key))
        elif first and last:
            days = date.fromisoformat(first), date.fromisoformat(last)
            approvals.append(Approval(nomination, *days, key=key))
    if len(approvals) < len(picked):
        messages.error(request, "Those without a legal day were left as they are: decline them, or give days alone.")
    outcomes: list[Outcome[Nomination]] = run(
        actions.approve, approvals, by=user, on=on, reason=form.cleaned_data["reason"]
    )
    return outcomes


def _decline(
    request: HttpRequest, form: AnswerManyForm, picked: Sequence[Nomination], user: User, on: date
) -> list[Outcome[Nomination]]:
    outcomes: list[Outcome[Nomination]] = run(
        actions.decline, picked, by=user, on=on, reason=form.cleaned_data["reason"]
    )
    return outcomes


def _meanwhile(nomination: Nomination) -> str:
    return f"{nomination.get_status_display()} already; nothing was changed."


def _rows(found: Sequence[Nomination], why: dict[UUID, str], user: User, *, on: date, in_cohort: bool) -> list[Row]:
    wishes = [(n.employee, n.programme) for n in found]
    looks = nominating.looks(wishes, reader=user, on=on, in_cohort=in_cohort)
    return [
        Row(nomination, look, protected(nomination), why.get(nomination.public_id, ""))
        for nomination, look in zip(found, looks, strict=True)
    ]


def _page(
    request: HttpRequest,
    form: AnswerManyForm,
    rows: Sequence[Row],
    user: User,
    *,
    in_cohort: bool,
    done: Sequence[tuple[Nomination, Enrolment | None]] = (),
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "rows": rows,
        "done": done,
        "how": "cohort" if in_cohort else "days",
        "shown": _token(rows, user),
    }
    return render(request, "enrolment/nominations_decide.html", context)


def _done(done: Sequence[Nomination]) -> list[tuple[Nomination, Enrolment | None]]:
    return [(nomination, nomination.enrolment) for nomination in done]


def _token(rows: Sequence[Row], user: User) -> str:
    """The days that the page shows of each, and to whom: signed, so that no others can be approved."""
    shown = {
        str(row.nomination.public_id): (
            row.look.plan.start.isoformat(),
            row.look.plan.end.isoformat() if row.look.plan.end else None,
            row.look.plan.cohort.pk if row.look.plan.cohort else None,
        )
        for row in rows
        if row.look.is_legal and row.look.plan.start
    }
    return signing.dumps({"by": user.pk, "shown": shown}, salt=SALT)


def _read(token: str, user: User) -> dict[str, tuple[str | None, str | None, int | None]]:
    try:
        said = signing.loads(token, salt=SALT, max_age=READ_FOR)
    except signing.BadSignature:
        return {}
    return said["shown"] if said["by"] == user.pk else {}
