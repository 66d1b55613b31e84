"""What time does to one person's records, and what a change of dates does to the plans that come later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from enrolment.models import Enrolment
from enrolment.rules.holds import Days, clashes, has_no_end_yet, held_on, is_open_ended
from enrolment.rules.planner import (
    Away,
    Case,
    Opening,
    Plan,
    crowded,
    full_team,
    notice,
    obstacle,
    plan_cohort,
    plan_days,
)
from people.models import Employee, Policy
from programmes.models import Cohort, ProgrammeVersion
from programmes.rules import DAY, usual_end

S = Enrolment.Status
TIME_TO_ANSWER = timedelta(days=7)  # proposed dates lie at least so far ahead: somebody has to say yes to them


@dataclass
class Day:
    """What one day does to one person's records: returns that passed, overruns, plans in their way, starts."""

    forgotten: list[Enrolment] = field(default_factory=list)
    overdue: list[Enrolment] = field(default_factory=list)
    queued: list[tuple[Enrolment, Enrolment]] = field(default_factory=list)
    started: list[Enrolment] = field(default_factory=list)


def day_for(enrolments: Sequence[Enrolment], on: date) -> Day:
    """What the calendar does to one person on a day: mark what overran, push what then clashes, start what is due.

    A stated return that passed unconfirmed becomes unknown. Nothing that has begun is ever stopped; a plan in the way
    of an open-ended hold loses its dates and waits (domain.md §2).
    """
    day = Day()
    for enrolment in enrolments:
        if enrolment.status == S.ACTIVE and enrolment.planned_end_date and enrolment.planned_end_date < on:
            day.overdue.append(enrolment)
        elif enrolment.status == S.PAUSED and enrolment.return_on and enrolment.return_on < on:
            day.forgotten.append(enrolment)
    open_holds = [e for e in enrolments if e.status == S.OVERDUE or (e.status == S.PAUSED and e.return_on is None)]
    blocking = [*open_holds, *day.overdue, *day.forgotten]
    for enrolment in sorted((e for e in enrolments if e.status == S.PLANNED), key=_start):
        if blocking:
            day.queued.append((enrolment, blocking[0]))
        elif enrolment.start_date and enrolment.start_date <= on:
            day.started.append(enrolment)
            if enrolment.planned_end_date and enrolment.planned_end_date < on:
                day.overdue.append(enrolment)
                blocking.append(enrolment)
    return day


@dataclass(frozen=True)
class Was:
    """The dates a plan had before it was queued, and its cohort (row id): what a new proposal is compared with."""

    start: date
    end: date
    cohort: int | None


@dataclass
class Facts:
    """What judging and planning need besides one person's records: the policy, versions, open cohorts, old dates.

    ``openings`` are a programme's (row id) cohorts with the seats still free; taking one takes it for everybody who is
    judged after. ``away`` is, by manager's row id, who of the team is on a programme and when; asked for only where the
    policy limits how many may be.
    """

    policy: Policy
    versions: Mapping[int, Sequence[ProgrammeVersion]]
    openings: Mapping[int, Sequence[Opening]] = field(default_factory=dict)
    was: Mapping[int, Was] = field(default_factory=dict)
    away: dict[int, list[Away]] = field(default_factory=dict)

    def cohort(self, pk: int) -> Cohort | None:
        """A cohort (row id) as it was gathered, or None."""
        return next((o.cohort for each in self.openings.values() for o in each if o.cohort.pk == pk), None)

    def free_seat(self, cohort: Cohort) -> int | None:
        """A free seat (row id) of a cohort; it stays free until it is taken."""
        openings = self.openings.get(cohort.programme_id, ())
        return next((o.seats[0] for o in openings if o.cohort.pk == cohort.pk and o.seats), None)

    def case(self, enrolment: Enrolment, others: Iterable[Enrolment], *, on: date) -> Case:
        """The planner's case for a record among the person's others."""
        person, programme = enrolment.employee, enrolment.programme
        full, away = self.team(person)
        versions = self.versions.get(programme.pk, ())
        return Case.of(person, programme, versions, others, on=on, crowded=full, away=away)

    def team(self, person: Employee) -> tuple[Sequence[Days], Sequence[Away]]:
        """The days on which a person's team can spare nobody more, and who else of it is away when."""
        away = [each for each in self.away.get(person.manager_id or 0, ()) if each.person != person.pk]
        return crowded((each.days for each in away), self.policy.team_load_limit) if away else (), away

    def note(self, record: Enrolment, *, was: Days | None = None, on: date) -> None:
        """Count a record that was just accepted, for whoever of the team is judged after it.

        ``was`` are the days that it held before, which it gives up. What is closed keeps nobody from work any more.
        """
        person = record.employee
        if not (self.policy.team_load_limit and person.manager_id):
            return
        team = self.away.setdefault(person.manager_id, [])
        if was and (before := Away(person.pk, person.name, was)) in team:
            team.remove(before)
        if record.status in Enrolment.LIVE and (days := held_on(record, on)):
            team.append(Away(person.pk, person.name, days))

    def load_warnings(self, record: Enrolment, *, on: date) -> tuple[str, ...]:
        """What to say of dates that somebody gave and the planner would have avoided: the team is full on some days.

        The limit binds what the planner proposes; given dates are only warned of (domain.md §3, the notice likewise).
        """
        days = held_on(record, on)
        full, away = self.team(record.employee) if days and self.away else ((), ())
        met = (run.shared(days) for run in full if days)
        return tuple(full_team(both, away) for both in met if both)


