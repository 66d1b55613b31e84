"""What follows from a file alone: changes, shared e-mails, loops of managers, and the order of applying."""

from itertools import pairwise

import pytest

from people.entries import COLUMNS, NOTHING, Entry, changed, email_clashes, is_lost, manager_loops, managers_first


def facts(**given):
    """Facts with these columns set."""
    return tuple(given.get(column, blank) for column, blank in zip(COLUMNS, NOTHING, strict=True))


def test_what_changed_is_named_and_a_departments_capitals_are_not_a_change():
    before = facts(given_names="Ada", department="Finance", job_title="Analyst")
    assert changed(before, before) == ()
    assert changed(before, facts(given_names="Ada", department="FINANCE", job_title="Lead")) == (
        ("job_title", "Analyst", "Lead"),
    )


@pytest.mark.parametrize(
    ("name", "whole", "is_so"),
    [
        ("Szyma?ski", "Szymański", True),
        ("Zieli??ska", "Zielińska", True),
        ("?orde", "Đorde", True),
        ("O?Brien", "O’Brien", True),
        ("Fran?ois", "Frances", False),
        ("Szyma?ski", "Szymanski", False),
        ("Szyma?ski", "Szyma?ski", True),
        ("Szyma?ska", "Szymański", False),
        ("Szymanski", "Szymański", False),
        ("?", "", False),
        ("??", "ń", True),
    ],
)
def test_a_name_is_another_one_with_letters_lost(name, whole, is_so):
    assert is_lost(name, whole) is is_so


def test_a_stored_name_is_kept_where_the_files_differs_only_in_lost_letters():
    before = facts(given_names="Łukasz", family_name="Zieliński", job_title="Really?")
    said = facts(given_names="Jan", family_name="Zieli?ski", job_title="R?ally?")
    after = facts(given_names="Jan", family_name="Zieliński", job_title="R?ally?")
    entry = Entry("1", said, has_lost=True)
    assert (entry.over(before), entry.has_kept) == (after, True)
    assert (entry.over(said), entry.has_kept) == (said, False)
    assert Entry("1", said).over(before) == said


def test_a_column_that_the_file_does_not_have_is_left_alone_and_a_blank_cell_clears():
    before = facts(given_names="Ada", email="ada@example.org", job_title="Analyst")
    says = tuple(column != "email" for column in COLUMNS)
    assert Entry("1", facts(given_names="Ada"), says).over(before) == facts(given_names="Ada", email="ada@example.org")


@pytest.mark.parametrize(
    ("claims", "held", "refused"),
    [
        pytest.param([("1", "a"), ("2", "b")], [], {}, id="all different"),
        pytest.param([("1", "a"), ("2", "a")], [], {"2": "1"}, id="the first in the file has it"),
        pytest.param([("1", "a")], [("9", "a")], {"1": "9"}, id="somebody outside the file has it"),
        pytest.param([("1", "a")], [("1", "a")], {}, id="their own"),
        pytest.param([("1", "b"), ("2", "a")], [("1", "a"), ("2", "b")], {}, id="two people exchange"),
        pytest.param([("1", "a"), ("2", "")], [("2", "a")], {}, id="given up further down"),
        pytest.param([("1", ""), ("2", "")], [], {}, id="nobody has any"),
        pytest.param(
            [("1", "b"), ("2", "c")], [("2", "b"), ("9", "c")], {"2": "9", "1": "2"}, id="a refusal keeps the old one"
        ),
    ],
)
def test_who_shares_an_email_in_the_end(claims, held, refused):
    assert email_clashes(claims, held) == refused


def test_a_part_applied_already_changes_no_verdict_about_emails():
    claims = [("1", "b"), ("2", "c"), ("3", "d"), ("4", "d"), ("5", "e")]
    held = [("1", "a"), ("2", "b"), ("9", "c"), ("5", "d")]
    verdict = email_clashes(claims, held)
    applied = [(person, dict(claims)[person] if person in {"3", "5"} else email) for person, email in held]
    assert "3" not in verdict
    assert email_clashes(claims, [*applied, ("3", "d")]) == verdict


@pytest.mark.parametrize(
    ("pairs", "fixed", "loops"),
    [
        pytest.param([("1", "2"), ("2", "3")], [], {}, id="a line"),
        pytest.param([("1", "1")], [], {"1": ("1",)}, id="oneself"),
        pytest.param([("1", "2"), ("2", "1")], [], {"2": ("2", "1")}, id="each other"),
        pytest.param([("1", "2"), ("2", "3"), ("3", "1")], [], {"3": ("3", "1", "2")}, id="three"),
        pytest.param([("1", "2")], [("2", "3"), ("3", "1")], {"1": ("1", "2", "3")}, id="through the database"),
        pytest.param([("1", "2")], [("2", "3"), ("3", "2")], {}, id="a loop that was there before"),
        pytest.param([("1", "3"), ("2", "3"), ("3", "4")], [], {}, id="two with one manager"),
    ],
)
def test_loops_of_managers(pairs, fixed, loops):
    assert manager_loops(pairs, fixed) == loops


def test_a_very_long_line_of_managers_takes_no_time():
    people = [str(number) for number in range(50_000)]
    pairs = list(pairwise(people))
    assert list(manager_loops([*pairs, (people[-1], people[0])], [])) == [people[-1]]
    depth = managers_first(people, dict(pairs))
    assert depth[people[-1]] == 0
    assert depth[people[0]] == len(people) - 1


def test_managers_come_before_their_people():
    depth = managers_first(["1", "2", "3"], {"1": "2", "2": "3", "3": "outside"})
    assert depth == {"3": 0, "2": 1, "1": 2}
