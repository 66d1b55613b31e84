"""A file of people before and after it is loaded: its columns matched, who leaves, what stops it, and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from enrolment.actions.files import AMBIGUOUS_NAMES, begin_people, brakes_of
from enrolment.actions.people import LOST_LETTERS
from enrolment.actions.undo import can_undo, keep_undo
from enrolment.forms.people import MOST_PEOPLE, ColumnsForm, WholeForm
from enrolment.imports.files import match_people, questions_of, say_who_leaves
from enrolment.models import Batch
from enrolment.queries.files import Matching, matching_of
from enrolment.queries.inviting import how_many, uninvited
from people.access import everywhere_decides
from people.clock import now, today
from people.models import Employee
from people.reading import Question, problems

OPEN = (Batch.Status.MATCHING, Batch.Status.CHECKED)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Which column of a file is which fact, guessed and to be confirmed; remembered for its source."""
    batch = _file(request, public_id)
    if batch.table is None or batch.status not in OPEN:
        return redirect("enrolment:import_batch", public_id=batch.public_id)
    matching = matching_of(batch)
    form = _columns_form(request, batch, matching)
    if request.method == "POST" and form.is_valid() and _match(request, batch, matching, form):
        return redirect("enrolment:import_batch", public_id=batch.public_id)
    context = {
        "form": form,
        "batch": batch,
        "was": matching.table.was,
        "header_row": matching.table.header_row,
        "back_url": reverse("enrolment:import_people"),
    }
    return render(request, "enrolment/import_columns.html", context)


@everywhere_decides
@require_POST
def import_leavers(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say whether a checked file is the whole organisation, and look at it again."""
    batch = _file(request, public_id)
    form = WholeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter the last day like 4 May 2026, or leave it empty.")
    elif batch.status == Batch.Status.CHECKED:
        say_who_leaves(batch, leave_on=form.cleaned_data["leave_on"])
    return redirect("enrolment:import_batch", public_id=batch.public_id)


@everywhere_decides
@require_POST
def import_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Look at what undoing a loaded file would come to; nobody is written yet."""
    batch = _file(request, public_id)
    try:
        undo = keep_undo(batch, by=request.user if request.user.is_authenticated else None, on=today(), now=now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("enrolment:import_batch", public_id=batch.public_id)
    return redirect("enrolment:import_batch", public_id=undo.public_id)


def facts_of_file(batch: Batch) -> dict[str, Any]:
    """What the page of a file shows besides what that of every job does."""
    is_file = batch.kind == "people"
    is_checked = is_file and batch.status == Batch.Status.CHECKED
    return {
        "file": batch if is_file else None,
        "columns_url": reverse("enrolment:import_columns", args=[batch.public_id])
        if batch.table and is_checked
        else "",
        "left_out": _left_out(batch) if is_checked else [],
        "ambiguous_names": batch.counts.get(AMBIGUOUS_NAMES, []),
        "lost_letters": batch.counts.get(LOST_LETTERS, 0) if is_checked else 0,
        "whole_form": WholeForm(initial={"leave_on": batch.leave_on}) if is_checked else None,
        "leavers_url": reverse("enrolment:import_leavers", args=[batch.public_id]),
        "brakes": brakes_of(batch, on=today()) if is_checked else [],
        "to_invite": _to_invite() if is_file and batch.status == Batch.Status.APPLIED else 0,
        "undo_url": reverse("enrolment:import_undo", args=[batch.public_id])
        if is_file and can_undo(batch, now=now())
        else "",
    }


def _to_invite() -> int:
    """How many people could be mailed a way in: these pages are for HR of the whole organisation."""
    found = how_many(uninvited(Employee.objects.all(), on=today(), at=now()))
    return found.people - found.without_mail


def begin_file(request: HttpRequest, batch: Batch) -> str:
    """Apply a file past its brake; returns why not, empty when it began."""
    [outcome] = begin_people([batch], on=today(), typed=request.POST.get("confirmed", ""))
    return outcome.refusal.message if outcome.refusal else ""


def _file(request: HttpRequest, public_id: UUID) -> Batch:
    return get_object_or_404(Batch.objects.visible_to(request.user).filter(kind="people"), public_id=public_id)


def _left_out(batch: Batch) -> list[str]:
    if not batch.table or not batch.reading:
        return []
    headers = batch.table["headers"][batch.reading["skipped"] :]
    return [name for name, fact in zip(headers, batch.reading["facts"], strict=False) if name and not fact]


def _columns_form(request: HttpRequest, batch: Batch, matching: Matching) -> ColumnsForm:
    """The form, with the questions that the columns as chosen now make necessary."""
    name = matching.source.name if matching.source else batch.file_name.rpartition(".")[0][:80] or batch.file_name[:80]
    if request.method != "POST":
        _, questions = questions_of(matching, matching.facts, {})
        said = batch.reading or {}
        first = {"source": name, "order": said.get("order", ""), "epoch": said.get("epoch", "")}
        return ColumnsForm(matching=matching, questions=questions, initial=first)
    chosen = [request.POST.get(f"column-{at}", "") for at in range(len(matching.table.columns))]
    asked: list[Question] = questions_of(matching, matching.facts if problems(chosen) else chosen, {})[1]
    if problems(chosen):  # what was answered of the days is kept; the rest is asked once the columns are right
        asked = [question for question in asked if request.POST.get(question.name)]
    return ColumnsForm(request.POST, matching=matching, questions=asked)


def _match(request: HttpRequest, batch: Batch, matching: Matching, form: ColumnsForm) -> bool:
    facts = form.facts()
    for sentence in problems(facts):
        form.add_error(None, sentence)
    if form.errors:
        return False
    reading, _ = questions_of(matching, facts, form.cleaned_data)
    by = request.user if request.user.is_authenticated else None
    try:
        match_people(batch, reading, name=form.cleaned_data["source"], by=by, on=today(), most=MOST_PEOPLE)
    except ValidationError as error:
        form.add_error("source" if error.code == "source_exists" else None, error)
        return False
    return True