MOVED, PROPOSED, QUEUED, UNPROPOSED = "moved", "proposed", "queued", "unproposed"


@dataclass(frozen=True)
class Shift:
    """What happens to a later plan: ``moved`` to new dates, ``proposed`` to HR, ``queued`` without any, or
    ``unproposed``: it was queued, and what HR was asked to say yes to cannot be had any more.

    ``behind`` is what it makes way for or follows; ``is_clash`` tells that it had to move, not only could; ``why`` says
    it, in the same words before and after.
    """

    enrolment: Enrolment
    how: str
    plan: Plan
    behind: Enrolment | None
    is_clash: bool
    why: str


def knock_on(records: Sequence[Enrolment], facts: Facts, *, on: date, pinned: Enrolment | None = None) -> list[Shift]:
    """What one person's later plans do once their records stand as given (design.md, the planner).

    A follower moves both ways with its predecessor; any other plan moves only when it would clash, and only later, and
    where something took its days it gets them back once they are free. A move of up to ``follower_days`` is applied; a
    longer one is proposed and gives its days and seat up until HR says yes. What has begun never moves, nor does the
    record that somebody is giving dates to (``pinned``). The records are not changed.
    """
    settled = [record for record in records if record is pinned or not is_movable(record)]
    shifts: list[Shift] = []
    moved = {pinned.pk} if pinned else set[int]()
    for plan in _in_order([record for record in records if record is not pinned and is_movable(record)], facts):
        predecessor = next((e for e in settled if e.pk == plan.follows_id and plan.follows_id), None)
        has_moved = predecessor is not None and predecessor.pk in moved
        if plan.is_displaced:
            shift = _back(plan, predecessor, settled, facts, on=on)
        else:
            shift = _shift(plan, predecessor, settled, facts, on=on, has_moved=has_moved)
        if shift is None:
            settled.append(plan)
        else:
            shifts.append(shift)
            moved.add(plan.pk)
            settled.append(as_shifted(shift))
    return shifts


def as_shifted(shift: Shift) -> Enrolment:
    """A copy of a plan with the dates that a shift gives it, for judging what comes after it."""
    before, plan = shift.enrolment, shift.plan
    status = S.PLANNED if shift.how == MOVED else S.QUEUED
    is_moved = shift.how == MOVED
    return Enrolment(
        pk=before.pk,
        employee=before.employee,
        programme=before.programme,
        status=status,
        start_date=plan.start if is_moved else None,
        planned_end_date=plan.end if is_moved else None,
        follows_id=before.follows_id,
    )


def lose_days(plan: Enrolment, behind: Enrolment | None, records: Iterable[Enrolment]) -> str:
    """Take a plan's dates, cohort and seat, for what has its days or has no end yet (``behind``); returns why.

    ``records`` are the person's, as far as they are live.
    """
    plan.start_date = plan.planned_end_date = None
    plan.cohort = plan.version = plan.seat = None
    if behind is not None:
        stand_behind(plan, behind, records)
    return lost_because(plan, behind) if behind else ""


