"""Files that are no file of answers, or not only: each gets one sentence or refused rows, never an error."""

import csv
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from assessment.models import Response
from enrolment.imports.responses import load_responses, published, read_responses
from enrolment.models import Batch
from people.records import REASONS, refused_lines
from tests.factories import TODAY, EmployeeFactory, UserFactory
from tests.hostile.test_people_files import PNG

pytestmark = pytest.mark.django_db
HEADER = ("staff_number", "role", "does", "stage", "need")
HEAD = ",".join(HEADER).encode() + b"\n"
ANSWERS = b"senior_leader,sets_direction,exploring,understand"
GOOD = b"1," + ANSWERS + b"\n"
BY_CODE = b",sets_direction,exploring,understand\n"

WHOLE = {
    "nothing at all": (b"", "empty"),
    "a million line breaks": (b"\n" * 1_000_000, "empty"),
    "a header and nothing": (HEAD, "nothing below"),
    "a header and commas": (HEAD + b",,,,\n" * 1000, "nothing below"),
    "a picture": (PNG, "a picture"),
    "an Excel workbook": (b"PK\x03\x04" + b"\0" * 500, "an Excel workbook"),
    "UTF-16": ((HEAD + GOOD).decode().encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": ((HEAD + GOOD).decode().encode("utf-16-le"), "not a CSV file in UTF-8"),
    "Windows-1252": (HEAD + GOOD + "2,Führung,,,\n".encode("cp1252"), "Line 3"),
    "random bytes": (bytes(range(255, 0, -1)) * 20, "UTF-8"),
    "semicolons": ((HEAD + GOOD).replace(b",", b";"), "not separated by commas"),
    "a people file": (b"staff_number,given_names,family_name\n1,A,B\n", "role, does, stage and need are missing"),
    "a question without a column": (b"staff_number,role,does,stage\n1,a,b,c\n", "need is missing"),
    "a column that is no question": (HEAD[:-1] + b",shoe_size\n" + GOOD, "“shoe_size” is no question of version 1"),
    "a column of 200,000 letters": (HEAD[:-1] + b"," + b"x" * 200_000 + b"\n" + GOOD, "is no question of version 1"),
    "5,000 columns": (HEAD[:-1] + b",x" * 5000 + b"\n" + GOOD, "is no question of version 1"),
    "a column twice": (HEAD[:-1] + b",role\n" + GOOD, "twice"),
    "reasons in another order": (b"code,row,reason," + HEAD + b",,," + GOOD, "“code” is no question of version 1"),
    "one endless word": (b"x" * 300_000, "missing"),
}
ROWS = {
    "a byte order mark": (b"\xef\xbb\xbf" + HEAD + GOOD, [""]),
    "NUL in a cell": (HEAD + b"1,senior\0leader" + BY_CODE + GOOD, ["bad_character", "duplicate_staff_number"]),
    "a cell of 200,000 letters": (HEAD + b"2," + b"x" * 200_000 + BY_CODE + GOOD, ["unknown_option", ""]),
    "200,000 letters for a number": (HEAD + b"9" * 200_000 + b"," + ANSWERS + b"\n" + GOOD, ["too_long_text", ""]),
    "200,000 cells": (HEAD + b"2," + ANSWERS + b"," * 200_000 + b"x\n" + GOOD, ["too_many_cells", ""]),
    "200,000 empty cells": (HEAD + b"2," + ANSWERS + b"," * 200_000 + b"\n" + GOOD, ["", ""]),
    "a quotation mark never closed": (HEAD + b'1,"senior_leader' + BY_CODE + GOOD, ["not_readable", ""]),
    "many quotation marks never closed": (HEAD + b'1,"""se\n' * 200, ["not_readable"]),
    "formulas": (HEAD + b"1,=cmd|' /C calc'!A0" + BY_CODE, ["unknown_option"]),
    "fewer cells than columns": (HEAD + b"1,senior_leader\n", ["answer_missing"]),
    "old Mac line ends": ((HEAD + GOOD).replace(b"\n", b"\r"), [""]),
    "letters that only look alike": (HEAD + "1,ѕenior_leader".encode() + BY_CODE, ["unknown_option"]),
    "wide letters": (HEAD + "1,ｓｅｎｉｏｒ＿ｌｅａｄｅｒ".encode() + BY_CODE, ["unknown_option"]),
    "a lost letter": (HEAD + "1,senior\ufffdleader".encode() + BY_CODE, ["bad_character"]),
    "two answers in one cell": (HEAD + b'1,"senior_leader,operations"' + BY_CODE, ["unknown_option"]),
    "the code of another question": (HEAD + b"1,exploring" + BY_CODE, ["unknown_option"]),
}


@pytest.mark.parametrize(("content", "words"), WHOLE.values(), ids=WHOLE.keys())
def test_a_file_that_is_none_gets_one_sentence(content, words):
    with pytest.raises(ValidationError) as refused:
        read_responses(content, published())
    assert refused.value.code == "unreadable_file"
    assert words in refused.value.messages[0]
    assert len(refused.value.messages[0]) < 400


@pytest.mark.parametrize(("content", "codes"), ROWS.values(), ids=ROWS.keys())
def test_a_strange_row_never_stops_the_others(content, codes):
    rows = read_responses(content, published())
    assert [row.code for row in rows][: len(codes)] == codes
    assert {row.code for row in rows} == set(codes)
    assert all(len(row.message) < 400 for row in rows)


@pytest.mark.parametrize("content", [*(c for c, _ in WHOLE.values()), *(c for c, _ in ROWS.values())])
def test_the_page_answers_every_one_of_them(client, content):
    EmployeeFactory(staff_number="1")
    client.force_login(UserFactory(is_hr=True))
    answer = client.post("/questionnaire/responses/", {"file": SimpleUploadedFile("answers.csv", content)}, follow=True)
    assert answer.status_code == 200
    assert not Response.objects.exists()


def test_the_refused_rows_come_back_as_a_file_to_correct_and_load_again():
    EmployeeFactory.create_batch(2)
    EmployeeFactory(staff_number="1")
    EmployeeFactory(staff_number="2")
    content = HEAD + GOOD + b"1," + ANSWERS + b"\n2,king" + BY_CODE
    rows = load_responses(content, file_name="x", by=None, on=TODAY)
    assert [row.outcome for row in rows] == ["created", "refused", "refused"]
    reasons = {row.row: (row.code, row.message) for row in Batch.objects.get().rows.filter(outcome="refused")}
    lines = list(refused_lines(content, reasons, REASONS))
    assert lines[0] == [*REASONS, *HEADER]
    assert [line[:2] + line[3:5] for line in lines[1:]] == [
        ["3", "duplicate_staff_number", "", "senior_leader"],
        ["4", "unknown_option", "2", "king"],
    ]
    lines[2][4] = "other"
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    again = load_responses(text.getvalue().encode(), file_name="x", by=None, on=TODAY)
    assert [(row.outcome, row.code) for row in again] == [("refused", "staff_number_missing"), ("created", "")]
