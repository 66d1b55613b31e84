"""The planner: its date is legal and no earlier allowed one is; each candidate that failed has its reason."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrolment import rules
from enrolment.models import Enrolment
from enrolment.queries.planning import plans_for
from enrolment.rules import Days
from people.models import Employee
from programmes.models import Cohort, Programme, ProgrammeVersion
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, programme

S = Enrolment.Status
ON = date(2026, 6, 15)
UNIT = Programme(pk=2, code="unit", name="The unit", kind="unit", usual_days=28, maximum_days=112, minimum_age=19)
OTHER = Programme(pk=3, code="other", name="The other", kind="unit", usual_days=28, maximum_days=112, minimum_age=19)
VERSIONS = [
    ProgrammeVersion(version="1", first_start=date(2026, 4, 28), last_start=date(2026, 7, 20)),
    ProgrammeVersion(version="2", first_start=date(2026, 8, 3)),
]
DAY = timedelta(1)


def a_day(offset: int) -> date:
    """So many days from the day of asking."""
    return ON + timedelta(offset)


@st.composite
def holds(draw: st.DrawFn) -> list[Enrolment]:
    """Up to four records of one person that do not meet, the last perhaps open-ended."""
    records, first = [], draw(st.integers(-60, 10))
    for number in range(draw(st.integers(0, 4))):
        last = first + draw(st.integers(0, 40))
        status = S.OVERDUE if draw(st.integers(0, 9)) == 0 else S.PLANNED if first > 0 else S.COMPLETED
        records.append(
            Enrolment(
                pk=number + 1,
                employee=Employee(pk=1, given_names="Ada", family_name="Lovelace"),
                programme=OTHER,
                status=status,
                start_date=a_day(first),
                planned_end_date=a_day(last),
                ended_on=a_day(last) if status == S.COMPLETED else None,
            )
        )
        if status == S.OVERDUE:
            break
        first = last + draw(st.integers(1, 30))
    return records


@st.composite
def cases(draw: st.DrawFn) -> tuple[rules.Case, date, int]:
    """A person, what holds them, when they were born, joined and leave; a first day and a length."""
    known = draw(st.booleans())
    person = Employee(
        pk=1,
        given_names="Ada",
        family_name="Lovelace",
        date_of_birth=date(2007, 1, 1) + timedelta(draw(st.integers(0, 400))) if known else None,
        employed_from=draw(st.none() | st.integers(-20, 60).map(a_day)),
        employed_until=draw(st.none() | st.integers(61, 300).map(a_day)),
    )
    crowded = rules.crowded(
        [
            Days(a_day(first), a_day(first + n))
            for first, n in draw(st.lists(st.tuples(st.integers(-9, 90), st.integers(0, 20)), max_size=6))
        ],
        2,
    )
    case = rules.Case.of(person, UNIT, VERSIONS, draw(holds()), on=ON, crowded=crowded)
    return case, a_day(draw(st.integers(0, 60))), draw(st.integers(0, 60))


@settings(max_examples=400)
@given(cases())
def test_its_date_is_legal_and_no_earlier_one_is(given_case: tuple[rules.Case, date, int]) -> None:
    """Against trying every single day for two years."""
    case, not_before, length = given_case
    plan = rules.plan_days(case, not_before=not_before, ends=lambda day: day + timedelta(length))
    legal = (
        day
        for day in (not_before + timedelta(n) for n in range(730))
        if rules.obstacle(case, day, day + timedelta(length)) is None
    )
    assert plan.start == next(legal, None)
    if plan.start:
        assert plan.end == plan.start + timedelta(length)
    for tried in plan.tried:
        assert tried.start >= not_before
        assert tried.sentence
        assert plan.start is None or tried.start < plan.start


@settings(max_examples=200)
@given(cases(), st.integers(-400, 400))
def test_the_verdict_moves_with_the_days(given_case: tuple[rules.Case, date, int], by: int) -> None:
    """Clashes are unchanged when all records and the wish move by the same days."""
    case, first, length = given_case
    days = Days(first, first + timedelta(length))
    found = rules.clashes(days, [record for _, record in case.holds], on=ON)
    moved = [_moved(record, by) for _, record in case.holds]
    again = rules.clashes(
        Days(days.first + timedelta(by), days.first + timedelta(length + by)), moved, on=ON + timedelta(by)
    )
    assert [clash.shared.count() for clash in found] == [clash.shared.count() for clash in again]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(0, 40), st.sampled_from(S)), min_size=2, max_size=2))
def test_the_verdict_is_the_same_from_both_sides(spans: list[tuple[int, int, S]]) -> None:
    """What one record says of the other, the other says of it."""
    one, two = (
        Enrolment(
            pk=number,
            programme=OTHER,
            status=status,
            start_date=a_day(first),
            planned_end_date=a_day(first + length),
            ended_on=a_day(first + length),
        )
        for number, (first, length, status) in enumerate(spans, 1)
    )
    shared = [
        [clash.shared for clash in rules.clashes(rules.held_on(a, ON), [b], on=ON)] for a, b in ((one, two), (two, one))
    ]
    assert shared[0] == shared[1]


def _moved(record: Enrolment, by: int) -> Enrolment:
    facts: dict[str, Any] = {
        name: value and value + timedelta(by)
        for name in ("start_date", "planned_end_date", "ended_on")
        for value in [getattr(record, name)]
    }
    return Enrolment(pk=record.pk, programme=record.programme, status=record.status, **facts)


def test_each_candidate_that_failed_has_its_reason() -> None:
    """Too young, then on another programme, then between two versions: earliest first, each from its day on."""
    person = Employee(pk=1, given_names="Ada", family_name="Lovelace", date_of_birth=date(2007, 7, 1))
    running = Enrolment(
        pk=1, programme=OTHER, status=S.PLANNED, start_date=date(2026, 6, 20), planned_end_date=date(2026, 7, 25)
    )
    case = rules.Case.of(person, UNIT, VERSIONS, [running], on=ON)
    plan = rules.plan_days(case, not_before=ON, ends=lambda day: day + timedelta(27))
    assert plan.start == date(2026, 8, 3)
    assert [(tried.start, tried.code) for tried in plan.tried] == [
        (ON, "too_young"),
        (date(2026, 7, 1), "clash"),
        (date(2026, 7, 26), "outside_programme_dates"),
    ]
    assert "Ada is 19 on 1 July 2026" in plan.tried[0].sentence
    assert "The other" in plan.tried[1].sentence


def test_behind_an_open_end_there_is_no_date_and_what_to_close_is_said() -> None:
    """An overrun holds on until somebody closes it."""
    overdue = Enrolment(
        pk=1, programme=OTHER, status=S.OVERDUE, start_date=date(2026, 5, 1), planned_end_date=date(2026, 5, 28)
    )
    case = rules.Case.of(Employee(pk=1, given_names="Ada", family_name="L"), UNIT, VERSIONS, [overdue], on=ON)
    plan = rules.plan_days(case, not_before=ON, ends=lambda day: day + timedelta(27))
    assert (plan.start, plan.to_close) == (None, overdue)
    assert "Close The other first." in plan.tried[0].sentence


def test_a_withdrawn_programme_names_what_replaces_it() -> None:
    """domain.md §1: a programme can be withdrawn and name what replaces it."""
    gone = Programme(
        pk=4, name="Gone", kind="unit", usual_days=28, minimum_age=19, withdrawn_on=date(2026, 4, 21), replaced_by=UNIT
    )
    case = rules.Case.of(Employee(pk=1, given_names="Ada", family_name="L"), gone, VERSIONS, [], on=ON)
    plan = rules.plan_days(case, not_before=ON, ends=lambda day: day)
    assert (plan.start, plan.replaced_by) == (None, UNIT)
    assert "The unit replaces it." in plan.tried[0].sentence


@pytest.mark.parametrize(("limit", "start"), [(1, date(2026, 7, 11)), (2, date(2026, 7, 6)), (3, ON)])
def test_a_full_team_puts_off(limit: int, start: date) -> None:
    """With a limit, a start is proposed only when enough of the team are back."""
    away = [Days(date(2026, 6, 20), date(2026, 7, 5)), Days(date(2026, 6, 30), date(2026, 7, 10))]
    case = rules.Case.of(
        Employee(pk=1, given_names="Ada", family_name="L"),
        UNIT,
        VERSIONS,
        [],
        on=ON,
        crowded=rules.crowded(away, limit),
    )
    assert rules.plan_days(case, not_before=ON, ends=lambda day: day + timedelta(27)).start == start


def cohort(pk: int, start: date) -> Cohort:
    """Four weeks of the unit."""
    return Cohort(pk=pk, name=f"Cohort {pk}", programme=UNIT, start_date=start, planned_end_date=start + timedelta(27))


def test_the_first_cohort_that_fits_and_why_the_others_do_not() -> None:
    """Too soon, clashing, full, and then one with a seat."""
    running = Enrolment(
        pk=1, programme=OTHER, status=S.PLANNED, start_date=date(2026, 6, 20), planned_end_date=date(2026, 7, 5)
    )
    case = rules.Case.of(Employee(pk=1, given_names="Ada", family_name="L"), UNIT, VERSIONS, [running], on=ON)
    openings = [
        rules.Opening(cohort(4, date(2026, 8, 17)), [7, 8]),
        rules.Opening(cohort(3, date(2026, 7, 6)), []),
        rules.Opening(cohort(2, date(2026, 7, 1)), [5]),
        rules.Opening(cohort(1, date(2026, 6, 16)), [1]),
    ]
    plan = rules.plan_cohort(case, openings, not_before=date(2026, 6, 20))
    assert plan.cohort is not None
    assert (plan.cohort.pk, plan.seat, plan.start) == (4, 7, date(2026, 8, 17))
    assert [(tried.cohort and tried.cohort.pk, tried.code) for tried in plan.tried] == [
        (1, "notice"),
        (2, "clash"),
        (3, "no_seat"),
    ]


@pytest.mark.django_db
class TestManyAtOnce:
    """`plans_for`: the same plans as one by one, in the order of the people, by the same few queries."""

    def people(self) -> list[Employee]:
        """Free, on a programme, behind an overrun, not here yet, on it already."""
        free, busy, stuck, new, here = (EmployeeFactory() for _ in range(5))
        new.employed_from = ON + timedelta(50)
        days = {"start_date": ON - timedelta(7), "planned_end_date": ON + timedelta(20)}
        EnrolmentFactory(employee=busy, programme=programme("ai-transformation"), status=S.ACTIVE, **days)
        EnrolmentFactory(employee=here, programme=programme("ai-governance"), status=S.ACTIVE, **days)
        days = {"start_date": ON - timedelta(40), "planned_end_date": ON - timedelta(12)}
        EnrolmentFactory(employee=stuck, programme=programme("ai-transformation"), status=S.OVERDUE, **days)
        gone = {"start_date": ON - timedelta(90), "planned_end_date": ON - timedelta(60)}
        EnrolmentFactory(
            employee=free,
            programme=programme("ai-transformation"),
            status=S.COMPLETED,
            ended_on=ON - timedelta(61),
            **gone,
        )
        return [here, stuck, new, busy, free]

    def test_days(self) -> None:
        people, unit = self.people(), programme("ai-governance")
        here, stuck, new, busy, free = plans_for(people, unit, on=ON)
        assert (free.start, free.end) == (ON, ON + timedelta(27))
        assert busy.start == here.start == ON + timedelta(21)
        assert [tried.code for tried in busy.tried] == ["clash"]
        assert new.start == ON + timedelta(50)
        assert stuck.start is None
        assert stuck.to_close is not None
        assert stuck.to_close.employee_id == people[1].pk

    def test_cohorts(self) -> None:
        unit = programme("ai-governance")
        first, later = (
            CohortFactory(programme=unit, start_date=ON + timedelta(day), planned_end_date=ON + timedelta(day + 27))
            for day in (10, 30)
        )
        plans = plans_for(self.people(), unit, on=ON, in_cohort=True)
        assert [plan.cohort for plan in plans[1:]] == [None, None, later, first]

    def test_queries_do_not_grow(self, django_assert_max_num_queries: Any) -> None:
        for _ in range(2):
            people = [*self.people(), *self.people()]
        with django_assert_max_num_queries(6):
            plans_for(people, programme("ai-governance"), on=ON)
