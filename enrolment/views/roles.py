"""The report on clarity of roles: who has which, where nobody has, who could close a gap; and who is behind a cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enrolment.exports import lines as csv_lines
from enrolment.queries import role_gaps
from enrolment.queries import roles as queries
from enrolment.rules.roles import ROLES, WORDS, Count, How, Role, role_of
from enrolment.views.paging import beside, people_links
from people.access import everywhere
from people.clock import today
from people.models import Department
from people.queries import page
from people.reach import acts_for_everybody

LAST_PAGE = 1000
NONE = "none"  # in an address: people without a department
WAYS = tuple(sorted(How, reverse=True))
HEADERS = ("department", "people", "role", "has_it", *(how.code for how in WAYS), "gap")
PEOPLE_HEADERS = ("staff_number", "given_names", "family_name", "job_title", "department", "role", "known_by")


@everywhere
@require_safe
def roles_report(request: HttpRequest) -> HttpResponseBase:
    """The seed's opening question, answered for everybody and by department; ``?format=csv`` gives what is shown."""
    on = today()
    number = _number(request)
    found = queries.clarity(on=on, number=number)
    if request.GET.get("format") == "csv":
        return _file("clarity-of-roles.csv", HEADERS, _cells([found.organisation, *found.lines]))
    places = role_gaps.gaps(found.lines, on=on)
    pages = f"{reverse('enrolment:roles_report')}?page="
    context = {
        "roles": ROLES,
        "organisation": found.organisation,
        "missing": [count for count in found.organisation.counts if count.is_gap],
        "bars": [_bar(count, found.organisation.counts) for count in found.organisation.counts],
        "lines": [_row(line) for line in found.lines],
        "departments": found.departments,
        "places": places,
        "not_asked": queries.not_asked(),
        "may_answer": acts_for_everybody(request.user),
        "ways": [(how.code, WORDS[how]) for how in WAYS],
        "csv_url": f"?{urlencode({'page': number, 'format': 'csv'})}",
        "previous_url": f"{pages}{number - 1}" if number > 1 else None,
        "next_url": f"{pages}{number + 1}" if found.has_more and number < LAST_PAGE else None,
    }
    return render(request, "enrolment/roles_report.html", context)


@everywhere
@require_safe
def role_people(request: HttpRequest, role: str) -> HttpResponseBase:
    """Everybody who has a role, by name; ``?department=`` narrows to one, ``?format=csv`` gives all that match."""
    found = role_of(role)
    if found is None:
        raise Http404("There is no such role.")
    rows = queries.people_with(found, request.user, on=today())  # type: ignore[arg-type]
    wanted = request.GET.get("department", "")
    department = _department(wanted)
    if wanted:
        rows = rows.filter(department=department)
    if request.GET.get("format") == "csv":
        return _file(f"{found.code}.csv", PEOPLE_HEADERS, _people_cells(rows, found))
    shown = page(rows, **beside(request))
    known = queries.how_known(found, shown.people)
    kept = {"department": wanted} if wanted else {}
    context = {
        "role": found,
        "place": department.name if department else ("no department" if wanted else "the organisation"),
        "rows": [(person, WORDS[known[person.pk]]) for person in shown.people],
        "csv_url": f"?{urlencode({**kept, 'format': 'csv'})}",
        **people_links(shown, kept),
    }
    return render(request, "enrolment/role_people.html", context)


def _bar(count: Count, counts: tuple[Count, ...]) -> dict[str, Any]:
    """One role of the organisation as a bar: its parts laid side by side, in hundredths of the longest bar."""
    longest = max(one.people for one in counts) or 1
    parts, at = [], 0
    for how in WAYS:
        people = count.by_how.get(how, 0)
        if people:
            parts.append({"how": how.code, "x": f"{100 * at / longest:.2f}", "width": f"{100 * people / longest:.2f}"})
        at += people
    ways = [f"{people:,} {WORDS[how]}" for how in WAYS if (people := count.by_how.get(how, 0))]
    return {"role": count.role, "people": count.people, "parts": parts, "ways": ", ".join(ways)}


def _row(line: queries.Line) -> dict[str, Any]:
    """One department as squares and as cells, each cell with its list."""
    department = str(line.department.public_id) if line.department else NONE
    cells = []
    for number, count in enumerate(line.counts):
        address = reverse("enrolment:role_people", args=[count.role.code])
        cells.append(
            {
                "count": count,
                "x": 58 * number,
                "middle": 58 * number + 27,
                "how": count.strongest.code if count.strongest else "nobody",
                "words": WORDS[count.strongest] if count.strongest else "",
                "url": f"{address}?{urlencode({'department': department})}",
            }
        )
    return {"line": line, "cells": cells, "said": f"{line.name}: {', '.join(map(_said, line.counts))}"}


def _said(count: Count) -> str:
    """How many have a role, as a part of a sentence."""
    role = count.role
    if count.people == 1:
        return f"one person {role.does}"
    return f"{count.people:,} {role.do}" if count.people else f"nobody {role.does}"


def _cells(lines: list[queries.Line]) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        for count in line.counts:
            known = [count.by_how.get(how, 0) for how in WAYS]
            gap = "nobody" if count.is_gap else "nobody_placed" if count.is_unprepared else ""
            yield (line.name, line.people, count.role.code, count.people, *known, gap)


def _people_cells(rows: Any, role: Role) -> Iterator[tuple[Any, ...]]:
    """Everybody of a list, a page at a time, so that no file is larger in memory than a page."""
    shown = page(rows)
    while shown.people:
        known = queries.how_known(role, shown.people)
        for person in shown.people:
            names = (person.staff_number, person.given_names, person.family_name, person.job_title)
            yield (*names, person.department or "", role.code, known[person.pk].code)
        if shown.after is None:
            return
        shown = page(rows, after=shown.after)


def _file(name: str, headers: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(headers, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _department(wanted: str) -> Department | None:
    """The department of an address; None for all and for none. Raises Http404 for anything else."""
    if wanted in ("", NONE):
        return None
    try:
        return get_object_or_404(Department, public_id=UUID(wanted))
    except ValueError as error:
        raise Http404("There is no such department.") from error
