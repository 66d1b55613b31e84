"""Where the pages before and after one of a long list are, and beside whom a page of people begins."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from enrolment.queries.keyset import Page
from people.models import Employee
from people.queries import Page as PeoplePage

type Links = dict[str, str | None]


def page_links(shown: Page, kept: Mapping[str, str] | None = None, *, anchor: str = "") -> Links:
    """The addresses of the pages before and after one, with what the address says besides; None where there is none."""
    return _links(shown.before, shown.after, kept, anchor)


def people_links(shown: PeoplePage, kept: Mapping[str, str] | None = None) -> Links:
    """The same for a page of people, who are named by their public id."""
    before, after = (str(person.public_id) if person else "" for person in (shown.before, shown.after))
    return _links(before, after, kept, "")


def beside(request: HttpRequest, people: QuerySet[Employee] | None = None) -> dict[str, Employee | None]:
    """For ``people.queries.page``: the person whom its page follows or precedes, of these or of all whom one may see.

    Anything else begins at the first page.
    """
    rows = Employee.objects.visible_to(request.user) if people is None else people
    return {name: _person(rows, request.GET.get(name, "")) for name in ("after", "before")}


def _person(rows: QuerySet[Employee], text: str) -> Employee | None:
    try:
        return rows.filter(public_id=UUID(text)).first()
    except ValueError:
        return None


def _links(before: str, after: str, kept: Mapping[str, str] | None, anchor: str) -> Links:
    places = {"previous_url": ("before", before), "next_url": ("after", after)}
    return {
        link: f"?{urlencode({**(kept or {}), name: place})}{anchor}" if place else None
        for link, (name, place) in places.items()
    }
