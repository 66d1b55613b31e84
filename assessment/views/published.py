"""HR reads the published questions, and the rules in the order in which they decide."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessment import queries
from people.access import hr_required


@hr_required
@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """The version that people answer today, whole and read-only."""
    version = queries.published()
    return render(request, "assessment/published.html", {"version": version, "rules": queries.rules_in_words(version)})
