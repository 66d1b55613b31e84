"""A nominee's word: yes, not now or no, asked before HR decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from operator import ne

from django.db import transaction

from enrolment import notices, rules
from enrolment.actions.events import move_nomination
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Nomination, NominationEvent
from enrolment.queries.nominations import told_for
from enrolment.rules import Refusal
from people.actions.notices import tell
from people.models import User

N = Nomination.Status


@transaction.atomic
def give_word(
    nominations: Sequence[Nomination], *, by: User, on: date, word: str, comment: str = ""
) -> list[Outcome[Nomination]]:
    """Say yes, not now or no to nominations of oneself, while HR has not decided; the last word counts.

    The manager hears of anything but a yes. The same word and comment again change nothing. Refused: ``not_yours``,
    ``unknown_word``, ``move_not_allowed`` once it is closed.
    """
    lock_people(sorted({nomination.employee_id for nomination in nominations}))
    rows = Nomination.objects.select_related("employee__manager", "programme", "nominated_by__employee")
    fresh = rows.in_bulk([nomination.pk for nomination in nominations])
    outcomes, events = [], []
    for asked in nominations:
        nomination = fresh[asked.pk]
        refusal = _refusal(nomination, by, word)
        if refusal is None and (nomination.word, nomination.word_comment) != (word, comment.strip()):
            nomination.word, nomination.word_comment, nomination.word_on = word, comment.strip(), on
            said = f"{Nomination.Word(word).label.capitalize()}. {comment.strip()}".strip()
            events.append(move_nomination(nomination, "give_word", by=by, role=rules.LEARNER, on=on, reason=said))
        outcomes.append(Outcome(nomination, refusal))
    changed = [event.subject for event in events]
    Nomination.objects.bulk_update(changed, ["word", "word_comment", "word_on"])
    NominationEvent.objects.bulk_create(events)
    held_back = [(told_for(n), n) for n in changed if n.word != Nomination.Word.YES]
    tell(notices.nomination("nomination_word", held_back, due=on), again=ne)
    return outcomes


def _refusal(nomination: Nomination, by: User, word: str) -> Refusal | None:
    if nomination.employee.user_id != by.pk:
        return Refusal("not_yours", "Only the person who is nominated gives their word.")
    if word not in Nomination.Word.values:
        return Refusal("unknown_word", "Say yes, not now or no.")
    if nomination.status != N.SUBMITTED:
        return Refusal("move_not_allowed", "This nomination is closed.")
    return None
