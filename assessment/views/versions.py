"""The versions of the questionnaire: the list, one with its certificate, its policy to print, files in and out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from assessment import exports, imports, queries, rules
from assessment.actions import versions as actions
from assessment.forms import ReasonForm, VersionUpload
from assessment.models import Questionnaire
from assessment.queries import authoring, certificates
from assessment.queries import health as healths
from assessment.queries.timing import timing
from people.access import everywhere, everywhere_decides
from people.clock import today
from people.reach import acts_for_everybody
from people.retry import retried
from programmes.views.pages import page_links, posted

READ_OR_SEND = ("GET", "HEAD", "POST")


@everywhere
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """Every version, newest first: the one people answer, the one being written, those before."""
    rows = Questionnaire.objects.visible_to(request.user).select_related("edited_by__employee")
    previous_url, next_url, found = page_links(request, rows.order_by("-version"))
    context = {
        "rows": found,
        "previous_url": previous_url,
        "next_url": next_url,
        "open": authoring.open_draft(),
        "published": Questionnaire.objects.published().first(),
        "decides": acts_for_everybody(request.user),
    }
    return render(request, "assessment/versions.html", context)


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def draft(request: HttpRequest) -> HttpResponse:
    """Begin a draft, the same as the published version, with the reason for it."""
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = retried(actions.draft, by=request.user, on=today(), reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
            return redirect("assessment:version", made.public_id)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "assessment/draft.html", {"form": form, "open": authoring.open_draft()})


@everywhere
@require_safe
def version(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One version: its certificate as a picture and in words, its rules and questions, what became of it."""
    found = visible(request, public_id)
    read = queries.version(found)
    previous_url, next_url, events = page_links(request, authoring.history(found))
    certificate = authoring.certificate(read)
    context = {
        "version": read,
        "questionnaire": found,
        "certificate": certificate,
        "rules": [(rule, certificate.shares[rule.position]) for rule in queries.rules_in_words(read)],
        **_health(read, certificate),
        "published": Questionnaire.objects.published().first(),
        "timing": timing(read) if found.published_on else None,
        "events": [(event, _told(event.move)) for event in events],
        "previous_url": previous_url,
        "next_url": next_url,
        "may_edit": found.status in authoring.OPEN and acts_for_everybody(request.user),
    }
    return render(request, "assessment/version.html", context)


def _health(read: queries.Version, certificate: authoring.CertificateInWords) -> dict[str, Any]:
    """What a version did with real answers, beside its certificate; nothing of that while it is being written."""
    decisive = certificates.deciding(certificates.said(read.table))
    never = [question for question in read.questions if question.code not in decisive]
    if not read.questionnaire.published_on:
        return {"never": never, "bars": [(bar, "") for bar in certificate.bars], "health": []}
    lines = healths.health(read.questionnaire)
    real = healths.real(lines)
    fits = sum(bar.combinations for bar in certificate.shares.values())
    none_fits = authoring.in_words(Fraction(certificate.combinations - fits, certificate.combinations))
    used = healths.questions(read.questionnaire)
    return {
        "never": never,
        "bars": [(bar, real.led_to(bar.label)) for bar in certificate.bars],
        "real": real,
        "by_hand": real.led_to(authoring.PERSON),
        "health": [
            (line, real.part(line.hits), certificate.shares[line.position].words if line.position else none_fits)
            for line in lines
        ],
        "used": used,
        "idle": healths.idle(used),
    }


@everywhere
@require_safe
def policy(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A version as a policy to read and to print, and how it differs from another."""
    found = visible(request, public_id)
    read = queries.version(found)
    rows = Questionnaire.objects.visible_to(request.user).exclude(pk=found.pk)
    others = list(rows.order_by("-version")[:100])
    context: dict[str, Any] = {
        "version": read,
        "questionnaire": found,
        "rules": [(rule, None) for rule in queries.rules_in_words(read)],
        "others": others,
        "against": None,
    }
    asked = request.GET.get("against", "")
    against = next((row for row in others if str(row.version) == asked), None)
    if against:
        before = queries.version(against)
        names = authoring.programme_names()
        context |= {
            "against": against,
            "differences": rules.differences(authoring.document(before), authoring.document(read), names),
            "moved": authoring.moved(read, before),
            "combinations": read.table.count(),
        }
    return render(request, "assessment/policy.html", context)


@everywhere
@require_safe
def export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A version as a JSON file."""
    found = visible(request, public_id)
    return _file(exports.version_json(queries.version(found)), f"questionnaire-version-{found.version}.json")


@everywhere
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """What such a file may say, as a JSON Schema."""
    return _file(imports.SCHEMA.read_text(encoding="utf-8"), imports.SCHEMA.name)


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def bring_in(request: HttpRequest) -> HttpResponse:
    """A draft from a JSON file; a file that cannot be used is told line by line."""
    form = VersionUpload(posted(request), request.FILES or None)
    faults: list[rules.Fault] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content, faults = imports.read_version(file.read(), authoring.programme_names())
        if faults:
            form.add_error("file", ValidationError("This file cannot be used: see each line below.", "bad_file"))
        else:
            try:
                made = retried(
                    actions.bring_in,
                    content,
                    by=request.user,  # type: ignore[arg-type]
                    on=today(),
                    reason=form.cleaned_data["reason"],
                )
                messages.success(request, f"Version {made.version} is a draft now, as {file.name} says it.")
                return redirect("assessment:version", made.public_id)
            except ValidationError as error:
                form.add_error(None, error)
    context = {"form": form, "faults": faults, "open": authoring.open_draft()}
    return render(request, "assessment/bring_in.html", context)


def visible(request: HttpRequest, public_id: UUID) -> Questionnaire:
    """The version a page is about, if the reader may see it."""
    rows = Questionnaire.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("drafted_from", "edited_by__employee"), public_id=public_id)


TOLD = {
    "draft": "Drafted",
    "bring_in": "Brought in from a file",
    "edit": "Edited",
    "check": "Checked",
    "publish": "Published",
    "retire": "Retired",
    "discard": "Discarded",
}


def _told(move: str) -> str:
    return TOLD[move]


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
