"""The list of enrolments, narrowed and sorted, on a page and as a file."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from enrolment import exports, rules
from enrolment.forms.filters import EnrolmentFilter
from enrolment.models import Enrolment
from enrolment.queries import enrolments as queries
from enrolment.queries.keyset import page
from enrolment.views.bulk import CHOICES
from enrolment.views.paging import page_links
from people.access import hr_required
from people.queries import as_hr, handled
from people.reach import acts_for_everybody
from programmes.models import Cohort, Programme

S = Enrolment.Status
SORTS = {"start": "start_date", "end": "planned_end_date"}
LABELS = dict(S.choices)
DAY_BOXES = (
    ("starts_from", "Starts from"),
    ("starts_to", "Starts up to"),
    ("ends_from", "Ends from"),
    ("ends_to", "Ends up to"),
)
EXPORTED = (
    "reference",
    "employee__staff_number",
    "employee__given_names",
    "employee__family_name",
    "programme__code",
    "status",
    "start_date",
    "planned_end_date",
    "ended_on",
    "cohort__name",
)


@hr_required
@require_safe
def enrolments(request: HttpRequest) -> HttpResponseBase:
    """Fifty enrolments at a time, narrowed and sorted as the address says; ``?format=csv`` gives all that match.

    A file has no room for what is wrong with a filter, so then the page is the answer.
    """
    programmes = list(Programme.objects.briefly())
    found = EnrolmentFilter(
        request.GET or None, queryset=as_hr(Enrolment.objects.all(), request.user), programmes=programmes
    )
    problems = problems_of(found.form)
    if request.GET.get("format") == "csv" and not problems:
        rows = found.qs.order_by("-start_date", "-id").values_list(*EXPORTED).iterator(chunk_size=2000)
        answer = StreamingHttpResponse(exports.lines(exports.HEADERS, rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="enrolments.csv"'
        return answer
    sort = request.GET.get("sort", "")
    descending, column = not sort or sort.startswith("-"), SORTS.get(sort.lstrip("-"), "start_date")
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    shown = page(queries.listed(found.qs), column, descending=descending, **cursor)
    chosen = {name: request.GET.get(name, "") for name in found.filters}
    narrowed = {name: value for name, value in chosen.items() if value}
    names = {programme.pk: programme.name for programme in programmes}
    errors = {problem["name"]: problem["error"] for problem in problems}
    context = {
        "rows": [_row(row, names) for row in shown.rows],
        "chosen": chosen,
        "days": [
            {"name": name, "label": label, "value": chosen[name], "error": errors.get(name, "")}
            for name, label in DAY_BOXES
        ],
        "problems": problems,
        "programmes": programmes,
        "statuses": S.choices,
        "is_narrowed": bool(narrowed),
        "cohort": cohort_of(narrowed.get("cohort", "")),
        "sorts": _sorts(column, narrowed, descending=descending),
        "csv_url": f"?{urlencode({**narrowed, 'format': 'csv'})}",
        "may_change": request.user.is_hr,  # type: ignore[union-attr]
        "may_load": acts_for_everybody(request.user),
        "moves": CHOICES,
        "handoff_url": f"{reverse('enrolment:handoff')}{'?' if narrowed else ''}{urlencode(narrowed)}",
        **page_links(shown, {**narrowed, **({"sort": sort} if sort else {})}),
    }
    return render(request, "enrolment/enrolments.html", context)


def _row(row: Any, names: dict[int, str]) -> dict[str, Any]:
    """One line of the list, ready to print: the template stays a loop over plain text."""
    return {
        "id": str(row.public_id),
        "url": f"{row.public_id}/",
        "person": f"{row.employee__given_names} {row.employee__family_name}",
        "title": row.employee__job_title,
        "programme": names[row.programme_id],
        "pill": _pill(row.status),
        "start": _written(row.start_date) if row.start_date else "no\u00a0dates\u00a0yet",
        "end": _written(end) if (end := row.ended_on or row.planned_end_date) else "",
        "reference": row.reference,
    }


@cache
def _pill(status: str) -> SafeString:
    """A status pill, rendered once a process: fifty includes would cost a page more than its query."""
    context = {"status": status, "label": LABELS[status]}
    return render_to_string("components/status.html", context)


@lru_cache(maxsize=20_000)
def _written(day: date) -> str:
    return rules.say(day).replace(" ", "\u00a0")


def problems_of(form: Form) -> list[dict[str, str]]:
    """What cannot be read among the filters: the field, what it is called, and why. Nothing is wrong with none."""
    return [
        {"name": name, "label": str(form.fields[name].label), "error": " ".join(map(str, errors))}
        for name, errors in form.errors.items()
    ]


def _sorts(column: str, narrowed: dict[str, str], *, descending: bool) -> dict[str, dict[str, str]]:
    """For each column that sorts: the address that sorts by it, the other way round if it does already."""
    links = {}
    for name, sorted_column in SORTS.items():
        is_on = sorted_column == column
        sign = "" if is_on and descending else "-"
        links[name] = {
            "url": f"?{urlencode({**narrowed, 'sort': sign + name})}",
            "aria": ("descending" if descending else "ascending") if is_on else "none",
        }
    return links


def cohort_of(public_id: str) -> Cohort | None:
    """The cohort that the list is narrowed to, to say its name; None for anything that is no cohort."""
    try:
        return Cohort.objects.filter(public_id=UUID(public_id)).first() if public_id else None
    except ValueError:
        return None


def visible(request: HttpRequest, public_id: UUID) -> Enrolment:
    """The enrolment a page is about, if the reader may see it."""
    rows = Enrolment.objects.visible_to(request.user)
    found: Enrolment = get_object_or_404(rows.select_related(*RELATED), public_id=public_id)
    return found


def to_act_on(request: HttpRequest, public_id: UUID) -> Enrolment:
    """The enrolment that HR makes a move on, if the reader acts as HR for its person."""
    rows = handled(Enrolment.objects.all(), request.user)
    found: Enrolment = get_object_or_404(rows.select_related(*RELATED), public_id=public_id)
    return found


RELATED = ("employee", "employee__department", "employee__manager", "programme", "cohort", "version")
