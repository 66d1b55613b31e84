"""Files that are no people file, or not only: each gets one sentence or refused rows, never an error."""

import struct
import zlib

import pytest
from django.core.exceptions import ValidationError

from people.imports import HEADER, read_people
from people.models import Employee
from tests.factories import TODAY, UserFactory

HEAD = ",".join(HEADER).encode() + b"\n"
GOOD = b"1,Ada,Byron,,,,,,,\n"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + zlib.compress(b"\0" * 100)

WHOLE = {
    "nothing at all": (b"", "empty"),
    "only blank lines": (b"\n\n\r\n", "empty"),
    "a million line breaks": (b"\n" * 1_000_000, "empty"),
    "a header and nobody": (HEAD, "nobody below"),
    "a header and a million line breaks": (HEAD + b"\n" * 1_000_000, "nobody below"),
    "a header and commas": (HEAD + b",,,,\n" * 1000, "nobody below"),
    "a picture": (PNG, "a picture"),
    "an Excel workbook": (b"PK\x03\x04" + b"\0" * 500, "an Excel workbook"),
    "a PDF": (b"%PDF-1.7\n...", "a PDF"),
    "UTF-16": ((HEAD + GOOD).decode().encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": ((HEAD + GOOD).decode().encode("utf-16-le"), "not a CSV file in UTF-8"),
    "Windows-1252": (HEAD + GOOD + "2,François,Byron,,,,,,,\n".encode("cp1252"), "Line 3"),
    "random bytes": (bytes(range(255, 0, -1)) * 20, "UTF-8"),
    "semicolons": (HEAD.replace(b",", b";") + GOOD.replace(b",", b";"), "not separated by commas"),
    "tabs": (HEAD.replace(b",", b"\t"), "not separated by commas"),
    "other columns": (b"Payroll No.,Name\n1,Ada\n", "staff_number, given_names and family_name are missing"),
    "a column twice": (b"staff_number,given_names,family_name,family_name\n1,A,B,C\n", "twice"),
    "a web page": (b"<!DOCTYPE html><html>Sign in</html>", "missing"),
    "one endless word": (b"x" * 300_000, "missing"),
}
ROWS = {
    "a byte order mark": (b"\xef\xbb\xbf" + HEAD + GOOD, [""]),
    "NUL in a cell": (HEAD + b"1,A\0da,Byron,,,,,,,\n2,Ada,Byron,,,,,,,\n", ["bad_character", ""]),
    "a cell of 200,000 letters": (
        HEAD + b"1,Ada,Byron,," + b"x" * 200_000 + b",,,,,\n2,Ada,Byron,,,,,,,\n",
        ["too_long_text", ""],
    ),
    "a quotation mark never closed": (HEAD + b'1,"Ada,Byron,,,,,,,\n2,Ada,Byron,,,,,,,\n', ["not_readable", ""]),
    "many quotation marks never closed": (HEAD + b'1,"""Ada,Byron\n' * 200, ["not_readable"]),
    "formulas": (HEAD + b"1,=cmd|' /C calc'!A0,+Byron,,@SUM(1),-1,,,,\n", [""]),
    "old Mac line ends": ((HEAD + GOOD).replace(b"\n", b"\r"), [""]),
    "Windows line ends": ((HEAD + GOOD).replace(b"\n", b"\r\n"), [""]),
    "no line end at the end": (HEAD + GOOD.rstrip(), [""]),
    "letters beyond the first plane": (HEAD + "1,🧭,𝔅yron,,,,,,,\n".encode(), [""]),
    "digits that only look like digits": (HEAD + "1,Ada,Byron,,,,,١٩٨٠-٠١-٠١,,\n".encode(), ["bad_date"]),
}


@pytest.mark.parametrize(("content", "words"), WHOLE.values(), ids=WHOLE.keys())
def test_a_file_that_is_none_gets_one_sentence(content, words):
    with pytest.raises(ValidationError) as refused:
        read_people(content, on=TODAY)
    assert refused.value.code == "unreadable_file"
    assert words in refused.value.messages[0]
    assert len(refused.value.messages[0]) < 400


@pytest.mark.parametrize(("content", "codes"), ROWS.values(), ids=ROWS.keys())
def test_a_strange_row_never_stops_the_others(content, codes):
    rows = read_people(content, on=TODAY).rows
    assert [row.code for row in rows][: len(codes)] == codes
    assert {row.code for row in rows} == set(codes)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [*(c for c, _ in WHOLE.values()), *(c for c, _ in ROWS.values())])
def test_the_page_answers_every_one_of_them(client, content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(UserFactory(is_hr=True))
    answer = client.post("/people/import/", {"file": SimpleUploadedFile("people.csv", content)}, follow=True)
    assert answer.status_code == 200
    assert not Employee.objects.exists()
