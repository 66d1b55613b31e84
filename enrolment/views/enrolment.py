"""One enrolment: what is recorded, what it waits for, what was just done, its history, and for HR the moves."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from enrolment import rules
from enrolment.actions import enrolments as actions
from enrolment.actions.enrolments import Wish
from enrolment.actions.outcomes import run
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries import enrolments as queries
from enrolment.queries import knock_on
from enrolment.queries.cohorts import places
from enrolment.queries.desk import can_undo
from enrolment.queries.impact import may_tell, told_of
from enrolment.queries.statements import recorded
from enrolment.views.confirming import confirming
from enrolment.views.endings import told_beside
from enrolment.views.enrolments import to_act_on, visible
from enrolment.views.onward import onward
from enrolment.views.statements import stands
from enrolment.views.ways import PAGES
from lifecycle.moves import Move
from people.access import decides, signed_in
from people.clock import now, today
from people.queries import policy
from people.reach import acts_for
from people.timeline import layout

S = Enrolment.Status
DONE = {"enrolled": "Enrolled", "planned": "Dates given", "decided": "Decided and enrolled"}
DONE |= {"queued": "Queued", "waiting": "On the waiting list"}
CONFIRMED = "confirmed"  # facts were answered: said by a message, not by a panel
FIRST = ("plan", "end_break", "complete", "redate")  # what is done most often, where it can be
WORDS = {
    "enrol": "Enrolled",
    "enrol_behind": "Queued",
    "join_waiting_list": "Joined the waiting list",
    "start": "Started",
    "plan": "Dates given",
    "promote": "Given a seat",
    "redate": "Dates changed",
    "change_cohort": "Cohort changed",
    "shift": "Moved",
    "propose": "Other dates proposed",
    "unpropose": "Proposed dates withdrawn",
    "queue": "Queued",
    "wait": "Put on the waiting list",
    "extend": "Extended",
    "shorten": "Shortened",
    "begin_break": "Break begun",
    "state_return": "Return stated",
    "forget_return": "Return passed unconfirmed, marked unknown",
    "end_break": "Break ended",
    "mark_overdue": "Marked overdue",
    "complete": "Completed",
    "withdraw": "Withdrawn",
    "correct": "Corrected",
    "reopen": "Re-opened",
    "reinstate": "Reinstated",
    "cancel": "Cancelled",
    "undo_withdrawal": "Withdrawal undone",
    "undo_withdrawal_on_break": "Withdrawal undone",
    "undo_cancelling": "Cancelling undone",
    "undo_cancelling_queued": "Cancelling undone",
    "undo_cancelling_waiting": "Cancelling undone",
}


@signed_in
@require_safe
def enrolment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One enrolment: its dates, the person's time-line, its history; for HR the moves that are possible now."""
    shown, on = visible(request, public_id), today()
    records = queries.history_of(shown.employee_id, on=on)
    shown = next(record for record in records if record.pk == shown.pk)
    reader = request.user
    assert reader.is_authenticated
    acts = acts_for(reader, shown.employee)
    is_hr, may_move = acts or reader.is_auditor, acts and shown.employee.user_id != reader.pk
    is_completed = shown.status == S.COMPLETED
    context = {
        "enrolment": shown,
        "employee": shown.employee,
        "impact": told_of(shown) if is_completed else None,
        "may_tell": is_completed and may_tell(shown, reader),
        "can_open_person": is_hr,
        "facts": _facts(shown),
        "may_move": may_move,
        "cohort_url": f"{reverse('enrolment:enrolments')}?cohort={shown.cohort.public_id}"
        if shown.cohort and is_hr
        else "",
        "timeline": layout([queries.bar(record, url=_url(record, shown)) for record in records], on=on),
        "events": [
            (WORDS.get(event.move, event.move), event, rules.days_told(event)) for event in queries.events_of(shown)
        ],
        "moves": [(move, reverse(f"enrolment:{move.name}", args=[shown.public_id])) for move in _moves(shown)]
        if may_move
        else [],
        "place": places([shown]).get(shown.pk),
        "stands": stands(recorded([shown], on=on).get(shown.pk), is_own=shown.employee.user_id == reader.pk),
        "is_own": shown.employee.user_id == request.user.pk,
        **told_beside(shown, reader, on=on, closes=may_move),
        "proposal_key": proposal_key(shown) if may_move else "",
        "undo": _undo(shown) if may_move else "",
        "done": DONE.get(request.GET.get("done", ""), "") if is_hr else "",
        **(confirming(request, shown, records) if is_hr else {"findings": []}),
        **(_just_done(shown, request.GET.get("key", "")) if is_hr else {"said": "", "moved": [], "was": ""}),
    }
    done, was = request.GET.get("done", ""), context["was"]
    is_done = bool(context["said"]) or done in (*DONE, CONFIRMED)
    context["onward"] = onward(request, shown.pk, was=was, done=done) if is_done and reader.is_hr else []
    context["is_from_today"] = is_hr and request.GET.get("from") == "today"
    return render(request, "enrolment/enrolment.html", context)


