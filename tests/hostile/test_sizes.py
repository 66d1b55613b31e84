"""Files made to fill the memory: a worker that reads one stays within 300 MB, and says in a sentence what is wrong."""

import io
import json
import os
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import Scale
from tests.hostile.test_tables import MAIN, PARTS, workbook

MOST_MEGABYTES = 300
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What a worker does with a file before anybody is written: the table, the columns, the rows. Django is in its memory.
READ = """
import json, resource, sys
import django
django.setup()
from datetime import date
from pathlib import Path
from django.core.exceptions import ValidationError
from people.guesses import guess
from people.imports import read_people
from people.reading import problems, reading_of
from people.tables import samples, table_of
try:
    table = table_of(Path(sys.argv[1]).read_bytes())
    facts = guess(table.columns, list(samples(table, 50)))
    lacking = problems(facts)
    if lacking:
        answer = lacking[0]
    else:
        reading, _ = reading_of(table, facts, order="day_first", epoch="1900")
        content = table.text.encode()
        del table  # as the pages do: kept as bytes, read again
        rows = read_people(content, on=date(2026, 11, 27), reading=reading).rows
        answer = [len(rows), [[row.row, row.code, row.message] for row in rows if row.code][:3]]
except ValidationError as error:
    answer = error.messages[0]
# Linux counts for getrusage what the process that began this one had: its own peak is told beside.
own = Path("/proc/self/status")
most = int(own.read_text().partition("VmHWM:")[2].split()[0]) if own.exists() else 0
print(json.dumps([answer, (most or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024]))
"""
HEAD = "Staff number,First name,Surname\n"
GOOD = "9,Grace,Hopper\n"
CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'


