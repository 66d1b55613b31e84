"""What needs a manager, their first page; and the team: who is on what until when, how much learning a month brings."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrolment.queries import needs as waiting
from enrolment.queries import team as queries
from enrolment.queries.messages import number_to_tell
from enrolment.queries.progression import next_steps
from enrolment.views.paging import beside, people_links
from people.access import manager_required
from people.clock import today
from people.models import User
from people.queries import page
from people.timeline import layout

MOST_DRAWN = 15  # people on one drawing; a longer page lists them only


@manager_required
@require_safe
def needs(request: HttpRequest) -> HttpResponse:
    """What the reader's line needs of them, oldest first, and what is done with one click."""
    on, reader = today(), request.user
    assert isinstance(reader, User)
    heaps = waiting.needs(reader, on=on)
    going_on = heaps["going_on"].rows
    steps = next_steps(going_on, on=on)
    context: dict[str, Any] = {
        **heaps,
        "steps": [(row, steps.get(row.employee_id)) for row in going_on],
        "needs_nothing": not any(heap.rows for heap in heaps.values()),
        "day": on,
    }
    return render(request, "enrolment/needs.html", context)


@manager_required
@require_safe
def my_team(request: HttpRequest) -> HttpResponse:
    """Everybody who reports to the reader, fifty a page by name."""
    on, reader = today(), request.user
    assert isinstance(reader, User)
    team = queries.reports(reader, on)
    shown = page(team, **beside(request, team))
    members = queries.members(shown.people, on)
    months = queries.months(reader, on)
    drawn = queries.bars(members) if len(members) <= MOST_DRAWN else []
    context: dict[str, Any] = {
        "members": members,
        "months": months,
        "to_tell": number_to_tell(reader, on),
        "has_load": any(month.count for month in months),
        "most": max(len(members), *(month.count for month in months), 1),
        "timeline": layout(drawn, on=on) if drawn else None,
        **people_links(shown),
    }
    return render(request, "enrolment/my_team.html", context)
