"""Pages for everybody: the four programmes side by side, and one page for each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from people.access import manages_somebody
from people.clock import today
from people.reach import acts_for_everybody
from programmes import queries


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The comparison for a visitor; whoever has signed in goes to the first page of their work."""
    user = request.user
    if not user.is_authenticated:
        return _comparison(request)
    if user.is_hr or user.is_auditor:
        return redirect("enrolment:today")
    if user.is_administrator:
        return redirect("programmes:settings")
    return redirect("enrolment:needs" if manages_somebody(request) else "enrolment:my_programme")


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """The four side by side: the difference, and who each is for."""
    return _comparison(request)


@require_safe
def programme(request: HttpRequest, code: str) -> HttpResponse:
    """One programme: whom it is for, what changes, and each fact with its source. HR also sees the cohorts to come."""
    shown = get_object_or_404(queries.programme_with_versions(), code=code)
    user = request.user
    is_hr = user.is_authenticated and (user.is_hr or user.is_auditor)
    context = {
        "programme": shown,
        "facts": queries.facts(shown),
        "length": queries.length(shown),
        "is_hr": is_hr,
        "may_change": acts_for_everybody(user),
        "cohorts": queries.cohorts_to_come(shown, on=today()) if is_hr else [],
    }
    return render(request, "programmes/programme.html", context)


def _comparison(request: HttpRequest) -> HttpResponse:
    programmes = queries.all_programmes()
    context = {
        "programmes": programmes,
        "picture": queries.picture(programmes),
        "aspects": queries.comparison(programmes),
    }
    return render(request, "programmes/compare.html", context)
