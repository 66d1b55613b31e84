"""The page on which HR makes one record of two: which other, what becomes of each part, and the yes to it."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from enrolment.actions.merging import Merge, merge
from enrolment.actions.outcomes import run
from enrolment.forms.merging import MergeForm
from enrolment.queries.merging import preview
from people.access import everywhere_decides
from people.clock import today
from people.models import Employee, User


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def merge_person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The other record is named, both are shown side by side, then they are one; shown again where anything moved."""
    by = request.user
    assert isinstance(by, User)
    rows = Employee.objects.visible_to(by).select_related("user")
    kept = get_object_or_404(rows, public_id=public_id)
    cannot = "Somebody else merges your records: ask a colleague in HR." if kept.user_id == by.pk else ""
    form = MergeForm(request.POST or None, people=rows, kept=kept)
    context = {"form": form, "employee": kept, "cannot": cannot}
    if request.method == "POST" and not cannot and "change" not in request.POST and form.is_valid():
        other, reason = form.cleaned_data["other"], form.cleaned_data["reason"]
        found = preview(kept, other, on=today())
        shown = sha256(repr((found.facts, found.moves, found.ends)).encode()).hexdigest()[:32]
        is_seen = "confirm" in request.POST and request.POST.get("shown") == shown
        if found.problems or not is_seen:
            answers = {"other": other.staff_number, "reason": reason, "shown": shown}
            more = {"other": other, "found": found, "answers": answers}
            return render(request, "enrolment/merge_check.html", {**context, **more})
        outcome = run(merge, [Merge(kept, other)], by=by, on=today(), reason=reason)[0]
        if outcome.refusal is None:
            messages.success(request, f"{other.staff_number} is merged into {kept.staff_number}.")
            return redirect("enrolment:person", public_id=kept.public_id)
        form.add_error(None, ValidationError(outcome.refusal.message, outcome.refusal.code))
    return render(request, "enrolment/merge.html", context)
