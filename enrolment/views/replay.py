"""The replay of a version: from where to where its past answers would lead, who is behind it, and accepting that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from assessment import queries
from assessment.actions import versions as actions
from assessment.forms import MoveForm
from assessment.models import Questionnaire
from assessment.queries.authoring import PERSON, programme_names
from assessment.queries.replay import Way, accepted
from enrolment.queries import replay as replays
from people.access import everywhere_sends
from people.clock import today
from people.retry import retried
from programmes.views.pages import posted


@everywhere_sends
@require_http_methods(["GET", "HEAD", "POST"])
def replay(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everybody who ever answered, under this version. HR accepts the groups that move, each with a reason."""
    found = get_object_or_404(Questionnaire.objects.visible_to(request.user), public_id=public_id)
    form = MoveForm(posted(request), initial={"revision": found.revision}, needs_reason=True)
    version = queries.version(found)
    matrix = replays.matrix(version)
    moved = {way: cell for way, cell in matrix.cells.items() if way[0] != way[1]}
    ticked = [way for way in moved if _key(way) in request.POST.getlist("way")]
    if request.method == "POST" and form.is_valid():
        if not ticked:
            form.add_error(None, "Tick the groups that this reason is about.")
        elif _accepted(request, found, form, ticked):
            messages.success(request, "Accepted: these answers may lead elsewhere.")
            return redirect("enrolment:replay", public_id)
    seen = accepted(version)
    waiting = [way for way, cell in moved.items() if way not in seen or seen[way].people != cell.total]
    names = programme_names()
    context = {
        "questionnaire": found,
        "form": form,
        "responses": matrix.responses,
        "rows": _rows(matrix, names),
        "columns": [*names.values(), PERSON],
        "groups": [
            {
                "before": names.get(way[0] or "", PERSON),
                "after": names.get(way[1] or "", PERSON),
                "cell": cell,
                "key": _key(way),
                "is_ticked": way in ticked or request.method != "POST",
                "states": [(state.replace("_", " "), cell.states[state]) for state in replays.STATES],
                "people": replays.people(way, cell),
                "accepted": acceptance if (acceptance := seen.get(way)) and acceptance.people == cell.total else None,
            }
            for way, cell in sorted(moved.items(), key=lambda item: -item[1].total)
        ],
        "unfit": [(version.question(code), count) for code, count in matrix.unfit.most_common()],
        "can_accept": found.status == Questionnaire.Status.CHECKED and bool(waiting),
    }
    return render(request, "enrolment/replay.html", context)


def _key(way: Way) -> str:
    return "/".join(code or "" for code in way)


def _rows(matrix: replays.Matrix, names: dict[str, str]) -> list[dict[str, Any]]:
    """The matrix line by line: where answers led, and how many would lead to each."""
    codes: list[str | None] = [*names, None]
    return [
        {
            "before": names.get(before or "", PERSON),
            "cells": [
                {"count": cell.total if (cell := matrix.cells.get((before, after))) else 0, "is_same": before == after}
                for after in codes
            ],
        }
        for before in codes
    ]


def _accepted(request: HttpRequest, version: Questionnaire, form: MoveForm, ways: list[Way]) -> bool:
    given = form.cleaned_data
    how = {"revision": given["revision"], "by": request.user, "on": today(), "reason": given["reason"]}
    try:
        retried(actions.accept, version, ways, **how)
    except ValidationError as error:
        form.refuse(error)
        form.show_again(version.revision)
        return False
    return True
