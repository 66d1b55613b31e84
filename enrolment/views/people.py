"""Finding people, and one person's whole story."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import get_default_timezone
from django.views.decorators.http import require_POST, require_safe

from assessment.queries import may_ask_again, placement_of
from enrolment import rules
from enrolment.actions.outcomes import run
from enrolment.actions.people import give_access
from enrolment.forms.people import PeopleSearch
from enrolment.models import Enrolment
from enrolment.queries import people as queries
from enrolment.queries.cohorts import places
from enrolment.queries.enrolments import bar
from enrolment.queries.leaving import left_behind
from enrolment.queries.not_now import in_force
from enrolment.queries.reviews import looks_of
from enrolment.views.enrolment import proposal_key
from enrolment.views.happened import happened
from enrolment.views.paging import beside, people_links
from people.access import decides, hr_required, signed_in
from people.actions.accounts import invite
from people.clock import now, today
from people.models import Employee
from people.queries import choices, exactly, found, history_of_person, may_open, page
from people.reach import acts_for, acts_for_everybody
from people.rules import has_left
from people.timeline import layout


@hr_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Fifty people at a time, by name; narrowed to those with every word, and to a department."""
    departments = choices(request.user)
    form = PeopleSearch(request.GET or None, departments=departments)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows: QuerySet[Employee] = Employee.objects.read_as_hr_by(request.user).select_related("department")
    if chosen.get("department"):
        rows = rows.filter(department=chosen["department"])
    exact, sought = exactly(rows, chosen.get("q", "")), chosen.get("q", "").strip().lower()
    rows = found(rows, chosen.get("q", "")).exclude(pk__in=[person.pk for person in exact])
    shown = page(rows, **beside(request))
    is_first = shown.before is None
    listed = [*exact, *shown.people] if is_first else shown.people
    now = queries.programmes_now(listed, on=today())
    kept = {name: value for name in ("q", "department") if (value := request.GET.get(name))}
    context = {
        "form": form if form.is_bound else PeopleSearch(departments=departments),
        "rows": [(person, now.get(person.pk, queries.Now())) for person in listed],
        "exact": exact if is_first else [],
        "led_here": [person for person in exact if sought not in (person.staff_number.lower(), person.email.lower())],
        "sought": chosen.get("q", ""),
        "is_narrowed": bool(kept),
        "kept": kept,
        "may_enrol": request.user.is_hr,  # type: ignore[union-attr]
        "may_load": acts_for_everybody(request.user),
        **people_links(shown, kept),
    }
    return render(request, "enrolment/people.html", context)


@signed_in
@require_safe
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One person's whole story; HR may act on it, a manager and the person read it."""
    on, reader = today(), request.user
    assert reader.is_authenticated
    rows = Employee.objects.visible_to(reader)
    shown = rows.select_related("department", "manager", "user").filter(public_id=public_id).first()
    if shown is None:  # a record that was merged leads to the one that was kept
        kept = get_object_or_404(rows, former_records__public_id=public_id)
        return redirect("enrolment:person", public_id=kept.public_id)
    story = queries.story(shown, reader=reader, on=on)
    acts = acts_for(reader, shown)
    is_hr, is_own = acts or reader.is_auditor, shown.user_id == reader.pk
    changes = history_of_person(shown) if is_hr else []
    coming, decides = story.now.upcoming, acts and not is_own
    latest = next((row for row in story.recommendations if row.is_latest), None)
    context = {
        "employee": shown,
        "story": story,
        "is_hr": is_hr,
        "is_own": is_own,
        "may_act": decides,
        "may_enrol": decides and not has_left(shown.employed_until, on),
        "decides": decides,
        "may_merge": acts_for_everybody(reader),
        "has_team": decides and shown.reports.exists(),
        "to_take_over": left_behind(shown) if is_hr else [],
        "place": places([coming]).get(coming.pk) if coming else None,
        "proposal_key": proposal_key(coming) if coming and decides else "",
        "facts": _facts(shown, is_hr=acts),
        "timeline": layout([bar(row, url=_url(row)) for row in story.enrolments], on=on),
        "happened": happened(story.events, changes),
        "recommendations": [(row, getattr(row, "placement", None)) for row in story.recommendations],
        "to_decide": latest if latest and not hasattr(latest, "placement") else None,
        "looks": looks_of(shown, reader),
        "may_ask": may_ask_again(shown, reader) and bool(story.recommendations or placement_of(shown)),
        "not_nows": in_force([shown.pk], on=on).get(shown.pk, []),
        "day": on,
        "access": _access(shown) if acts else None,
        "may_open": may_open(reader, shown.manager),
    }
    return render(request, "enrolment/person.html", context)


@decides
@require_POST
def access(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give a person an account, or mail the invitation again."""
    shown = get_object_or_404(Employee.objects.handled_by(request.user), public_id=public_id)
    try:
        user = run(give_access, [shown], by=request.user, on=today())[0].or_error().user
        assert user
        if not user.is_active:
            raise ValidationError(f"The account {user.email} is closed.", "account_closed")
        invite(user, at=now())
        messages.success(request, f"{user.email} gets an invitation to choose how to sign in.")
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    except OSError:
        messages.error(request, "The account is made, and the e-mail could not be sent. Send it again in a while.")
    return redirect("enrolment:person", public_id=shown.public_id)


def _url(enrolment: Enrolment) -> str:
    return reverse("enrolment:enrolment", args=[enrolment.public_id])


def _facts(person: Employee, *, is_hr: bool) -> list[dict[str, Any]]:
    """What is recorded, in pairs; what is not known is left out; birthdays and learner numbers are for HR alone."""
    pairs = (
        ("Staff number", person.staff_number),
        ("E-mail", person.email),
        ("Department", person.department or ""),
        ("ULN", person.uln if is_hr else ""),
        ("Date of birth", rules.say(person.date_of_birth) if is_hr and person.date_of_birth else ""),
        ("Employed from", rules.say(person.employed_from) if person.employed_from else ""),
        ("Employed until", rules.say(person.employed_until) if person.employed_until else ""),
    )
    return [{"label": label, "value": value, "change_url": None} for label, value in pairs if value]


def _access(person: Employee) -> dict[str, str]:
    """How this person signs in, and what HR's button does."""
    user, name = person.user, person.given_names
    if user is None and has_left(person.employed_until, today()):
        return {"text": f"{name} has left and cannot sign in.", "label": ""}
    if user is None and not person.email:
        text = f"{name} has no e-mail, so cannot be given access. Edit the record to add one."
        return {"text": text, "label": ""}
    if user is None:
        return {"text": f"{name} cannot sign in yet.", "label": "Give access"}
    if not user.is_active:
        return {"text": f"The account {user.email} is closed.", "label": ""}
    if user.last_login:
        return {"text": f"Signs in as {user.email}, last on {_day(user.last_login)}.", "label": ""}
    if user.invited_at is None:
        return {"text": f"Has an account, {user.email}, and was not invited yet.", "label": "Send the invitation"}
    until = user.invited_at + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    works = f"works until {_day(until)}" if until > now() else "works no more"
    text = f"Was invited on {_day(user.invited_at)} as {user.email}. The link {works}."
    return {"text": text, "label": "Send the invitation again"}


def _day(moment: datetime) -> str:
    return rules.say(moment.astimezone(get_default_timezone()).date())
