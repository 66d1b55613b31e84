"""Who helps a learner, who holds a decision about them and since when, and what comes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse

from assessment.models import SecondLook
from enrolment import rules
from enrolment.models import Enrolment, Nomination
from enrolment.queries.holding import holders
from enrolment.queries.learner import Standing
from enrolment.queries.statements import Recorded
from enrolment.queries.today import dates_to_follow
from enrolment.rules.days_ahead import BACK, ENDS, PLAN, REVIEW, STARTS, days_ahead
from enrolment.rules.statements import TO_CHECK
from people.models import Employee
from people.rules import has_left

S = Enrolment.Status


@dataclass(frozen=True)
class Helper:
    """Somebody who helps: for what, who, and how they are reached (empty: not known)."""

    what: str
    who: str
    email: str = ""


@dataclass(frozen=True)
class Step:
    """One thing that comes next, in a sentence; with a page behind it where the learner can do it."""

    words: str
    url: str = ""


def helpers(
    employee: Employee, standing: Standing, *, nominations: Sequence[Nomination], looks: Sequence[SecondLook], on: date
) -> list[Helper]:
    """The manager, whoever holds a decision and since when, who decided last, and HR."""
    found = []
    manager = employee.manager
    if manager and not has_left(manager.employed_until, on):
        found.append(Helper("Your manager", manager.name, manager.email))
    found += [Helper("Holds a decision", words) for words in _held(employee, standing, nominations, on)]
    for look in looks:
        if look.closed_on is None and look.reviewer:
            found.append(Helper("Looks a second time", f"{look.reviewer}, by {rules.say(look.due_on)}"))
    placement = standing.placement
    if placement and placement.decided_by:
        found.append(Helper("Decided", str(placement.decided_by), placement.decided_by.email))
    found.append(Helper("HR", settings.HR_CONTACT or "your HR team"))
    return found


def next_steps(
    standing: Standing, *, nominations: Sequence[Nomination], on: date, records: Sequence[Recorded] = ()
) -> list[Step]:
    """What comes next: the days of what runs or is planned, and by which a record is to be confirmed, nearest first;
    then what else is asked of the learner.
    """
    main = standing.enrolment
    steps = []
    if main and main.status == S.OVERDUE:
        steps.append(Step("When you have finished, tell HR the day: what comes next can begin the day after."))
    dated = [
        (day, (row != main, row.pk), Step(_words(what, day, row, on=on, is_main=row == main)))
        for row in standing.history
        if row == main or row.status == S.PLANNED
        for day, what in days_ahead(row, on)
    ]
    dated += [(day, (False, 0), step) for day, step in _to_say(records)]
    steps += [step for _, _, step in sorted(dated, key=lambda each: each[:2])]
    if standing.recommendation is None:
        steps.append(Step("Answer the questionnaire; HR decides with you.", reverse("assessment:questionnaire")))
    for nomination in nominations:
        if nomination.status == Nomination.Status.SUBMITTED and not nomination.word:
            page = reverse("enrolment:my_nomination", args=[nomination.public_id])
            steps.append(Step(f"Give your word on the nomination for {nomination.programme.name}.", page))
    return steps


def _to_say(records: Sequence[Recorded]) -> list[tuple[date, Step]]:
    """By the last day for it, what is asked of a learner's word on their records: one step a day, for one or many."""
    by_day: dict[date, list[Enrolment]] = defaultdict(list)
    for each in records:
        if each.standing.state == TO_CHECK:
            by_day[each.standing.until].append(each.enrolment)
    found = []
    for day, rows in by_day.items():
        of = rows[0].programme.called if len(rows) == 1 else f"{len(rows)} programmes"
        page = reverse("enrolment:check_record", args=[rows[0].public_id]) if len(rows) == 1 else "#recorded"
        found.append((day, Step(f"Say by {rules.say(day)} whether what is recorded about {of} is right.", page)))
    return found


def _held(employee: Employee, standing: Standing, nominations: Sequence[Nomination], on: date) -> list[str]:
    """What others have to decide about somebody, each with who and since when."""
    held = []
    said, main = standing.recommendation, standing.enrolment
    if said and not said.is_decided:
        held.append(f"HR, on your recommendation, since {rules.say(said.made_on)}")
    for placement in dates_to_follow(on).filter(employee=employee):
        held.append(f"HR, on the dates, since {rules.say(placement.decided_on)}")
    if main and main.proposed_start_date:
        held.append("HR, on the dates that are proposed")
    holding = holders(nominations, on=on)
    for nomination in nominations:
        if holder := holding.get(nomination.pk):
            name, since = nomination.programme.name, rules.say(holder.since)
            what = f"your wish to be nominated for {name}" if nomination.is_only_asked else f"the nomination for {name}"
            held.append(f"{holder.who}, on {what}, since {since}")
    return held


def _words(what: str, day: date, row: Enrolment, *, on: date, is_main: bool) -> str:
    """One day in a sentence; what the page speaks of first needs no name."""
    name, when = row.programme.called, f"{rules.say(day)}, {_away(day, on)}"
    of = "" if is_main else f" for {name}"
    return {
        STARTS: f"{'It' if is_main else name[:1].upper() + name[1:]} starts on {when}.",
        PLAN: f"Your training plan{of} has to be signed by {when}.",
        REVIEW: f"Your next progress review is due on {when}.",
        BACK: f"You come back from your break on {when}.",
        ENDS: f"The last day is {when}.",
    }[what]


def _away(day: date, on: date) -> str:
    days = (day - on).days
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
