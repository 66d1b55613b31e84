"""Sending the questionnaire out: who is left out and why, and when a reminder goes by itself."""

from __future__ import annotations

from datetime import timedelta

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
