"""A learner's first page: my programme, in one sentence, then the time-line."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessment.queries import asked
from enrolment.models import Enrolment
from enrolment.queries import learner as queries
from enrolment.queries.enrolments import bar
from enrolment.queries.holding import holders
from enrolment.queries.impact import completed_by
from enrolment.queries.nominations import of_learner
from enrolment.queries.reviews import looks_of
from people.access import signed_in
from people.clock import today
from people.models import User
from people.timeline import layout

S = Enrolment.Status
MOST_NOMINATIONS = 5


@signed_in
@require_safe
def my_programme(request: HttpRequest) -> HttpResponse:
    """Which programme, why, from when to when, what comes next; then the years, and what the reader was told."""
    user, on = request.user, today()
    assert isinstance(user, User)
    employee = user.own_record()
    if employee is None:
        return render(request, "enrolment/my_programme_none.html")
    standing = queries.standing(employee, on)
    drawn = [bar(row) for row in standing.history if row.status != S.CANCELLED]
    nominations = list(of_learner(user)[:MOST_NOMINATIONS])
    held = holders(nominations)
    context = {
        "standing": standing,
        "asked": asked(employee),
        "employee": employee,
        "timeline": layout(drawn, on=on) if drawn else None,
        "completed": [(row, getattr(row, "impact", None)) for row in completed_by(employee)],
        "notices": queries.notices(employee, on),
        "nominations": [(nomination, held.get(nomination.pk)) for nomination in nominations],
        "looks": looks_of(employee, user),
        "day": on,
    }
    return render(request, "enrolment/my_programme.html", context)
