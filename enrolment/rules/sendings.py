"""Sending the questionnaire out: who is left out and why, and when a reminder goes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from enrolment.rules.working_days import first_working_day, last_working_day

LEFT, NOT_YET, ANSWERING, ANSWERED, ASKED = "left", "not_yet_employed", "answering", "answered", "already_asked"
# Nobody is asked twice for what they have just said: half a year is about how long a role and its tasks stay the same.
RECENTLY = timedelta(days=182)
ASK_TWICE_ABOVE = 50  # people; more than so many letters want a second yes
DUE_SOON = timedelta(days=2)  # how long before the day the calendar reminds, or longer: on a working day
SOONEST = timedelta(days=7)  # no run of days without work is so long that it begins earlier
GIVE_UP = timedelta(days=14)  # how long after it a reminder that was missed still makes sense


@dataclass(frozen=True)
class Reminder:
    """A reminder that goes by itself: how long after the day to answer by (before it, where less than nothing)."""

    kind: str
    after: timedelta

    def day(self, due_on: date) -> date:
        """The first day on which it goes: before the day to answer by one on which people are at work."""
        day = due_on + self.after
        return last_working_day(day) if day < due_on else day

    def next_day(self, on: date, due_on: date) -> date:
        """The day from ``on`` on which it goes if it has not gone: its own, or the working day after, if in time."""
        day = max(on, self.day(due_on))
        later = first_working_day(day) if self.day(due_on) < due_on else day
        return later if later <= max(due_on, day) else day

    def is_news(self, sent_on: date, due_on: date) -> bool:
        """Whether the letter itself, sent on a day, has not said just then what it says."""
        return self.day(due_on) >= due_on or sent_on < self.day(due_on)


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
