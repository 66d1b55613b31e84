"""One move on many enrolments, and many people onto one programme: chosen on a list, foreseen, done."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from enrolment.actions.bulk import KIND, Order
from enrolment.entries import HEADER
from enrolment.forms import bulk as forms
from enrolment.forms.filters import EnrolmentFilter
from enrolment.forms.people import PeopleSearch
from enrolment.imports.enrolments import ENROL, TYPED_TWICE, check_enrolments
from enrolment.imports.moves import check_moves
from enrolment.models import Enrolment
from enrolment.queries.bulk import MOST, cohorts_to_come, in_order, staff_numbers, ticked
from enrolment.queries.enrolments import coming_cohorts
from enrolment.views.batches import Job, batch_page, links, refused_file
from people.access import decides
from people.clock import today
from people.models import Employee
from people.queries import choices, found, handled
from programmes.models import Programme
from programmes.rules import usual_end

# By the move's name: its form, what its button and its page are called, and what it does.
MOVES: dict[str, tuple[type[forms.ManyForm], str, str]] = {
    "complete": (forms.CompleteMany, "Complete", "The days after the actual finish are free."),
    "withdraw": (forms.WithdrawMany, "Withdraw", "The last day of learning still counts; the days after it are free."),
    "cancel": (forms.CancelMany, "Cancel", "Days and seats are free at once."),
    "extend": (forms.ExtendMany, "Extend", "Whoever has a plan in the way is refused; nothing is pushed aside."),
    "change_cohort": (
        forms.CohortMany,
        "Change cohort",
        "Each gets the cohort’s dates and one of its seats.",
    ),
    "queue": (forms.QueueMany, "Queue", "They lose dates and seats, and wait for dates."),
    "wait": (
        forms.CohortMany,
        "Join a waiting list",
        "They lose dates and seats, and join the end of the waiting list in the order of the next page.",
    ),
}
CHOICES = tuple((name, label) for name, (_, label, _) in MOVES.items())
JOB = Job(
    kinds=(KIND,),
    page="enrolment:bulk_batch",
    refused_page="enrolment:bulk_refused",
    again_page="enrolment:enrolments",
    list_page="enrolment:enrolments",
    back="Enrolments",
    titles=("Check: {}", "Under way: {}", "Done: {}"),
    stats=(("updated", "can be done"), ("refused", "refused")),
    unit="enrolments done",
    many="enrolments",
    done="Done",
    see="See the enrolments",
    apply="Do it",
    again="Leave them as they are",
    first="Do those first",
    refused=".",
    nothing_new="Nothing would change.",
    nothing_taken="None of these enrolments can be changed so. The reasons are below.",
    row_titles={"refused": "Refused", "updated": "What changes"},
    was_done="done",
    is_file=False,
)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """What a move on the ticked enrolments asks for; a clean answer leads to what it would come to."""
    sent = request.POST
    name = sent.get("move", "")
    chosen = _enrolments(request) if request.method == "POST" else []
    problem = ""
    if request.method == "POST" and not chosen:
        problem = "Tick at least one enrolment."
    elif request.method == "POST" and len(chosen) > MOST:
        problem = f"More than {MOST:,} enrolments match. Narrow the list first."
    elif request.method == "POST" and name not in MOVES:
        problem = "Choose what to do with them."
    if request.method != "POST" or problem:
        return render(request, "enrolment/bulk_none.html", {"problem": problem, "batches": links(request, JOB)})
    form_class, label, consequence = MOVES[name]
    cohorts = partial(cohorts_to_come, chosen, on=today())
    form = form_class(sent if "check" in sent else None, cohorts=cohorts, prefix="to")
    count = f"{len(chosen):,} enrolment{'s' if len(chosen) > 1 else ''}"
    if form.is_bound and form.is_valid():
        assert request.user.is_authenticated
        order = Order(name, form.given(), chosen)
        batch = check_moves(order, name=f"{label}, {count}", by=request.user, on=today())
        return redirect(JOB.page, public_id=batch.public_id)
    context = {
        "form": form,
        "title": f"{label}: {count}",
        "consequence": consequence,
        "kept": [(key, value) for key in (*KEPT, "move") for value in sent.getlist(key)],
    }
    return render(request, "enrolment/bulk.html", context)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One move on many: what it would come to, how far it is, what came of it. POST makes it, once."""
    return batch_page(request, JOB, public_id)


@decides
@require_safe
def bulk_refused(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The refused enrolments of a move on many, each with its reason."""
    return refused_file(request, JOB, public_id, file_name="refused-enrolments.csv")


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_many(request: HttpRequest) -> HttpResponse:
    """Many people onto one programme: whom, on what, when; then what it would come to for each."""
    programmes = list(Programme.objects.briefly())
    is_answer = request.method == "POST" and "check" in request.POST
    form = forms.EnrolManyForm(
        request.POST if is_answer else None,
        initial=None if is_answer else {"staff_numbers": "\n".join(_people(request))},
        programmes=programmes,
        cohorts=partial(coming_cohorts, today()),
    )
    if form.is_bound and form.is_valid():
        content, count = _file(form), len(form.cleaned_data["staff_numbers"])
        name = f"{count:,} {'person' if count == 1 else 'people'} onto {_programme(form).name}"
        assert request.user.is_authenticated
        remarks = {TYPED_TWICE: form.repeated} if form.repeated else {}
        batch = check_enrolments(content, file_name=name, by=request.user, on=today(), kind=ENROL, remarks=remarks)
        return redirect("enrolment:enrolment_batch", public_id=batch.public_id)
    return render(request, "enrolment/enrol_many.html", {"form": form, "back_url": reverse("enrolment:people")})


KEPT = ("chosen", "all", *EnrolmentFilter.base_filters)


def _enrolments(request: HttpRequest) -> list[int]:
    """What was ticked, or all that the filters beside it match."""
    rows = handled(Enrolment.objects.all(), request.user)
    if "all" not in request.POST:
        return in_order(rows.filter(public_id__in=ticked(request.POST.getlist("chosen"))))
    programmes = list(Programme.objects.briefly())
    matching = EnrolmentFilter(request.POST, queryset=rows, programmes=programmes)
    return in_order(matching.qs) if matching.form.is_valid() else []


def _people(request: HttpRequest) -> list[str]:
    """Staff numbers of the people ticked on the list, or of all whom it shows."""
    rows = Employee.objects.handled_by(request.user)
    if "all" not in request.POST:
        return staff_numbers(rows.filter(public_id__in=ticked(request.POST.getlist("chosen"))))
    form = PeopleSearch(request.POST, departments=choices(request.user))
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    if asked.get("department"):
        rows = rows.filter(department=asked["department"])
    return staff_numbers(found(rows, asked.get("q", "")))[:MOST]


def _programme(form: forms.EnrolManyForm) -> Programme:
    return form.programmes[form.cleaned_data["programme"]]


def _file(form: forms.EnrolManyForm) -> bytes:
    """The people chosen as an enrolments file: it is judged, kept and done like any other."""
    programme, cohort, start = _programme(form), form.chosen_cohort(), form.cleaned_data["start_date"]
    end = start and (form.cleaned_data["planned_end_date"] or usual_end(programme, start))
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="")
    writer.writeheader()
    for number in form.cleaned_data["staff_numbers"]:
        days = {"start_date": start or "", "planned_end_date": end or "", "cohort": cohort.name if cohort else ""}
        writer.writerow({"staff_number": number, "programme": programme.code, **days})
    return text.getvalue().encode()
