"""A person's history as their page tells it: moves of their enrolments and changes of their record, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from enrolment import rules
from enrolment.forms.directory import line
from enrolment.models import EnrolmentEvent
from people.models import PersonChange
from people.rules import say

WORDS = {
    "enrol": "Enrolled on",
    "enrol_behind": "Queued for",
    "join_waiting_list": "Joined the waiting list for",
    "start": "Started",
    "plan": "Given dates for",
    "promote": "Given a seat on",
    "redate": "Given other dates for",
    "change_cohort": "Moved to another cohort of",
    "shift": "Moved the plan for",
    "propose": "Proposed other dates for",
    "unpropose": "Withdrew the proposed dates for",
    "queue": "Queued for",
    "wait": "Put on the waiting list for",
    "extend": "Extended",
    "shorten": "Shortened",
    "begin_break": "Began a break from",
    "state_return": "Stated the return to",
    "forget_return": "Return passed unconfirmed:",
    "end_break": "Came back to",
    "mark_overdue": "Ran past the planned end of",
    "complete": "Completed",
    "withdraw": "Withdrawn from",
    "correct": "Corrected the end of",
    "reopen": "Re-opened",
    "reinstate": "Reinstated on",
    "cancel": "Cancelled",
    "undo_withdrawal": "Undid the withdrawal from",
    "undo_withdrawal_on_break": "Undid the withdrawal from",
    "undo_cancelling": "Undid the cancelling of",
    "undo_cancelling_queued": "Undid the cancelling of",
    "undo_cancelling_waiting": "Undid the cancelling of",
}
RECORD = {
    "joined": "Added to the directory",
    "changed": "Record changed",
    "left": "Left",
    "returned": "Works here again",
    "removed": "Taken back with its file",
    "merged": "Took in the record",
    "merged_into": "Merged into the record",
}
MOST = 100  # things of one person's history, on their page
CALENDAR = ("left",)  # what nobody does by hand: it follows from a day


def happened(events: Iterable[EnrolmentEvent], changes: Iterable[PersonChange]) -> list[dict[str, Any]]:
    """Both kinds of history together, each with its words; ``changes`` are for HR, who alone may read all of them."""
    told = [(event.at, 0, event.pk, _move(event)) for event in events]
    told += [(change.at, 1, change.pk, _change(change)) for change in changes]
    told.sort(key=lambda each: each[:3], reverse=True)
    return [each[3] for each in told[:MOST]]


def _move(event: EnrolmentEvent) -> dict[str, Any]:
    return {
        "on": event.on,
        "text": f"{WORDS.get(event.move, event.move)} {event.subject.programme.name}, by {event.by or 'the calendar'}",
        "days": rules.days_said(rules.as_left(event)),
        "reason": event.reason,
        "changes": [],
    }


def _change(change: PersonChange) -> dict[str, Any]:
    """A change of the record; a day in it is said as people say days."""
    other = change.facts.get("other", "")
    who = "" if change.kind in CALENDAR else f", by {change.by or 'a command or file'}"
    return {
        "on": change.on,
        "text": f"{RECORD[change.kind]}{f' {other}' if other else ''}{who}",
        "days": "",
        "reason": " ".join(filter(None, (*_facts(change), change.reason))),
        "changes": [line(column, _said(old), _said(new)) for column, old, new in change.changes],
    }


def _facts(change: PersonChange) -> list[str]:
    facts, said = change.facts, []
    called_off = [(facts.get("plans", 0), "plan", "plans"), (facts.get("nominations", 0), "nomination", "nominations")]
    parts = [f"{number} {one if number == 1 else many}" for number, one, many in called_off if number]
    roles = " and ".join(facts.get("roles", []))
    if change.kind == "left":
        said.append(f"Last day: {_said(facts.get('last_day', ''))}." if facts.get("last_day") else "")
        said.append(f"Called off: {' and '.join(parts)}." if parts else "")
        said.append("The account was closed." if facts.get("account") else "")
        said.append(f"Role that ended: {roles}." if roles else "")
    if change.kind == "returned":
        said.append("The account is open again." if facts.get("account") else "")
        said.append(f"Not restored: {' and '.join(parts)}." if parts else "")
        said.append(f"Role not given again: {roles}." if roles else "")
    return said


def _said(text: str) -> str:
    try:
        return say(date.fromisoformat(text))
    except ValueError:
        return text
