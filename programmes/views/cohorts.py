"""HR's pages of cohorts: the list, a new one, a change to one. Who is in a cohort is shown by its own page."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from people.access import everywhere_decides, hr_required
from people.clock import today
from people.reach import acts_for_everybody
from people.retry import retried
from programmes import actions, queries, rules
from programmes.forms import CohortFilter, CohortForm
from programmes.models import Cohort, Programme, Provider
from programmes.views.pages import page_links, posted

ENDED, STARTED, TO_COME = ("ended", "Ended"), ("started", "Under way"), ("open", "To come")
CLOSED = ("cancelled", "Closed")


@hr_required
@require_safe
def cohorts(request: HttpRequest) -> HttpResponse:
    """Cohorts by start, those not ended unless asked otherwise, each with how full it is."""
    on, asked = today(), CohortFilter(request.GET)
    asked.is_valid()  # an unknown value narrows nothing: a list's address may be old
    found = _narrowed(asked.cleaned_data, on=on, user=request.user)
    previous_url, next_url, rows = page_links(request, found.select_related("programme", "provider"))
    seats = queries.seats_of(rows)
    context = {
        "filter_form": asked,
        "rows": [(cohort, *when(cohort, on), seats[cohort.pk]) for cohort in rows],
        "may_change": acts_for_everybody(request.user),
        "is_narrowed": any(asked.cleaned_data.values()),
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "programmes/cohorts.html", context)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def cohort_new(request: HttpRequest) -> HttpResponse:
    """A new cohort; the address may already name its programme or provider."""
    if not Provider.objects.visible_to(request.user).exists():
        messages.info(request, "A cohort needs a provider: add the first one, then plan the cohort.")
        return redirect("programmes:provider_new")
    first = {name: request.GET[name] for name in ("programme", "provider") if name in request.GET}
    return _form_page(request, None, CohortForm(posted(request), initial=first))


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def cohort_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Changes a cohort; what people are enrolled in keeps its programme and dates."""
    cohort = get_object_or_404(
        Cohort.objects.visible_to(request.user).select_related("programme", "provider"), public_id=public_id
    )
    now = {
        "name": cohort.name,
        "programme": cohort.programme.code,
        "provider": cohort.provider.public_id,
        "start_date": cohort.start_date,
        "planned_end_date": cohort.planned_end_date,
        "seats": cohort.seats,
    }
    return _form_page(request, cohort, CohortForm(posted(request), initial=now))


def _form_page(request: HttpRequest, cohort: Cohort | None, form: CohortForm) -> HttpResponse:
    """Saves a complete form; an empty planned end comes back filled in, to be looked at first."""
    suggestion = ""
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        if facts["planned_end_date"] is None:
            form, suggestion = _filled_in(facts)
        elif saved := _save(request, cohort, form):
            messages.success(request, f"{saved.name} is {'changed' if cohort else 'planned'}.")
            return redirect("enrolment:cohort", saved.public_id) if cohort else redirect("programmes:cohorts")
    context = {"form": form, "cohort": cohort, "suggestion": suggestion}
    return render(request, "programmes/cohort_form.html", context)


def _save(request: HttpRequest, cohort: Cohort | None, form: CohortForm) -> Cohort | None:
    who_and_when: dict[str, Any] = {"by": request.user, "on": today()}
    try:
        if cohort is None:
            return retried(actions.add_cohort, **who_and_when, **form.cleaned_data)
        return retried(actions.change_cohort, cohort, **who_and_when, **form.cleaned_data)
    except ValidationError as error:
        form.refuse(error)
        return None


def _filled_in(facts: dict[str, Any]) -> tuple[CohortForm, str]:
    """The same form with the usual end written in, and the sentence that says so."""
    programme: Programme = facts["programme"]
    end = rules.usual_end(programme, facts["start_date"])
    again = facts | {
        "programme": programme.code,
        "provider": facts["provider"].public_id,
        "planned_end_date": end,
    }
    length = rules.usual_length(programme)
    return CohortForm(
        initial=again
    ), f"The planned end is filled in: {rules.say(end)}, the usual {length}. Check it, then save."


def _narrowed(asked: dict[str, Any], *, on: date, user: Any) -> Any:
    found = Cohort.objects.visible_to(user).order_by("start_date", "name", "id")
    if asked.get("programme"):
        found = found.filter(programme=asked["programme"])
    if asked.get("provider"):
        found = found.filter(provider=asked["provider"])
    match asked.get("when"):
        case "to_come":
            return found.to_come(on)
        case "under_way":
            return found.under_way(on)
        case "ended":
            return found.ended(on).order_by("-start_date", "name", "id")
        case "any":
            return found
        case _:
            return found.not_ended(on)


def when(cohort: Cohort, on: date) -> tuple[str, str]:
    """The pill of a cohort on a day: its code and its word."""
    if cohort.closed_on:
        return CLOSED
    if cohort.planned_end_date < on:
        return ENDED
    return STARTED if cohort.start_date <= on else TO_COME
