"""What people were told: notices for HR, newest first, and one with its text."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from enrolment.queries.keyset import page
from enrolment.views.night import mail_is_late
from enrolment.views.paging import page_links
from people.access import hr_required
from people.models import Notice
from people.queries import as_hr
from people.reach import reads_everybody

KINDS = {
    "enrolled": "enrolled",
    "moved": "other dates",
    "queued": "dates follow",
    "waiting": "waiting list",
    "promoted": "a seat became free",
    "called_off": "called off",
    "starts_soon": "starts in a week",
    "started": "started",
    "training_plan": "training plan due",
    "review": "progress review due",
    "progression": "ends soon",
    "finished": "finished, what comes next",
    "to_close": "planned end has passed, to close",
    "can_start": "what comes next for somebody",
    "next_asked": "asked to go on",
    "recommended": "recommendation ready",
    "questionnaire": "questionnaire to answer",
    "questionnaire_reminder": "reminder by HR to answer",
    "questionnaire_due_soon": "answers due soon",
    "questionnaire_overdue": "answers overdue",
    "nomination_asked": "asked for their word",
    "nomination_word": "what a nominee said",
    "nomination_waits": "a nomination waits",
    "nomination_escalated": "nobody has decided",
    "nomination_expires": "a nomination is about to expire",
    "nomination_expired": "a nomination expired",
    "nomination_left": "the nominee has left",
    "nomination_declined": "a nomination declined",
    "nomination_not_this_time": "not this time",
    "second_look_asked": "a second look to review",
    "second_look_closed": "outcome of a second look",
    "complaint_answered": "answer to a complaint",
    "record_disputed": "a record disputed",
    "record_answered": "answer to a dispute",
}


@hr_required
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Notices, fifty a page, narrowed by status and kind."""
    status, kind = _chosen(request, "status", dict(Notice.Status.choices)), _chosen(request, "kind", KINDS)
    narrowed = {name: value for name, value in (("status", status), ("kind", kind)) if value}
    rows = as_hr(Notice.objects.filter(**narrowed), request.user)
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
    """One notice with its text, to whom, and whether it went out."""
    rows = as_hr(Notice.objects.all(), request.user).select_related("employee__department")
    notice = get_object_or_404(rows, public_id=public_id)
    return render(request, "enrolment/message.html", {"notice": notice, "kind": KINDS.get(notice.kind, notice.kind)})


def _chosen(request: HttpRequest, name: str, known: dict[str, str]) -> str:
    """What the list is narrowed to; anything unknown narrows nothing."""
    given = request.GET.get(name, "")
    return given if given in known else ""
