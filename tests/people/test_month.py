"""The month's geometry: every day a column, every stretch cut to the month, drawn where its days are."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.month import days_of, last_month, next_month, picture

DAY = timedelta(days=1)
MAY = date(2026, 5, 1)


def stay(first, last, status="active"):
    return SimpleNamespace(first=first, last=last, status=status)


def drawn(*stays, month=MAY, free=(), on=MAY):
    return picture([SimpleNamespace(label="Ada", stays=stays)], month, free=free, on=on)


def percent(text):
    assert text.endswith("%")
    return float(text[:-1])


@pytest.mark.parametrize(
    ("month", "days"), [(date(2026, 2, 1), 28), (date(2028, 2, 9), 29), (MAY, 31), (date(2026, 12, 31), 31)]
)
def test_every_day_of_the_month_is_a_column(month, days):
    columns = drawn(month=month).columns
    assert [column.day.day for column in columns] == list(range(1, days + 1))
    assert percent(columns[-1].x) + percent(columns[-1].width) == pytest.approx(100, abs=0.01)


def test_months_follow_each_other():
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)
    assert last_month(date(2026, 1, 31)) == date(2025, 12, 1)


def test_free_days_and_today_are_marked():
    columns = drawn(free={MAY + DAY}, on=MAY + 2 * DAY).columns
    assert [column.day for column in columns if column.is_free] == [MAY + DAY]
    assert [column.day for column in columns if column.is_today] == [MAY + 2 * DAY]


def test_what_lies_outside_is_cut_off_and_an_open_end_fills_the_month():
    (row,) = drawn(stay(date(2026, 4, 1), MAY + DAY), stay(MAY + 9 * DAY, None), stay(date(2026, 6, 1), None)).rows
    assert [(one.first, one.last) for one in row.stretches] == [(MAY, MAY + DAY), (MAY + 9 * DAY, date(2026, 5, 31))]


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(-70, 70), st.integers(0, 90))
def test_a_stretch_covers_exactly_the_columns_of_its_days(month, ahead, length):
    first = month.replace(day=1) + ahead * DAY
    last = first + length * DAY
    made = drawn(stay(first, last), month=month)
    expected = {day for day in days_of(month) if first <= day <= last}
    covered = set()
    for stretch in made.rows[0].stretches:
        left, right = percent(stretch.x), percent(stretch.x) + percent(stretch.width)
        middles = {column.day: percent(column.x) + percent(column.width) / 2 for column in made.columns}
        covered |= {day for day, middle in middles.items() if left < middle < right}
    assert covered == expected
