"""The policy in tables of cases, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrolment import rules
from enrolment.models import Enrolment
from enrolment.rules import Days
from enrolment.rules.judging import person_refusal
from people.models import Employee
from programmes.models import Programme, ProgrammeVersion

S = Enrolment.Status
UNIT = Programme(pk=2, code="unit", name="The unit", kind="unit", usual_days=28, maximum_days=112, minimum_age=19)
OTHER = Programme(
    pk=3, code="other", name="The other unit", kind="unit", usual_days=28, maximum_days=112, minimum_age=19
)
LONG = Programme(
    pk=1,
    code="long",
    name="The apprenticeship",
    kind="apprenticeship",
    usual_months=18,
    minimum_days=242,
    minimum_age=16,
)
WINDOW = [ProgrammeVersion(first_start=date(2026, 4, 28))]
TWO = [
    ProgrammeVersion(version="2.0", first_start=date(2025, 12, 10), last_start=date(2026, 5, 21)),
    ProgrammeVersion(version="2.1", first_start=date(2026, 5, 22)),
]


def person(**facts: object) -> Employee:
    """Somebody about whom nothing is known but what the case says."""
    return Employee(pk=1, given_names="Ada", family_name="Lovelace", **facts)


def record(status: str, start: str | None, end: str | None = None, **more: object) -> Enrolment:
    """A record of Ada's on the other unit."""
    more.setdefault("programme", OTHER)
    return Enrolment(
        employee=person(),
        status=status,
        start_date=start and date.fromisoformat(start),
        planned_end_date=end and date.fromisoformat(end),
        **more,
    )


@pytest.mark.parametrize(
    ("status", "ended_on", "return_on", "holds"),
    [
        ("planned", None, None, "31"),
        ("active", None, None, "31"),
        ("overdue", None, None, "open"),
        ("paused", None, None, "open"),
        ("paused", None, "2026-05-20", "31"),
        ("completed", "2026-05-10", None, "10"),
        ("completed", "2026-06-02", None, "33"),
        ("withdrawn", "2026-05-02", None, "2"),
        ("withdrawn", "2026-05-01", None, "nothing"),
        ("withdrawn", "2026-04-20", None, "nothing"),
        ("cancelled", None, None, "nothing"),
        ("queued", None, None, "nothing"),
        ("waiting", None, None, "nothing"),
    ],
)
def test_what_a_record_holds(status: str, ended_on: str | None, return_on: str | None, holds: str) -> None:
    """domain.md §2, status by status: both ends counted, open only where it is meant."""
    enrolment = record(
        status,
        "2026-05-01",
        "2026-05-31",
        ended_on=ended_on and date.fromisoformat(ended_on),
        return_on=return_on and date.fromisoformat(return_on),
    )
    days = rules.held(enrolment)
    if holds == "nothing":
        assert days is None
    else:
        assert days is not None
        assert days.first == date(2026, 5, 1)
        assert days.count() == (None if holds == "open" else int(holds))


@pytest.mark.parametrize(
    ("start", "end", "shared"),
    [
        ("2026-04-01", "2026-04-30", None),  # ends the day before: free
        ("2026-04-01", "2026-05-01", 1),  # a same-day handover is a clash
        ("2026-05-31", "2026-06-30", 1),
        ("2026-06-01", "2026-06-30", None),  # starts the day after: free
        ("2026-05-10", "2026-05-12", 3),
        ("2026-04-01", "2026-07-01", 31),
    ],
)
def test_both_ends_count(start: str, end: str, shared: int | None) -> None:
    """Shared days to the day."""
    found = rules.clashes(
        Days(date.fromisoformat(start), date.fromisoformat(end)),
        [record(S.ACTIVE, "2026-05-01", "2026-05-31")],
        on=date(2026, 5, 1),
    )
    assert [clash.shared.count() for clash in found] == ([shared] if shared else [])


