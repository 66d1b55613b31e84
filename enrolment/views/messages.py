"""What people were told: notices for HR, newest first; one with its text and history; what went out, as a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import get_default_timezone
from django.views.decorators.http import require_safe

from enrolment import exports
from enrolment.forms.messages import MessageFilter
from enrolment.queries.keyset import page
from enrolment.queries.messages import exported, facts, handled_by, held_kinds, history, read_by, told
from enrolment.rules.kinds import LABELS, label
from enrolment.views.ahead import ACTIONS, LISTED
from enrolment.views.night import mail_is_late
from enrolment.views.paging import page_links
from people.access import hr_required
from people.clock import today
from people.models import Notice, User
from people.queries import choices
from people.reach import reads_everybody
from people.rules import STEPS

KINDS = LABELS
MOST_ALIKE = 1000  # failed for the same reason: counted to here
STEP_WORDS = {
    **{name: step.done.capitalize() for name, step in STEPS.items()},
    "hurry": "To be sent now",
    "hold_kind": "Held back with all of its kind",
    "release_kind": "Let go with all of its kind",
}
HEADERS = (
    *("staff_number", "given_names", "family_name", "kind", "status"),
    *("due_on", "sent_at", "sent_to", "headline", "text"),
)


@hr_required
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Notices, fifty a page, narrowed by status and kind."""
    status, kind = _chosen(request, "status", dict(Notice.Status.choices)), _chosen(request, "kind", KINDS)
    narrowed = {name: value for name, value in (("status", status), ("kind", kind)) if value}
    assert request.user.is_authenticated
    rows = read_by(request.user).filter(**narrowed)
    shown = page(
        rows.select_related("employee", "employee__department"),
        "due_on",
        descending=True,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": shown.rows,
        "is_everywhere": (is_everywhere := reads_everybody(request.user)),
        "mail_delay": mail_is_late() if is_everywhere else None,
        "kinds": KINDS.items(),
        "statuses": Notice.Status.choices,
        "kind": kind,
        "status": status,
        **page_links(shown, narrowed),
    }
    return render(request, "enrolment/messages.html", context)


@hr_required
@require_safe
def message(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One notice with its text, to whom, whether it went out, what was done to it, and what can be."""
    user = request.user
    assert user.is_authenticated
    rows = read_by(user).select_related("employee__department", "settled_by__employee")
    notice = get_object_or_404(rows, public_id=public_id)
    held = held_kinds().get(notice.kind) if notice.status == Notice.Status.DUE and not notice.settled_by_id else None
    same = handled_by(user).filter(status=Notice.Status.FAILED, why=notice.why)
    context = {
        "notice": notice,
        "kind": label(notice.kind),
        "history": [(line, STEP_WORDS.get(line.step, line.step)) for line in history(notice)],
        "held": held,
        "fact": facts([notice]).get(notice.subject),
        "steps": [(name, STEPS[name].label) for name in _steps(notice, user)],
        "alike": same[:MOST_ALIKE].count() if notice.status == Notice.Status.FAILED else 0,
        "most_alike": MOST_ALIKE,
        "decides": user.is_hr,
    }
    return render(request, "enrolment/message.html", context)


@hr_required
@require_safe
def sent(request: HttpRequest) -> HttpResponseBase:
    """What people were told, when, in which words, newest first; ``?format=csv`` gives all that is shown."""
    user = request.user
    assert user.is_authenticated
    narrowed = MessageFilter(request.GET, user=user).narrowed()
    rows = narrowed.of(told(user, today()))
    if request.GET.get("format") == "csv":
        lines = exports.lines(HEADERS, (_cells(row) for row in exported(rows)))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="messages.csv"'
        return answer
    shown = page(
        rows.select_related("employee__department", "settled_by__employee"),
        "due_on",
        descending=True,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    kept = {name: value for name in LISTED if (value := request.GET.get(name))}
    context = {
        "rows": [(notice, label(notice.kind)) for notice in shown.rows],
        "narrowed": narrowed,
        "kinds": KINDS.items(),
        "departments": choices(user),
        "csv_url": f"?{urlencode({**kept, 'format': 'csv'})}",
        **page_links(shown, kept),
    }
    return render(request, "enrolment/messages_sent.html", context)


def _steps(notice: Notice, user: User) -> list[str]:
    """What HR can do to it now."""
    return [name for name in ACTIONS if notice.status in STEPS[name].sources] if user.is_hr else []


def _cells(row: tuple[Any, ...]) -> tuple[Any, ...]:
    number, given, family, kind, status, due_on, sent_at, *words = row
    at = sent_at.astimezone(get_default_timezone()).strftime("%Y-%m-%d %H:%M") if sent_at else ""
    return (number, given, family, kind, status, due_on, at, *words)


def _chosen(request: HttpRequest, name: str, known: dict[str, str]) -> str:
    """What the list is narrowed to; anything unknown narrows nothing."""
    given = request.GET.get(name, "")
    return given if given in known else ""
