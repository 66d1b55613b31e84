"""What comes next for somebody, with one yes; and the report of who could go on and was not asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrolment import exports
from enrolment.actions import progression as actions
from enrolment.actions.outcomes import in_chunks, run
from enrolment.actions.progression import Acceptance
from enrolment.models import Enrolment
from enrolment.queries import progression as queries
from enrolment.queries.keyset import page
from enrolment.rules.progression import why_not_sooner
from enrolment.views.enrolments import visible
from enrolment.views.paging import page_links
from people.access import everywhere, everywhere_decides, signed_in
from people.clock import today
from people.models import Department, Employee, User
from people.reach import acts_for
from programmes.models import Programme

MOST_UNASKED = 50  # people whom one press asks without showing how many they are
MOST_AT_ONCE = 5_000  # people asked by one press; the next takes those who are left
HEADERS = ("staff_number", "given_names", "family_name", "department", "programme", "status", "last_day")
EXPORTED = (
    "employee__staff_number",
    "employee__given_names",
    "employee__family_name",
    "employee__department__name",
    "programme__code",
    "status",
    "until",
)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def next_step(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The step that fits after an enrolment, from when, with which cohort; the reader's yes nominates for it."""
    user, on = request.user, today()
    assert isinstance(user, User)
    shown = visible(request, public_id)
    is_own = shown.employee.user_id == user.pk
    step = queries.next_steps([shown], on=on).get(shown.employee_id)
    if request.method == "POST":
        yes = Acceptance(shown, request.POST.get("programme", ""))
        outcome = run(actions.accept, [yes], by=user, on=on)[0]
        if outcome.refusal is None and (made := outcome.subject.nomination):
            said = "You said yes" if is_own else f"You nominated {shown.employee.name}"
            messages.success(request, f"{said}: {made.programme.name}. Somebody in HR decides.")
            return redirect("enrolment:my_nomination" if is_own else "enrolment:nomination", public_id=made.public_id)
        assert outcome.refusal is not None
        messages.error(request, outcome.refusal.message)
        return redirect("enrolment:next_step", public_id=public_id)
    plan = queries.next_plan(shown)
    waiting = queries.nominated(shown, step.programme) if step else None
    is_theirs = (
        is_own or acts_for(user, shown.employee) or Employee.objects.managed_by(user).filter(pk=shown.employee_id)
    )
    context = {
        "enrolment": shown,
        "employee": shown.employee,
        "is_own": is_own,
        "step": step,
        "why": why_not_sooner(step, "" if is_own else shown.employee.given_names, on=on) if step else "",
        "plan": plan,
        "waiting": waiting,
        "nominates": bool(is_theirs) and not is_own,
        "may_accept": bool(step) and plan is None and waiting is None and is_theirs,
    }
    return render(request, "enrolment/next_step.html", context)


@everywhere
@require_safe
def progression_report(request: HttpRequest) -> HttpResponseBase:
    """Who could go on and was not asked, by programme and department; ``?format=csv`` gives all that match."""
    rows, narrowed = _asked_for(request)
    if request.GET.get("format") == "csv":
        found = queries.with_last_day(rows).order_by("-start_date", "-id").values_list(*EXPORTED)
        lines = exports.lines(HEADERS, found.iterator(chunk_size=2000))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="could-go-on.csv"'
        return answer
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    related = rows.select_related("employee__department", "programme")
    shown = page(related, "start_date", descending=True, **cursor)
    steps = queries.next_steps(shown.rows, on=today())
    programmes, departments = queries.counted(rows)
    context = {
        "rows": [(row, steps.get(row.employee_id)) for row in shown.rows],
        "total": sum(line.people for line in programmes),
        "parts": [("programme", "Programme", programmes), ("department", "Department", departments)],
        "programmes": Programme.objects.briefly(),
        "departments": Department.objects.order_by("name")[:500],
        "narrowed": narrowed,
        "csv_url": f"?{urlencode({**narrowed, 'format': 'csv'})}",
        "asks": request.user.is_hr,  # type: ignore[union-attr]
        **page_links(shown, narrowed),
    }
    return render(request, "enrolment/progression_report.html", context)


@everywhere_decides
@require_POST
def ask_to_go_on(request: HttpRequest) -> HttpResponse:
    """Ask everybody whom the report shows, as it is narrowed; more than fifty are counted first."""
    on = today()
    rows, narrowed = _asked_for(request)
    people = list(rows.order_by("-start_date", "-id")[: MOST_AT_ONCE + 1])
    back = f"{reverse('enrolment:progression_report')}{'?' if narrowed else ''}{urlencode(narrowed)}"
    count = min(len(people), MOST_AT_ONCE)
    if count > MOST_UNASKED and request.POST.get("count") != str(count):
        context = {"count": count, "is_more": len(people) > MOST_AT_ONCE, "narrowed": narrowed, "back": back}
        return render(request, "enrolment/ask_to_go_on.html", context)
    outcomes = in_chunks(actions.ask, people[:MOST_AT_ONCE], by=request.user, on=on)
    done = sum(outcome.is_done for part in outcomes for outcome in part)
    if done:
        messages.success(request, f"{done:,} {'person is' if done == 1 else 'people are'} asked whether to go on.")
    else:
        messages.error(request, "Nobody was left to ask.")
    return redirect(back)


def _asked_for(request: HttpRequest) -> tuple[QuerySet[Enrolment], dict[str, str]]:
    """Who could go on, narrowed to a programme and a department; anything unknown narrows nothing."""
    given: Any = request.POST if request.method == "POST" else request.GET
    assert isinstance(request.user, User)
    rows, narrowed = queries.unasked(request.user, on=today()), {}
    if programme := Programme.objects.filter(code=given.get("programme", "")).first():
        rows, narrowed = rows.filter(programme=programme), {"programme": programme.code}
    department = given.get("department", "")
    if department.isascii() and department.isdecimal() and len(department) < 10:
        rows, narrowed = rows.filter(employee__department=int(department)), {**narrowed, "department": department}
    return rows, narrowed
