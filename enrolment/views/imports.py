"""Loading people, or enrolments, from a file: upload, look at what would happen, apply, follow, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from enrolment import entries, exports
from enrolment.forms.people import MOST_ENROLMENTS, MOST_PEOPLE, EnrolmentsUpload, PeopleUpload
from enrolment.imports import receive_people
from enrolment.imports.enrolments import check_enrolments
from enrolment.models import Batch
from enrolment.views.batches import WITH_START, Job, batch_page, links, refused_file
from enrolment.views.files import begin_file, facts_of_file
from people.access import everywhere_decides
from people.clock import today
from people.imports import HEADER, REQUIRED
from people.records import REASONS

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
ENROLMENT_COLUMNS = {
    "staff_number": "Whose enrolment it is",
    "programme": "ai-practitioner, ai-leadership-literacy, ai-governance or ai-transformation",
    "start_date": "Year first: 2026-09-07. Together with the planned end, or not at all",
    "planned_end_date": "Year first. A row with dates is judged on exactly these",
    "status": "Blank means planned. Also active, overdue, paused, completed, withdrawn, cancelled",
    "ended_on": "Year first; only for completed (the actual finish) and withdrawn (the last day of learning)",
    "cohort": "By name. Without dates: the cohort’s, or a place on its waiting list",
}


@dataclass(frozen=True)
class Loader:
    """How files of one kind are asked for: the words of the page, its form, what checks them, its columns."""

    job: Job
    title: str
    lead: str
    back: str
    noun: str
    notes_title: str
    notes: tuple[str, ...]
    form: type[forms.Form]
    check: Callable[..., Batch]
    columns: tuple[tuple[str, str, bool], ...]
    template_page: str
    template_name: str


OF_PEOPLE = Job(
    kinds=("people",),
    page="enrolment:import_batch",
    refused_page="enrolment:import_refused",
    again_page="enrolment:import_people",
    list_page="enrolment:people",
    back="Import people",
    titles=("Check {}", "Loading {}", "Loaded {}"),
    stats=(
        ("created", "new"),
        ("updated", "changed"),
        ("left", "people leave"),
        ("unchanged", "already as the file says"),
        ("refused", "refused"),
    ),
    unit="people done",
    many="people",
    done="People loaded",
    see="See the people",
    apply="Load these people",
    again="Choose another file",
    first="Load those first",
    refused=", correct them and load that file. Each row begins with its reason and is otherwise as you wrote it, "
    "with three exceptions: a staff number that is in the file twice is left out, so that nobody is loaded over "
    "somebody else; a row with a wrong quotation mark is whole in its first cell; a character that no text has can "
    "be shown as �.",
    nothing_new="Nothing would change: everybody is already as the file says.",
    nothing_taken="No row of this file can be taken. Correct it and choose it again.",
    row_titles={
        "refused": "Refused rows",
        "updated": "Changed people",
        "created": "New people",
        "left": "People who leave",
        "lost": "Names with lost letters",
    },
    reasons=REASONS,
    is_quick=False,
    has_brake=True,
)
UNDO = replace(
    OF_PEOPLE,
    kinds=("undo",),
    reasons=WITH_START,
    has_brake=False,
    titles=("Undo {}", "Undoing {}", "Undone: {}"),
    stats=(
        ("restored", "as before the file"),
        ("removed", "new people removed"),
        ("refused", "left as they are"),
    ),
    done="File undone",
    apply="Undo this file",
    again="Leave it as it is",
    nothing_taken="No row of this file can be undone: each says what was built on it, or changed it, since.",
    refused=": nothing of what came after them is lost. Departments that the file made stay; those "
    "that nobody is in can be deleted under Departments.",
    first="Undo the others first",
    row_titles={"refused": "Left as they are", "restored": "As before the file", "removed": "New people removed"},
)
PEOPLE = Loader(
    job=replace(OF_PEOPLE, kinds=("people", "undo"), others=(UNDO,)),
    title="Import people",
    lead="Choose a file. The next page says what would happen to each person; nothing is written before you agree.",
    back="People",
    noun="person",
    notes_title="What happens to people",
    notes=(
        "The file is right about what it holds: a blank cell clears what was there. A column that is not in the file "
        "is left as it is.",
        "People who are not in the file are left alone, unless you say that it is the whole organisation.",
        "A row that cannot be taken never stops the others; each says what is wrong with it.",
        "The same file again changes nothing.",
    ),
    form=PeopleUpload,
    check=partial(receive_people, most=MOST_PEOPLE),
    columns=tuple((name, COLUMNS[name], name in REQUIRED) for name in HEADER),
    template_page="enrolment:import_template",
    template_name="people.csv",
)
FROM_FILE = Job(
    kinds=("enrolments",),
    page="enrolment:enrolment_batch",
    refused_page="enrolment:enrolments_refused",
    again_page="enrolment:import_enrolments",
    list_page="enrolment:enrolments",
    back="Load enrolments",
    titles=("Check {}", "Loading {}", "Loaded {}"),
    stats=(
        ("created", "new"),
        ("queued", "queued"),
        ("waiting", "on a waiting list"),
        ("updated", "changed"),
        ("unchanged", "already as the file says"),
        ("refused", "refused"),
    ),
    unit="rows done",
    many="enrolments",
    done="Enrolments loaded",
    see="See the enrolments",
    apply="Load these enrolments",
    again="Choose another file",
    first="Load those first",
    refused=", correct them and load that file. Each row begins with its reason and, where dates are in the way, "
    "the earliest day on which it could start; the rest is as you wrote it.",
    nothing_new="Nothing would change: every enrolment is already as the file says.",
    nothing_taken="No row of this file can be taken. Correct it and choose it again.",
    row_titles={
        "refused": "Refused rows",
        "updated": "Changed enrolments",
        "created": "New enrolments",
        "queued": "Queued",
        "waiting": "On a waiting list",
    },
)
CHOSEN = replace(
    FROM_FILE,
    kinds=("enrol",),
    again_page="enrolment:enrol_many",
    back="Enrol many people",
    titles=("Check {}", "Enrolling {}", "Done: {}"),
    stats=tuple((name, "already enrolled so" if name == "unchanged" else label) for name, label in FROM_FILE.stats),
    unit="people done",
    many="people",
    done="People enrolled",
    only={"waiting": "On the waiting list", "queued": "Queued: dates follow"},
    apply="Enrol these people",
    again="Choose other people",
    first="Enrol the others first",
    nothing_new="Nothing would change.",
    nothing_taken="Nobody of these can be enrolled so. The reasons are below.",
    is_file=False,
)
ENROLMENTS = Loader(
    job=replace(FROM_FILE, kinds=("enrolments", "enrol"), others=(CHOSEN,)),
    title="Load enrolments",
    lead="Choose a file. The next page says what each row would come to; nothing is recorded before you agree.",
    back="Enrolments",
    noun="enrolment",
    notes_title="What happens to the rows",
    notes=(
        "Dates are never moved: a row whose days clash is refused, with the other programme and the earliest start.",
        "Without dates and cohort the person gets the earliest legal start, or is queued behind what has no end yet.",
        "The same person, programme and start again is the same enrolment: left as it is, or changed as the row says.",
        "What is over is a fact: only a clash refuses it. Plans that are in the way are never pushed aside.",
        "A row that cannot be taken never stops the others. The same file again changes nothing.",
    ),
    form=EnrolmentsUpload,
    check=partial(check_enrolments, most=MOST_ENROLMENTS),
    columns=tuple((name, ENROLMENT_COLUMNS[name], name in entries.HEADER[:2]) for name in entries.HEADER),
    template_page="enrolment:enrolments_template",
    template_name="enrolments.csv",
)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    """Take a file of people, read it, and show what it would come to; nobody is written yet."""
    return upload(request, PEOPLE)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def import_batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One file of people, or one that is taken back. POST applies it, once, unless the brake stops it."""
    waiting = Batch.objects.visible_to(request.user).filter(public_id=public_id, status=Batch.Status.MATCHING)
    if waiting.exists():
        return redirect("enrolment:import_columns", public_id=public_id)
    return batch_page(request, PEOPLE.job, public_id, begun=begin_file, more=facts_of_file)


