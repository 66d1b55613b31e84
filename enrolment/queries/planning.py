"""What the planner would give: one programme to many, or to one person a whole path, each after the one before it.

The same pure functions as enrolling, without a lock and without writing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import FETCH_PEERS

from enrolment import rules
from enrolment.models import Enrolment
from enrolment.queries.facts import gathered, named_for
from enrolment.rules import Refusal
from people.models import Employee, User
from people.queries import rows_of
from programmes.models import Programme
from programmes.rules import usual_end

S = Enrolment.Status
RUNNING = (S.ACTIVE, S.OVERDUE, S.PAUSED)


@dataclass(frozen=True)
class Step:
    """One programme as the planner would have it: ``trial`` with its days or queued, or why not.

    ``standing`` is what the person has of this programme already: it stays, and what comes next follows it. ``plan``
    tells which earlier candidates failed.
    """

    programme: Programme
    trial: Enrolment
    plan: rules.Plan
    refusal: Refusal | None = None
    standing: Enrolment | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether somebody would be enrolled."""
        return self.refusal is None and self.standing is None


def planned(
    employee: Employee,
    programmes: Sequence[Programme],
    *,
    history: Sequence[Enrolment],
    on: date,
    behind: Enrolment | None = None,
    in_cohort: bool = False,
    not_before: date | None = None,
) -> list[Step]:
    """Each programme in the order given, the first after ``behind``, each other one after the last that was accepted.

    ``history`` are the person's records as they stand on the day; ``not_before`` binds the first that is new.
    """
    sought = [programme.pk for programme in programmes] if in_cohort else []
    facts = gathered(history, on=on, programmes=sought, people=[employee])
    others, ahead = list(history), behind
    steps: list[Step] = []
    for programme in programmes:
        standing = next((e for e in others if e.programme_id == programme.pk and e.status in Enrolment.LIVE), None)
        trial = Enrolment(employee=employee, programme=programme, status=S.PLANNED)
        if standing is not None:
            warnings = _out_of_order(standing, ahead if steps else None)
            steps.append(Step(programme, trial, rules.Plan(None, None), standing=standing, warnings=warnings))
            ahead = standing
            continue
        refusal, plan = rules.place(
            trial, others, facts, on=on, ahead=ahead, in_cohort=in_cohort, not_before=not_before
        )
        warnings = () if refusal else rules.warnings(trial, others)
        steps.append(Step(programme, trial, plan, refusal, warnings=warnings))
        if refusal is None:
            others.append(trial)
            ahead, not_before = trial, None
    return steps


def _out_of_order(standing: Enrolment, ahead: Enrolment | None) -> tuple[str, ...]:
    """Said of what stands already where it begins before what the path puts ahead of it; it is not moved."""
    if not ahead or not ahead.start_date or not standing.start_date or standing.start_date >= ahead.start_date:
        return ()
    return (f"It begins before {ahead.programme.name}, which is ahead of it on this path. Its dates stay as they are.",)


def plans_for(
    people: Sequence[Employee],
    programme: Programme,
    *,
    on: date,
    in_cohort: bool = False,
    reader: User | None = None,
    records: Mapping[int, Sequence[Enrolment]] | None = None,
) -> list[rules.Plan]:
    """A plan for each of these people, in their order: the earliest days of a programme, or the cohort that fits.

    Each is planned as if alone: nobody takes a day or a seat from the next. Who is on the programme already is planned
    after it. A handful of queries, however many people. A ``reader`` reads no name of whom they may not see.
    ``records``: what is in the way of each (by row id), where that is known.
    """
    if records is None:
        rows = Enrolment.objects.all().in_the_way(on).filter(employee_id__in=rows_of(person.pk for person in people))
        records = by_person(rows.order_by().fetch_mode(FETCH_PEERS))
    facts = gathered((), on=on, programmes=[programme.pk] if in_cohort else (), people=people)
    if reader and facts.away:
        facts = replace(facts, away=named_for(reader, facts.away))
    earliest = rules.notice(on, facts.policy.notice_days)
    versions, openings = facts.versions.get(programme.pk, ()), facts.openings.get(programme.pk, ())
    found = []
    for person in people:
        full, away = facts.team(person)
        case = rules.Case.of(person, programme, versions, records.get(person.pk, ()), on=on, crowded=full, away=away)
        if in_cohort:
            found.append(rules.plan_cohort(case, openings, not_before=earliest))
        else:
            found.append(rules.plan_days(case, not_before=earliest, ends=lambda day: usual_end(programme, day)))
    return found


def by_person(rows: Iterable[Enrolment]) -> dict[int, list[Enrolment]]:
    """Enrolments by the row id of their person."""
    found: dict[int, list[Enrolment]] = defaultdict(list)
    for row in rows:
        found[row.employee_id].append(row)
    return found


def fingerprint(steps: Iterable[Step]) -> str:
    """What was shown of these steps: who confirms has seen exactly this."""
    trials = [step.trial for step in steps if step.is_new]
    lines = [f"{t.programme.code} {t.status} {t.start_date} {t.planned_end_date}" for t in trials]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def running(history: Iterable[Enrolment]) -> Enrolment | None:
    """What a person is on now, which a path begins after."""
    return next((record for record in history if record.status in RUNNING), None)
