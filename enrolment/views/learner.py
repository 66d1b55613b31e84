"""A learner's first page: my programme, in one sentence, who helps, what comes next, then all that happened."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessment.queries import asked
from enrolment.models import Enrolment
from enrolment.queries import learner as queries
from enrolment.queries.asking import askable
from enrolment.queries.enrolments import bar
from enrolment.queries.happened import happened
from enrolment.queries.helping import helpers, next_steps
from enrolment.queries.holding import holders
from enrolment.queries.impact import completed_by
from enrolment.queries.nominations import of_learner
from enrolment.queries.not_now import in_force, proposals
from enrolment.queries.reviews import looks_of
from enrolment.queries.statements import to_check
from enrolment.rules.statements import TO_CHECK
from enrolment.views.own_story import entry
from enrolment.views.statements import stands
from people.access import signed_in
from people.clock import today
from people.models import User
from people.timeline import layout

S = Enrolment.Status
MOST_NOMINATIONS = 5


@signed_in
@require_safe
def my_programme(request: HttpRequest) -> HttpResponse:
    """Which programme, why, from when to when, who helps, what comes next; then the years, and all that happened.

    ``?after=`` shows what is older.
    """
    user, on = request.user, today()
    assert isinstance(user, User)
    employee = user.own_record()
    if employee is None:
        return render(request, "enrolment/my_programme_none.html")
    standing = queries.standing(employee, on)
    drawn = [bar(row) for row in standing.history if row.status != S.CANCELLED]
    nominations = list(of_learner(user)[:MOST_NOMINATIONS])
    held = holders(nominations, on=on)
    looks = looks_of(employee, user)
    put_off = in_force([employee.pk], on=on).get(employee.pk, [])
    records = to_check(employee, on=on)
    after = request.GET.get("after", "")
    story = happened(employee, on=on, after=after)
    context = {
        "standing": standing,
        "asked": asked(employee),
        "employee": employee,
        "timeline": layout(drawn, on=on) if drawn else None,
        "completed": [(row, getattr(row, "impact", None)) for row in completed_by(employee)],
        "steps": next_steps(standing, nominations=nominations, records=records, on=on),
        "helpers": helpers(employee, standing, nominations=nominations, looks=looks, on=on),
        "put_off": put_off,
        "to_ask": askable(employee, nominations),
        "proposals": [one for one in proposals(employee) if one.pk not in {row.programme_id for row in put_off}],
        "nominations": [(nomination, held.get(nomination.pk)) for nomination in nominations],
        "records": [(one.enrolment, stands(one, is_own=True)) for one in records],
        "is_asked": any(one.standing.state == TO_CHECK for one in records),
        "looks": looks,
        "entries": [entry(happening) for happening in story.shown],
        "older_url": f"?{urlencode({'after': story.after})}#happened" if story.after else "",
        "newest_url": "?#happened" if after else "",
        "day": on,
    }
    return render(request, "enrolment/my_programme.html", context)
