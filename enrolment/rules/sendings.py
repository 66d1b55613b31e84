"""Sending the questionnaire out: who is left out and why, and when a reminder goes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LEFT, NOT_YET, ANSWERING, ANSWERED, ASKED = "left", "not_yet_employed", "answering", "answered", "already_asked"
# Nobody is asked twice for what they have just said: half a year is about how long a role and its tasks stay the same.
RECENTLY = timedelta(days=182)
ASK_TWICE_ABOVE = 50  # people; more than so many letters want a second yes
DUE_SOON = timedelta(days=2)  # how long before the day the calendar reminds
GIVE_UP = timedelta(days=14)  # how long after it a reminder that was missed still makes sense


@dataclass(frozen=True)
class Reminder:
    """A reminder that goes by itself: how long after the day to answer by (before it, where less than nothing)."""

    kind: str
    after: timedelta

    def day(self, due_on: date) -> date:
        """The first day on which it goes."""
        return due_on + self.after


DUE_SOON_REMINDER = Reminder("questionnaire_due_soon", -DUE_SOON)
OVERDUE_REMINDER = Reminder("questionnaire_overdue", timedelta(days=1))
REMINDERS = (DUE_SOON_REMINDER, OVERDUE_REMINDER)
WHY = {
    LEFT: "Has left.",
    NOT_YET: "Is not employed yet.",
    ANSWERING: "Is answering already.",
    ANSWERED: "Has answered this version in the last six months.",
    ASKED: "Was asked already, and the day to answer by has not gone.",
}