def stand_behind(plan: Enrolment, behind: Enrolment, records: Iterable[Enrolment]) -> None:
    """Name what a queued plan waits for. What follows something live goes on following it; what follows nothing still
    follows nothing: it is displaced, and its own days come back. Nothing ever stands behind what stands behind it.
    """
    known = {record.pk: record for record in records}
    if plan.follows_id is None:
        plan.is_displaced = True
    elif not plan.is_displaced and (ahead := known.get(plan.follows_id)) and ahead.status in Enrolment.LIVE:
        return
    if plan.pk in {behind.pk, *chain_ahead(behind, known.values())}:
        plan.follows, plan.is_displaced = None, True
    else:
        plan.follows = behind


def chain_ahead(record: Enrolment, records: Iterable[Enrolment]) -> set[int]:
    """The row ids of what a record follows, and of what those follow, as far as these ``records`` of the person go."""
    known = {other.pk: other.follows_id for other in records}
    found: set[int] = set()
    ahead = record.follows_id
    while ahead and ahead not in found:
        found.add(ahead)
        ahead = known.get(ahead)
    return found


def lost_because(plan: Enrolment, behind: Enrolment) -> str:
    """Why a plan has no days behind something, and that it gets them back where they are its own."""
    name = behind.programme.name
    is_over = behind.status == S.OVERDUE
    why = f"{name} ran past its planned end and is not closed." if is_over else f"{name} has no end yet."
    is_own = plan.is_displaced or plan.follows_id is None
    return f"{why} It gets its days back if they are free by then." if is_own else why


def _shift(
    plan: Enrolment,
    predecessor: Enrolment | None,
    settled: Sequence[Enrolment],
    facts: Facts,
    *,
    on: date,
    has_moved: bool,
) -> Shift | None:
    """Where one plan goes among records that stand, or None when it stays as it is.

    ``has_moved``: what it follows moves by this change, so it may move earlier as well.
    """
    start, end = plan.start_date, plan.planned_end_date
    now = Days(start, end) if start and end and plan.status == S.PLANNED else None
    found = clashes(now, settled, on=on)
    ahead = held_on(predecessor, on) if predecessor else None
    blocker = next((clash.other for clash in found if is_open_ended(clash.other, on)), None)
    if predecessor and has_no_end_yet(predecessor, on):
        blocker = predecessor  # nobody overtakes what they follow
    if blocker is not None:
        return _without_dates(plan, Plan(None, None, to_close=blocker), blocker, is_clash=bool(found))
    if now is None and not plan.follows_id:
        return None  # queued behind nothing: dates are HR's to give
    if now and not found and (not has_moved or ahead is None or ahead.last is None):
        return None
    earliest = max(notice(on, facts.policy.notice_days), on + DAY)  # nobody starts on the day they hear of it
    if predecessor is not None and ahead and ahead.last:
        earliest = max(earliest, ahead.last + DAY)
    elif now:
        earliest = max(earliest, now.first)  # whoever follows nobody only ever moves later
    new = _planned(plan, settled, facts, not_before=earliest, on=on)
    if now and not found and (new.start is None or new.start >= now.first):
        return None
    behind = found[0].other if found else predecessor
    why = ""
    if behind is not None:
        name = behind.programme.name
        why = f"It follows {name}." if behind.pk == plan.follows_id else f"{name} needs its days."
    basis = now.first if now else (facts.was[plan.pk].start if plan.pk in facts.was else None)
    gone = Shift(plan, MOVED, new, behind, bool(found), why)
    return _near_or_proposed(gone, basis, settled, facts, earliest=earliest, on=on)


def _back(
    plan: Enrolment, behind: Enrolment | None, settled: Sequence[Enrolment], facts: Facts, *, on: date
) -> Shift | None:
    """Where a plan goes whose own days something took: back to them, else to the first free ones after their start."""
    was = facts.was.get(plan.pk)
    earliest = max(notice(on, facts.policy.notice_days), on + DAY, was.start if was else on)
    own = _own_days(plan, was, settled, facts, on=on) if was else None
    new = own or _planned(plan, settled, facts, not_before=earliest, on=on)
    why = "Its own days are not free: these are the first after them."
    if own:
        is_same = was is not None and own.start == was.start
        why = "Its own days are free again." if is_same else "Its own cohort has other days by now."
    gone = Shift(plan, MOVED, new, behind, False, why)
    return _near_or_proposed(gone, was.start if was else None, settled, facts, earliest=earliest, on=on)


