"""Enrolling one person, or giving dates to what is queued: form, check, confirm; a clash has a page of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessment.models import Placement
from assessment.queries import placement_of
from enrolment import rules
from enrolment.actions import enrolments as actions
from enrolment.actions.enrolments import Wish
from enrolment.actions.outcomes import Outcome, run
from enrolment.forms.enrol import DatesForm, EnrolForm, PlanForm
from enrolment.models import Enrolment
from enrolment.queries.enrolments import Weighed, coming_cohorts, first_start, history_of, live_on, now_of, weigh
from enrolment.rules import Refusal
from people.access import decides
from people.clock import today
from people.models import Employee
from programmes.models import Cohort, Programme

S = Enrolment.Status


@dataclass
class Steps:
    """What enrolling, giving dates and deciding share: the form's page, check answers, the clash and other refusals.

    ``address`` takes every step; ``more`` are the rows that the check page shows before the days.
    """

    request: HttpRequest
    employee: Employee
    form: DatesForm
    address: str
    template: str
    title: str
    button: str
    context: dict[str, Any] = field(default_factory=dict)
    more: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let the form know which cohorts clash, should it list them."""
        self.form.is_clashing = self._is_clashing

    @cached_property
    def history(self) -> list[Enrolment]:
        """What the person was, is and will be on; asked for once, where it is shown."""
        return history_of(self.employee.pk, on=today())

    @property
    def is_confirmed(self) -> bool:
        """Whether the check page was answered; without its key it is shown (again)."""
        return "confirm" in self.request.POST and self.form.key_given() is not None

    def form_page(self, *, earliest: dict[str, Any] | None = None, already: Enrolment | None = None) -> HttpResponse:
        """The form, with where the person stands, what is wrong, and what would do or is in the way already."""
        now = now_of(self.history, on=today())
        return self._page(self.template, {"earliest": earliest, "already": already, "now": now})

    def change_url(self) -> str:
        """Back to the form with every answer kept."""
        return f"{self.address}{'&' if '?' in self.address else '?'}{urlencode(self.form.answers())}"

    def check_page(self, weighed: Weighed | None) -> HttpResponse:
        """Everything as it will be recorded, with what is worth saying about it."""
        change = self.change_url()
        rows = [{"label": "Person", "value": self.employee.name, "change_url": None}]
        rows += [{"change_url": change, **row} for row in self.more]
        rows += [{"change_url": change, **row} for row in self._days(weighed)] if weighed else []
        key = self.form.key_given() or uuid4()
        answers = {**self.form.answers(), "key": str(key)}
        warnings = weighed.warnings if weighed else ()
        return self._page("enrolment/enrol_check.html", {"rows": rows, "answers": answers, "warnings": warnings})

    def refused(self, refusal: Refusal, cohorts: tuple[Cohort, ...] = ()) -> HttpResponse:
        """A clash as its own page, anything else beside the form; both offer the earliest legal start."""
        first, last = self.form.days()
        earliest = self._earliest(refusal, last - first)
        if refusal.code != "clash":
            self.form.add_error(None, ValidationError(refusal.message, refusal.code))
            programme = self.form.chosen_programme()
            is_on = refusal.code == "already_on_programme"
            already = live_on(self.history, programme) if programme and is_on else None
            return self.form_page(earliest=earliest, already=already)
        answers = {name: value for name, value in self.form.answers().items() if name not in DAYS}
        context = {
            "programme": self.form.chosen_programme(),
            "start": first,
            "end": last,
            "clashes": [_clash(clash) for clash in refusal.clashes],
            "to_close": next((c.other for c in refusal.clashes if c.other.status == S.OVERDUE), None),
            "earliest": earliest,
            "cohorts": [{"cohort": c, "answers": {**answers, "cohort": str(c.public_id)}} for c in cohorts],
            "change_url": self.change_url(),
        }
        return self._page("enrolment/clash.html", context)

    def _is_clashing(self, cohort: Cohort) -> bool:
        days = rules.Days(cohort.start_date, cohort.planned_end_date)
        return bool(rules.clashes(days, self.history, on=today()))

    def _earliest(self, refusal: Refusal, length: timedelta) -> dict[str, Any] | None:
        """The earliest legal start as an offer: never a day that is over, and no button for one a year away."""
        start, on, programme = refusal.earliest_start, today(), self.form.chosen_programme()
        if start and start < on and programme:
            start = first_start(self.employee, programme, self.history, length, on=on)
        if start is None:
            return None
        kept = {name: value for name, value in self.form.answers().items() if name not in DAYS}
        end = start + length
        answers = {**kept, "start_date": start.isoformat(), "planned_end_date": end.isoformat()}
        return {
            "start": start,
            "end": end,
            "answers": answers,
            "is_far": start - on > FAR,
            "url": f"{self.address}{'&' if '?' in self.address else '?'}{urlencode(answers)}",
        }

    def _days(self, weighed: Weighed) -> list[dict[str, Any]]:
        cohort = self.form.chosen_cohort()
        rows: list[dict[str, Any]] = []
        if cohort:
            rows.append({"label": "Cohort", "value": f"{cohort.name}, {cohort.provider}"})
        usual = "" if cohort or self.form.cleaned_data.get("planned_end_date") else " (the usual length)"
        rows.append({"label": "Start", "value": rules.say(weighed.start_date)})
        rows.append({"label": "Planned end", "value": rules.say(weighed.planned_end_date) + usual})
        if weighed.version:
            rows.append({"label": "Programme version", "value": weighed.version.version, "change_url": None})
        return rows

    def _page(self, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {
            "employee": self.employee,
            "form": self.form,
            "address": self.address,
            "title": self.title,
            "button": self.button,
        }
        return render(self.request, template, {**shared, **self.context, **context})


DAYS = {"cohort", "start_date", "planned_end_date"}
FAR = timedelta(days=365)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Enrol one person on a programme, on a cohort's or other days."""
    # Without the department: only the steps that show the person ask for it, confirming does not.
    employee = get_object_or_404(Employee.objects.visible_to(request.user), public_id=public_id)
    if employee.user_id == request.user.pk:
        return own_page(request, employee, "Somebody else enrols you")
    on = today()
    programmes = {programme.pk: programme for programme in Programme.objects.briefly()}
    placement = placement_of(employee)
    given = {}
    if placement and placement.programme_id:
        placement.programme = programmes[placement.programme_id]
        given = {"programme": placement.programme.code}
    form = EnrolForm(
        request.POST or None,
        initial={**given, **kept(request, EnrolForm)},
        programmes=list(programmes.values()),
        cohorts=partial(coming_cohorts, on),
    )
    address = reverse("enrolment:enrol", args=[employee.public_id])
    steps = Steps(request, employee, form, address, "enrolment/enrol.html", f"Enrol {employee.name}", "Enrol")
    steps.context = {"placement": placement}
    if not asked(request, form):
        return steps.form_page()
    programme = form.chosen_programme()
    assert programme is not None
    steps.more = [{"label": "Programme", "value": programme.name}]
    if steps.is_confirmed:
        outcome = run_wish(request, form, employee, programme, placement=placement, on=on)
        if made := outcome.subject.enrolment if outcome.is_done else None:
            return done(made, "enrolled")
        assert outcome.refusal is not None
        return steps.refused(outcome.refusal)
    return weigh_and_check(steps, programme, on=on)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give dates to a queued enrolment: the same steps, its programme settled."""
    visible = Enrolment.objects.visible_to(request.user)
    queued = get_object_or_404(visible.select_related("employee", "programme"), public_id=public_id)
    employee, on = queued.employee, today()
    if employee.user_id == request.user.pk:
        return own_page(request, employee, "Somebody else enrols you")
    form = PlanForm(
        request.POST or None,
        initial=kept(request, PlanForm),
        programmes=[queued.programme],
        cohorts=partial(coming_cohorts, on, queued.programme),
    )
    title = f"Give dates to {employee.name} for {queued.programme.name}"
    address = reverse("enrolment:plan", args=[queued.public_id])
    steps = Steps(request, employee, form, address, "enrolment/enrol.html", title, "Give these dates")
    can = rules.MOVES.move("plan", queued.status) is not None
    steps.context = {"placement": None, "enrolment": queued, "cannot": "" if can else _cannot("plan", queued)}
    if not asked(request, form):
        return steps.form_page()
    steps.more = [{"label": "Programme", "value": queued.programme.name}]
    if steps.is_confirmed:
        wish = Wish(employee, queued.programme, **_when(form), key=form.key_given(), enrolment=queued)
        outcome = run(actions.plan, [wish], by=request.user, on=on)[0]
        if outcome.refusal is None:
            return done(queued, "planned")
        if can:
            return steps.refused(outcome.refusal)
    if not can:
        return steps.form_page()
    return weigh_and_check(steps, queued.programme, on=on, instead_of=queued)


def person(request: HttpRequest, public_id: UUID) -> Employee:
    """The person a page is about, if the reader may see them."""
    visible = Employee.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("department"), public_id=public_id)


def own_page(request: HttpRequest, employee: Employee, title: str) -> HttpResponse:
    """Nobody decides about themself, HR included: said kindly, with who can."""
    return render(request, "enrolment/enrol_own.html", {"employee": employee, "title": title})


def asked(request: HttpRequest, form: DatesForm) -> bool:
    """Whether a whole, clean form was sent."""
    return request.method == "POST" and form.is_valid()


def kept(request: HttpRequest, form: type[DatesForm]) -> dict[str, str]:
    """Answers in the address, as “change” links bring them back; a day in ISO form becomes one."""
    found = {name: request.GET[name] for name in form.base_fields if name in request.GET and name != "key"}
    for name in ("start_date", "planned_end_date"):
        try:
            found[name] = rules.say(date.fromisoformat(found[name]))
        except (KeyError, ValueError):
            continue
    return found


def weigh_and_check(
    steps: Steps, programme: Programme, *, on: date, instead_of: Enrolment | None = None
) -> HttpResponse:
    """Judge the days as the action will; refuse now, or show the check page."""
    first, last = steps.form.days()
    cohort = steps.form.chosen_cohort()
    weighed = weigh(
        steps.employee,
        programme,
        first,
        last,
        on=on,
        cohort=cohort,
        cohorts=steps.form.cohorts.values(),
        instead_of=instead_of,
    )
    if weighed.refusal:
        return steps.refused(weighed.refusal, weighed.fitting_cohorts)
    return steps.check_page(weighed)


def run_wish(
    request: HttpRequest,
    form: DatesForm,
    employee: Employee,
    programme: Programme,
    *,
    placement: Placement | None,
    on: date,
    reason: str = "",
) -> Outcome[Wish]:
    """Enrol as the form says, under its one-time key; the placement comes along where it names this programme."""
    of_this = placement if placement and placement.programme_id == programme.pk else None
    wish = Wish(employee, programme, **_when(form), placement=of_this, key=form.key_given())
    return run(actions.enrol, [wish], by=request.user, on=on, reason=reason)[0]


def done(enrolment: Enrolment, how: str) -> HttpResponse:
    """To the enrolment's page, which opens with the confirmation and its reference."""
    return redirect(f"{reverse('enrolment:enrolment', args=[enrolment.public_id])}?done={how}")


def _when(form: DatesForm) -> dict[str, Any]:
    if cohort := form.chosen_cohort():
        return {"cohort": cohort}
    first, last = form.days()
    return {"start_date": first, "planned_end_date": last}


def _cannot(move: str, enrolment: Enrolment) -> str:
    try:
        rules.MOVES.check(move, enrolment.status, rules.HR)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


def _clash(clash: rules.Clash) -> dict[str, Any]:
    """One clash as its page shows it."""
    other, days = clash.other, rules.held(clash.other)
    return {
        "other": other,
        "start": days.first if days else other.start_date,
        "end": days.last if days else None,
        "shared": rules.between(clash.shared),
        "count": clash.shared.count(),
        "way_out": WAYS_OUT.get(other.status, "").format(other.programme.name),
    }


WAYS_OUT: dict[str, str] = {
    S.PLANNED: "Cancel {}",
    S.ACTIVE: "Complete {}, or record a withdrawal from it",
    S.OVERDUE: "Complete {}, or record a withdrawal from it",
    S.PAUSED: "End the break in {}, or record a withdrawal from it",
}