@everywhere_decides
@require_safe
def import_refused(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The refused people, to correct."""
    return refused_file(request, PEOPLE.job, public_id, file_name="refused-people.csv")


@everywhere_decides
@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """An empty people file with the right columns."""
    return template_file(PEOPLE)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def import_enrolments(request: HttpRequest) -> HttpResponse:
    """Take a file of enrolments, judge it, and show what it would come to; nothing is recorded yet."""
    return upload(request, ENROLMENTS)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def enrolment_batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One file of enrolments, or people chosen to be enrolled. POST applies it, once."""
    return batch_page(request, ENROLMENTS.job, public_id)


@everywhere_decides
@require_safe
def enrolments_refused(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The refused enrolments, to correct."""
    return refused_file(request, ENROLMENTS.job, public_id, file_name="refused-enrolments.csv")


@everywhere_decides
@require_safe
def enrolments_template(request: HttpRequest) -> HttpResponse:
    """An empty enrolments file with the right columns."""
    return template_file(ENROLMENTS)


def upload(request: HttpRequest, loader: Loader) -> HttpResponse:
    """Ask for a file of one kind; what it would come to is the next page."""
    form = loader.form(request.POST, request.FILES) if request.method == "POST" else loader.form()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = loader.check(file.read(), file_name=file.name, by=request.user, on=today())
            return redirect(loader.job.page, public_id=batch.public_id)
        except ValidationError as error:
            form.add_error("file", error)
    context: dict[str, Any] = {
        "loader": loader,
        "form": form,
        "columns": loader.columns,
        "files": links(request, loader.job),
        "list_url": reverse(loader.job.list_page),
        "template_url": reverse(loader.template_page),
    }
    return render(request, "enrolment/import_file.html", context)


def template_file(loader: Loader) -> HttpResponse:
    """An empty file with the columns of one kind."""
    names = [name for name, _, _ in loader.columns]
    answer = HttpResponse("".join(exports.lines(names, ())), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{loader.template_name}"'
    return answer
