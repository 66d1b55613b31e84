"""Moves of a version: check it, publish it in the place of the old one, or discard it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from assessment import queries
from assessment.actions import versions as actions
from assessment.forms import MoveForm
from assessment.models import Questionnaire
from assessment.queries import authoring
from assessment.views.versions import READ_OR_SEND, visible
from people.access import everywhere_decides
from people.clock import today
from people.retry import retried
from programmes.views.pages import posted


@everywhere_decides
@require_POST
def check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Check a draft; what is wrong is on its page."""
    found, form = visible(request, public_id), MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "This page came without what it had shown. Look at the version again.")
    elif _made(actions.check, found, form, request):
        messages.success(request, f"Version {found.version} is checked. It can be published as it stands.")
    else:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect("assessment:version", public_id)


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def publish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Publish a checked version, with the reason; first what that means, and what still keeps it from it."""
    found = visible(request, public_id)
    form = MoveForm(posted(request), initial={"revision": found.revision}, needs_reason=True)
    if request.method == "POST" and form.is_valid() and _made(actions.publish, found, form, request):
        messages.success(request, f"Version {found.version} is published: everybody who begins now answers it.")
        return redirect("assessment:version", public_id)
    context = {
        "form": form,
        "questionnaire": found,
        "published": Questionnaire.objects.published().first(),
        "hindrances": authoring.hindrances(queries.version(found)) if found.status == "checked" else [],
    }
    return render(request, "assessment/publish.html", context)


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a draft away unpublished, with the reason."""
    found = visible(request, public_id)
    form = MoveForm(posted(request), initial={"revision": found.revision}, needs_reason=True)
    if request.method == "POST" and form.is_valid() and _made(actions.discard, found, form, request):
        messages.success(request, f"Version {found.version} is discarded. It stays here to be read.")
        return redirect("assessment:versions")
    return render(request, "assessment/discard.html", {"form": form, "questionnaire": found})


def _made(
    move: Callable[..., Questionnaire], version: Questionnaire, form: MoveForm, request: HttpRequest
) -> Questionnaire | None:
    """The version after a move, or None: the form says why not, and from here on shows the present revision."""
    given = form.cleaned_data
    try:
        return retried(move, version, revision=given["revision"], by=request.user, on=today(), reason=given["reason"])
    except ValidationError as error:
        form.refuse(error)
        form.show_again(version.revision)
        return None
