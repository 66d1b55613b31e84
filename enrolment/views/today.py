"""HR's first page: what needs a decision today."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enrolment.queries import today as queries
from people.access import hr_required
from people.clock import today as day


@hr_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Every heap with its count and its first few; ``?all=placed`` shows nearly all placements without an enrolment."""
    on, user = day(), request.user
    assert user.is_authenticated
    whole = "placed" if request.GET.get("all") == "placed" else ""
    heaps = queries.heaps(user, on=on, whole=whole)
    context = {
        **heaps,
        "decides": user.is_hr,
        "has_people": queries.has_people(user),
        "needs_nothing": not any(heaps[name].rows for name in ("undecided", "nominations", "placed", "to_close"))
        and not heaps["without_dates"].rows,
        "is_whole": bool(whole),
        "soon": (soon := on + queries.SOON),
        "lately": (lately := on - queries.SOON),
        "starting_url": _list(status="planned", starts_from=on, starts_to=soon, sort="start"),
        "ended_url": _list(ends_from=lately, ends_to=on, sort="-end"),
    }
    return render(request, "enrolment/today.html", context)


def _list(**narrowed: Any) -> str:
    return f"{reverse('enrolment:enrolments')}?{urlencode(narrowed)}"