@decides
@require_POST
def accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say yes to the dates that are proposed: to those that were shown, and to no others."""
    shown = to_act_on(request, public_id)
    key = as_uuid(request.POST.get("key", ""))
    is_today = request.POST.get("from") == "today"
    address = reverse("enrolment:today") if is_today else reverse("enrolment:enrolment", args=[shown.public_id])
    was_said = key is not None and shown.events.filter(request_key=key).exists()
    if not was_said and (key is None or str(key) != proposal_key(shown)):
        messages.warning(request, "Other dates are proposed by now, or none. Nothing was recorded: look again.")
        return redirect(address)
    wish = Wish(shown.employee, shown.programme, key=key, enrolment=shown)
    outcome = run(actions.plan, [wish], by=request.user, on=today())[0]
    if outcome.refusal:
        whose = f"{shown.employee.name}, {shown.programme.name}: " if is_today else ""
        messages.error(request, f"{whose}{outcome.refusal.message} Give other dates.")
        return redirect(address)
    if is_today:
        shown.refresh_from_db()
        told = _just_done(shown, str(key))
        moved = [f"{event.subject.programme.name}: {words}" for event, words in told["moved"]]
        messages.success(request, " ".join([told["said"], *moved]))
        return redirect(address)
    return redirect(f"{address}?{urlencode({'key': str(key)})}")


def proposal_key(enrolment: Enrolment) -> str:
    """The one-time key of a yes to an enrolment's proposed dates, the same for everybody who says it; or nothing."""
    days = (enrolment.proposed_start_date, enrolment.proposed_end_date)
    return str(uuid5(enrolment.public_id, f"{days[0]} {days[1]}")) if all(days) else ""


def as_uuid(text: str) -> UUID | None:
    """A key from an address or a form, or None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _moves(shown: Enrolment) -> list[Move]:
    """The moves HR can make now that have a page, what is done most often first."""
    possible = [move for move in rules.MOVES.available(shown.status, rules.HR) if move.name in PAGES]
    if not shown.programme.is_apprenticeship:
        possible = [move for move in possible if move.name != "begin_break"]
    return sorted(possible, key=lambda move: move.name not in FIRST)


def _undo(shown: Enrolment) -> str:
    """What the button to undo the last move says, while that is possible: its days and its seat are still free."""
    if shown.status not in (S.WITHDRAWN, S.CANCELLED) or not can_undo(shown, on=today(), at=now()):
        return ""
    name = knock_on.to_undo(shown, at=now(), hours=policy().undo_hours)
    return next((move.label for move in rules.MOVES.moves if move.name == name), "")


def _just_done(shown: Enrolment, key: str) -> dict[str, Any]:
    """What the form with this key did, in a sentence, and each other plan that moved with it."""
    done, moved = knock_on.what_moved(shown, as_uuid(key)) if as_uuid(key) else (None, [])
    if done is None:
        return {"said": "", "moved": [], "was": ""}
    days = f", {said}" if (said := rules.days_said(rules.as_left(done))) else ""
    state = state_of(done.to_status)
    said = f"{WORDS[done.move]}: {shown.programme.name} for {shown.employee.name} is now {state}{days}."
    return {"said": said, "moved": [(event, _moved(event)) for event in moved], "was": done.from_status}


def state_of(status: str) -> str:
    """What an enrolment is now, as it stands in a sentence after “is”."""
    return {S.PAUSED: "on a break in learning", S.WAITING: "on the waiting list"}.get(S(status), S(status).label)


def moved_along(shown: Enrolment, key: UUID | None) -> list[tuple[EnrolmentEvent, str]]:
    """Each other plan of the person that moved with what the form with this key did, in words."""
    _, moved = knock_on.what_moved(shown, key) if key else (None, [])
    return [(event, _moved(event)) for event in moved]


def _moved(event: EnrolmentEvent) -> str:
    """What became of a plan that moved with another."""
    if event.start_date:
        begun = ", and it has started" if event.subject.status == S.ACTIVE else ""
        return f"now {_day(event.start_date)} to {_day(event.planned_end_date)}{begun}. {event.reason}"
    lost = "no dates any more" if event.from_status != S.QUEUED else "still no dates"
    return f"{lost}. {event.reason}".strip()


def _facts(shown: Enrolment) -> list[dict[str, Any]]:
    """What is recorded, in pairs; what is not known is left out."""
    cohort = f"{shown.cohort.name}, {shown.cohort.provider}" if shown.cohort else ""
    behind = "Follows" if shown.start_date else "Queued behind"
    pairs = (
        ("Reference", shown.reference),
        ("Programme", shown.programme.name),
        ("Version", shown.version.version if shown.version else ""),
        ("Cohort", cohort),
        ("Start", _day(shown.start_date)),
        ("Planned end", _day(shown.planned_end_date)),
        ("Last day of learning" if shown.status == S.WITHDRAWN else "Actual finish", _day(shown.ended_on)),
        (behind, shown.follows.programme.name if shown.follows else ""),
    )
    return [{"label": label, "value": value, "change_url": None} for label, value in pairs if value]


def _day(day: date | None) -> str:
    return rules.say(day) if day else ""


def _url(record: Enrolment, shown: Enrolment) -> str:
    """Where a bar leads: to its enrolment, and nowhere for the one that is shown."""
    return "" if record.pk == shown.pk else reverse("enrolment:enrolment", args=[record.public_id])
