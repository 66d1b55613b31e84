"""What happened to somebody, in words: one entry of the learner's time-line a record, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from enrolment.queries.happened import Happening
from enrolment.queries.messages import TOLD
from enrolment.rules import days_told, say
from enrolment.views.happened import WORDS
from enrolment.views.nominations import said as step


@dataclass(frozen=True)
class Entry:
    """One line of the time-line: ``words`` with a link behind them or none, more of it, or the words as they went."""

    day: date
    words: str
    detail: str = ""
    url: str = ""
    body: str = ""


def entry(happening: Happening) -> Entry:
    """The words for one thing that happened."""
    return _WORDS[happening.kind](happening.day, happening.row)


def _notice(day: date, row: Any) -> Entry:
    how = "You were told" if row.status in TOLD else "No mail could carry this to you"
    return Entry(day, f"{how}: {row.headline}", body=row.body)


def _asked(day: date, row: Any) -> Entry:
    who = "You" if row.asked_by_id == row.employee.user_id else str(row.asked_by)
    return Entry(day, f"{who} asked for a second look", row.reference, _second_look(row))


def _closed(day: date, row: Any) -> Entry:
    came = "it leads to another decision" if row.is_changed else "what was decided stays"
    return Entry(day, f"{row.closed_by} looked again: {came}", row.reference, _second_look(row))


def _second_look(row: Any) -> str:
    return reverse("enrolment:second_look", args=[row.public_id])


def _nomination(day: date, row: Any) -> Entry:
    nomination = row.subject
    words = f"{step(row)}: the nomination for {nomination.programme.name}"
    said = row.reason if row.move in ("ask", "give_word", "turn_down") else ""
    by = f"by {row.by}" if row.move == "nominate" and row.by else ""
    return Entry(day, words, said or by, reverse("enrolment:my_nomination", args=[nomination.public_id]))


def _enrolment(day: date, row: Any) -> Entry:
    words = f"{WORDS.get(row.move, row.move)} {row.subject.programme.name}"
    days = days_told(row)
    by = f"by {row.by}" if row.by else "by the calendar"
    detail = f"{days}, {by}" if days else by
    return Entry(day, words, detail, reverse("enrolment:enrolment", args=[row.subject.public_id]))


def _statement(day: date, row: Any) -> Entry:
    enrolment = row.subject.enrolment
    who = str(row.by) if row.move == "answer" else "You"
    did = {"confirm": "confirmed", "dispute": "disputed", "answer": "answered what you disputed of"}[row.move]
    url = reverse("enrolment:check_record", args=[enrolment.public_id])
    return Entry(day, f"{who} {did} what is recorded about {enrolment.programme.name}", row.reason, url)


def _not_now(day: date, row: Any) -> Entry:
    until = f" until {say(row.until)}" if row.until else ""
    back = f"taken back on {say(row.ended_on)}" if row.ended_on else ""
    detail = ". ".join(part for part in (row.reason, back) if part)
    return Entry(day, f"You said “not now”{until}: {row.programme.name}", detail)


def _placement(day: date, row: Any) -> Entry:
    words = f"Placed on {row.programme.name}" if row.programme else "No programme for now"
    how = "as the rules recommended" if row.is_agreed else "after a nomination" if row.is_nominated else row.reason
    by = f"by {row.decided_by}" if row.decided_by else ""
    return Entry(day, words, ", ".join(part for part in (by, how) if part))


def _recommendation(day: date, row: Any) -> Entry:
    words = f"Recommended: {row.programme.name}" if row.programme else "You answered; no rule fits, so a person decides"
    return Entry(day, words, row.because, reverse("assessment:result", args=[row.response.public_id]))


_WORDS: dict[str, Callable[[date, Any], Entry]] = {
    "notice": _notice,
    "second_look_asked": _asked,
    "second_look_closed": _closed,
    "statement": _statement,
    "nomination": _nomination,
    "not_now": _not_now,
    "enrolment": _enrolment,
    "placement": _placement,
    "recommendation": _recommendation,
}
