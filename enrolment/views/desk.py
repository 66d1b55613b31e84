"""The clash desk: what needs a human, the oldest first, each with fixes that one click applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from enrolment import rules
from enrolment.actions import changes, nominations
from enrolment.actions.enrolments import Wish, plan
from enrolment.actions.nominations import Approval
from enrolment.actions.outcomes import Outcome, run
from enrolment.actions.swap import swap
from enrolment.forms.desk import FixForm, label
from enrolment.models import Enrolment, Nomination
from enrolment.queries import desk as queries
from enrolment.rules import Refusal
from enrolment.rules.fixes import Fix
from enrolment.views.enrolment import as_uuid, moved_along, state_of
from people.access import hr_sends
from people.clock import now, today
from people.queries import as_hr, handled
from programmes.models import Cohort

ADDRESS = "enrolment:desk"
NO_LONGER = Refusal("gone", "That is no longer there.")


@hr_sends
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """A page of the desk, narrowed by ``?kind``; a POST applies one fix. Auditors read, and decide nothing."""
    if request.method != "POST":
        return _page(request)
    form = FixForm(request.POST)
    if not form.is_valid():
        wrong = form.asked_errors()
        return _page(request, form=form, tried=Tried("" if wrong else "Choose a fix again.", errors=wrong))
    asked = Asked.of(request, form)
    refusal = asked.apply() if asked else NO_LONGER
    if refusal is None and asked:
        return redirect(f"{reverse(ADDRESS)}?{urlencode(asked.told())}")
    assert refusal is not None
    return _page(request, form=form, tried=_refused(form, refusal))


@dataclass(frozen=True)
class Tried:
    """A fix that was not applied: why, and what is wrong in which box."""

    why: str
    errors: dict[str, str] = field(default_factory=dict)


def _refused(form: FixForm, refusal: Refusal) -> Tried:
    """Why an action refused: in the box of the day that somebody typed, else as a fix that is not legal any more."""
    box = form.box_of(refusal.code)
    if box:
        return Tried("", errors={box: refusal.message})
    return Tried(f"That cannot be done any more. {refusal.message}")


@dataclass(frozen=True)
class Asked:
    """One fix as it was sent: by whom, to what, with what."""

    request: HttpRequest
    form: FixForm
    subject: Enrolment | Nomination
    cohort: Cohort | None
    other: Enrolment | None

    @classmethod
    def of(cls, request: HttpRequest, form: FixForm) -> Asked | None:
        """The fix with what it names, as far as the reader may see it; None where something named is not there."""
        found: dict[str, Any] = {}
        theirs = handled(Enrolment.objects.all(), request.user)
        for name, rows in (("cohort", Cohort.objects.visible_to(request.user)), ("other", theirs)):
            given = form.given(name)
            found[name] = rows.filter(public_id=given).first() if given else None
            if given and found[name] is None:
                return None
        subject = _visible(request, form.given("subject"), is_nomination=form.cleaned_data["fix"] in NOMINATIONS)
        return cls(request, form, subject, **found) if subject else None

    def apply(self) -> Refusal | None:
        """Let the action judge and do it; a cohort whose dates are not those that were shown is another fix."""
        start, end = self.form.cleaned_data["start"], self.form.cleaned_data["end"]
        if self.cohort and (self.cohort.start_date, self.cohort.planned_end_date) != (start, end):
            return Refusal("cohort_moved", f"{self.cohort.name} has other dates by now.")
        return WAYS[self.form.cleaned_data["fix"]](self).refusal

    def run(self, action: Callable[..., list[Outcome[Any]]], **how: Any) -> Outcome[Any]:
        """One call of an action on the enrolment (or nomination) itself, under the form's one-time key."""
        how = {"by": self.request.user, "on": today(), "key": self.form.cleaned_data["key"], **how}
        return run(action, [self.subject], **how)[0]

    def plan(self) -> Outcome[Any]:
        """Dates, or a seat in a cohort, for what is queued or waiting."""
        assert isinstance(self.subject, Enrolment)
        when = {"cohort": self.cohort} if self.cohort else self.days("start_date", "planned_end_date")
        key = self.form.cleaned_data["key"]
        wish = Wish(self.subject.employee, self.subject.programme, **when, key=key, enrolment=self.subject)
        return run(plan, [wish], by=self.request.user, on=today())[0]

    def approve(self) -> Outcome[Any]:
        """A nomination approved, for a cohort or for days."""
        assert isinstance(self.subject, Nomination)
        when = {"cohort": self.cohort} if self.cohort else self.days("start_date", "planned_end_date")
        approval = Approval(self.subject, **when, key=self.form.cleaned_data["key"])
        return run(nominations.approve, [approval], by=self.request.user, on=today())[0]

    def swap(self) -> Outcome[Any]:
        """Two plans change places, if they stand as they were shown: a second yes would take the first one back."""
        how = {"by": self.request.user, "on": today(), **self.filled("key", "seen")}
        return run(swap, [(self.subject, self.other)], **how)[0]

    def days(self, start: str, end: str) -> dict[str, Any]:
        """The two days of a fix under the names that an action calls them."""
        return {start: self.form.cleaned_data["start"], end: self.form.cleaned_data["end"]}

    def filled(self, *names: str) -> dict[str, Any]:
        """What a person filled in."""
        return {name: self.form.cleaned_data[name] for name in names}

    def told(self) -> dict[str, str]:
        """What the next page needs to say what was done."""
        kept = {"kind": kind} if (kind := self.request.GET.get("kind", "")) in queries.CODES else {}
        done = {"did": self.form.cleaned_data["fix"], "done": str(self.subject.public_id)}
        return {**kept, **done, "key": str(self.form.cleaned_data["key"])}


