"""A manager's month: who of the team is away on learning, drawn day by day, and the same as a table."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrolment.queries import month as queries
from enrolment.rules.working_days import is_working_day
from enrolment.views.paging import beside, people_links
from people.access import manager_required
from people.clock import today
from people.models import User
from people.month import days_of, last_month, next_month, picture
from people.queries import page
from people.rules import EARLIEST, LATEST


@manager_required
@require_safe
def team_month(request: HttpRequest) -> HttpResponse:
    """One month of the reader's team, ``?month=YYYY-MM`` or this one; fifty people a page, by name."""
    on, reader = today(), request.user
    assert isinstance(reader, User)
    month = _month(request.GET.get("month", ""), on)
    rows = queries.away(reader, month)
    shown = page(rows, **beside(request, rows))
    people = queries.stays(shown.people, month)
    counts = queries.counts(reader, month)
    free = {day for day, _ in counts if not is_working_day(day)}
    most = max((count for _, count in counts), default=0)
    context: dict[str, Any] = {
        "month": month,
        "people": [(person, [_inside(stay, month) for stay in person.stays]) for person in people],
        "picture": picture(people, month, free=free, on=on) if people else None,
        "counts": [(day, count, day in free) for day, count in counts],
        "most": most,
        "busiest": next((day for day, count in counts if count == most), None),
        "last_month": f"{last_month(month):%Y-%m}" if last_month(month) >= EARLIEST else "",
        "next_month": f"{next_month(month):%Y-%m}" if next_month(month) <= LATEST else "",
        "is_this_month": month == on.replace(day=1),
        **people_links(shown, {"month": f"{month:%Y-%m}"}),
    }
    return render(request, "enrolment/team_month.html", context)


def _month(text: str, on: date) -> date:
    """The first day of the month that an address names; of this month for anything else."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        month = on
    return (month if EARLIEST <= month <= LATEST else on).replace(day=1)


def _inside(stay: queries.Stay, month: date) -> tuple[queries.Stay, date | None, date | None]:
    """A stay with its first and last day inside the month; None where it began before, or goes on after."""
    days = days_of(month)
    first = stay.first if stay.first >= days[0] else None
    last = stay.last if stay.last and stay.last <= days[-1] else None
    return stay, first, last
