"""Inviting many people to sign in: chosen by a search or a list, foreseen for each, mailed in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrolment.actions.batches import begin
from enrolment.actions.invitations import KIND
from enrolment.forms.people import PeopleSearch
from enrolment.imports.invitations import check_invitations
from enrolment.models import Batch
from enrolment.queries.bulk import MOST, ticked
from enrolment.queries.inviting import how_many, in_order, uninvited
from enrolment.rules.invitations import ASK_TWICE_ABOVE
from enrolment.views.batches import NO_FILE, Job, batch_page, links, refused_file
from people.access import decides
from people.clock import now, today
from people.models import Employee, User
from people.queries import choices, found
from people.records import REASONS

JOB = Job(
    kinds=(KIND,),
    page="enrolment:invitations_batch",
    refused_page="enrolment:invitations_refused",
    again_page="enrolment:invite_many",
    list_page="enrolment:people",
    back="Invite many people",
    titles=("Check the invitations to {}", "Inviting {}", "Invitations to {}"),
    stats=(("invited", "can be invited"), ("refused", "cannot be invited")),
    unit="people done",
    many="people",
    done="Invitations sent",
    see="See the people",
    apply="Send the invitations",
    again="Invite nobody now",
    first="Invite those first",
    refused=".",
    nothing_new="Nothing would change.",
    nothing_taken="None of these people can be invited. The reasons are below.",
    row_titles={"refused": "Who cannot be invited", "invited": "Who is invited"},
    reasons=REASONS,
    is_quick=False,
    was_done="invited",
    is_file=False,
    has_brake=True,
)


@dataclass(frozen=True)
class Brake:
    """More letters than go out unasked."""

    count: int

    @property
    def sentence(self) -> str:
        """What to confirm."""
        return f"{self.count:,} people would be mailed at once."


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def invite_many(request: HttpRequest) -> HttpResponse:
    """How many have no way in yet, narrowed by a search; POST foresees inviting them, or those ticked on a list."""
    given: Any = request.POST if request.method == "POST" else request.GET
    form = PeopleSearch(given or None, departments=choices(request.user))
    people = _matching(form, Employee.objects.handled_by(request.user))
    if request.method == "POST":
        chosen = in_order(_chosen(request, people))
        if 0 < len(chosen) <= MOST:
            name = f"{len(chosen):,} {'person' if len(chosen) == 1 else 'people'}"
            batch = check_invitations(chosen, name=name, by=_user(request), on=today(), at=now())
            return redirect(JOB.page, public_id=batch.public_id)
        many = f"More than {MOST:,} people match. Narrow the list first."
        messages.error(request, many if chosen else "Nobody was chosen. Tick somebody, or invite those below.")
    context = {
        "form": form,
        "uninvited": how_many(uninvited(people, on=today(), at=now())),
        "kept": {name: value for name in ("q", "department") if (value := given.get(name))},
        "most": MOST,
        "batches": links(request, JOB),
    }
    return render(request, "enrolment/invite_many.html", context)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def invitations_batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Many invitations: what they would come to, how far they are, what came of them. POST sends them, once."""
    return batch_page(request, JOB, public_id, begun=_begin, more=_brakes)


@decides
@require_safe
def invitations_refused(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Those who were not invited, each with the reason."""
    return refused_file(request, JOB, public_id, file_name="not-invited.csv")


def _begin(request: HttpRequest, batch: Batch) -> str:
    """Send past the brake; returns why not, empty when it began."""
    brakes = _brakes(batch)["brakes"]
    typed = request.POST.get("confirmed", "").replace(",", "").strip()
    if brakes and typed != str(brakes[0].count):
        return f"Type {brakes[0].count} to invite so many people."
    begin([batch], on=today())
    return ""


def _brakes(batch: Batch) -> dict[str, Any]:
    """What the page of many invitations shows besides: what keeps them from going out unasked."""
    count = batch.counts.get("invited", 0) if batch.status == Batch.Status.CHECKED else 0
    return {**NO_FILE, "brakes": [Brake(count)] if count > ASK_TWICE_ABOVE else []}


def _chosen(request: HttpRequest, people: QuerySet[Employee]) -> QuerySet[Employee]:
    """Those without a way in whom a search finds, or the people ticked on a list."""
    if "without" in request.POST:
        return uninvited(people, on=today(), at=now())
    rows = Employee.objects.handled_by(request.user)
    return rows.filter(public_id__in=ticked(request.POST.getlist("chosen")))


def _matching(form: PeopleSearch, people: QuerySet[Employee]) -> QuerySet[Employee]:
    """Whom the search finds; nobody where it asks for what is not there."""
    if not form.is_bound:
        return people
    if not form.is_valid():
        return people.none()
    if form.cleaned_data["department"]:
        people = people.filter(department=form.cleaned_data["department"])
    return found(people, form.cleaned_data["q"])


def _user(request: HttpRequest) -> User:
    assert request.user.is_authenticated
    return request.user
