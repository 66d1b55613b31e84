"""Reading a people file: what each cell may be, and which code and sentence a row gets when it is not."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from people.imports import HEADER, Row, judge, read_people
from people.models import Employee
from tests.factories import TODAY, EmployeeFactory
from tests.people.files import people_file


def read(*rows: dict[str, str], **more) -> list[Row]:
    """The rows of a file."""
    return read_people(people_file(*rows, **more), on=TODAY).rows


def judged(*rows: dict[str, str]) -> dict[str, Row]:
    """By staff number, the rows as judged against the database."""
    return {row.staff_number: row for row in judge(read_people(people_file(*rows), on=TODAY))}


@pytest.mark.parametrize(
    ("cells", "code", "words"),
    [
        ({"staff_number": ""}, "staff_number_missing", "staff number is missing"),
        ({"given_names": " "}, "names_missing", "given names"),
        ({"family_name": ""}, "names_missing", "family name"),
        ({"date_of_birth": "03/04/1980"}, "bad_date", "two ways"),
        ({"date_of_birth": "25/12/1990"}, "bad_date", "write the year first, as in 1990-12-25."),
        ({"date_of_birth": "12/25/1990"}, "bad_date", "write the year first, as in 1990-12-25."),
        ({"date_of_birth": "31/02/1990"}, "bad_date", "no day at all"),
        ({"date_of_birth": "31/12/90"}, "bad_date", "half a year"),
        ({"date_of_birth": "1980-02-30"}, "bad_date", "not a day"),
        ({"date_of_birth": "0198-02-03"}, "bad_date", "check the year"),
        ({"date_of_birth": "2026-06-16"}, "bad_date", "still to come"),
        ({"employed_from": "yesterday"}, "bad_date", "start of employment"),
        ({"employed_from": "2020-W01-1"}, "bad_date", "not a day"),
        ({"employed_until": "20260504"}, "bad_date", "not a day"),
        (
            {"employed_from": "2026-05-04", "employed_until": "2026-05-03"},
            "end_before_start",
            "ends on 3 May 2026, before it begins on 4 May 2026.",
        ),
        ({"email": "not an address"}, "bad_email", "not an e-mail"),
        ({"email": "a@@example.org"}, "bad_email", "not an e-mail"),
        ({"email": f"a@{'ü' * 60}.com"}, "bad_email", "not an e-mail"),  # too long once written for mail servers
        ({"email": f"a@{'u' * 64}.com"}, "bad_email", "not an e-mail"),
        ({"job_title": "x" * 301}, "too_long_text", "301 characters; at most 300"),
        ({"job_title": "x" * 200_000}, "too_long_text", "200,000 characters"),
        ({"staff_number": "9" * 41}, "too_long_text", "at most 40"),
        ({"date_of_birth": "9" * 200_000}, "too_long_text", "200,000 characters"),
        ({"family_name": "By\0ron"}, "bad_character", "NUL"),
        ({"family_name": "By\x07ron"}, "bad_character", "U+0007"),
        ({"family_name": "By\ufffdron"}, "bad_character", "a letter that was lost"),
    ],
)
def test_a_row_is_refused_with_its_code_and_the_next_is_read(cells, code, words):
    bad, good = read({"staff_number": "1", **cells}, {"staff_number": "2"})
    assert (bad.row, bad.outcome, bad.code, bad.entry) == (2, "refused", code, None)
    assert words in bad.message
    assert good.entry


def test_a_row_with_many_faults_says_them_all_and_has_the_code_of_the_first():
    [row] = read({"staff_number": "", "email": "x", "employed_from": "x"})
    assert row.code == "staff_number_missing"
    assert "x” is not an e-mail" in row.message
    assert "start of employment" in row.message


@pytest.mark.parametrize("email", ["a@bücher.example", f"a@{'u' * 63}.com", "a.b+c@mail.example.co.uk"])
def test_an_address_that_mail_reaches_is_taken(email):
    [row] = read({"staff_number": "1", "email": email})
    assert row.entry


def test_the_apostrophe_that_guards_a_cell_of_our_own_files_is_no_part_of_it():
    [row] = read({"staff_number": "'-12", "given_names": "'=Ann", "family_name": "'t Hooft", "job_title": "'"})
    assert row.entry
    assert row.staff_number == "-12"
    assert row.entry.facts[:4] == ("=Ann", "'t Hooft", "", "'")


def test_a_number_twice_names_the_first_row():
    first, _, again = read({"staff_number": "1"}, {"staff_number": "2"}, {"staff_number": " 1 "})
    assert first.entry
    assert (again.code, again.message) == ("duplicate_staff_number", "Staff number 1 is in row 2 already.")


def test_names_keep_every_character_and_line_breaks_become_spaces():
    [row] = read({"staff_number": "1", "given_names": " Siân\u200dŁ ", "job_title": "Head\r\nof Data, “Ω”"})
    assert row.entry
    assert row.entry.facts[0] == "Siân\u200dŁ"
    assert row.entry.facts[3] == "Head of Data, “Ω”"


def test_the_day_of_joining_may_lie_ahead():
    [row] = read({"staff_number": "1", "employed_from": "2027-01-04"})
    assert row.entry
    assert row.entry.facts[7] == date(2027, 1, 4)


def test_columns_come_in_any_order_and_only_three_are_needed():
    [row] = read({"staff_number": "1"}, header=("family_name", "staff_number", "given_names"))
    assert row.entry
    assert row.entry.facts[:2] == ("Ada", "Byron")
    assert row.entry.says == (True, True, *[False] * 7)


def test_a_row_that_ends_early_speaks_only_of_what_it_has():
    content = ",".join(HEADER) + "\n1,Ada,Byron,ada@example.org\n2,Ada,Byron,,,,,,,,,\n3,A,B,,,,,,,,one,two\n"
    short, blank, long = read_people(content.encode(), on=TODAY).rows
    assert short.entry
    assert short.entry.says == (True, True, True, *[False] * 6)
    assert blank.entry
    assert long.code == "too_many_cells"


def test_rows_count_as_a_spreadsheet_counts_them():
    content = b"staff_number,given_names,family_name\n\n1,Ada,Byron\n,,\n2,Ada,\n"
    assert [(row.row, row.staff_number) for row in read_people(content, on=TODAY).rows] == [(3, "1"), (5, "2")]


def test_a_quotation_mark_never_closed_loses_its_own_row_only():
    content = b'staff_number,given_names,family_name\n1,Ada,Byron\n2,"Ada,Byron\n3,Ada,Byron\n4,A"da,Byron\n5,"A"da,B\n'
    rows = read_people(content, on=TODAY).rows
    assert [(row.row, row.code) for row in rows] == [
        (2, ""),
        (3, "not_readable"),
        (4, ""),
        (5, ""),
        (6, "not_readable"),
    ]


def test_every_row_after_many_lost_quotation_marks_is_counted():
    content = b"staff_number,given_names,family_name\n" + b'1,"""Ada,Byron\n' * 150 + b"2,Ada,Byron\n\n"
    rows = read_people(content, on=TODAY).rows
    assert [row.row for row in rows] == list(range(2, 153))
    assert {row.code for row in rows} == {"not_readable"}


