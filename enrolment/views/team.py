"""A manager's first page: the team, who is on what until when, what waits, how much learning each month brings."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrolment.queries import team as queries
from people.access import manager_required
from people.clock import today
from people.models import Employee, User
from people.queries import page
from people.timeline import layout

MOST_DRAWN = 15  # people on one drawing; a longer page lists them only


@manager_required
@require_safe
def my_team(request: HttpRequest) -> HttpResponse:
    """Everybody who reports to the reader, fifty a page by name."""
    on, reader = today(), request.user
    assert isinstance(reader, User)
    team = queries.reports(reader, on)
    shown = page(team, after=_place(request, team, "after"), before=_place(request, team, "before"))
    members = queries.members(shown.people, on)
    months = queries.months(reader, on)
    drawn = queries.bars(members) if len(members) <= MOST_DRAWN else []
    context: dict[str, Any] = {
        "members": members,
        "months": months,
        "has_load": any(month.count for month in months),
        "most": max(len(members), *(month.count for month in months), 1),
        "timeline": layout(drawn, on=on) if drawn else None,
        "previous_url": _link("before", shown.before),
        "next_url": _link("after", shown.after),
    }
    return render(request, "enrolment/my_team.html", context)


def _place(request: HttpRequest, team: QuerySet[Employee], name: str) -> Employee | None:
    """The report beside whom a page begins; None for anything else, which begins at the first page."""
    try:
        return team.filter(public_id=UUID(request.GET.get(name, ""))).first()
    except ValueError:
        return None


def _link(name: str, person: Employee | None) -> str | None:
    return f"?{urlencode({name: str(person.public_id)})}" if person else None
