"""Files that are no enrolments file, or not only: each gets one sentence or refused rows, never an error."""

import csv
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from enrolment.entries import HEADER
from enrolment.imports.enrolments import load_enrolments, read_enrolments
from enrolment.models import Batch, Enrolment
from people.records import refused_lines
from tests.factories import TODAY, EmployeeFactory, UserFactory
from tests.hostile.test_people_files import PNG

HEAD = ",".join(HEADER).encode() + b"\n"
GOOD = b"1,ai-governance,2026-09-07,2026-10-04,,,\n"
REASONS = ("row", "code", "reason", "earliest_start")

WHOLE = {
    "nothing at all": (b"", "empty"),
    "a million line breaks": (b"\n" * 1_000_000, "empty"),
    "a header and nothing": (HEAD, "nothing below"),
    "a header and commas": (HEAD + b",,,,\n" * 1000, "nothing below"),
    "a picture": (PNG, "a picture"),
    "an Excel workbook": (b"PK\x03\x04" + b"\0" * 500, "an Excel workbook"),
    "UTF-16": ((HEAD + GOOD).decode().encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": ((HEAD + GOOD).decode().encode("utf-16-le"), "not a CSV file in UTF-8"),
    "Windows-1252": (HEAD + GOOD + "2,François,,,,,\n".encode("cp1252"), "Line 3"),
    "random bytes": (bytes(range(255, 0, -1)) * 20, "UTF-8"),
    "semicolons": (HEAD.replace(b",", b";") + GOOD.replace(b",", b";"), "not separated by commas"),
    "a people file": (b"staff_number,given_names,family_name\n1,A,B\n", "programme is missing"),
    "a column twice": (b"staff_number,programme,status,status\n1,ai-governance,,\n", "twice"),
    "one endless word": (b"x" * 300_000, "missing"),
}
ROWS = {
    "a byte order mark": (b"\xef\xbb\xbf" + HEAD + GOOD, [""]),
    "NUL in a cell": (HEAD + b"1,ai-gov\0ernance,,,,,\n" + GOOD, ["bad_character", ""]),
    "a cell of 200,000 letters": (
        HEAD + b"1,ai-governance,,,,," + b"x" * 200_000 + b"\n" + GOOD,
        ["too_long_text", ""],
    ),
    "200,000 letters for a day": (HEAD + b"1,ai-governance," + b"1" * 200_000 + b",,,,\n" + GOOD, ["bad_date", ""]),
    "200,000 letters for a status": (
        HEAD + b"1,ai-governance,,," + b"s" * 200_000 + b",,\n" + GOOD,
        ["unknown_status", ""],
    ),
    "200,000 letters for a number": (HEAD + b"9" * 200_000 + b",ai-governance,,,,,\n" + GOOD, ["too_long_text", ""]),
    "a quotation mark never closed": (HEAD + b'1,"ai-governance,,,,,\n' + GOOD, ["not_readable", ""]),
    "many quotation marks never closed": (HEAD + b'1,"""ai\n' * 200, ["not_readable"]),
    "formulas": (HEAD + b"1,=cmd|' /C calc'!A0,,,,,+Autumn\n", [""]),
    "more cells than columns": (HEAD + b"1,ai-governance,,,,,,more\n" + GOOD, ["too_many_cells", ""]),
    "fewer cells than columns": (HEAD + b"1,ai-governance\n", [""]),
    "old Mac line ends": ((HEAD + GOOD).replace(b"\n", b"\r"), [""]),
    "digits that only look like digits": (HEAD + "1,ai-governance,١٩٨٠-٠١-٠١,,,,\n".encode(), ["bad_date"]),
    "a lost letter": (HEAD + "1,ai-governance,,,,,Fran\ufffdois\n".encode(), ["bad_character"]),
}


@pytest.mark.parametrize(("content", "words"), WHOLE.values(), ids=WHOLE.keys())
def test_a_file_that_is_none_gets_one_sentence(content, words):
    with pytest.raises(ValidationError) as refused:
        read_enrolments(content)
    assert refused.value.code == "unreadable_file"
    assert words in refused.value.messages[0]
    assert len(refused.value.messages[0]) < 400


@pytest.mark.parametrize(("content", "codes"), ROWS.values(), ids=ROWS.keys())
def test_a_strange_row_never_stops_the_others(content, codes):
    rows = read_enrolments(content)
    assert [row.code for row in rows][: len(codes)] == codes
    assert {row.code for row in rows} == set(codes)
    assert all(len(row.message) < 400 for row in rows)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [*(c for c, _ in WHOLE.values()), *(c for c, _ in ROWS.values())])
def test_the_page_answers_every_one_of_them(client, content):
    client.force_login(UserFactory(is_hr=True))
    file = SimpleUploadedFile("enrolments.csv", content)
    answer = client.post("/enrolments/import/", {"file": file}, follow=True)
    assert answer.status_code == 200
    assert not Enrolment.objects.exists()


@pytest.mark.django_db
def test_the_refused_rows_come_back_as_a_file_to_correct_and_load_again():
    EmployeeFactory(staff_number="1")
    content = HEAD + GOOD + b"1,ai-transformation,2026-10-04,2026-10-31,,,\n1,ai-transformation,soon,,,,\n"
    rows = load_enrolments(content, file_name="x", by=None, on=TODAY)
    kept = Batch.objects.get().rows.filter(outcome="refused")
    reasons = {
        row.row: (row.code, row.message, row.earliest_start.isoformat() if row.earliest_start else "") for row in kept
    }
    lines = list(refused_lines(content, reasons, REASONS))
    assert lines[0] == [*REASONS, *HEADER]
    assert [line[:2] + line[3:7] for line in lines[1:]] == [
        ["3", "clash", "2026-10-05", "1", "ai-transformation", "2026-10-04"],
        ["4", "bad_date", "", "1", "ai-transformation", "soon"],
    ]
    lines[1][6], lines[1][7] = "2026-10-05", "2026-11-01"
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    again = load_enrolments(text.getvalue().encode(), file_name="x", by=None, on=TODAY)
    assert [(row.outcome, row.code) for row in again] == [("created", ""), ("refused", "bad_date")]
    assert [row.outcome for row in rows] == ["created", "refused", "refused"]
