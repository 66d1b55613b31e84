"""The texts of letters: which kinds there are, writing one, trying it, its versions, and back to the original."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrolment.actions import texts as actions
from enrolment.actions.outcomes import run
from enrolment.actions.texts import TextWish
from enrolment.forms.texts import TextForm
from enrolment.models import NoticeText
from enrolment.notices import Wording
from enrolment.queries import texts as queries
from enrolment.rules.letters import LETTERS, original
from enrolment.views.messages import KINDS
from people.access import everywhere, everywhere_decides, everywhere_sends
from people.actions.mailing import send_trial
from people.clock import today
from people.models import Employee, User

TO_THE_ORIGINAL = "Back to the original."


@everywhere
@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """Every kind of letter: what it is for, and whether its text is Waypoint's or HR's own."""
    own = queries.written()
    rows = [(kind, KINDS[kind], letter.purpose, own.get(kind)) for kind, letter in LETTERS.items()]
    return render(request, "enrolment/texts.html", {"rows": rows})


@everywhere_sends
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind's text: look at it as somebody would read it, have it mailed to oneself, or save it as a new version."""
    user = request.user
    assert isinstance(user, User)
    known, versions = _known(kind), queries.versions(kind)
    current = versions[0] if versions else None
    form = TextForm(
        request.POST if request.method == "POST" else None,
        initial=_begin(request, kind, versions),
        kind=kind,
        people=Employee.objects.visible_to(user),
    )
    seen: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "save":
            if _save(request, form, kind):
                return redirect("enrolment:text", kind=kind)
        else:
            seen = _preview(form, kind)
            if request.POST.get("do") == "trial":
                _try(request, form, seen, user)
    count = queries.count_unsent(kind)
    context = {
        "form": form,
        "kind": kind,
        "label": KINDS[kind],
        "letter": known,
        "variables": known.variables.items(),
        "versions": versions,
        "current": current,
        "is_own": current is not None and not current.is_original,
        "count": min(count, queries.MOST_COUNTED),
        "is_more": count > queries.MOST_COUNTED,
        "writes": user.is_hr,
        **({"seen": seen} if seen else {}),
    }
    return render(request, "enrolment/text.html", context)


@everywhere_decides
@require_POST
def text_original(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind's text as Waypoint brings it holds again, as a version of its own."""
    _known(kind)
    wish = TextWish(kind, is_original=True)
    outcome = run(actions.write_texts, [wish], by=request.user, on=today(), reason=TO_THE_ORIGINAL)[0]
    if outcome.refusal is None:
        messages.success(request, f"The original text holds again. {_follow(kind)}")
    else:
        messages.error(request, outcome.refusal.message)
    return redirect("enrolment:text", kind=kind)


def _known(kind: str) -> Any:
    if kind not in LETTERS:
        raise Http404("There is no such kind of message.")
    return LETTERS[kind]


def _begin(request: HttpRequest, kind: str, versions: list[NoticeText]) -> dict[str, Any]:
    """What the form begins with: an earlier version if one is asked for, else what holds now."""
    asked = request.GET.get("version", "")
    shown = next((row for row in versions if str(row.version) == asked), versions[0] if versions else None)
    own = shown is not None and not shown.is_original
    headline, body = (shown.headline, shown.body) if shown and own else original(kind)
    return {"headline": headline, "body": body, "after": versions[0].version if versions else 0}


def _save(request: HttpRequest, form: TextForm, kind: str) -> bool:
    given = form.cleaned_data
    wish = TextWish(kind, given["headline"], given["body"], after=given["after"])
    outcome = run(actions.write_texts, [wish], by=request.user, on=today(), reason=given["reason"])[0]
    if outcome.refusal is None:
        messages.success(request, f"Saved. {_follow(kind)}")
        return True
    field = "reason" if outcome.refusal.code == "reason_missing" else None
    form.add_error(field, ValidationError(outcome.refusal.message, outcome.refusal.code))
    return False


def _preview(form: TextForm, kind: str) -> dict[str, Any]:
    given = form.cleaned_data
    wording = Wording(given["headline"].strip(), given["body"].strip())
    headline, body, reader = actions.preview(kind, wording, given["person"], on=today())
    said = {"headline": headline, "body": body, "is_real": reader is not None}
    return {**said, "reader": reader, "person": given["person"]}


def _try(request: HttpRequest, form: TextForm, seen: dict[str, Any], user: User) -> None:
    if problem := send_trial(user.email, seen["headline"], seen["body"]):
        form.add_error(None, ValidationError(problem, "not_sent"))
    else:
        messages.success(request, f"A trial is on its way to {user.email}.")


def _follow(kind: str) -> str:
    """What becomes of what is written already."""
    count = queries.count_unsent(kind)
    if not count:
        return "It holds from the next message on."
    number = f"more than {queries.MOST_COUNTED:,}" if count > queries.MOST_COUNTED else f"{count:,}"
    return f"It holds from now on, and within minutes for what is written and not sent yet: {number}."
