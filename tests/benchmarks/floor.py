"""The least honest code for the same rows: our gunicorn, middleware, session and database; no form, rule or notice."""

import secrets
from datetime import date
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from config.urls import urlpatterns as ours
from enrolment.models import Enrolment, EnrolmentEvent
from people.models import Employee


@login_required
@transaction.atomic
def enrol(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Lock the person, insert the row, insert its event."""
    person = Employee.objects.select_for_update(no_key=True).get(public_id=public_id)
    start, end = date.fromisoformat(request.POST["start_date"]), date.fromisoformat(request.POST["planned_end_date"])
    enrolment = Enrolment.objects.create(
        reference="WP-" + secrets.token_hex(4).upper(),
        employee=person,
        programme_id=request.POST["programme_id"],
        version_id=request.POST["version_id"],
        status="planned",
        start_date=start,
        planned_end_date=end,
        request_key=uuid4(),
    )
    EnrolmentEvent.objects.create(
        subject=enrolment,
        move="enrol",
        to_status="planned",
        by=request.user,
        on=start,
        start_date=start,
        planned_end_date=end,
    )
    return redirect("/")


@login_required
def enrolments(request: HttpRequest) -> HttpResponse:
    """The first fifty rows in a bare table."""
    rows = Enrolment.objects.select_related("employee", "programme", "cohort").order_by("-start_date", "-id")[:50]
    return render(request, "floor_list.html", {"rows": rows})


urlpatterns = [
    path("floor/enrol/<uuid:public_id>/", enrol),
    path("floor/enrolments/", enrolments),
    *ours,
]