type Way = Callable[[Asked], Outcome[Any]]

NOMINATIONS = ("approve_in_cohort", "approve_on_days", "decline")
WAYS: dict[str, Way] = {
    "accept": Asked.plan,
    "plan_in_cohort": Asked.plan,
    "plan_on_days": Asked.plan,
    "move_to_cohort": lambda asked: asked.run(changes.change_cohort, cohort=asked.cohort),
    "move_to_days": lambda asked: asked.run(changes.redate, **asked.days("start_date", "planned_end_date")),
    "swap": Asked.swap,
    "queue_behind": lambda asked: asked.run(changes.queue, behind=asked.other),
    "complete": lambda asked: asked.run(changes.complete, **asked.filled("ended_on")),
    "withdraw": lambda asked: asked.run(changes.withdraw, **asked.filled("ended_on", "reason")),
    "extend": lambda asked: asked.run(changes.extend, **asked.filled("planned_end_date")),
    "end_break": lambda asked: asked.run(changes.end_break, **asked.filled("planned_end_date")),
    "confirm_return": lambda asked: asked.run(changes.state_return, **asked.days("return_on", "planned_end_date")),
    "state_return": lambda asked: asked.run(changes.state_return, **asked.filled("return_on", "planned_end_date")),
    "forget_return": lambda asked: asked.run(changes.state_return, return_on=None, planned_end_date=None),
    "cancel": lambda asked: asked.run(changes.cancel, **asked.filled("reason")),
    "undo": lambda asked: asked.run(changes.undo, at=now()),
    "approve_in_cohort": Asked.approve,
    "approve_on_days": Asked.approve,
    "decline": lambda asked: asked.run(nominations.decline, **asked.filled("reason")),
}
DID = {
    "accept": "Dates given",
    "plan_in_cohort": "A seat given",
    "plan_on_days": "Dates given",
    "move_to_cohort": "Moved to another cohort",
    "move_to_days": "Moved to other dates",
    "swap": "Changed places",
    "queue_behind": "Queued",
    "complete": "Completed",
    "withdraw": "Withdrawn",
    "extend": "Extended",
    "end_break": "The break is over",
    "confirm_return": "The return stands",
    "state_return": "The return is stated",
    "forget_return": "The return is not known",
    "cancel": "The place is given up",
    "undo": "Undone",
    "approve_in_cohort": "Approved and enrolled",
    "approve_on_days": "Approved and enrolled",
    "decline": "Declined",
}


def _page(request: HttpRequest, *, form: FixForm | None = None, tried: Tried | None = None) -> HttpResponse:
    """The desk; a fix that failed comes first, as its thing stands now."""
    on, user = today(), request.user
    assert user.is_authenticated
    kind = request.GET.get("kind", "")
    kind = kind if kind in queries.CODES else ""
    tally = queries.counts(user, on=on)
    found = queries.desk(user, on=on, kind=kind, after=request.GET.get("after", ""))
    again = _again(request, form) if form else None
    items = [each for each in found.items if again is None or each.ident != again.ident]
    once_more = _shown(request, again, form, tried) if again else None
    if tried and tried.errors and not (once_more and any(fix["is_open"] for fix in once_more["forms"])):
        tried = Tried(" ".join(tried.errors.values()))  # its boxes are not offered any more
    narrowed = {"kind": kind} if kind else {}
    context = {
        "kinds": _kinds(tally, kind),
        "total": queries.total(tally),
        "kind": kind,
        "is_first": not request.GET.get("after"),
        "tried": tried,
        "again": once_more,
        "items": [_shown(request, each) for each in items],
        "first_url": f"{reverse(ADDRESS)}?{urlencode(narrowed)}" if narrowed else reverse(ADDRESS),
        "next_url": f"?{urlencode({**narrowed, 'after': found.after})}" if found.after else None,
        "done": _done(request) if request.method != "POST" else None,
        "decides": user.is_hr,
    }
    return render(request, "enrolment/desk.html", context)


