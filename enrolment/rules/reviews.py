"""When a second look and a complaint are due, and who may look a second time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from enrolment.rules.working_days import working_days_after

# Two working weeks: long enough for somebody with other work to read and to ask, and well inside the month that the
# UK GDPR gives for an answer (Art. 12(3)), so that there is time for the person to come back on it.
SECOND_LOOK_DAYS = 10
# Complaints about data: the law wants them acknowledged within 30 days (Data (Use and Access) Act 2025, s. 103); here
# the answer itself is due by then.
COMPLAINT_DAYS = timedelta(days=30)


def second_look_due(asked_on: date) -> date:
    """The day by which a second look asked for on a day is to be closed."""
    return working_days_after(asked_on, SECOND_LOOK_DAYS)


def complaint_due(made_on: date) -> date:
    """The day by which a complaint made on a day is to be answered."""
    return made_on + COMPLAINT_DAYS


def reviewer_for(open_reviews: Mapping[int, int], barred: Collection[int | None]) -> int | None:
    """Who looks a second time: of those not barred whoever has the fewest open, the longest here among equals.

    ``open_reviews``: by account in HR, how many second looks they have open. None: nobody else may decide.
    """
    free = [(count, account) for account, count in open_reviews.items() if account not in barred]
    return min(free)[1] if free else None
