"""What a column is taken for: a name that says number is enough for any code, an open one needs digits."""

import pytest

from people.guesses import guess


def guessed(header: str, *cells: str) -> str:
    """What one column is taken for."""
    return guess([header], [[cell] for cell in cells])[0]


@pytest.mark.parametrize("header", ["Emp ID", "Emp. ID", "Payroll No.", "Staff number"])
@pytest.mark.parametrize("cells", [("T001", "T002"), ("x", "T1"), ("ABE", "NOB"), ("E 1", "E 2"), ("",)])
def test_a_name_that_says_staff_number_is_one_whatever_its_codes_look_like(header, cells):
    assert guessed(header, *cells) == "staff_number"


@pytest.mark.parametrize("header", ["Manager number", "Line Manager No", "Manager Staff Number"])
@pytest.mark.parametrize("cells", [("L2", "L1", "NOBODY"), ("ABE", "NOB"), ("",)])
def test_and_a_managers_number_too(header, cells):
    assert guessed(header, *cells) == "manager_staff_number"


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Emp ID", ("ada@example.org", "bea@example.org")),
        ("Manager number", ("Ada Ash", "Bea Oak")),
        ("Reports to", ("Ash", "Oak")),
        ("Ref", ("pending", "done")),
    ],
)
def test_addresses_names_and_words_are_no_numbers(header, cells):
    assert guessed(header, *cells) not in ("staff_number", "manager_staff_number")