def _kinds(tally: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """The ways to narrow the desk, with their counts: those that have something, and the one that is chosen."""
    return [
        {"code": kind.code, "label": kind.label, "count": queries.total({kind.code: tally[kind.code]})}
        for kind in queries.KINDS
        if tally[kind.code] or kind.code == chosen
    ]


def _shown(
    request: HttpRequest, item: queries.Item, form: FixForm | None = None, tried: Tried | None = None
) -> dict[str, Any]:
    """One thing as the template shows it; nobody is offered fixes for themself."""
    subject, matter = item.subject, item.matter
    is_own = matter.person.user_id == request.user.pk
    route = "enrolment:nomination" if isinstance(subject, Nomination) else "enrolment:enrolment"
    fixes = [] if is_own else [_fix(item, fix, form, tried) for fix in item.fixes]
    return {
        "ident": item.ident,
        "employee": matter.person,
        "programme": matter.programme,
        "sentence": item.sentence,
        "status": subject.status,
        "status_label": subject.get_status_display(),
        "url": reverse(route, args=[subject.public_id]),
        "confirm_url": reverse("enrolment:confirm", args=[subject.public_id]) if matter.kind == "not_met" else "",
        "is_own": is_own,
        "buttons": [fix for fix in fixes if not fix["boxes"]],
        "forms": [fix for fix in fixes if fix["boxes"]],
    }


def _fix(item: queries.Item, fix: Fix, form: FixForm | None, tried: Tried | None) -> dict[str, Any]:
    """One fix: what its button sends, and the boxes a person fills in, as they were filled in if it was just tried."""
    sent = {
        "fix": fix.name,
        "kind": item.matter.kind,
        "about": item.subject.public_id,
        "subject": fix.subject.public_id,
        "start": fix.start,
        "end": fix.end,
        "cohort": fix.cohort.public_id if fix.cohort else None,
        "other": fix.other.public_id if fix.other else None,
        "seen": fix.seen or None,
        "key": uuid4(),
    }
    is_same = form is not None and (form.data.get("fix"), form.data.get("subject")) == (fix.name, str(sent["subject"]))
    boxes = []
    for name, day in fix.asks:
        typed = form.data.get(name, "") if form and is_same else None
        boxes.append(
            {
                "name": name,
                "id": f"{item.ident}-{fix.name}-{fix.subject.public_id}-{name}",
                "label": label(fix.name, name),
                "value": typed if typed is not None else (rules.say(day) if day else ""),
                "error": tried.errors.get(name, "") if tried and is_same else "",
                "is_long": name == "reason",
            }
        )
    return {
        "label": fix.label,
        "effect": fix.effect,
        "sent": {name: value for name, value in sent.items() if value is not None},
        "boxes": boxes,
        "is_open": is_same,
    }


def _again(request: HttpRequest, form: FixForm) -> queries.Item | None:
    """The thing that a fix was for, as it stands now; None when it needs nobody any more."""
    kind, about = form.data.get("kind", ""), form.cleaned_data.get("about")
    subject = _visible(request, about, is_nomination=kind == "nomination") if isinstance(about, UUID) else None
    assert request.user.is_authenticated
    return queries.item(request.user, kind, subject, on=today()) if subject else None


def _visible(request: HttpRequest, public_id: UUID | None, *, is_nomination: bool) -> Enrolment | Nomination | None:
    model: Any = Nomination if is_nomination else Enrolment
    rows = as_hr(model.objects.all(), request.user).select_related("employee", "programme")
    found: Enrolment | Nomination | None = rows.filter(public_id=public_id).first()
    return found


def _done(request: HttpRequest) -> dict[str, Any] | None:
    """What was just done: to whom, how it stands now, what moved with it, and whether it can be undone."""
    did = request.GET.get("did", "")
    if did not in DID:
        return None
    try:
        public_id = UUID(request.GET.get("done", ""))
    except ValueError:
        raise Http404
    found = _visible(request, public_id, is_nomination=did in NOMINATIONS)
    if found is None:
        raise Http404
    route = "enrolment:nomination" if isinstance(found, Nomination) else "enrolment:enrolment"
    decides = request.user.is_hr  # type: ignore[union-attr]
    can_undo = decides and isinstance(found, Enrolment) and queries.can_undo(found, on=today(), at=now())
    return {
        "title": f"{DID[did]}: {found.programme.name} for {found.employee.name}",
        "subject": found,
        "state": state_of(found.status) if isinstance(found, Enrolment) else found.get_status_display(),
        "days": rules.days_said(found) if isinstance(found, Enrolment) else "",
        "url": reverse(route, args=[found.public_id]),
        "moved": moved_along(found, as_uuid(request.GET.get("key", ""))) if isinstance(found, Enrolment) else [],
        "undo": {"fix": "undo", "subject": found.public_id, "key": uuid4()} if can_undo else None,
    }
