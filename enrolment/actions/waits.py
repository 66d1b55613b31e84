"""What the calendar does to nominations that wait: HR or manager reminded, escalation, people warned, expiry."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from operator import ne

from django.db.models import FETCH_PEERS

from enrolment import notices, rules
from enrolment.actions.events import move_nomination
from enrolment.models import Nomination, NominationEvent
from enrolment.queries.chasing import KINDS, letters
from enrolment.queries.nominations import chased
from enrolment.rules.letters import LETTERS
from enrolment.rules.nominations import cutoffs, steps_due
from people.actions.notices import tell, withdraw_notices
from people.models import Notice
from people.queries import policy, rows_of

DAYS = {"remind": "reminded_on", "escalate": "escalated_on", "warn": "warned_on"}
WHY = "Nobody decided in time."


def chase(people: Sequence[int], *, on: date) -> Counter[str]:
    """Everything a day does to the waiting nominations of people (row ids), inside the calling action, which has locked
    them. However often it runs, each once. Returns how often each move was made.
    """
    due = cutoffs(policy(), on)
    waiting = chased(due).filter(employee_id__in=rows_of(people))
    events: list[NominationEvent] = []
    for nomination in waiting.fetch_mode(FETCH_PEERS).order_by("id"):
        for step in steps_due(nomination, due):
            reason = WHY if step == "expire" else ""
            events.append(move_nomination(nomination, step, by=None, role=rules.CALENDAR, on=on, reason=reason))
            if step == "expire":
                nomination.decided_on, nomination.answer = on, WHY
            else:
                setattr(nomination, DAYS[step], on)
    if not events:
        return Counter()
    changed = list({event.subject.pk: event.subject for event in events}.values())
    Nomination.objects.bulk_update(changed, ["status", "decided_on", "answer", *DAYS.values()])
    NominationEvent.objects.bulk_create(events)
    by_move: dict[str, list[Nomination]] = defaultdict(list)
    for event in events:
        by_move[event.move].append(event.subject)
    _tell(by_move, on=on)
    return Counter({NAMES[move]: len(subjects) for move, subjects in by_move.items()})


def _tell(by_move: Mapping[str, Sequence[Nomination]], *, on: date) -> None:
    """Letters about what HR holds; about what a learner asked for, which the manager holds, letters of their own."""
    # What HR held back of the expiry itself stays held.
    others = [kind for kind, letter in LETTERS.items() if letter.about == "nomination" and kind not in KINDS["expire"]]
    withdraw_notices((nomination.public_id for nomination in by_move.get("expire", ())), kinds=others)
    said: list[Notice] = []
    for move in KINDS:
        for kind, theirs in letters(move, by_move.get(move, ()), on=on):
            said += notices.nomination(kind, theirs, due=on)
    tell(said, again=ne)


# As a run counts them; ``remind`` is taken by what comes next for a learner.
NAMES = {
    "remind": "remind_hr",
    "escalate": "escalate",
    "warn": "warn_of_expiry",
    "expire": "expire",
}