def test_every_clash_is_listed_earliest_first() -> None:
    """Several clashes are all told."""
    late, early = record(S.PLANNED, "2026-08-01", "2026-08-10"), record(S.ACTIVE, "2026-05-01", "2026-05-31")
    found = rules.clashes(Days(date(2026, 5, 20), date(2026, 9, 1)), [late, early], on=date(2026, 5, 1))
    assert [clash.other for clash in found] == [early, late]


@pytest.mark.parametrize(
    ("programme", "start", "end", "code"),
    [
        (UNIT, None, "2026-06-01", "dates_missing"),
        (UNIT, "2026-06-01", None, "dates_missing"),
        (UNIT, "2026-06-02", "2026-06-01", "end_before_start"),
        (UNIT, "2026-06-01", "2026-06-01", None),
        (UNIT, "2026-06-01", "2026-09-21", None),  # start + 112 days
        (UNIT, "2026-06-01", "2026-09-22", "too_long"),
        (LONG, "2026-06-01", "2027-01-28", None),  # 242 days, both ends counted
        (LONG, "2026-06-01", "2027-01-27", "too_short"),
        (LONG, "2026-06-01", "2029-06-01", None),
    ],
)
def test_dates_by_themselves(programme: Programme, start: str | None, end: str | None, code: str | None) -> None:
    """Length and order of a pair of dates."""
    refusal = rules.dates_refusal(
        programme,
        date.fromisoformat(start) if start else None,
        date.fromisoformat(end) if end else None,
    )
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("facts", "start", "code"),
    [
        ({}, "2026-06-01", None),  # a missing fact never refuses
        ({}, "2026-04-27", "outside_programme_dates"),
        ({"date_of_birth": date(2007, 6, 1)}, "2026-06-01", None),  # nineteen that day
        ({"date_of_birth": date(2007, 6, 2)}, "2026-06-01", "too_young"),
        ({"employed_from": date(2026, 6, 1)}, "2026-06-01", None),
        ({"employed_from": date(2026, 6, 2)}, "2026-06-01", "not_employed"),
        ({"employed_until": date(2026, 6, 1)}, "2026-06-01", None),
        ({"employed_until": date(2026, 5, 31)}, "2026-06-01", "not_employed"),
    ],
)
def test_who_may_start(facts: dict[str, date], start: str, code: str | None) -> None:
    """Eligibility on the start date (domain.md §3)."""
    refusal = rules.eligibility_refusal(person(**facts), UNIT, WINDOW, date.fromisoformat(start))
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"employed_from": date(2026, 4, 3)}, "is 3 April 2026, after that start."),
        ({"employed_until": date(2020, 1, 31)}, "is 31 January 2020, before that start."),
    ],
)
def test_a_day_of_employment_is_said_as_what_it_is_past_or_to_come(facts: dict[str, date], words: str) -> None:
    """A file of last year's starts is judged too: nobody “joins” on a day that is over."""
    start = date(2026, 4, 1)
    refusal = person_refusal(person(**facts), UNIT, start)
    assert refusal
    assert " day of employment of " in refusal.message
    assert refusal.message.endswith(words)


def test_a_withdrawn_programme_cannot_start() -> None:
    """From the day it is withdrawn on."""
    gone = Programme(pk=9, name="Gone", usual_days=28, minimum_age=19, withdrawn_on=date(2026, 5, 1))
    assert rules.eligibility_refusal(person(), gone, WINDOW, date(2026, 4, 30)) is None
    refusal = rules.eligibility_refusal(person(), gone, WINDOW, date(2026, 5, 1))
    assert refusal is not None
    assert refusal.code == "outside_programme_dates"


