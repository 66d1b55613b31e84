"""A state machine of the whole life-cycle on a real database: whatever anybody does, the promise holds."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from enrolment import rules
from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.cohorts import promote
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.prove import Scope, findings
from people.models import Employee, Policy
from programmes.models import Cohort
from tests.conftest import Scale
from tests.factories import CohortFactory, EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
CODES = ("ai-leadership-literacy", "ai-governance", "ai-transformation", "ai-practitioner")
FIRST = date(2026, 6, 15)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
RARE = frozenset({"undo_withdrawal_on_break", "undo_cancelling_waiting"})  # which a run may not come to
away = st.integers(-40, 120)
lengths = st.integers(0, 60)
returns = st.one_of(st.none(), st.integers(1, 40), st.integers(-3, 60))  # days from today to the end of a break
rests = st.one_of(st.integers(300, 450), st.integers(0, 500))  # days on the programme after it
some = st.integers(0, 50)  # which of the records there are


class LifeCycle(RuleBasedStateMachine):
    """Three people, four programmes, three cohorts of one seat; days go by; every move is tried from everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.on = FIRST
        self.people: list[Employee] = []
        self.cohorts: list[Cohort] = []
        self.done = 0

    @initialize()
    def begin(self) -> None:
        """Strangers to every other run: nothing has to be cleaned up."""
        self.hr = UserFactory(is_hr=True)
        self.people = [EmployeeFactory(), EmployeeFactory(employed_until=date(2027, 3, 31)), EmployeeFactory()]
        self.programmes = [programme(code) for code in CODES]
        self.wish(0, 3, start_date=FIRST - timedelta(30), planned_end_date=FIRST + timedelta(300))
        self.wish(1, 1, start_date=FIRST - timedelta(10), planned_end_date=FIRST + timedelta(20))
        self.cohorts = [
            CohortFactory(
                programme=self.programmes[0],
                seats=1,
                start_date=FIRST + timedelta(days),
                planned_end_date=FIRST + timedelta(days + 27),
            )
            for days in (20, 50, 90)
        ]
        self.wish(0, 1, behind=Enrolment.objects.get(employee=self.people[0]))
        self.wish(2, 0, cohort=self.cohorts[1])
        self.wish(1, 0, cohort=self.cohorts[1], may_wait=True)

    def day(self, offset: int) -> date:
        """A day near today."""
        return self.on + timedelta(offset)

    def pick(self, number: int, move: str = "") -> list[Enrolment]:
        """One of the records there are, as a list, or none: mostly one whose status and programme allow the move."""
        records = list(Enrolment.objects.filter(employee__in=self.people).order_by("id"))
        if move and number % 6:
            records = [record for record in records if rules.MOVES.move(move, record.status)]
        if move == "begin_break" and number % 6:
            records = [record for record in records if record.programme == self.programmes[3]]
        return [records[number % len(records)]] if records else []

    def wish(self, person: int, code: int, **facts: Any) -> None:
        """Enrol as asked; a refusal is a fine answer."""
        wish = Wish(self.people[person], self.programmes[code], key=uuid4(), **facts)
        self.note(enrol([wish], by=self.hr, on=self.on))

    def note(self, outcomes: list[Outcome[Any]]) -> None:
        """Every answer is done, or a refusal with a code and a sentence."""
        for outcome in outcomes:
            self.done += outcome.is_done
            assert outcome.is_done or (outcome.refusal and outcome.refusal.code and outcome.refusal.message)

    def change(self, number: int, action: Callable[..., list[Outcome[Any]]], **how: Any) -> None:
        """Try a move on one record."""
        self.note(
            action(self.pick(number, action.__name__), by=self.hr, on=self.on, reason="As the machine wants.", **how)
        )

    @rule(days=st.integers(1, 45))
    def days_go_by(self, days: int) -> None:
        """The calendar, some days later: it may have been off for weeks."""
        self.on += timedelta(days)
        enforce([person.pk for person in self.people], on=self.on)

    @rule(days=st.integers(1, 20))
    def days_go_by_unnoticed(self, days: int) -> None:
        """Nobody enforced these days: the next action brings its people to the day itself."""
        self.on += timedelta(days)

    @rule(person=st.integers(0, 2), code=st.integers(0, 3), start=away, length=lengths)
    def enrol_on_dates(self, person: int, code: int, start: int, length: int) -> None:
        """On exactly these days."""
        length += 300 if code == 3 else 0
        self.wish(person, code, start_date=self.day(start), planned_end_date=self.day(start + length))

    @rule(person=st.integers(0, 2), code=st.integers(0, 3), in_cohort=st.booleans())
    def enrol_as_planned(self, person: int, code: int, *, in_cohort: bool) -> None:
        """On the planner's days."""
        self.wish(person, code, in_cohort=in_cohort and code == 0)

    @rule(person=st.integers(0, 2), cohort=st.integers(0, 2), may_wait=st.booleans())
    def enrol_in_a_cohort(self, person: int, cohort: int, *, may_wait: bool) -> None:
        """In a cohort of one seat, or on its waiting list."""
        self.wish(person, 0, cohort=self.cohorts[cohort], may_wait=may_wait)

    @rule(number=some, code=st.integers(0, 3))
    def enrol_behind(self, number: int, code: int) -> None:
        """Behind whatever there is."""
        for record in self.pick(number):
            self.wish(self.people.index(record.employee), code, behind=record)

    @rule(person=st.integers(0, 2))
    def enrol_on_a_path(self, person: int) -> None:
        """The three units and the apprenticeship, one after the other."""
        wishes: list[Wish] = []
        for each in self.programmes:
            wishes.append(Wish(self.people[person], each, behind=wishes[-1] if wishes else None))
        self.note(enrol(wishes, by=self.hr, on=self.on))

    @rule(number=some, start=st.one_of(st.none(), away), length=lengths)
    def give_dates(self, number: int, start: int | None, length: int) -> None:
        """To what is queued or waits: these, or those proposed."""
        for record in self.pick(number, "plan"):
            dates: dict[str, Any] = {}
            if start is not None:
                dates = {"start_date": self.day(start), "planned_end_date": self.day(start + length)}
            wish = Wish(record.employee, record.programme, enrolment=record, **dates)
            self.note(plan([wish], by=self.hr, on=self.on))

    @rule(number=some, start=away, length=lengths, push=st.booleans())
    def redate(self, number: int, start: int, length: int, *, push: bool) -> None:
        """Other days."""
        days = {"start_date": self.day(start), "planned_end_date": self.day(start + length)}
        self.change(number, changes.redate, push=push, **days)

    @rule(number=some, cohort=st.integers(0, 2), push=st.booleans())
    def change_cohort(self, number: int, cohort: int, *, push: bool) -> None:
        """Another cohort."""
        self.change(number, changes.change_cohort, cohort=self.cohorts[cohort], push=push)

    @rule(number=some, end=away, push=st.booleans())
    def extend(self, number: int, end: int, *, push: bool) -> None:
        """Longer."""
        self.change(number, changes.extend, planned_end_date=self.day(end), push=push)

    @rule(number=some, end=away, push=st.booleans())
    def shorten(self, number: int, end: int, *, push: bool) -> None:
        """Shorter."""
        self.change(number, changes.shorten, planned_end_date=self.day(end), push=push)

    @rule(number=some, back=returns, more=rests, push=st.booleans())
    def begin_break(self, number: int, back: int | None, more: int, *, push: bool) -> None:
        """A break, with a return or without."""
        days: dict[str, Any] = {"return_on": None, "planned_end_date": None}
        if back is not None:
            days = {"return_on": self.day(back), "planned_end_date": self.day(back + more)}
        self.change(number, changes.begin_break, push=push, **days)

    @rule(number=some, back=returns, more=rests, push=st.booleans())
    def state_return(self, number: int, back: int | None, more: int, *, push: bool) -> None:
        """When they come back."""
        days: dict[str, Any] = {"return_on": None, "planned_end_date": None}
        if back is not None:
            days = {"return_on": self.day(back), "planned_end_date": self.day(back + more)}
        self.change(number, changes.state_return, push=push, **days)

    @rule(number=some, end=st.integers(-40, 600), push=st.booleans())
    def end_break(self, number: int, end: int, *, push: bool) -> None:
        """They are back."""
        self.change(number, changes.end_break, planned_end_date=self.day(end), push=push)

    @rule(number=some, back=st.integers(-60, 3), push=st.booleans())
    def complete(self, number: int, back: int, *, push: bool) -> None:
        """Finished."""
        self.change(number, changes.complete, ended_on=self.day(back), push=push)

    @rule(number=some, back=st.integers(-60, 3), push=st.booleans())
    def withdraw(self, number: int, back: int, *, push: bool) -> None:
        """Withdrawn, or never attended."""
        self.change(number, changes.withdraw, ended_on=self.day(back), push=push)

    @rule(number=some, back=st.integers(-60, 3), push=st.booleans())
    def correct(self, number: int, back: int, *, push: bool) -> None:
        """Another last day."""
        self.change(number, changes.correct, ended_on=self.day(back), push=push)

    @rule(number=some, end=st.one_of(st.none(), away), push=st.booleans())
    def reopen(self, number: int, end: int | None, *, push: bool) -> None:
        """Completed too soon."""
        self.change(number, changes.reopen, planned_end_date=None if end is None else self.day(end), push=push)

    @rule(number=some, end=st.one_of(st.none(), away), push=st.booleans())
    def reinstate(self, number: int, end: int | None, *, push: bool) -> None:
        """Back after a withdrawal."""
        self.change(number, changes.reinstate, planned_end_date=None if end is None else self.day(end), push=push)

    @rule(number=some)
    def cancel(self, number: int) -> None:
        """Called off."""
        self.change(number, changes.cancel)

    @rule(number=some, behind=st.one_of(st.none(), some))
    def queue(self, number: int, behind: int | None) -> None:
        """Without dates for now."""
        ahead = self.pick(behind) if behind is not None else []
        self.change(number, changes.queue, behind=ahead[0] if ahead else None)

    @rule(number=some, cohort=st.integers(0, 2))
    def wait(self, number: int, cohort: int) -> None:
        """On a waiting list."""
        self.change(number, changes.wait, cohort=self.cohorts[cohort], at=_moment())

    @rule(number=some)
    def undo(self, number: int) -> None:
        """The last closing was a mistake."""
        self.note(
            changes.undo(
                self.pick(number, number % 2 * "undo_withdrawal" or "undo_cancelling"),
                by=self.hr,
                on=self.on,
                at=_moment(),
            )
        )

    @rule(number=some)
    def give_up_a_seat(self, number: int) -> None:
        """Whoever has a seat where somebody waits gives it up, and it goes on: what chance alone hardly comes to."""
        seated = Enrolment.objects.filter(status="planned", cohort__enrolments__status="waiting").distinct()
        if records := list(seated.order_by("id")):
            record = records[number % len(records)]
            self.note(changes.cancel([record], by=self.hr, on=self.on, reason="As the machine wants."))
            self.note(promote(self.cohorts, by=None, on=self.on))

    @rule()
    def promote(self) -> None:
        """Free seats go to who waits."""
        self.note(promote(self.cohorts, by=None, on=self.on))

    @invariant()
    def nobody_is_on_two_programmes_on_a_day(self) -> None:
        """Counted in Python from what each record holds, without the constraint."""
        for person in self.people:
            holds = [(days, e) for e in Enrolment.objects.filter(employee=person) if (days := rules.held(e))]
            for at, (days, _) in enumerate(holds):
                assert not any(days.shared(other) for other, _ in holds[at + 1 :]), holds

    @invariant()
    def the_last_event_says_how_it_stands(self) -> None:
        """The hold of every record follows from its history alone, and the history follows the table of moves."""
        for record in Enrolment.objects.filter(employee__in=self.people):
            status = ""
            for event in EnrolmentEvent.objects.filter(subject=record).order_by("at", "id"):
                assert event.from_status == status
                found = rules.MOVES.move(event.move, event.from_status)
                assert found is not None
                assert found.target == event.to_status
                status = event.to_status
                last = event
            facts = ("start_date", "planned_end_date", "ended_on", "return_on", "cohort_id")
            assert status == record.status
            assert [getattr(last, name) for name in facts] == [getattr(record, name) for name in facts]
            theirs, ours = record.held, rules.held(record)
            assert (theirs is None) == (ours is None)

    @invariant()
    def what_lost_its_own_days_gets_them_back_or_later_ones(self) -> None:
        """Said of a plan in its history: the same days, or later ones, and then it follows nothing."""
        for record in Enrolment.objects.filter(employee__in=self.people):
            had: tuple[date | None, date | None] = None, None
            for event in EnrolmentEvent.objects.filter(subject=record).order_by("at", "id"):
                if event.start_date is None:
                    continue
                if event.reason == "Its own days are free again.":
                    assert (event.start_date, event.planned_end_date) == had
                if event.reason.startswith("Its own days are not free"):
                    assert had[0] is None or event.start_date >= had[0]
                had = event.start_date, event.planned_end_date

    @invariant()
    def a_seat_is_one_persons(self) -> None:
        """Never more people than seats."""
        for cohort in self.cohorts:
            assert cohort.enrolments.filter(status__in=Enrolment.SEATED).count() <= cohort.seats

    @invariant()
    def the_proof_finds_nothing(self) -> None:
        """Holds, histories, seats, followers and days, as `prove` derives them; notices are the mail's to send."""
        scope = Scope([person.pk for person in self.people], [cohort.pk for cohort in self.cohorts])
        assert not list(findings(scope, on=self.on, now=LONG_AGO, reached=None))


def _moment() -> datetime:
    return timezone.now()  # noqa: TID251  the events of this run were written now


def test_whatever_happens_the_promise_holds(scale: Scale) -> None:
    """Every move, in every order that the machine finds."""
    Policy.objects.update_or_create(pk=1, defaults={"follower_days": 14})
    run_state_machine_as_test(
        LifeCycle,
        settings=settings(
            max_examples=scale.pick(20, 400),
            stateful_step_count=scale.pick(30, 50),
            derandomize=not scale.is_full,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    made = set(EnrolmentEvent.objects.values_list("move", flat=True))
    missed = {move.name for move in rules.MOVES.moves} - made
    assert missed <= RARE if scale.is_full else len(missed) < len(made), missed