def _own_days(plan: Enrolment, was: Was, settled: Sequence[Enrolment], facts: Facts, *, on: date) -> Plan | None:
    """The days, or the cohort, that a plan had, where it can have them again. They were given: no notice, no load."""
    case = replace(facts.case(plan, settled, on=on), crowded=())
    if was.cohort is None:
        is_free = was.start > on and obstacle(case, was.start, was.end) is None
        return Plan(was.start, was.end) if is_free else None
    openings = facts.openings.get(plan.programme_id, ())
    own = [each for each in openings if each.cohort.pk == was.cohort and each.cohort.closed_on is None]
    found = plan_cohort(case, own, not_before=max(was.start, on + DAY))
    return found if found.start else None


def _near_or_proposed(
    gone: Shift, basis: date | None, settled: Sequence[Enrolment], facts: Facts, *, earliest: date, on: date
) -> Shift | None:
    """A shift as it is where it is near (``basis``: the start to measure from), else proposed; None where HR has been
    asked already and there is time left to say yes.
    """
    plan, new = gone.enrolment, gone.plan
    if new.start is None:
        return _without_dates(plan, new, new.to_close or gone.behind, is_clash=gone.is_clash, why=gone.why)
    if basis is None or abs(new.start - basis) <= timedelta(days=facts.policy.follower_days):
        return gone
    if plan.proposed_start_date and plan.proposed_start_date > on:
        still = max(earliest, min(plan.proposed_start_date, on + TIME_TO_ANSWER))
        asked = _planned(plan, settled, facts, not_before=still, on=on)
        proposed = plan.proposed_start_date, plan.proposed_end_date, plan.cohort_id
        if (asked.start, asked.end, asked.cohort and asked.cohort.pk) == proposed:
            return None
    new = _planned(plan, settled, facts, not_before=max(earliest, on + TIME_TO_ANSWER), on=on)
    if new.start is None:
        return _without_dates(plan, new, gone.behind, is_clash=gone.is_clash, why=gone.why)
    return replace(gone, how=PROPOSED, plan=new)


def _without_dates(
    plan: Enrolment, found: Plan, behind: Enrolment | None, *, is_clash: bool, why: str = ""
) -> Shift | None:
    """No dates can be given: a plan loses what it has, a proposal is withdrawn, who has neither goes on waiting."""
    if plan.status == S.PLANNED and plan.start_date:
        if found.to_close:
            why = lost_because(plan, found.to_close)
        else:
            none = found.tried[-1].sentence if found.tried else "There is no cohort to join."
            why = f"{why} {none}".strip()
        return Shift(plan, QUEUED, found, behind, is_clash, why)
    after = f", after {behind.programme.name}" if behind else ""
    why = f"The proposed dates cannot be had any more{after}."
    return Shift(plan, UNPROPOSED, found, behind, is_clash, why) if plan.proposed_start_date else None


def _planned(plan: Enrolment, settled: Sequence[Enrolment], facts: Facts, *, not_before: date, on: date) -> Plan:
    """New dates for a plan: in a cohort if it was in one, else for as many days as before."""
    case = facts.case(plan, settled, on=on)
    was = facts.was.get(plan.pk)
    if plan.cohort_id if plan.status == S.PLANNED else (was is not None and was.cohort):
        return plan_cohort(case, facts.openings.get(plan.programme_id, ()), not_before=not_before)
    if plan.start_date and plan.planned_end_date:
        length = plan.planned_end_date - plan.start_date
    elif was:
        length = was.end - was.start
    else:
        return plan_days(case, not_before=not_before, ends=lambda day: usual_end(plan.programme, day))
    return plan_days(case, not_before=not_before, ends=lambda day: day + length)


def is_movable(record: Enrolment) -> bool:
    """Whether a record is a plan that can still go elsewhere: nothing of it has begun."""
    return record.status in (S.PLANNED, S.QUEUED)


def _in_order(plans: Sequence[Enrolment], facts: Facts) -> list[Enrolment]:
    """By start, the queued last by the start they had, and nobody before the one they follow."""

    def place(plan: Enrolment) -> tuple[bool, date]:
        was = facts.was.get(plan.pk) if plan.start_date is None else None
        return plan.start_date is None, was.start if was else _start(plan)

    waiting = sorted(plans, key=place)
    ordered: list[Enrolment] = []
    while waiting:
        left = {plan.pk for plan in waiting}
        ready = next(
            (plan for plan in waiting if plan.follows_id not in left or plan.follows_id == plan.pk), waiting[0]
        )
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


def _start(enrolment: Enrolment) -> date:
    return enrolment.start_date or date.max