def test_the_leap_day_child() -> None:
    """Born on 29 February: of age on 1 March in a common year."""
    assert rules.birthday(date(2008, 2, 29), 19) == date(2027, 3, 1)
    assert rules.birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("facts", "others", "not_before", "earliest"),
    [
        ({}, [], "2026-06-01", "2026-06-01"),
        ({}, [], "2026-01-01", "2026-04-28"),  # the programme's first start
        ({}, [("active", "2026-05-01", "2026-06-10")], "2026-06-01", "2026-06-11"),
        (
            {},
            [("active", "2026-05-01", "2026-06-10"), ("planned", "2026-06-20", "2026-07-01")],
            "2026-06-01",
            "2026-07-02",
        ),
        (
            {},
            [("active", "2026-05-01", "2026-06-10"), ("planned", "2026-07-09", "2026-08-01")],
            "2026-06-01",
            "2026-06-11",
        ),
        ({}, [("overdue", "2026-05-01", "2026-05-10")], "2026-06-01", None),
        ({}, [("overdue", "2026-08-01", "2026-08-10")], "2026-06-01", "2026-06-01"),  # ends before that one began
        ({"date_of_birth": date(2007, 7, 1)}, [], "2026-06-01", "2026-07-01"),
        ({"employed_from": date(2026, 6, 15)}, [], "2026-06-01", "2026-06-15"),
        ({"employed_until": date(2026, 6, 15)}, [("active", "2026-05-01", "2026-06-15")], "2026-06-01", None),
    ],
)
def test_earliest_legal_start(
    facts: dict[str, date], others: list[tuple[str, str, str]], not_before: str, earliest: str | None
) -> None:
    """The first day that meets every rule, or none."""
    found = rules.earliest_legal_start(
        person(**facts),
        UNIT,
        WINDOW,
        [record(*other) for other in others],
        not_before=date.fromisoformat(not_before),
        ends=lambda day: day + timedelta(days=27),
        on=date(2026, 4, 1),
    )
    assert found == (earliest and date.fromisoformat(earliest))


def test_versions_with_a_gap_lead_to_the_next_first_start() -> None:
    """A start between two windows moves to the next one."""
    gap = [TWO[0], ProgrammeVersion(first_start=date(2026, 9, 1))]
    found = rules.earliest_legal_start(
        person(),
        LONG,
        gap,
        [],
        not_before=date(2026, 6, 1),
        ends=lambda day: day + timedelta(days=300),
        on=date(2026, 6, 1),
    )
    assert found == date(2026, 9, 1)


def test_a_clash_tells_all() -> None:
    """The refusal names the other programme, its dates, the shared days and the earliest legal start."""
    trial = record(S.PLANNED, "2026-05-31", "2026-06-27", programme=UNIT)
    refusal = rules.judge(trial, [record(S.ACTIVE, "2026-05-01", "2026-05-31")], WINDOW, on=date(2026, 5, 1))
    assert refusal is not None
    assert (refusal.code, refusal.earliest_start) == ("clash", date(2026, 6, 1))
    for words in ("The other unit", "1 May 2026", "31 May 2026", "1 June 2026"):
        assert words in refusal.message
    assert refusal.clashes[0].facts() == {
        "programme": "other",
        "status": "active",
        "start": "2026-05-01",
        "end": "2026-05-31",
        "shared_from": "2026-05-31",
        "shared_until": "2026-05-31",
        "shared_days": 1,
    }


def test_an_open_end_names_what_to_close() -> None:
    """Behind an open-ended hold there is no date; the sentence says what to close."""
    trial = record(S.PLANNED, "2026-08-01", "2026-08-27", programme=UNIT)
    refusal = rules.judge(trial, [record(S.OVERDUE, "2026-05-01", "2026-05-31")], WINDOW, on=date(2026, 7, 1))
    assert refusal is not None
    assert (refusal.code, refusal.earliest_start) == ("clash", None)
    assert "until The other unit is closed" in refusal.message


@pytest.mark.parametrize("status", Enrolment.LIVE)
def test_the_same_programme_again_is_already_on_it(status: str) -> None:
    """Not a clash (domain.md §1)."""
    trial = record(S.PLANNED, "2026-08-01", "2026-08-27", programme=UNIT)
    refusal = rules.judge(trial, [record(status, None, programme=UNIT)], WINDOW, on=date(2026, 7, 1))
    assert refusal is not None
    assert refusal.code == "already_on_programme"


