"""A day as people write it: what is read, what is refused, what is shown."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from people.forms import NOT_OFFERED, NOT_WHOLE, DayField, read_day
from people.rules import say

MAY_4 = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("4 May 2026", MAY_4),
        (" 04 may 2026 ", MAY_4),
        ("4th May 2026", MAY_4),
        ("4-May-2026", MAY_4),
        ("1 Sept 2026", date(2026, 9, 1)),
        ("1 sep. 2026", date(2026, 9, 1)),
        ("4/5/2026", MAY_4),
        ("04-05-2026", MAY_4),
        ("4.5.2026", MAY_4),
        ("2026-05-04", MAY_4),
        ("29 February 2028", date(2028, 2, 29)),
        ("29 February 2026", None),
        ("31/02/2026", None),
        ("5/13/2026", None),
        ("4 May 26", None),
        ("4 Ma 2026", None),
        ("4 Mayy 2026", None),
        ("1 ju 2026", None),
        ("May 2026", None),
        ("0 May 2026", None),
        ("4 May 0000", None),
        ("tomorrow", None),
        ("２０２６-05-04", None),
        ("2026-05-04\x00", None),
    ],
)
def test_days_as_people_write_them(text, day):
    assert read_day(text) == day


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_shown_is_read_back(day):
    assert read_day(say(day)) == day
    assert read_day(day.isoformat()) == day
    assert read_day(f"{day:%d/%m/%Y}") == day


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text):
    assert read_day(text) is None or isinstance(read_day(text), date)


def test_what_cannot_be_read_is_refused_and_given_back():
    class Form(forms.Form):
        start = DayField()

    form = Form({"start": "31/02/2026"})
    assert form.errors["start"] == ["Enter a day like 4 May 2026."]
    assert form.errors.as_data()["start"][0].code == "invalid"
    assert 'value="31/02/2026"' in str(form["start"])


@pytest.mark.parametrize("far", ["31/12/9999", "31 December 1899", "1 January 2200", date(9999, 12, 31)])
def test_a_year_that_nobody_means_is_refused(far):
    with pytest.raises(ValidationError, match="Check the year") as refused:
        DayField().clean(far)
    assert refused.value.code == "invalid"


@pytest.mark.parametrize("text", ["1 January 1900", "31/12/2199"])
def test_the_first_and_the_last_day_are_taken(text):
    assert DayField().clean(text) == read_day(text)


def test_a_date_is_shown_in_words():
    class Form(forms.Form):
        start = DayField(initial=MAY_4)

    assert 'value="4 May 2026"' in str(Form()["start"])


def test_an_empty_box_is_no_day_where_that_is_allowed():
    assert DayField(required=False).clean("") is None
    assert DayField().clean(datetime(2026, 5, 4, 12, tzinfo=UTC)) == MAY_4
    with pytest.raises(ValidationError) as refused:
        DayField().clean("")
    assert refused.value.code == "required"


class Everything(forms.Form):
    """A form that says nothing of its own."""

    one = forms.ChoiceField(choices=[("a", "A")])
    some = forms.MultipleChoiceField(choices=[("a", "A")])
    key = forms.UUIDField()
    words = forms.CharField()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (
            {"one": "b", "some": ["b"], "key": "b", "words": "\x00"},
            [NOT_OFFERED, NOT_OFFERED, NOT_WHOLE, "a sign that"],
        ),
        ({}, ["Choose one.", "Choose at least one.", "Fill this in.", "Fill this in."]),
    ],
)
def test_a_field_says_of_what_no_page_offers_what_to_do(sent, said):
    errors = Everything(sent).errors
    assert list(errors) == ["one", "some", "key", "words"]
    for name, words in zip(errors, said, strict=True):
        assert words in " ".join(map(str, errors[name]))
