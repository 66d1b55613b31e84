"""Where HR goes on once something on one enrolment is done: the next of the same heap, and Today."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from enrolment.queries import today as queries
from people.clock import today

# The heap of Today that a move takes its enrolment off, by the status before it and by what the page says was done.
HEAP_OF = {"overdue": "to_close", "queued": "proposed", "planned": "without_dates", "confirmed": "to_confirm"}
# The page on which the next one is dealt with.
PAGE_OF = {"without_dates": "plan", "to_confirm": "confirm"}


def onward(request: HttpRequest, shown_id: int, *, was: str = "", done: str = "") -> list[tuple[str, str]]:
    """Links in words, the next of the heap first.

    ``was`` is the status that a move has just left, ``done`` the page's own word for what was done; one is given.
    """
    links = [("Today", reverse("enrolment:today"))]
    heap = HEAP_OF.get(was if was in ("overdue", "queued") else done)
    row = queries.next_in(heap, request.user, on=today(), but=shown_id) if heap else None
    if heap and row:
        page = PAGE_OF.get(heap, "enrolment")
        links.insert(0, (f"Next: {row.employee.name}", reverse(f"enrolment:{page}", args=[row.public_id])))
    elif done == "decided":
        links.insert(0, ("Recommendations that wait", reverse("enrolment:recommendations")))
    return links
