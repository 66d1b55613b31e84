"""What the calendar tells people about their programme, when, and how long it makes sense. Days only: pure policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from enrolment.rules.kinds import leaves_on

AHEAD = 30  # days: what will be said within them is written already, so that it can be read, held back or cancelled
FINISHED_WITHIN = 365  # days: whoever finished longer ago is not told any more what comes next


@dataclass(frozen=True)
class Reminder:
    """One kind: how many days before the day it speaks of it may go, and for how many after it still makes sense."""

    kind: str
    before: int
    after: int


# design.md, Progression; domain.md §4: the training plan is signed within 42 days of an apprenticeship's start, and
# progress is reviewed every 3 calendar months.
STARTS_SOON = Reminder("starts_soon", before=7, after=-1)
STARTED = Reminder("started", before=0, after=7)
TRAINING_PLAN = Reminder("training_plan", before=14, after=14)
REVIEW = Reminder("review", before=14, after=14)
ENDS_SOON = Reminder("progression", before=28, after=FINISHED_WITHIN)
FINISHED = Reminder("finished", before=0, after=FINISHED_WITHIN)
# To the manager: the day after a planned end that nobody has closed, and what comes next for who finished.
TO_CLOSE = Reminder("to_close", before=-1, after=60)
CAN_START = Reminder("can_start", before=0, after=60)
CLOSE_WITHIN = 3  # working days in which a manager is asked to answer (domain.md §4)
TRAINING_PLAN_DAYS = 42
REVIEW_MONTHS = 3

TO_LEARNERS = (STARTS_SOON, STARTED, TRAINING_PLAN, REVIEW, ENDS_SOON, FINISHED)
TO_MANAGERS = (TO_CLOSE, CAN_START)
REMINDERS = {each.kind: each for each in (*TO_LEARNERS, *TO_MANAGERS)}
SAYS_NEXT = (ENDS_SOON.kind, FINISHED.kind, CAN_START.kind, "next_asked")


class Facts(NamedTuple):
    """What a reminder can say of its enrolment: letters of one kind and day that are equal in these read alike."""

    programme: int
    cohort: int | None
    status: str
    start_date: date | None
    planned_end_date: date | None
    proposed_start_date: date | None
    ended_on: date | None


class Due(NamedTuple):
    """One reminder to be written: of which enrolment (row id), which kind, the day it speaks of; whose, and to whom.

    ``is_new``: nothing of this kind was ever written to them about it; ``is_heard``: they heard one. Programme and
    cohort of ``facts`` are row ids.
    """

    enrolment: int
    kind: str
    about_on: date
    employee: int
    to: int
    is_new: bool
    public_id: UUID
    reference: str
    is_heard: bool
    facts: Facts


def first_day(reminder: Reminder, about: date, on: date, *, since: date | None = None) -> date:
    """The first day, from ``on``, on which a reminder of a day may go.

    Of the end of a programme that began on ``since`` nobody is told before half of it is over: a short unit would begin
    with the letter of its end. What waits for a working day does so as long as it still makes sense then.
    """
    before = timedelta(days=reminder.before)
    if reminder is ENDS_SOON and since:
        before = min(before, (about - since) / 2)
    day = max(on, about - before)
    later = leaves_on(reminder.kind, day)
    return later if later <= about + timedelta(days=reminder.after) else day
