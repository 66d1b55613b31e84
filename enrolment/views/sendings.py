"""The questionnaire sent out: to whom, first foreseen and then done; the list of sendings, and how far one is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessment.models import Sending
from enrolment import exports
from enrolment.actions import sendings as actions
from enrolment.actions.outcomes import run
from enrolment.forms.people import PeopleSearch
from enrolment.forms.sendings import NUMBERS, SEARCH, SendForm, SureForm
from enrolment.queries import sendings as queries
from enrolment.queries.bulk import staff_numbers, ticked
from enrolment.queries.keyset import page
from enrolment.rules.sendings import ASK_TWICE_ABOVE
from enrolment.views.paging import beside, page_links, people_links
from people.access import everywhere, everywhere_decides
from people.clock import today
from people.models import Employee, User
from people.queries import choices
from people.queries import page as people_page

HEADERS = (
    *("staff_number", "given_names", "family_name", "email", "department"),
    *("state", "reminded_on", "answered_on", "decided"),
)


@everywhere
@require_safe
def sendings(request: HttpRequest) -> HttpResponse:
    """Every sending, newest first, fifty a page, each with how far it is."""
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    rows = Sending.objects.visible_to(request.user).select_related("sent_by__employee")
    shown = page(rows, "sent_on", descending=True, **cursor)
    funnels = queries.funnels(shown.rows)
    context = {
        "rows": [(row, funnels[row.pk]) for row in shown.rows],
        "day": today(),
        "may_send": _user(request).is_hr,
        **page_links(shown),
    }
    return render(request, "enrolment/sendings.html", context)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Whom to ask and by when; then how many and who that is; then it is sent, once."""
    on, user = today(), _user(request)
    is_answer = request.method == "POST" and not {"check", "send"}.isdisjoint(request.POST)
    form = SendForm(request.POST if is_answer else None, on=on, initial=None if is_answer else _initial(request))
    if not (form.is_bound and form.is_valid()):
        return render(request, "enrolment/send.html", {"form": form})
    chosen = form.chosen()
    key = form.key_given()
    if "send" in request.POST and key and (before := Sending.objects.filter(request_key=key).first()):
        return redirect("enrolment:sending", public_id=before.public_id)
    foreseen = queries.foreseen(chosen.people, on=on)
    is_sending = "send" in request.POST and foreseen.asked > 0
    sure = SureForm(request.POST if is_sending else None, people=foreseen.asked)
    if is_sending and sure.is_valid():
        pks = list(chosen.people.order_by().values_list("pk", flat=True))
        due_on = form.cleaned_data["due_on"]
        outcomes = run(actions.send, pks, to=chosen.words, due_on=due_on, by=user, on=on, key=key)
        if made := next((outcome.subject.sending for outcome in outcomes if outcome.is_done), None):
            return redirect("enrolment:sending", public_id=made.public_id)
        foreseen = queries.foreseen(chosen.people, on=on)
    context = {
        "form": form,
        "sure": sure,
        "foreseen": foreseen,
        "chosen": chosen,
        "kept": [*form.answers(), ("key", str(key or uuid4()))],
        "is_many": foreseen.asked > ASK_TWICE_ABOVE,
        "most": queries.SHOWN,
    }
    return render(request, "enrolment/send_check.html", context)


@everywhere
@require_safe
def sending(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """How far one sending is: a picture, then the people, fifty a page; ``?format=csv`` gives all that are shown."""
    found, on = _sending(request, public_id), today()
    show = request.GET.get("show", "")
    show = show if show in queries.STATES else ""
    if request.GET.get("format") == "csv":
        lines = exports.lines(HEADERS, (_cells(row) for row in queries.exported(found, show=show)))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="sending.csv"'
        return answer
    people = queries.sent_to(found, show=show).select_related("department")
    shown = people_page(people, **beside(request))
    kept = {"show": show} if show else {}
    context = {
        "sending": found,
        "funnel": queries.funnels([found])[found.pk],
        "rows": queries.lines(found, shown.people),
        "show": show,
        "states": queries.STATES.items(),
        "rest": queries.to_remind([found], on=on).count() if found.ended_on is None else 0,
        "day": on,
        "decides": _user(request).is_hr,
        "csv_url": f"?{urlencode({**kept, 'format': 'csv'})}",
        **people_links(shown, kept),
    }
    return render(request, "enrolment/sending.html", context)


@everywhere_decides
@require_POST
def remind_rest(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remind whoever has not answered; pressing twice on a day reminds nobody twice."""
    found = _sending(request, public_id)
    outcome = run(actions.remind, [found], by=_user(request), on=today())[0]
    if outcome.refusal:
        messages.info(request, outcome.refusal.message)
    else:
        count = outcome.subject.people
        messages.success(request, f"{count:,} {'person is' if count == 1 else 'people are'} reminded.")
    return redirect("enrolment:sending", public_id=public_id)


@everywhere_decides
@require_POST
def end_sending(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask nobody any more."""
    run(actions.end, [_sending(request, public_id)], by=_user(request), on=today())
    messages.success(request, "This sending is ended: nobody is asked or reminded any more.")
    return redirect("enrolment:sending", public_id=public_id)


@everywhere_decides
@require_POST
def resume_sending(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Undo the ending."""
    run(actions.resume, [_sending(request, public_id)], by=_user(request), on=today())
    messages.success(request, "Those who have not answered are asked again.")
    return redirect("enrolment:sending", public_id=public_id)


def _user(request: HttpRequest) -> User:
    """Who signed in; these pages are for nobody else."""
    assert request.user.is_authenticated
    return request.user


def _sending(request: HttpRequest, public_id: UUID) -> Sending:
    rows = Sending.objects.visible_to(request.user).select_related("sent_by__employee")
    return get_object_or_404(rows, public_id=public_id)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the People page's buttons bring: the people ticked there, or what its list is narrowed to."""
    if request.method != "POST":
        return {}
    if "all" not in request.POST:
        people = Employee.objects.visible_to(request.user).filter(public_id__in=ticked(request.POST.getlist("chosen")))
        return {"whom": NUMBERS, "staff_numbers": "\n".join(staff_numbers(people))}
    search = PeopleSearch(request.POST, departments=choices(request.user))
    asked = search.cleaned_data if search.is_valid() else {}
    departments = [asked["department"].public_id] if asked.get("department") else []
    return {"whom": SEARCH, "q": asked.get("q", ""), "departments": departments}


def _cells(row: tuple[Any, ...]) -> tuple[Any, ...]:
    *facts, is_decided = row
    return (*facts, "yes" if is_decided else "no")
