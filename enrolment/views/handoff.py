"""The hand-off to a provider: what is missing first, then the list, then the files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from enrolment import exports
from enrolment.forms.filters import EnrolmentFilter
from enrolment.forms.handoff import PREFIX, UlnForm, named
from enrolment.models import Enrolment
from enrolment.queries import handoff as queries
from enrolment.queries.keyset import page
from enrolment.views.enrolments import DAY_BOXES, LABELS, cohort_of, problems_of
from enrolment.views.paging import page_links
from people.access import decides
from people.actions.ulns import record_uln
from people.clock import today
from people.models import Employee, User
from people.queries import handled
from people.reach import acts_for_everybody
from people.retry import retried
from programmes.models import Programme

FILES = {
    "units": (exports.unit_lines, Programme.Kind.UNIT, "hand-off-units.csv"),
    "apprenticeship": (exports.bulk_lines, Programme.Kind.APPRENTICESHIP, "hand-off-apprenticeship.csv"),
}

type Refusals = dict[str, ValidationError]


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def handoff(request: HttpRequest) -> HttpResponseBase:
    """The list that the filter of the enrolments gives; ``?format=`` gives a file, a POST records learner numbers.

    For HR alone, not for auditors: it holds learner numbers and birthdays.

    Nothing is listed and no file is given while a filter cannot be read: it would hold people nobody asked for.
    """
    is_hr = request.user.is_hr  # type: ignore[union-attr]
    programmes = list(Programme.objects.briefly())
    everybody = handled(Enrolment.objects.all(), request.user)
    found = EnrolmentFilter(request.GET or None, queryset=everybody, programmes=programmes)
    problems = problems_of(found.form)
    rows = queries.on_the_list(found.qs, status=request.GET.get("status", ""))
    narrowed = {name: value for name in found.filters if (value := request.GET.get(name, ""))}
    asked = FILES.get(request.GET.get("format", ""))
    if asked and not problems:
        return _file(rows, *asked)
    if problems:
        refused = {"problems": problems, "list_url": _list_url(narrowed)}
        return render(request, "enrolment/handoff_refused.html", refused)
    changing = _changing(request) if is_hr else None
    refusals = _posted(request, changing) if request.method == "POST" else {}
    if request.method == "POST" and not refusals:
        return redirect(f"{reverse('enrolment:handoff')}?{urlencode(narrowed)}")
    sizes = queries.sizes(rows, [programme.pk for programme in programmes if programme.is_apprenticeship])
    context: dict[str, Any] = {
        "sizes": sizes,
        "chosen": _chosen(narrowed, {programme.code: programme.name for programme in programmes}),
        "list_url": _list_url(narrowed),
        "not_known": exports.NOT_KNOWN,
        "may_change": is_hr,
        "may_load": acts_for_everybody(request.user),
        "files": {kind: f"?{urlencode({**narrowed, 'format': kind})}" for kind in FILES},
        **_lacking(request, rows, changing, refusals, may_change=is_hr),
        **_listed(request, rows, narrowed),
    }
    return render(request, "enrolment/handoff.html", context)


def _file(rows: QuerySet[Enrolment], lines: Any, kind: str, name: str) -> StreamingHttpResponse:
    of_kind = rows.filter(programme__kind=kind)
    answer = StreamingHttpResponse(lines(queries.remarked(of_kind)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _list_url(narrowed: dict[str, str]) -> str:
    """The list of enrolments under the same filter, where it can be changed."""
    return f"{reverse('enrolment:enrolments')}?{urlencode(narrowed)}"


def _chosen(narrowed: dict[str, str], names: dict[str, str]) -> list[dict[str, Any]]:
    """The filter in words, in pairs."""
    cohort = cohort_of(narrowed.get("cohort", ""))
    said = {
        "q": ("Person or reference", narrowed.get("q", "")),
        "cohort": ("Cohort", cohort.name if cohort else "one that does not exist"),
        "programme": ("Programme", names.get(narrowed.get("programme", ""), "")),
        "status": ("Status", LABELS.get(narrowed.get("status", ""), "").capitalize()),
        **{name: (label, narrowed.get(name, "")) for name, label in DAY_BOXES},
    }
    pairs = [said[name] for name in said if name in narrowed]
    return [{"label": label, "value": value, "change_url": None} for label, value in pairs]


def _changing(request: HttpRequest) -> Employee | None:
    """Whose number, though known, is to be put right; None for anything that is nobody."""
    try:
        public_id = UUID(request.GET.get("change", ""))
    except ValueError:
        return None
    people = Employee.objects.handled_by(request.user).select_related("department")
    return people.filter(public_id=public_id).first()


def _posted(request: HttpRequest, changing: Employee | None) -> Refusals:
    """Records what was written. Returns by box what was refused; the rest is done."""
    assert isinstance(request.user, User)
    ids = named(request.POST, queries.MOST_PEOPLE + 1)
    people = Employee.objects.handled_by(request.user).filter(public_id__in=ids).order_by("family_name", "id")
    form = UlnForm(request.POST, people=people)
    refusals: Refusals = {name: errors[0] for name, errors in form.errors.as_data().items()}
    wanted: dict[str, tuple[Employee, str]] = {}
    for name, uln in form.numbers().items():
        person = form.people[name]
        if person == changing or (uln and not person.uln):
            wanted[name] = person, uln
        elif uln and uln != person.uln:
            now = f"{person.name} has a ULN by now, {person.uln}: it was not changed."
            refusals[name] = ValidationError(now, "changed_since")
    results = retried(record_uln, list(wanted.values()), by=request.user, on=today())
    refused = {name: result for name, result in zip(wanted, results, strict=True) if result.code}
    refusals |= {name: ValidationError(result.message, result.code) for name, result in refused.items()}
    if done := len(results) - len(refused):
        messages.success(request, f"{done} {'ULN is' if done == 1 else 'ULNs are'} recorded.")
    return refusals


def _lacking(
    request: HttpRequest, rows: QuerySet[Enrolment], changing: Employee | None, refusals: Refusals, *, may_change: bool
) -> dict[str, Any]:
    """What is missing, each person with their box; what was refused stands in its box as it was written."""
    missing = queries.missing(rows)
    lines = list(missing.people)
    if changing and changing not in dict(lines):
        lines.insert(0, (changing, ()))
    boxes = [person for person, _ in lines if not person.uln or person == changing] if may_change else []
    form = UlnForm(request.POST if refusals else None, people=boxes)
    for name, refusal in refusals.items():
        if not form.has_error(name):
            form.add_error(name if name in form.fields else None, refusal)
    boxed = {name: form[name] for name in form.fields}
    return {
        "missing": missing,
        "lines": [(person, lacks, boxed.get(f"{PREFIX}{person.public_id}")) for person, lacks in lines],
        "form": form,
        "more": missing.total - len(missing.people),
    }


def _listed(request: HttpRequest, rows: QuerySet[Enrolment], narrowed: dict[str, str]) -> dict[str, Any]:
    """Fifty rows in order of start, each with its remark and the address that puts its ULN right."""
    cursor = {name: request.GET.get(name, "") for name in ("after", "before")}
    shown = page(queries.listed(rows), "start_date", descending=False, **cursor)
    remarked = queries.with_remarks(shown.rows)
    return {
        "rows": [(row, _change_url(row.enrolment.employee__public_id, narrowed)) for row in remarked],
        **page_links(shown, narrowed),
    }


def _change_url(person: UUID, narrowed: dict[str, str]) -> str:
    """The same list with a box for this person, at that box."""
    return f"?{urlencode({**narrowed, 'change': person})}#id_{PREFIX}{person}"
