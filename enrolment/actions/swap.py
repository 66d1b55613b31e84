"""Two plans of one person change places: one action, one UPDATE, since clashes are judged at its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from enrolment import rules
from enrolment.actions.calendar import apply_shifts
from enrolment.actions.enrolments import own_refusal
from enrolment.actions.events import acting, move, move_refusal
from enrolment.actions.line import Line
from enrolment.actions.outcomes import Outcome
from enrolment.actions.writing import COLUMNS
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.rules import Refusal
from enrolment.rules.swapping import Swap
from enrolment.rules.swapping import swap as swapped
from people.models import User
from programmes.rules import version_on

type Pair = tuple[Enrolment, Enrolment]


@transaction.atomic
def swap(
    pairs: Sequence[Pair],
    *,
    by: User | None,
    on: date,
    reason: str = "",
    key: UUID | None = None,
    seen: str = "",
) -> list[Outcome[Pair]]:
    """Exchange the order of two planned enrolments of one person, for each pair; both done or neither.

    The later one takes the earlier one's start with its own length, the earlier one follows right after. Both get the
    event ``redate``, which names the other, and a notice. ``seen`` is what one form showed of its one pair
    (`Swap.seen`): if the plans stand otherwise by now, nothing is exchanged. Refused: ``two_people``,
    ``move_not_allowed``, ``plans_changed``, and what the rule says of the days.
    """
    line = Line([plan for pair in pairs for plan in pair], by=by, on=on, reason=reason, key=key)
    repeated = EnrolmentEvent.objects.filter(request_key=key, move="redate").values_list("subject_id", flat=True)
    answered = set(repeated) if key else set()
    outcomes = []
    for asked in pairs:
        one, other = line.fresh[asked[0].pk], line.fresh[asked[1].pk]
        is_answered = {one.pk, other.pk} <= answered
        refusal = None if is_answered else _exchange(line, one, other, seen)
        outcomes.append(Outcome((one, other), refusal))
    line.write()
    return outcomes


def _exchange(line: Line, one: Enrolment, other: Enrolment, seen: str) -> Refusal | None:
    """Judge one pair among the person's records as they stand; put it on them, or say why not."""
    for plan in (one, other):
        refusal = own_refusal(line.people[plan.employee_id], line.by)
        if refusal := refusal or move_refusal(rules.MOVES, "redate", plan.status, line.by):
            return refusal
    others = [record for record in line.records[one.employee_id] if record.pk not in (one.pk, other.pk)]
    found = swapped(one, other, others, line.facts, on=line.on)
    if isinstance(found, Refusal):
        return found
    if found.refusal:
        return found.refusal
    if seen and found.seen != seen:
        return Refusal("plans_changed", "The two plans have other dates than when this was shown.")
    _record(line, found, {one.pk: one, other.pk: other})
    return None


def _record(line: Line, found: Swap, records: dict[int, Enrolment]) -> None:
    role = acting(line.by)
    for after, beside in ((found.ahead, found.behind), (found.behind, found.ahead)):
        record = records[after.pk]
        was = rules.held_on(record, line.on)
        for column in COLUMNS:
            setattr(record, column, getattr(after, column))
        if record.start_date:
            record.version = version_on(line.facts.versions[record.programme_id], record.start_date)
        why = f"Changed places with {beside.programme.name}. {line.reason}".strip()
        line.events.append(move(record, "redate", by=line.by, role=role, on=line.on, reason=why, key=line.key))
        line.facts.note(record, was=was, on=line.on)
    theirs = line.records[found.ahead.employee_id]
    line.shifts += apply_shifts(found.shifts, theirs, line.facts, by=line.by, role=role, on=line.on)
