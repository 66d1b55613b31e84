"""Working days of England and Wales: the government's own list, substitutes, proclamations, and their counting."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrolment.rules.working_days import bank_holidays, easter, is_working_day, latest_since, working_days_after

DAY = timedelta(days=1)
# gov.uk/bank-holidays, England and Wales.
PUBLISHED = {
    2012: "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26",
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_years_that_the_government_has_published(year):
    assert [day.strftime("%m-%d") for day in sorted(bank_holidays(year))] == PUBLISHED[year].split()


@pytest.mark.parametrize(("year", "sunday"), [(2000, (4, 23)), (2008, (3, 23)), (2011, (4, 24)), (2038, (4, 25))])
def test_easter(year, sunday):
    assert easter(year) == date(year, *sunday)


@given(st.integers(1972, 2199))
def test_every_year_has_eight_or_more_and_none_on_a_weekend(year):
    days = bank_holidays(year)
    assert len(days) == 8 + sum(day.year == year for day in (date(2011, 4, 29), date(2012, 6, 5), date(2022, 6, 3),
                                                             date(2022, 9, 19), date(2023, 5, 8)))  # fmt: skip
    assert all(day.weekday() < 5 for day in days)


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        ("2026-04-01", 3, "2026-04-08"),  # over Easter
        ("2026-12-24", 3, "2026-12-31"),  # Boxing Day falls on a Saturday: Monday instead
        ("2026-10-23", 3, "2026-10-28"),  # the clocks go back on the 25th
        ("2026-03-27", 3, "2026-04-01"),  # they go forward on the 29th
        ("2026-06-13", 1, "2026-06-15"),
        ("2026-06-15", 0, "2026-06-15"),
    ],
)
def test_counting(day, count, due):
    assert working_days_after(date.fromisoformat(day), count) == date.fromisoformat(due)


@given(st.dates(date(2010, 1, 1), date(2060, 1, 1)), st.integers(0, 30))
def test_what_is_due_is_what_began_long_enough_ago(on, count):
    since = latest_since(on, count)
    assert working_days_after(since, count) <= on < working_days_after(since + DAY, count)
    passed = sum(is_working_day(since + number * DAY) for number in range(1, (on - since).days + 1))
    assert passed == count
