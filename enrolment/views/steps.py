"""The steps that enrolling, giving dates and deciding share: the form, check answers, the clash, other refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from enrolment import rules
from enrolment.forms.enrol import BEHIND, DatesForm, EnrolForm
from enrolment.models import Enrolment
from enrolment.queries.enrolments import Weighed, first_start, history_of, live_on, now_of
from enrolment.queries.planning import Step, fingerprint
from enrolment.rules import Refusal
from people.clock import today
from people.models import Employee, User
from programmes.models import Cohort, Programme

S = Enrolment.Status
DAYS = {"cohort", "start_date", "planned_end_date"}
FAR = timedelta(days=365)
NOTHING_MORE: dict[str, Any] = {
    "change_url": "",
    "cohorts": [],
    "replaced_by": None,
    "strange": "",
    "to_close": None,
    "to_wait": None,
    "tried": (),
}
WAYS_OUT: dict[str, str] = {
    S.PLANNED: "Cancel {}",
    S.ACTIVE: "Complete {}, or record a withdrawal from it",
    S.OVERDUE: "Complete {}, or record a withdrawal from it",
    S.PAUSED: "End the break in {}, or record a withdrawal from it",
}


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

    @property
    def reader(self) -> User:
        """Who enrols, gives dates or decides."""
        assert isinstance(self.request.user, User)
        return self.request.user

    def __post_init__(self) -> None:
        """Let the form know which cohorts clash, should it list them."""
        self.form.is_clashing = self._is_clashing

    @cached_property
    def history(self) -> list[Enrolment]:
        """What the person was, is and will be on; asked for once, where it is shown."""
        return history_of(self.employee.pk, on=today())

    def withdrawn_for(self) -> Programme | None:
        """What replaces the programme asked for, if that was withdrawn."""
        programme = self.form.chosen_programme() if self.form.is_bound and hasattr(self.form, "cleaned_data") else None
        return programme.replaced_by if programme and programme.withdrawn_on else None

    @property
    def is_confirmed(self) -> bool:
        """Whether the check page was answered; without its key it is shown (again)."""
        return "confirm" in self.request.POST and self.form.key_given() is not None

    def form_page(self, *, earliest: dict[str, Any] | None = None, already: Enrolment | None = None) -> HttpResponse:
        """The form, with where the person stands, what is wrong, and what would do or is in the way already."""
        now = now_of(self.history, on=today())
        more = {"earliest": earliest, "already": already, "now": now, "replaced_by": self.withdrawn_for()}
        return self._page(self.template, more)

    def change_url(self) -> str:
        """Back to the form with every answer kept."""
        return f"{self.address}{'&' if '?' in self.address else '?'}{urlencode(self.form.answers())}"

    def check_page(self, weighed: Weighed | None) -> HttpResponse:
        """Everything as it will be recorded, with what is worth saying about it."""
        change = self.change_url()
        rows = [{"label": "Person", "value": self.employee.name, "change_url": None}]
        rows += [{"change_url": change, **row} for row in self.more]
        rows += [{"change_url": change, **row} for row in self._days(weighed)] if weighed else []
        if weighed and weighed.is_to_wait:
            rows.append({"label": "Seat", "value": "none free: it joins the waiting list", "change_url": None})
        key = self.form.key_given() or uuid4()
        answers = {**self.form.answers(), "key": str(key)}
        warnings = weighed.warnings if weighed else ()
        return self._page("enrolment/enrol_check.html", {"rows": rows, "answers": answers, "warnings": warnings})

    def planned_page(self, step: Step) -> HttpResponse:
        """What the planner found, why nothing is earlier, and where no date can be given yet what to close."""
        trial = step.trial
        rows = [{"label": "Person", "value": self.employee.name}, *self.more]
        for label, value in (
            ("Cohort", trial.cohort.name if trial.cohort else ""),
            ("Start", rules.say(trial.start_date) if trial.start_date else "no dates yet"),
            ("Planned end", rules.say(trial.planned_end_date) if trial.planned_end_date else ""),
            ("Behind", trial.follows.programme.name if trial.follows else ""),
            ("Programme version", trial.version.version if trial.version else ""),
        ):
            rows += [{"label": label, "value": value}] if value else []
        context = {
            "rows": [{"change_url": None, **row} for row in rows],
            "change_url": self.change_url(),
            "answers": {**self._exactly(step), "key": str(self.form.key_given() or uuid4())},
            "warnings": step.warnings,
            "tried": step.plan.tried,
            "to_close": trial.follows if trial.status == S.QUEUED else None,
        }
        return self._page("enrolment/enrol_check.html", context)

    def _exactly(self, step: Step) -> dict[str, str]:
        """The planner's answer as the check page sends it: its very dates, unless it follows something."""
        trial = step.trial
        kept = {name: value for name, value in self.form.answers().items() if name not in (*DAYS, "how")}
        if trial.follows:
            return {**kept, "how": f"{BEHIND}{trial.follows.public_id}", "seen": fingerprint([step])}
        if trial.cohort:
            return {**kept, "cohort": str(trial.cohort.public_id)}
        assert trial.start_date is not None
        assert trial.planned_end_date is not None
        days = {"start_date": trial.start_date.isoformat(), "planned_end_date": trial.planned_end_date.isoformat()}
        return {**kept, **days}

    def not_planned(self, step: Step) -> HttpResponse:
        """Nothing can be given: why, candidate by candidate, and what replaces a programme that was withdrawn."""
        refusal = step.refusal or rules.already_on(step.programme, self.history)
        assert refusal is not None
        self.form.add_error("how", ValidationError(refusal.message, refusal.code))
        self.context |= {"tried": step.plan.tried}
        return self.form_page(already=step.standing)

    def refused(self, refusal: Refusal, cohorts: tuple[Cohort, ...] = ()) -> HttpResponse:
        """A clash as its own page, anything else beside the form; both offer the earliest legal start."""
        first, last = self.form.days()
        earliest = self._earliest(refusal, last - first)
        if refusal.code != "clash":
            self.form.add_error(None, ValidationError(refusal.message, refusal.code))
            programme = self.form.chosen_programme()
            is_on = refusal.code == "already_on_programme"
            already = live_on(self.history, programme) if programme and is_on else None
            self.context |= {"cohorts": self._other(cohorts)}
            if refusal.code == "no_seat" and isinstance(self.form, EnrolForm):
                self.context["to_wait"] = {**self.form.answers(), "may_wait": "yes"}
            return self.form_page(earliest=earliest, already=already)
        context = {
            "programme": self.form.chosen_programme(),
            "start": first,
            "end": last,
            "clashes": [_clash(clash) for clash in refusal.clashes],
            "to_close": next((c.other for c in refusal.clashes if rules.is_open_ended(c.other, today())), None),
            "earliest": earliest,
            "cohorts": self._other(cohorts),
            "behind": self._behind(refusal),
            "change_url": self.change_url(),
        }
        return self._page("enrolment/clash.html", context)

    def _other(self, cohorts: tuple[Cohort, ...]) -> list[dict[str, Any]]:
        """Cohorts that are clear, each as the same answers with it."""
        answers = {name: value for name, value in self.form.answers().items() if name not in DAYS}
        return [{"cohort": c, "answers": {**answers, "cohort": str(c.public_id)}} for c in cohorts]

    def _behind(self, refusal: Refusal) -> dict[str, Any] | None:
        """The same programme queued behind the last that is in the way, where this form can ask for it."""
        if not isinstance(self.form, EnrolForm):
            return None
        kept = {name: value for name, value in self.form.answers().items() if name not in DAYS}
        last = refusal.clashes[-1].other
        if last.status not in Enrolment.LIVE:
            return None
        return {"other": last, "answers": {**kept, "how": f"{BEHIND}{last.public_id}"}}

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
        return render(self.request, template, {**NOTHING_MORE, **shared, **self.context, **context})


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
