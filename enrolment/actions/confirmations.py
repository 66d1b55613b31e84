"""HR confirms what no record of ours proves: yes or no, who and when, for one start. It is only ever added to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from enrolment import rules
from enrolment.actions.calendar import bring_to_day, records_of
from enrolment.actions.enrolments import own_refusal
from enrolment.actions.events import acting
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.models import Confirmation, Enrolment
from enrolment.queries.confirmations import latest_of
from enrolment.rules import Refusal
from people.models import User

S = Enrolment.Status


@transaction.atomic
def confirm_facts(
    enrolments: Sequence[Enrolment], *, answers: Mapping[Confirmation.Fact, bool], by: User, on: date
) -> list[Outcome[Enrolment]]:
    """Record what HR found out about each enrolment's present start; a start that moves asks again (domain.md §3).

    An answer that is the last one already is not written again, so a repeated submit has one effect. Refused:
    ``own_enrolment``, ``move_not_allowed`` (not HR), ``dates_missing``, ``not_live``, ``not_asked``.
    """
    people = {person.pk: person for person in lock_people(sorted({e.employee_id for e in enrolments}))}
    rows = list(records_of(list(people)))
    bring_to_day(rows, on=on)
    records: dict[int, list[Enrolment]] = defaultdict(list)
    for row in rows:
        records[row.employee_id].append(row)
    fresh = {row.pk: row for row in rows}
    subjects = [fresh[enrolment.pk] for enrolment in enrolments]
    latest = latest_of(subjects)
    outcomes, found = [], []
    for subject in subjects:
        others = [row for row in records[subject.employee_id] if row is not subject]
        refusal = own_refusal(people[subject.employee_id], by) or _refusal(subject, others, answers, by)
        outcomes.append(Outcome(subject, refusal))
        before = latest.setdefault(subject.pk, {})
        for fact, is_met in answers.items():
            if refusal or (fact in before and before[fact].is_met == is_met) or subject.start_date is None:
                continue
            said = Confirmation(
                enrolment=subject,
                fact=fact,
                is_met=is_met,
                for_start=subject.start_date,
                confirmed_by=by,
                confirmed_on=on,
            )
            before[fact] = said
            found.append(said)
    Confirmation.objects.bulk_create(found)
    return outcomes


def _refusal(
    subject: Enrolment, others: Sequence[Enrolment], answers: Mapping[Confirmation.Fact, bool], by: User
) -> Refusal | None:
    if acting(by) != rules.HR:
        return Refusal("move_not_allowed", "HR confirms facts, and nobody else.")
    if subject.status not in Enrolment.LIVE:
        return Refusal("not_live", f"This enrolment is {subject.get_status_display()}: nothing is to confirm any more.")
    if subject.start_date is None:
        return Refusal("dates_missing", "Facts are confirmed for a start: give it dates first.")
    asked = rules.facts_to_confirm(subject, others)
    for fact in answers:
        if fact not in asked:
            return Refusal("not_asked", f"“{Confirmation.Fact(fact).label}” is on record and not to confirm.")
    return None