def test_the_same_programme_after_completing_it_warns() -> None:
    """Allowed, with a word that it is hardly new learning."""
    trial = record(S.PLANNED, "2026-08-01", "2026-08-27", programme=UNIT)
    before = record(S.COMPLETED, "2026-05-01", "2026-05-31", programme=UNIT, ended_on=date(2026, 5, 31))
    assert rules.judge(trial, [before], WINDOW, on=date(2026, 7, 1)) is None
    assert "31 May 2026" in rules.warnings(trial, [before])[0]


@pytest.mark.parametrize(
    ("closing", "ended_on", "code"),
    [
        (S.COMPLETED, "2026-06-15", None),
        (S.COMPLETED, "2026-06-16", "in_future"),
        (S.COMPLETED, "2026-05-31", "end_before_start"),
        (S.WITHDRAWN, "2026-05-31", None),  # never attended
        (S.WITHDRAWN, "2026-06-16", "in_future"),
    ],
)
def test_closing_days_are_facts(closing: str, ended_on: str, code: str | None) -> None:
    """A last day or an actual finish is on or before the day of recording."""
    running = record(S.ACTIVE, "2026-06-01", "2026-06-28")
    refusal = rules.closing_refusal(running, date.fromisoformat(ended_on), closing=closing, on=date(2026, 6, 15))
    assert (refusal and refusal.code) == code


def test_a_day_marks_pushes_and_starts() -> None:
    """What overran is marked first, what then stands in the way is queued, everything else that is due starts."""
    ran_over, behind = record(S.ACTIVE, "2026-05-01", "2026-05-31"), record(S.PLANNED, "2026-06-01", "2026-06-20")
    day = rules.day_for([ran_over, behind], date(2026, 6, 1))
    assert (day.overdue, day.queued, day.started) == ([ran_over], [(behind, ran_over)], [])
    day = rules.day_for([behind], date(2026, 6, 1))
    assert (day.overdue, day.queued, day.started) == ([], [], [behind])
    assert rules.day_for([ran_over, behind], date(2026, 5, 31)) == rules.Day()


def test_a_late_day_starts_and_marks_at_once() -> None:
    """A plan whose whole time has passed is started and overdue; it is never lost."""
    plan = record(S.PLANNED, "2026-06-01", "2026-06-20")
    day = rules.day_for([plan], date(2026, 7, 1))
    assert (day.started, day.overdue) == ([plan], [plan])


days = st.dates(date(2026, 5, 1), date(2027, 6, 1))
runs = st.tuples(days, st.one_of(st.none(), st.integers(0, 120))).map(
    lambda pair: Days(pair[0], None if pair[1] is None else pair[0] + timedelta(days=pair[1]))
)


@given(runs, runs, st.integers(-400, 400))
def test_sharing_is_symmetric_and_moves_with_the_days(one: Days, other: Days, by: int) -> None:
    """The verdict does not depend on the order, nor on where in time both lie."""
    moved = [Days(d.first + timedelta(by), d.last and d.last + timedelta(by)) for d in (one, other)]
    shared, later = one.shared(other), moved[0].shared(moved[1])
    assert shared == other.shared(one)
    assert (shared is None) == (later is None)
    if shared and later:
        assert later.count() == shared.count()
        assert later.first - shared.first == timedelta(by)


