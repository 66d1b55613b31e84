"""People from the file of another system, as its page takes it: previewed and applied; against parsing and COPY."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import psycopg

from tests.benchmarks.ground import ROOT, Measure, timed
from tests.benchmarks.importing import _copy, _empty, _floor_rows, _person

HEADERS = (
    "Payroll No.", "Given names", "Surname", "Work E-mail", "Position", "Business Unit", "Line Manager No", "D.O.B.",
    "Start Date",
)  # fmt: skip
DAYS = (7, 8)  # columns that hold days

# What the page does and what the worker does, each in a process of its own so that its memory is its own.
STEP = """
import json, sys, time
import django
django.setup()
from datetime import date
from pathlib import Path
from enrolment.actions.batches import begin
from enrolment.imports import apply_batch
from enrolment.imports.files import match_people, questions_of, receive_people
from enrolment.models import Batch
from enrolment.queries.files import matching_of

def preview(path, on, is_known):
    batch = receive_people(Path(path).read_bytes(), file_name="payroll.csv", by=None, on=on)
    if not is_known:
        matching = matching_of(batch)
        reading, questions = questions_of(matching, matching.facts, {})
        assert not questions, questions
        match_people(batch, reading, name="Payroll of the bench", by=None, on=on)
        batch.refresh_from_db()
    assert batch.status == "checked", batch.status
    begin([batch], on=on)
    return batch.pk

began = time.perf_counter()
if sys.argv[1] == "preview":
    answer = preview(sys.argv[2], date.fromisoformat(sys.argv[3]), sys.argv[4] == "known")
else:
    answer = apply_batch(int(sys.argv[2]))
took = time.perf_counter() - began
own = Path("/proc/self/status")
most = int(own.read_text().partition("VmHWM:")[2].split()[0]) // 1024 if own.exists() else 0
print(json.dumps([answer, took, most]))
"""


def measure(owner_url: str, *, rows: int, repeat: int, on: date) -> Measure:
    """Rows a second from the file to the people, ours and the floor's in turns, each into an empty table.

    A few rows, which are not measured, teach the source; then each file goes straight to the preview.
    """
    people = [_person(number, on) for number in range(rows)]
    content = _export(people)
    found = Measure(
        f"a payroll export of {rows:,} people: preview and apply", "parsing it and COPY of its rows", "≤ 4", "rows/s"
    )
    path, few = (Path(os.environ["WAYPOINT_DATA"], name) for name in ("payroll.csv", "few.csv"))
    path.write_bytes(content)
    few.write_bytes(_export(people[:100]))
    took: list[tuple[float, float]] = []
    memory = [0, 0]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        known = _floor_rows(owner, people)
        batch, *_ = _step("preview", few, on, "new")
        _step("apply", batch)
        for _ in range(repeat):
            _empty(owner)
            found.floor.append(rows / timed(lambda: _copy(owner, _parsed(content, known))))
            _empty(owner)
            batch, previewed, of_page = _step("preview", path, on, "known")
            done, applied, of_worker = _step("apply", batch)
            assert done == rows, done
            took.append((previewed, applied))
            found.ours.append(rows / (previewed + applied))
            memory = [max(memory[0], of_page), max(memory[1], of_worker)]
        _empty(owner)
    share = sum(previewed for previewed, _ in took) / sum(map(sum, took))
    found.note = (
        f"A payroll export: semicolons, Windows-1252, dd/mm/yyyy, its source known. The preview is {share:.0%} of the "
        f"time. Most memory: {memory[0]} MB of the process that previews, {memory[1]} MB of the worker that applies."
    )
    return found


def _step(*words: object) -> tuple[int, float, int]:
    """What one step came to, the seconds it took and the most megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", STEP, *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    answer, seconds, megabytes = json.loads(done.stdout)
    return answer, seconds, megabytes


def _export(people: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADERS)
    for person in people:
        days = (date.fromisoformat(person[at]).strftime("%d/%m/%Y") for at in DAYS)
        writer.writerow([*person[: DAYS[0]], *days])
    return text.getvalue().encode("cp1252")


def _parsed(content: bytes, known: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The rows of the table, from the file: its letters, its cells, its days; everything looked up beforehand."""
    rows = csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";")
    next(rows)
    return [
        (*ready[:2], *cells[:5], *ready[7:9], *(_day(cells[at]) for at in DAYS))
        for cells, ready in zip(rows, known, strict=True)
    ]


def _day(text: str) -> date:
    return date(int(text[6:]), int(text[3:5]), int(text[:2]))
