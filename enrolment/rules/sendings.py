"""Sending the questionnaire out: who is left out and why, and which day a reminder goes by itself."""

from __future__ import annotations

from datetime import date, timedelta

LEFT, NOT_YET, ANSWERING, ANSWERED, ASKED = "left", "not_yet_employed", "answering", "answered", "already_asked"
# Nobody is asked twice for what they have just said: half a year is about how long a role and its tasks stay the same.
RECENTLY = timedelta(days=182)
ASK_TWICE_ABOVE = 50  # people; more than so many letters want a second yes
DUE_SOON = timedelta(days=2)  # how long before the day the calendar reminds
GIVE_UP = timedelta(days=14)  # how long after it a reminder that was missed still makes sense
WHY = {
    LEFT: "Has left.",
    NOT_YET: "Is not employed yet.",
    ANSWERING: "Is answering already.",
    ANSWERED: "Has answered this version in the last six months.",
    ASKED: "Was asked already, and the day to answer by has not gone.",
}


def reminder_on(due_on: date, sent_on: date, on: date) -> str:
    """Which of the two reminders the calendar gives on a day: ``due_soon``, ``overdue`` or none (empty).

    None before the day where the letter itself is as late as the reminder would be.
    """
    if sent_on < due_on - DUE_SOON <= on <= due_on:
        return "due_soon"
    return "overdue" if due_on < on <= due_on + GIVE_UP else ""