@pytest.mark.parametrize(
    ("status", "facts", "said"),
    [
        (S.PLANNED, {}, "1 June 2026 to 28 June 2026"),
        (S.OVERDUE, {}, "from 1 June 2026, past its planned end, 28 June 2026"),
        (S.PAUSED, {}, "from 1 June 2026, no end yet"),
        (S.PAUSED, {"return_on": date(2026, 6, 20)}, "1 June 2026 to 28 June 2026"),
        (S.COMPLETED, {"ended_on": date(2026, 6, 20)}, "1 June 2026 to 20 June 2026"),
        (S.WITHDRAWN, {"ended_on": date(2026, 6, 20)}, "1 June 2026 to 20 June 2026"),
        (S.WITHDRAWN, {"ended_on": date(2026, 6, 1)}, "never attended"),
        (S.WITHDRAWN, {"ended_on": date(2026, 5, 31)}, "never attended"),
        (S.CANCELLED, {}, "once planned from 1 June 2026 to 28 June 2026"),
        (S.CANCELLED, {"start_date": None, "planned_end_date": None}, ""),
        (S.QUEUED, {"start_date": None, "planned_end_date": None}, ""),
    ],
)
def test_how_its_days_stand_in_a_sentence(status: str, facts: dict[str, date | None], said: str) -> None:
    """No end that is none, and no days of what was never attended."""
    days = {"start_date": date(2026, 6, 1), "planned_end_date": date(2026, 6, 28), **facts}
    assert rules.days_said(Enrolment(status=status, **days)) == said


def test_a_plan_that_is_over_holds_on() -> None:
    """Seen on a day after its planned end it is open-ended, marked overdue or not, and so is a wish in the past."""
    past = record(S.PLANNED, "2026-05-01", "2026-05-20")
    assert rules.held_on(past, date(2026, 5, 20)) == Days(date(2026, 5, 1), date(2026, 5, 20))
    assert rules.held_on(past, date(2026, 5, 21)) == Days(date(2026, 5, 1), None)
    autumn = record(S.PLANNED, "2026-09-01", "2026-09-28")
    wish = record(S.PLANNED, "2026-05-01", "2026-05-20", programme=UNIT)
    refusal = rules.judge(wish, [autumn], WINDOW, on=date(2026, 6, 15))
    assert refusal is not None
    assert (refusal.code, refusal.earliest_start) == ("clash", date(2026, 5, 27))  # which ends on the day of asking
    assert rules.judge(wish, [autumn], WINDOW, on=date(2026, 5, 20)) is None


def test_a_job_that_ends_first_is_said() -> None:
    """Allowed, since only the start date refuses, and said before it is confirmed."""
    trial = record(S.PLANNED, "2026-08-01", "2026-08-27", programme=UNIT)
    trial.employee.employed_until = date(2026, 8, 26)
    assert (
        "last day of employment of Ada Lovelace is 26 August 2026, before the planned end"
        in rules.warnings(trial, [])[0]
    )
    trial.employee.employed_until = date(2026, 8, 27)
    assert rules.warnings(trial, []) == ()


@given(st.lists(runs, max_size=5), days, st.integers(0, 112), st.one_of(st.none(), days), days)
def test_the_earliest_start_is_legal_and_no_earlier_one_is(
    holds: list[Days], asked: date, length: int, joined: date | None, on: date
) -> None:
    """Against every day in between, one by one."""
    others = [
        Enrolment(
            employee=person(),
            programme=OTHER,
            status=S.PLANNED if run.last else S.OVERDUE,
            start_date=run.first,
            planned_end_date=run.last,
        )
        for run in holds
    ]
    ada = person(employed_from=joined)
    found = rules.earliest_legal_start(
        ada, UNIT, WINDOW, others, not_before=asked, ends=lambda day: day + timedelta(days=length), on=on
    )

    def legal(day: date) -> bool:
        trial = Enrolment(
            employee=ada,
            programme=UNIT,
            start_date=day,
            planned_end_date=day + timedelta(days=length),
            status=S.PLANNED,
        )
        refusal = rules.eligibility_refusal(ada, UNIT, WINDOW, day)
        return refusal is None and not rules.clashes(rules.held_on(trial, on), others, on=on)

    horizon = found or max(asked, on) + timedelta(days=500)
    tried = [asked + timedelta(days=n) for n in range((horizon - asked).days)]
    assert not any(legal(day) for day in tried)
    assert found is None or legal(found)
