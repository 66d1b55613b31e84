"""The moves HR makes on one enrolment: a small form, what it moves and breaks, a check, and back. One page for all."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from enrolment import rules
from enrolment.actions.outcomes import run
from enrolment.forms import moves as forms
from enrolment.models import Enrolment
from enrolment.queries import enrolments as queries
from enrolment.queries import knock_on
from enrolment.queries.knock_on import Preview
from enrolment.rules import Refusal
from enrolment.views.enrolments import to_act_on
from enrolment.views.ways import WAYS
from people.access import View, decides
from people.clock import now, today
from people.models import User
from people.queries import policy
from people.timeline import layout
from programmes.rules import DAY

NEVER_ATTENDED = "The last day is not after the start: it counts as never attended, and all its days are free."
# Refusals that are about the planned end, wherever a form asks for it.
OF_THE_END = ("end_before_start", "too_long", "too_short", "dates_missing")
OWN = "Somebody else decides about you: ask a colleague in HR."


def page_of(name: str) -> View:
    """The page of one move, as the addresses name it."""

    @decides
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        return _Page(request, public_id, name).answer()

    view.__doc__ = f"{WAYS[name].title} one enrolment."
    return view


class _Page:
    """One move on one enrolment: ask, show what it moves and breaks, do it once it is confirmed."""

    def __init__(self, request: HttpRequest, public_id: UUID, name: str) -> None:
        self.request, self.name, self.way = request, name, WAYS[name]
        self.on, self.at = today(), now()
        shown = to_act_on(request, public_id)
        self.records = queries.history_of(shown.employee_id, on=self.on)
        self.enrolment = next(record for record in self.records if record.pk == shown.pk)
        self.move, self.cannot = self._move()
        cohorts = partial(queries.coming_cohorts, self.on, self.enrolment.programme)
        others = [record for record in self.records if record is not self.enrolment]
        is_sent = request.method == "POST" or name == "undo"
        self.form = self.way.form(
            request.POST if is_sent else None,
            initial=self._initial(),
            enrolment=self.enrolment,
            others=others,
            cohorts=cohorts,
            on=self.on,
        )

    def answer(self) -> HttpResponse:
        """The step that comes next. A repeated submit finds its first result by its key."""
        is_asked = self.form.is_bound and self.form.is_valid()
        look = self._look() if is_asked and not self.cannot else None
        if is_asked and self._is_confirmed(look):
            outcome = self._do()
            if outcome.refusal is None:
                return self._done()
            self._say(outcome.refusal)
        if look is None:
            return self._page("enrolment/move.html", {})
        if look.refusal and look.refusal.code == "clash":
            return self._page("enrolment/move_clash.html", {"clashes": _clashes(look), **self._fixes(look)})
        if look.refusal:
            self._say(look.refusal)
        if self.form.errors:
            return self._page("enrolment/move.html", self._fixes(look))
        return self._check(look)

    def _move(self) -> tuple[str, str]:
        """The move's name in the table, and why it is not there: the status, the time, or it is the reader's own."""
        if self.enrolment.employee.user_id == self.request.user.pk:
            return self.name, OWN
        if self.name == "undo":
            name = knock_on.to_undo(self.enrolment, at=self.at, hours=(hours := policy().undo_hours))
            why = (
                f"Only a withdrawal or a cancelling of the last {hours} hours can be undone, and only as the last move."
            )
            return name, "" if name else why
        try:
            rules.MOVES.check(self.name, self.enrolment.status, rules.HR)
        except ValidationError as error:
            return self.name, str(error.messages[0])
        return self.name, ""

    def _initial(self) -> dict[str, Any]:
        """The dates it has, then what the address brings back from a check page."""
        found: dict[str, Any] = {
            name: getattr(self.enrolment, name)
            for name in ("start_date", "planned_end_date", "ended_on", "return_on")
            if name in self.way.form.base_fields
        }
        if (end := found.get("planned_end_date")) and end < self.on:
            found["planned_end_date"] = None  # it would be refused: a planned end lies ahead
        if "return_on" in found and found["return_on"] is None:
            found["planned_end_date"] = None  # a planned end belongs to a return date
        for name in self.way.form.base_fields:
            if name in self.request.GET and name not in forms.HIDDEN:
                found[name] = _as_day(self.request.GET[name])
        return found

    def _look(self) -> Preview:
        given = self.form.given()
        reader = self.request.user
        assert isinstance(reader, User)
        return knock_on.preview(self.records, self.enrolment, self.move, given, on=self.on, at=self.at, reader=reader)

    def _is_confirmed(self, look: Preview | None) -> bool:
        """Whether the check page was answered, and what it showed still holds; or was answered before."""
        key = self.form.cleaned_data.get("key")
        if "confirm" not in self.request.POST or not key:
            return False
        if look and look.refusal is None and look.seen == self.form.cleaned_data["seen"]:
            return True
        return self.cannot != OWN and knock_on.what_moved(self.enrolment, key)[0] is not None

    def _do(self) -> Any:
        how = {**self.form.given(), "key": self.form.cleaned_data["key"]}
        how |= {"push": True} if self.way.pushes else {}
        how |= {"at": self.at} if self.way.is_timed else {}
        return run(self.way.action, [self.enrolment], by=self.request.user, on=self.on, **how)[0]

    def _done(self) -> HttpResponse:
        """To the enrolment, which says what was done and what moved."""
        address = reverse("enrolment:enrolment", args=[self.enrolment.public_id])
        return redirect(f"{address}?{urlencode({'key': self.form.cleaned_data['key']})}")

    def _say(self, refusal: Refusal) -> None:
        box = (
            "planned_end_date"
            if refusal.code in OF_THE_END and "planned_end_date" in self.form.fields
            else self.way.box
        )
        self.form.add_error(box, ValidationError(refusal.message, refusal.code))

    def _check(self, look: Preview) -> HttpResponse:
        key, given = self.form.key_for_check(), forms.sent_again(self.form.given())
        was_seen = self.form.cleaned_data["seen"]
        context = {
            "checked": self._rows(look, given),
            "answers": {**given, "key": key, "seen": look.seen},
            "consequence": NEVER_ATTENDED if look.after.was_never_attended else self.way.consequence,
            "warnings": look.warnings,
            "shifts": [_shift(shift) for shift in look.shifts],
            "is_news": bool(was_seen) and was_seen != look.seen,
            "timeline": self._timeline(look) if look.shifts else None,
            **self._fixes(look),
        }
        return self._page("enrolment/move_check.html", context)

    def _rows(self, look: Preview, given: dict[str, str]) -> list[dict[str, Any]]:
        """What was answered and what will be recorded, each beside the way to change it."""
        change = f"{self.request.path}?{urlencode(given)}" if given else None
        rows = [("Person", self.enrolment.employee.name), ("Programme", self.enrolment.programme.name)]
        after = look.after
        status = (look.before.get_status_display(), after.get_status_display())
        more = [("Status", f"{status[0]} → {status[1]}")] if status[0] != status[1] else []
        days, was = _dates(after), _dates(look.before)
        more += [("Its days", f"{was} → {days}")] if days != was else []
        if after.status == Enrolment.Status.PLANNED and after.start_date and after.start_date <= self.on:
            more.append(("Starts", "at once: its start has come"))
        if (ahead := look.before.follows) and after.status == Enrolment.Status.PLANNED and after.follows_id is None:
            is_before = ahead.start_date and after.start_date and after.start_date <= ahead.start_date
            why = ": it starts no later" if is_before else ""
            more.append(("Follows", f"{ahead.programme.name} no more{why}"))
        if after.version and after.version != look.before.version:
            more.append(("Programme version", after.version.version))
        said = [{"label": label, "value": value, "change_url": change} for label, value in self.form.said()]
        plain = [{"label": label, "value": value, "change_url": None} for label, value in (*rows, *more)]
        return [*plain[:2], *said, *plain[2:]]

    def _timeline(self, look: Preview) -> Any:
        """All programmes of the person as they would stand."""
        moved = {shift.enrolment.pk: rules.as_shifted(shift) for shift in look.shifts}
        stands = [look.after if record is self.enrolment else moved.get(record.pk, record) for record in self.records]
        return layout(
            [queries.bar(record) for record in stands if record.status != Enrolment.Status.CANCELLED], on=self.on
        )

    def _fixes(self, look: Preview) -> dict[str, Any]:
        fixes = [
            {
                "url": reverse(f"enrolment:{fix.move}", args=[self.enrolment.public_id]),
                "answers": forms.sent_again(fix.given),
                "sentence": fix.sentence,
                "button": fix.button,
            }
            for fix in look.fixes
        ]
        return {"fixes": fixes}

    def _page(self, template: str, context: dict[str, Any]) -> HttpResponse:
        enrolment = self.enrolment
        given = forms.sent_again(self.form.given()) if self.form.is_bound and hasattr(self.form, "cleaned_data") else {}
        shared = {
            "enrolment": enrolment,
            "employee": enrolment.employee,
            "way": self.way,
            "title": f"{self.way.title} {enrolment.programme.name} for {enrolment.employee.name}",
            "form": self.form,
            "cannot": self.cannot,
            "change_url": f"{self.request.path}?{urlencode(given)}",
            "fixes": [],
            "checked": None,
        }
        return render(self.request, template, {**shared, **context})


def _as_day(text: str) -> str:
    """A day in ISO form as people write it; anything else as it is."""
    try:
        return rules.say(date.fromisoformat(text))
    except ValueError:
        return text


def _dates(record: Enrolment) -> str:
    days = rules.held(record)
    if days is None:
        return "never attended, so none" if record.was_never_attended else "holds no days"
    return f"{rules.say(days.first)} to {rules.say(days.last) if days.last else 'no end yet'}"


def _clashes(look: Preview) -> list[dict[str, Any]]:
    """What is in the way: the other programme, its dates, the shared days, the last day that is free before them."""
    assert look.refusal is not None
    first = look.after.start_date
    return [
        {
            "other": clash.other,
            "days": rules.held(clash.other),
            "shared": rules.between(clash.shared),
            "count": clash.shared.count(),
            "free_until": clash.shared.first - DAY if first and first < clash.shared.first else None,
        }
        for clash in look.refusal.clashes
    ]


def _shift(shift: rules.Shift) -> dict[str, Any]:
    """A later plan as the check page tells it: from which dates to which, and why."""
    plan, to_close = shift.enrolment, shift.plan.to_close
    until = to_close.programme.name if to_close else ""
    was, to = _run(plan.start_date, plan.planned_end_date), _run(shift.plan.start, shift.plan.end)
    before = _run(plan.proposed_start_date, plan.proposed_end_date) if plan.proposed_start_date else ""
    return {"plan": plan, "how": shift.how, "until": until, "why": shift.why, "was": was, "to": to, "before": before}


def _run(first: date | None, last: date | None) -> str:
    return f"{rules.say(first)} to {rules.say(last)}" if first and last else "no dates yet"
