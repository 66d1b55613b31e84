"""The time-line's geometry: what is drawn where, and what is listed."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.timeline import MOST_LABELS, layout

ON = date(2026, 11, 23)


def bar(start, end, label="Literacy", status="planned", **more):
    return {"label": label, "start": start, "end": end, "status": status, **more}


def percent(text):
    assert text.endswith("%")
    return float(text[:-1])


def test_both_ends_count_and_months_are_whole():
    timeline = layout([bar(date(2026, 11, 1), date(2026, 11, 30))], on=ON)
    [only] = timeline.rows[0].bars
    assert (only.x, only.width) == ("0.00%", "100.00%")


def test_today_stands_where_it_belongs():
    timeline = layout([bar(date(2026, 11, 1), date(2026, 11, 30))], on=date(2026, 11, 16))
    assert timeline.today_x == "50.00%"
    assert timeline.today_anchor == "middle"
    assert layout([], on=date(2026, 11, 1)).today_anchor == "start"
    assert layout([], on=date(2026, 11, 30)).today_anchor == "end"


def test_an_open_bar_runs_past_today_to_the_edge():
    timeline = layout([bar(date(2026, 9, 1), None)], on=ON)
    [only] = timeline.rows[0].bars
    assert only.is_open
    assert timeline.rows[0].has_open
    assert percent(only.x) + percent(only.width) == pytest.approx(100)
    assert percent(timeline.today_x) < 80


def test_one_label_one_row_in_order_of_start():
    bars = [
        bar(date(2026, 12, 1), date(2026, 12, 31), label="Daniel"),
        bar(date(2026, 9, 1), date(2026, 9, 30), label="Amira"),
        bar(date(2026, 10, 1), date(2026, 10, 31), label="Daniel"),
    ]
    timeline = layout(bars, on=ON)
    assert [(row.label, len(row.bars)) for row in timeline.rows] == [("Amira", 1), ("Daniel", 2)]
    assert [listed.start for listed in timeline.listed] == sorted(given["start"] for given in bars)


def test_what_has_no_start_is_listed_last_and_not_drawn():
    timeline = layout([bar(None, None, status="queued"), bar(date(2026, 9, 1), None, label="Other")], on=ON)
    assert [row.label for row in timeline.rows] == ["Other"]
    assert [listed.label for listed in timeline.listed] == ["Other", "Literacy"]
    waiting = [bar(None, None, label=label, status="queued") for label in ("Transformation", "Governance", "Literacy")]
    given = [waiting[0], bar(date(2026, 9, 1), None, label="Other"), *waiting[1:]]
    assert [each.label for each in layout(given, on=ON).listed] == ["Other", "Transformation", "Governance", "Literacy"]


def test_objects_do_as_well_as_mappings_and_absent_things_are_empty():
    given_bar = SimpleNamespace(label="Literacy", start=date(2026, 9, 1), end=None, status="no_address", url=None)
    [listed] = layout([given_bar], on=ON).listed
    assert (listed.url, listed.detail, listed.status_label) == ("", "", "no address")


def test_years_are_named_once_where_they_begin():
    ticks = layout([bar(date(2026, 10, 1), date(2027, 3, 31))], on=ON).ticks
    assert [(tick.label, tick.year) for tick in ticks if tick.year] == [("Oct", "2026"), ("Jan", "2027")]


def test_a_year_that_begins_where_the_drawing_ends_has_no_name_that_would_be_cut():
    ticks = layout([bar(date(2026, 2, 1), date(2027, 1, 20))], date(2026, 6, 1)).ticks
    assert [tick.year for tick in ticks if tick.year] == ["2026"]
    ticks = layout([bar(date(2026, 7, 1), date(2028, 3, 31))], date(2026, 11, 27)).ticks  # 42 pixels are left
    assert [tick.year for tick in ticks if tick.year] == ["2026", "2027"]
    assert ticks[-1].label == "Jan"


def test_a_month_that_begins_where_the_drawing_ends_has_no_name_that_would_be_cut():
    ticks = layout([bar(date(2026, 3, 1), date(2026, 11, 5))], date(2026, 6, 1)).ticks
    assert [tick.label for tick in ticks][-2:] == ["Sep", ""]


def test_a_year_that_has_no_room_for_its_name_leaves_it_to_the_next():
    ticks = layout([bar(date(2026, 12, 1), date(2028, 3, 31))], on=date(2026, 12, 5)).ticks
    assert [tick.year for tick in ticks if tick.year] == ["2027", "2028"]


days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))


@given(st.lists(st.tuples(days, st.none() | st.integers(0, 900)), max_size=8), days)
def test_everything_fits_whatever_is_drawn(spans, on):
    bars = [
        bar(start, None if length is None else start + timedelta(days=length), label=str(number))
        for number, (start, length) in enumerate(spans)
    ]
    timeline = layout(bars, on=on)
    assert 0 <= percent(timeline.today_x) <= 100
    for drawn in (placed for row in timeline.rows for placed in row.bars):
        assert 0 <= percent(drawn.x) < 100
        assert percent(drawn.width) > 0
        assert percent(drawn.x) + percent(drawn.width) <= 101
    named = [tick for tick in timeline.ticks if tick.label]
    assert len(named) <= MOST_LABELS + 1
    assert [percent(tick.x) for tick in timeline.ticks] == sorted(percent(tick.x) for tick in timeline.ticks)
