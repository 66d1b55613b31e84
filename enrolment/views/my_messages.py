"""What no mail could carry: read by its person after signing in, or told in person; and which messages one gets."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enrolment.forms.messages import ChoicesForm
from enrolment.queries import messages as queries
from enrolment.queries.bulk import ticked
from enrolment.queries.keyset import page
from enrolment.rules.kinds import ASKER, HR, KINDS, LEARNER, MANAGER, label
from enrolment.views.paging import page_links
from people.access import manager_required, manages_somebody, signed_in
from people.actions import settling as actions
from people.clock import now, today
from people.models import Notice, User
from people.reach import acts_for, reads_everybody
from people.retry import retried

MOST = 500  # marked at once


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def my_messages(request: HttpRequest) -> HttpResponse:
    """What the reader was told, newest first; what no mail could carry stands first until they say they read it."""
    user, on = _user(request), today()
    unread = queries.unread(user, on)
    if request.method == "POST":
        chosen = queries.of_public_ids(unread, ticked(request.POST.getlist("chosen")))
        rows = queries.ids(chosen, MOST)[:MOST]
        retried(actions.tell_in_person, rows, by=user, on=on, at=now(), step="read")
        return redirect("enrolment:my_messages")
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    shown = page(queries.to_me(user, on), "due_on", descending=True, **cursor)
    context = {"unread": unread[:MOST], "rows": shown.rows, "has_record": user.own_record(), **page_links(shown)}
    return render(request, "enrolment/my_messages.html", context)


@manager_required
@require_http_methods(["GET", "HEAD", "POST"])
def in_person(request: HttpRequest) -> HttpResponse:
    """Whom somebody has to tell in person: a manager's team, for HR everybody; POST says that they were told."""
    user, on = _user(request), today()
    if request.method == "POST":
        if not (user.is_hr or manages_somebody(request)):
            raise PermissionDenied("Who only reads tells nobody.")
        rows = queries.told_by(user, on)
        chosen = queries.ids(queries.of_public_ids(rows, ticked(request.POST.getlist("chosen"))), MOST)[:MOST]
        settled = retried(actions.tell_in_person, chosen, by=user, on=on, at=now())
        told = [one.subject for one in settled if not one.code]
        if told:
            messages.success(request, f"{len(told):,} message{' is' if len(told) == 1 else 's are'} told in person.")
        else:
            messages.error(request, "Tick at least one message that is still to be told.")
        return redirect("enrolment:needs" if request.POST.get("next") == "needs" else "enrolment:in_person")
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    shown = page(queries.to_tell(user, on), "due_on", descending=False, **cursor)
    context = {
        "rows": [(notice, label(notice.kind), _is_open(user, notice)) for notice in shown.rows],
        "tells": user.is_hr or manages_somebody(request),
        **page_links(shown),
    }
    return render(request, "enrolment/in_person.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """Which messages the reader gets: what may be switched off, and why the others may not."""
    user = _user(request)
    record = user.own_record()
    if record is None:
        return redirect("enrolment:my_messages")
    theirs = [kind for kind in KINDS.values() if kind.to in _roles(request, user)]
    optional = [kind.code for kind in theirs if kind.is_optional]
    form = ChoicesForm(
        request.POST if request.method == "POST" else None, kinds=optional, chosen=queries.choices_of(record)
    )
    if form.is_bound and form.is_valid():
        chosen = [(record, code, form.cleaned_data[code]) for code in optional]
        retried(actions.choose, chosen, by=user, on=today())
        messages.success(request, "Your choice is kept.")
        return redirect("enrolment:message_choices")
    needed = [kind for kind in theirs if not kind.is_optional]
    groups = [(group, list(rows)) for group, rows in groupby(needed, key=attrgetter("group"))]
    return render(request, "enrolment/message_choices.html", {"form": form, "needed": groups})


def _is_open(user: User, notice: Notice) -> bool:
    """Whether its page is the reader's: it is for HR, and a manager who is HR elsewhere tells it from this list."""
    return reads_everybody(user) or acts_for(user, notice.employee)


def _roles(request: HttpRequest, user: Any) -> tuple[str, ...]:
    more = {MANAGER: manages_somebody(request), HR: user.is_hr}
    return (LEARNER, ASKER, *(role for role, is_theirs in more.items() if is_theirs))


def _user(request: HttpRequest) -> Any:
    """Who signed in; these pages are for nobody else."""
    assert request.user.is_authenticated
    return request.user