def test_a_number_twice_is_said_before_anything_else_that_is_wrong():
    _, again = read({"staff_number": "1"}, {"staff_number": "1", "family_name": "By\0ron"})
    assert again.code == "duplicate_staff_number"


def test_too_many_people_are_refused_whole():
    with pytest.raises(ValidationError, match="more than 1 people"):
        read_people(people_file({"staff_number": "1"}, {"staff_number": "2"}), on=TODAY, most=1)


@pytest.mark.django_db
class TestAgainstTheDatabase:
    """What a row is judged on besides itself."""

    def test_an_unknown_manager_is_left_out(self):
        row = judged({"staff_number": "1", "manager_staff_number": "404"})["1"]
        assert row.entry
        assert (row.code, row.entry.facts[5]) == ("unknown_manager", "")
        assert row.message == "Nobody has the staff number 404: no manager is recorded."

    def test_a_manager_may_come_later_or_be_there_before(self):
        EmployeeFactory(staff_number="boss")
        rows = judged(
            {"staff_number": "1", "manager_staff_number": "2"}, {"staff_number": "2", "manager_staff_number": "boss"}
        )
        assert [row.code for row in rows.values()] == ["", ""]
        assert list(rows) == ["2", "1"]  # managers first

    def test_a_refused_manager_who_is_not_there_is_unknown(self):
        rows = judged({"staff_number": "1", "manager_staff_number": "2"}, {"staff_number": "2", "given_names": ""})
        assert rows["1"].code == "unknown_manager"

    def test_a_loop_across_file_and_database_is_cut(self):
        top = EmployeeFactory(staff_number="top")
        EmployeeFactory(staff_number="middle", manager=top)
        row = judged({"staff_number": "top", "manager_staff_number": "middle"})["top"]
        assert row.entry
        assert (row.code, row.entry.facts[5]) == ("manager_loop", "")
        assert "top reports to middle who reports to top" in row.message

    def test_nobody_is_their_own_manager(self):
        assert judged({"staff_number": "1", "manager_staff_number": "1"})["1"].code == "manager_loop"

    def test_an_email_of_two_people_refuses_the_later_whatever_the_capitals(self):
        rows = judged({"staff_number": "1", "email": "a@example.org"}, {"staff_number": "2", "email": "A@Example.org"})
        assert rows["1"].entry
        assert rows["2"].code == "email_taken"
        assert "staff number 1;" in rows["2"].message

    def test_an_email_of_somebody_outside_the_file_refuses(self):
        EmployeeFactory(staff_number="9", email="a@example.org")
        assert judged({"staff_number": "1", "email": "a@example.org"})["1"].code == "email_taken"
        assert Employee.objects.count() == 1

    def test_two_people_may_exchange_emails(self):
        EmployeeFactory(staff_number="1", email="a@example.org")
        EmployeeFactory(staff_number="2", email="b@example.org")
        rows = judged({"staff_number": "1", "email": "b@example.org"}, {"staff_number": "2", "email": "a@example.org"})
        assert [row.code for row in rows.values()] == ["", ""]
