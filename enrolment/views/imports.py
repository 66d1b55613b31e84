"""Loading people from a file: upload, look at what would happen, apply, follow, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrolment import exports
from enrolment.actions.batches import begin
from enrolment.actions.people import NEW_DEPARTMENTS, OUTCOMES, REMARKED
from enrolment.forms.people import MOST_PEOPLE, PeopleUpload
from enrolment.imports import check_people
from enrolment.models import Batch
from enrolment.queries import batches
from people.access import hr_required
from people.clock import today
from people.imports import HEADER, REQUIRED
from people.records import refused_lines

COLUMNS = {
    "staff_number": "The key: whoever has it already is brought up to date. Letters and digits are kept as they are",
    "given_names": "First and middle names",
    "family_name": "The last name",
    "email": "One person's own; two people cannot share one",
    "job_title": "As people say it",
    "department": "By name; a new one is made",
    "manager_staff_number": "The staff number of the person they report to, anywhere in the file or loaded before",
    "date_of_birth": "Year first: 1989-03-07",
    "employed_from": "Year first; may lie ahead, for people who join",
    "employed_until": "Year first; the last day of employment, blank while none is known",
}


@hr_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    """Take a file, read it, and show what it would come to; nobody is written yet."""
    form = PeopleUpload(request.POST, request.FILES) if request.method == "POST" else PeopleUpload()
    if form.is_bound and form.is_valid():
        file, by = form.cleaned_data["file"], request.user
        assert by.is_authenticated
        try:
            batch = check_people(file.read(), file_name=file.name, by=by, on=today(), most=MOST_PEOPLE)
            return redirect("enrolment:import_batch", public_id=batch.public_id)
        except ValidationError as error:
            form.add_error("file", error)
    columns = [(name, COLUMNS[name], name in REQUIRED) for name in HEADER]
    context = {"form": form, "columns": columns, "files": batches.latest_files(request.user)}
    return render(request, "enrolment/import_people.html", context)


@hr_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One file: what it would come to, how far it is, or what came of it. POST applies it, once."""
    batch = get_object_or_404(
        Batch.objects.visible_to(request.user).defer("content"), public_id=public_id, kind="people"
    )
    if request.method == "POST":
        begin([batch])
        return redirect("enrolment:import_batch", public_id=batch.public_id)
    show = request.GET.get("show", "")
    after = request.GET.get("after", "")
    is_row = after.isascii() and after.isdecimal() and len(after) < 10
    rows, following = batches.rows_page(batch, show=show, after=int(after) if is_row else 0)
    counts: dict[str, int] = {name: batch.counts.get(name, 0) for name in (*OUTCOMES, REMARKED)}
    people = sum(counts[name] for name in OUTCOMES)
    context: dict[str, Any] = {
        "batch": batch,
        "counts": counts,
        "people": people,
        "is_unchanged": bool(people) and counts["unchanged"] == people,
        "is_waiting": batches.is_waiting(batch),
        "is_settled": _is_settled(batch),
        "departments": batch.counts.get(NEW_DEPARTMENTS, []),
        "changes_nothing": counts["created"] + counts["updated"] == 0,
        "rows": rows,
        "show": show if show in batches.SHOWN else "",
        "previous_url": None,
        "next_url": f"?show={show if show in batches.SHOWN else ''}&after={following}" if following else None,
    }
    return render(request, "enrolment/import_batch.html", context)


@hr_required
@require_safe
def import_refused(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The refused rows as the file has them, each after its reason: correct them and load that file.

    Not before the others are loaded: a row that is refused because of one of them could be taken without it.
    """
    batch = get_object_or_404(Batch.objects.visible_to(request.user), public_id=public_id, kind="people")
    if not _is_settled(batch):
        raise Http404
    refused = batches.refused_rows(batch)
    rows = refused_lines(bytes(batch.content), {number: (row.code, row.message) for number, row in refused.items()})
    lines = exports.lines(map(exports.safe_cell, next(rows)), rows)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="refused-people.csv"'
    return answer


def _is_settled(batch: Batch) -> bool:
    """Whether nothing of this file is still to be written."""
    has_changes = batch.counts.get("created", 0) + batch.counts.get("updated", 0) > 0
    return batch.status == Batch.Status.APPLIED or (batch.status == Batch.Status.CHECKED and not has_changes)


@hr_required
@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """An empty people file with the right columns."""
    answer = HttpResponse("".join(exports.lines(HEADER, ())), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="people.csv"'
    return answer
