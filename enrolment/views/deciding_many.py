"""Deciding on many people at once: the list of everybody with their answers first, then one yes for all of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from assessment.models import Recommendation
from enrolment.actions.decisions import agree
from enrolment.actions.outcomes import Outcome, run
from enrolment.queries import recommendations as queries
from people.access import decides
from people.clock import today
from people.models import User
from people.queries import handled

SALT = "enrolment.decide_many"
READ_FOR = 8 * 60 * 60  # seconds: a list that was opened in the morning is read again before it is decided on at night
NOT_OPENED = "Open the list of everybody first; then agree for all of them."


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def decide_many(request: HttpRequest) -> HttpResponse:
    """Everybody who was ticked, with answers; a POST agrees for exactly those whom the page listed to this reader."""
    user = request.user
    assert isinstance(user, User)
    if request.method == "POST":
        return _agree(request, user)
    rows = queries.told(queries.undecided_named(ids_of(request.GET.getlist("pick")), user))
    return render(request, "enrolment/decide_many.html", _context(rows, user))


def _agree(request: HttpRequest, user: User) -> HttpResponse:
    """Nothing is agreed with that was not on a list which this reader had opened: the token says whom it held."""
    listed = _read(request.POST.get("listed", ""), user)
    if not listed:
        messages.error(request, NOT_OPENED)
        return redirect("enrolment:recommendations")
    if "agreed" not in request.POST:
        rows = queries.told(queries.undecided_named(listed, user))
        return render(request, "enrolment/decide_many.html", {**_context(rows, user), "is_unsure": True})
    made = handled(Recommendation.objects.filter(public_id__in=listed), user)
    subjects = list(made.select_related("employee", "programme").order_by("employee_id", "id"))
    outcomes: list[Outcome[Recommendation]] = run(agree, subjects, by=user, on=today())
    context = {
        "done": [outcome.subject for outcome in outcomes if outcome.is_done],
        "refused": [(outcome.subject, outcome.refusal.message) for outcome in outcomes if outcome.refusal],
    }
    return render(request, "enrolment/decided_many.html", context)


def _context(rows: list[queries.Told], user: User) -> dict[str, Any]:
    """One group of people with the same outcome; several groups are offered one by one."""
    groups = queries.alike(rows)
    single = groups[0] if len(groups) == 1 else None
    return {
        "groups": [(group, _address(group)) for group in groups],
        "single": single,
        "listed": _token(single, user) if single and single.programme else "",
        "is_unsure": False,
    }


def _address(group: queries.Alike) -> str:
    return f"?{urlencode([('pick', str(row.made.public_id)) for row in group.rows])}"


def _token(group: queries.Alike, user: User) -> str:
    """Whom the page lists, and to whom: signed, so that no other list can be agreed with."""
    return signing.dumps({"by": user.pk, "ids": [str(row.made.public_id) for row in group.rows]}, salt=SALT)


def _read(token: str, user: User) -> list[UUID]:
    try:
        said = signing.loads(token, salt=SALT, max_age=READ_FOR)
    except signing.BadSignature:
        return []
    return [UUID(one) for one in said["ids"]] if said["by"] == user.pk else []


def ids_of(given: list[str]) -> list[UUID]:
    """The ids among what was ticked; anything else is nobody."""
    found = []
    for text in given:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
