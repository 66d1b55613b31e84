"""Files of other systems that are no table, or a trap: each is refused in one sentence before its rows are read."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError

from people.tables import table_of

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def zipped(parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return held.getvalue()


def row(number, *cells):
    inside = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{inside}</row>'


def workbook(rows, before="", **more):
    sheet = f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return zipped({**PARTS, "xl/worksheets/sheet1.xml": sheet, **more})


PEOPLE = row(1, "Staff number", "First name", "Surname") + row(2, "1", "Ada", "Byron")
NAMED = row(1, "Staff number", "First name", "Surname") + row(2, "1", "&many;", "Byron")
BOMB = '<!DOCTYPE l [<!ENTITY one "ha"><!ENTITY many "&one;&one;&one;">]>'
FILES = {
    "a program called .csv": (b"MZ\x90\0\3\0\0\0" + bytes(range(256)) * 20, "holds what is none"),
    "a PDF called .xlsx": (b"%PDF-1.7\n1 0 obj", "a PDF"),
    "NUL in the first lines": (b"Staff number,First name,Surname\n1,A\0,B\n", "no text has"),
    "16,384 columns of text": (",".join(f"c{at}" for at in range(16384)).encode(), "16,384 columns"),
    "16,384 columns of a sheet": (workbook(row(1, *(f"c{at}" for at in range(16384)))), "16,384 columns"),
    "a zip of something else": (zipped({"a.txt": "x"}), "no Excel workbook"),
    "half a workbook": (workbook(PEOPLE)[:-40], "cannot be unpacked"),
    "entities that multiply": (workbook(NAMED, BOMB), "entities"),
    "an entity that is a file": (workbook(NAMED, '<!DOCTYPE l [<!ENTITY many SYSTEM "file:///x">]>'), "entities"),
    "macros": (workbook(PEOPLE, **{"xl/vbaProject.bin": "x"}), "macros"),
    "a row at the foot of the sheet": (workbook(PEOPLE + row(1_048_576, "2", "A", "B")), "rows"),
}


def test_the_workbook_that_the_traps_are_made_from_is_read():
    assert table_of(workbook(PEOPLE)).text == "Staff number,First name,Surname\n1,Ada,Byron\n"


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES.keys())
def test_a_trap_gets_one_sentence(content, words):
    with pytest.raises(ValidationError, match=words) as refused:
        table_of(content)
    assert refused.value.code == "unreadable_file"


DAMAGED = {
    "half a letter more": ("utf-16", b"\xff"),
    "broken off within a letter": ("utf-16-le", None),
    "UTF-8 by its mark": ("utf-8-sig", b"\xff\xfe\xff"),
}


@pytest.mark.parametrize(("encoding", "end"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_told_plainly_what_is_wrong_and_what_to_do(encoding, end):
    content = ("Staff number;First name;Surname\n" + "1;Ada;Byron\n" * 3000).encode(encoding)
    content = content + end if end else content[:-1]
    with pytest.raises(ValidationError) as refused:
        table_of(content)
    sentence = refused.value.messages[0]
    named = "UTF-8" if encoding == "utf-8-sig" else "text in UTF-16, and from line"
    assert named in sentence
    assert "Save it again as CSV" in sentence or "save it as “CSV UTF-8”" in sentence
    assert "holds what is none" not in sentence


def test_entities_are_found_in_letters_of_two_bytes_too():
    sheet = f'{BOMB}<worksheet xmlns="{MAIN}"><sheetData>{NAMED}</sheetData></worksheet>'
    with pytest.raises(ValidationError, match="no spreadsheet writes"):
        table_of(zipped({**PARTS, "xl/worksheets/sheet1.xml": sheet.encode("utf-16")}))
