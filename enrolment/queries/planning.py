"""The planner for many people at once: what each could begin when, and why not sooner. Reads only, locks nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import FETCH_PEERS, Q

from enrolment import rules
from enrolment.models import Enrolment
from enrolment.queries.facts import gathered
from people.models import Employee
from people.queries import rows_of
from programmes.models import Programme
from programmes.rules import usual_end


def plans_for(
    people: Sequence[Employee], programme: Programme, *, on: date, in_cohort: bool = False
) -> list[rules.Plan]:
    """A plan for each of these people, in their order: the earliest days of a programme, or the cohort that fits.

    Each is planned as if alone: nobody takes a day or a seat from the next. Who is on the programme already is planned
    after it. A handful of queries, however many people.
    """
    records: dict[int, list[Enrolment]] = defaultdict(list)
    can_hold = Q(status__in=Enrolment.LIVE) | Q(ended_on__gte=on)  # what ended before cannot be in the way
    rows = Enrolment.objects.filter(can_hold, employee_id__in=rows_of(person.pk for person in people))
    for row in rows.order_by().fetch_mode(FETCH_PEERS):
        records[row.employee_id].append(row)
    facts = gathered((), on=on, programmes=[programme.pk] if in_cohort else (), people=people)
    earliest = rules.notice(on, facts.policy.notice_days)
    versions, openings = facts.versions.get(programme.pk, ()), facts.openings.get(programme.pk, ())
    found = []
    for person in people:
        crowded = facts.crowded.get(person.manager_id or 0, ())
        case = rules.Case.of(person, programme, versions, records[person.pk], on=on, crowded=crowded)
        if in_cohort:
            found.append(rules.plan_cohort(case, openings, not_before=earliest))
        else:
            found.append(rules.plan_days(case, not_before=earliest, ends=lambda day: usual_end(programme, day)))
    return found
