"""Dates by themselves: the version of a start, the usual end, and what refuses a pair of days."""

from datetime import date

import pytest

from programmes import rules
from programmes.models import Programme, ProgrammeVersion

UNIT = Programme(name="Unit", usual_days=28, maximum_days=112)
APPRENTICESHIP = Programme(name="Apprenticeship", usual_months=18, minimum_days=242)
OLD = ProgrammeVersion(version="2.0", first_start=date(2025, 12, 10), last_start=date(2026, 5, 21))
NEW = ProgrammeVersion(version="2.1", first_start=date(2026, 5, 22))


@pytest.mark.parametrize(
    ("start", "version"),
    [
        (date(2025, 12, 9), None),
        (date(2025, 12, 10), OLD),
        (date(2026, 5, 21), OLD),
        (date(2026, 5, 22), NEW),
        (date(2040, 1, 1), NEW),
    ],
)
def test_the_version_follows_the_start(start, version):
    assert rules.version_on([NEW, OLD], start) is version


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 18, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
    ],
)
def test_months_are_calendar_months(day, months, then):
    assert rules.add_months(day, months) == then


def test_the_usual_end_counts_both_ends():
    assert rules.usual_end(UNIT, date(2026, 9, 7)) == date(2026, 10, 4)
    assert rules.usual_end(APPRENTICESHIP, date(2026, 9, 7)) == date(2028, 3, 6)
    assert [rules.usual_length(programme) for programme in (UNIT, APPRENTICESHIP)] == ["28 days", "18 months"]


@pytest.mark.parametrize(
    ("programme", "start", "end", "code"),
    [
        (UNIT, date(2026, 9, 7), date(2026, 9, 6), "end_before_start"),
        (UNIT, date(2026, 9, 7), date(2026, 9, 7), None),
        (UNIT, date(2026, 9, 7), date(2026, 12, 28), None),
        (UNIT, date(2026, 9, 7), date(2026, 12, 29), "too_long"),
        (APPRENTICESHIP, date(2026, 9, 7), date(2027, 5, 5), "too_short"),
        (APPRENTICESHIP, date(2026, 9, 7), date(2027, 5, 6), None),
        (APPRENTICESHIP, date(2026, 9, 7), date(2030, 9, 7), None),
        (APPRENTICESHIP, date(2026, 9, 7), date(2032, 9, 6), None),
        (APPRENTICESHIP, date(2026, 9, 7), date(2032, 9, 7), "too_long"),
        (APPRENTICESHIP, date(2026, 9, 7), date(2072, 9, 7), "too_long"),
        (APPRENTICESHIP, date(2199, 1, 1), date(2199, 12, 31), None),
        (APPRENTICESHIP, date(2199, 1, 1), date(2200, 1, 1), "too_long"),
        (UNIT, date(2199, 12, 10), date(2200, 1, 1), "too_long"),
    ],
)
def test_lengths(programme, start, end, code):
    problem = rules.length_problem(programme, start, end)
    assert (problem.code if problem else None) == code
    assert problem is None or problem.field == "planned_end_date"


@pytest.mark.parametrize(
    ("withdrawn_on", "start", "code"),
    [
        (None, date(2025, 12, 9), "outside_programme_dates"),
        (None, date(2025, 12, 10), None),
        (date(2026, 9, 1), date(2026, 8, 31), None),
        (date(2026, 9, 1), date(2026, 9, 1), "outside_programme_dates"),
    ],
)
def test_windows(withdrawn_on, start, code):
    problem = rules.window_problem(Programme(name="It", withdrawn_on=withdrawn_on), [OLD, NEW], start)
    assert (problem.code if problem else None) == code


@pytest.mark.parametrize(
    ("versions", "sentence"),
    [
        ([OLD, NEW], "It can start from 10 December 2025."),
        ([OLD], "It can start from 10 December 2025 to 21 May 2026."),
        ([], "It has no version that can be started."),
    ],
)
def test_the_window_in_words(versions, sentence):
    assert rules.window(versions) == sentence


@pytest.mark.parametrize(
    ("a", "b", "months"),
    [
        # the day after is free here, and the same month there
        ((date(2026, 5, 4), date(2026, 5, 10)), (date(2026, 5, 11), date(2026, 6, 7)), (5, 5)),
        ((date(2026, 5, 11), date(2026, 6, 7)), (date(2026, 5, 4), date(2026, 5, 10)), (5, 5)),
        ((date(2026, 5, 4), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 6, 28)), None),
        ((date(2025, 5, 1), date(2025, 5, 31)), (date(2026, 5, 1), date(2026, 5, 31)), None),
        ((date(2026, 5, 4), date(2026, 7, 10)), (date(2026, 6, 30), date(2026, 8, 1)), (6, 7)),
        ((date(2026, 5, 4), None), (date(2026, 7, 1), date(2026, 7, 31)), (7, 7)),
        ((date(2026, 5, 4), None), (date(2026, 4, 1), date(2026, 4, 30)), None),
        ((date(2026, 5, 4), None), (date(2026, 6, 1), None), (6, None)),
    ],
)
def test_months_that_two_runs_of_days_share(a, b, months):
    shared = rules.shared_months(*a, *b)
    said = shared and tuple(month and month.month for month in shared)
    assert said == months
    assert not shared or all(month is None or month.day == 1 for month in shared)