def read(content: bytes, tmp_path):
    """What a worker of its own says of the file, and the most megabytes it had."""
    file = tmp_path / "file"
    file.write_bytes(content)
    surroundings = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": ROOT}
    command = [sys.executable, "-c", READ, str(file)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def one_cell(size: int) -> bytes:
    return f"{HEAD}1,{'x' * size},Byron\n{GOOD}".encode()


def one_cell_of_signs(size: int) -> bytes:
    """Beyond the first plane each letter takes four bytes in memory, and one such letter makes all of them."""
    return f"{HEAD}1,{'x' * size}🧭,Byron\n{GOOD}".encode()


def one_long_row(size: int) -> bytes:
    return f"{HEAD}1,Ada,Byron{',ab' * (size // 3)}\n{GOOD}".encode()


def one_row_of_line_breaks(size: int) -> bytes:
    return HEAD.encode() + GOOD.encode() + b'1,"' + b'\n","' * (size // 4) + b'"\n'


def only_commas(size: int) -> bytes:
    return HEAD.encode() + b"," * size + b"\n" + GOOD.encode()


ONE = "This row has more than 1,000,000 characters"
ROWS = [one_cell, one_cell_of_signs, one_long_row, only_commas]


@pytest.mark.parametrize("make", ROWS)
def test_a_row_too_long_for_anybody_is_refused_and_the_others_are_read(make, scale: Scale, tmp_path):
    size = scale.pick(8, 31) * 1024 * 1024
    (people, refused), megabytes = read(make(size), tmp_path)
    assert (people, len(refused)) == (2, 1)
    assert refused[0][:2] == [2, "not_readable"]
    assert ONE in refused[0][2]
    assert megabytes <= MOST_MEGABYTES


def test_a_row_that_never_ends_costs_no_memory(scale: Scale, tmp_path):
    answer, megabytes = read(one_row_of_line_breaks(scale.pick(8, 31) * 1024 * 1024), tmp_path)
    assert answer.startswith("More than 200,000 rows cannot be loaded, row ")
    assert answer.endswith("Missing: given names and family name.")
    assert megabytes <= MOST_MEGABYTES


def sheet(rows: str, **more: str) -> bytes:
    return workbook(rows, **more)


def foot(rows: int) -> bytes:
    """People above, and below them rows that were only ever formatted, as where somebody coloured whole columns."""
    people = "".join(
        f'<row r="{at}">{"".join(map(CELL.format, cells))}</row>'
        for at, cells in enumerate([("Staff number", "First name", "Surname"), ("1", "Ada", "Byron")], 1)
    )
    return sheet(people + "".join(f'<row r="{at}" s="1"><c r="A{at}" s="1"/></row>' for at in range(3, rows + 1)))


def test_rows_that_are_only_formatted_do_not_count(scale: Scale, tmp_path):
    answer, megabytes = read(foot(scale.pick(261_000, 1_048_576)), tmp_path)
    assert answer == [1, []]
    assert megabytes <= MOST_MEGABYTES


def zeros(size: int) -> bytes:
    """A sheet that unpacks to a thousand times its size."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in PARTS.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(size // 1_000_000):
                part.write(b" " * 1_000_000)
    return held.getvalue()


def shared(size: int) -> bytes:
    """Strings that the cells refer to: very many, and nobody refers to most of them."""
    people = '<row r="1"><c t="s"><v>0</v></c></row>'
    texts = f'<sst xmlns="{MAIN}">' + "<si><t>a</t></si>" * (size // 17) + "</sst>"
    content = PARTS["[Content_Types].xml"].replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sharedStrings+xml"/></Types>',
    )
    return sheet(people, **{"xl/sharedStrings.xml": texts, "[Content_Types].xml": content})


def deep(size: int) -> bytes:
    """Elements inside one another."""
    return sheet("<row><c>" + "<is>" * (size // 9) + "</is>" * (size // 9) + "</c></row>")


def wide_cell(size: int) -> bytes:
    return sheet(f'<row r="1">{CELL.format("x" * size)}{CELL.format("y")}</row>')


def attributes(size: int) -> bytes:
    """One element whose attribute is as large as the sheet."""
    return sheet(f'<row r="1" spans="{"1" * size}"><c><v>1</v></c></row>')


def cells(size: int) -> bytes:
    """One row of very many cells with nothing in them."""
    return sheet('<row r="1">' + "<c/>" * (size // 4) + "</row>")


def rows(size: int) -> bytes:
    """Very many rows with nothing in them, not even a cell."""
    return sheet("<row/>" * (size // 6))


def prefixed(size: int) -> bytes:
    """The same, written as some programs do: each tag with a prefix."""
    book = sheet("")
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if "sheet1" not in name:
                new.writestr(name, old.read(name))
        data = '<x:row r="1">' + "<x:c/>" * (size // 6) + "</x:row>"
        text = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{data}</x:sheetData></x:worksheet>'
        new.writestr("xl/worksheets/sheet1.xml", text)
    return held.getvalue()


BOOKS = [
    (cells, 2, 250, "far more than a sheet of people"),
    (rows, 8, 250, "far more than a sheet of people"),
    (prefixed, 2, 250, "far more than a sheet of people"),
    (zeros, 320, 320, "far larger inside"),
    (zeros, 8, 280, "far more than a cell can"),
    (shared, 20, 47, "far more than a sheet of people"),
    (shared, 60, 60, "far more than a sheet of people"),
    (deep, 2, 50, "far more than a sheet of people"),
    (wide_cell, 8, 50, "far more than a cell can"),
    (attributes, 8, 50, "far more than a cell can"),
]


@pytest.mark.parametrize(("make", "usual", "full", "words"), BOOKS, ids=[f"{m.__name__} {f}" for m, _, f, _ in BOOKS])
def test_a_workbook_that_is_a_bomb_gets_one_sentence(make, usual, full, words, scale: Scale, tmp_path):
    content = make(scale.pick(usual, full) * 1024 * 1024)
    assert len(content) < 1024 * 1024, "it is small until it is opened"
    answer, megabytes = read(content, tmp_path)
    assert isinstance(answer, str), answer
    assert words in answer
    assert megabytes <= MOST_MEGABYTES


@pytest.mark.parametrize("number", [2_000_000_000, 10**15, -1, 0])
def test_a_row_that_stands_nowhere_stops_nobody(number, tmp_path):
    """Rows are counted on from one to the next: a number that no row has would be counted to."""
    people = '<row r="1"><c t="inlineStr"><is><t>Staff number</t></is></c></row>'
    answer, _ = read(sheet(people + f'<row r="{number}"><c t="inlineStr"><is><t>1</t></is></c></row>'), tmp_path)
    assert "Split it" in answer if number > 0 else "stands below row 1" in answer


def test_a_zip_inside_a_zip_is_not_opened(tmp_path):
    inner = zeros(1_000_000)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for at in range(50):
            book.writestr(f"{at}.zip", inner)
    answer, megabytes = read(held.getvalue(), tmp_path)
    assert "no Excel workbook" in answer
    assert megabytes <= MOST_MEGABYTES
