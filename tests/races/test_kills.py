"""Workers killed without a word, as real processes: files, days and letters are finished, each thing once."""

import contextlib
import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.config.machine import Machine, eventually
from tests.conftest import Scale

# Runs beside the worker, as beat does: what comes in is worked out, what it is goes back as a line of JSON.
BESIDE = """
import json, sys
from collections import Counter
from datetime import timedelta
from enrolment import tasks
from enrolment.actions.batches import begin
from enrolment.actions.enrolments import Wish, enrol
from enrolment.imports.enrolments import check_enrolments
from enrolment.models import Batch, BatchRow, Enrolment, EnrolmentEvent
from enrolment.queries.prove import Scope, findings
from people.clock import now, today
from people.models import Employee, Notice, User
from programmes.models import Programme

def later():
    return now() + timedelta(minutes=21)

def people(number):
    made = [
        Employee(staff_number=f"K{at:05}", given_names="Kim", family_name=f"No {at}", email=f"k{at}@sample.example")
        for at in range(number)
    ]
    return len(Employee.objects.bulk_create(made))

def file(number):
    rows = [f"K{at:05},ai-governance,2025-01-06,2025-02-02,completed,2025-02-02," for at in range(number)]
    rows += [f"K{at:05},ai-transformation,2025-03-03,2025-03-30,completed,2025-03-30," for at in range(number)]
    head = "staff_number,programme,start_date,planned_end_date,status,ended_on,cohort"
    batch = check_enrolments("\\n".join([head, *rows]).encode(), file_name="many.csv", by=None, on=today())
    return begin([batch], on=today())

def plans():
    wishes = [
        Wish(
            person,
            Programme.objects.get(code="ai-leadership-literacy"),
            start_date=today(),
            planned_end_date=today() + timedelta(27),
        )
        for person in Employee.objects.order_by("id")
    ]
    return sum(each.is_done for each in enrol(wishes, by=None, on=today() - timedelta(1)))

def day():
    tasks.now = later  # a run that lost its worker is given up after 20 minutes: those go by at once
    return tasks.enforce_day()

for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""


class Beside:
    """A process on the same database and broker that is asked things."""

    def __init__(self, process: Any) -> None:
        self.process = process

    def ask(self, question: str) -> Any:
        """What this comes to over there."""
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A whole Waypoint, started once for all drills."""
    made = Machine(tmp_path_factory.mktemp("kills") / "data")
    with made.up():
        assert eventually(lambda: "worker" in made.children())
        yield made
    made.run("reset")


@pytest.fixture(scope="module")
def beside(machine: Machine) -> Iterator[Beside]:
    """Somebody to ask."""
    process = machine.start("shell", "-v0", "-c", BESIDE)
    try:
        yield Beside(process)
    finally:
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def crowd(beside: Beside, scale: Scale) -> int:
    """So many people work here."""
    return beside.ask(f"people({scale.pick(600, 3000)})")


@pytest.fixture(scope="module")
def placed(beside: Beside, crowd: int) -> int:
    """So many are enrolled from today: each has a letter and a start before them."""
    assert beside.ask("plans()") == crowd
    return crowd


def descendants(pid: int) -> list[int]:
    """A process and all that it started, as the kernel knows them."""
    found = [pid]
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += descendants(int(child))
    return found


def kill_worker(machine: Machine) -> None:
    """End the worker and its processes at once; the supervisor starts another."""
    before = machine.children()["worker"]
    for pid in descendants(before):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # What dies again and again is started again later and later: that is waited for.
    assert eventually(lambda: machine.children().get("worker", before) != before, limit=180)


def killed_until(
    machine: Machine, beside: Beside, *, kills: int, done: str, all_: int, wake: str, lapse: str = ""
) -> int:
    """Let the work go on, a kill whenever a part more is done, until it is whole; returns how often it was killed.

    ``wake`` is what beat does in its own time, done here as soon as a new worker is there; ``lapse`` lets the time
    go by for which the killed one still had taken something.
    """
    killed, parts = 0, [all_ * part // (kills + 1) for part in range(kills)]
    beside.ask(wake)
    end, asked = time.monotonic() + 1800, time.monotonic()
    while (reached := beside.ask(done)) < all_:
        assert time.monotonic() < end, f"{reached} of {all_} after {killed} kills"
        if killed < kills and reached > parts[killed]:
            kill_worker(machine)
            if lapse:
                beside.ask(lapse)
            killed += 1
            asked = 0
        if time.monotonic() - asked > 5:
            beside.ask(wake)
            asked = time.monotonic()
    return killed


@pytest.fixture(scope="module")
def kills(scale: Scale) -> int:
    """How often each drill kills the worker: 3 drills × 14 are over 40."""
    return scale.pick(1, 14)


def test_a_file_is_finished_whatever_is_killed(machine, beside, crowd, kills):
    assert beside.ask(f"file({crowd})") == 1
    killed = killed_until(
        machine,
        beside,
        kills=kills,
        done="Batch.objects.get().done",
        all_=2 * crowd,
        wake="bool(tasks.resume_batches.delay())",
    )
    assert killed, "the work was over before anything could be killed"
    assert eventually(lambda: beside.ask("Batch.objects.get().status") == "applied")
    assert beside.ask("BatchRow.objects.count()") == 2 * crowd
    assert beside.ask("Batch.objects.get().counts['created']") == 2 * crowd
    assert beside.ask("dict(Counter(Enrolment.objects.values_list('status', flat=True)))") == {"completed": 2 * crowd}
    assert beside.ask("EnrolmentEvent.objects.count()") == beside.ask(
        "EnrolmentEvent.objects.values('subject', 'move', 'to_status').distinct().count()"
    )
    assert beside.ask("[str(each) for each in findings(Scope(None, None), on=today(), now=now(), reached=None)]") == []


def test_a_day_is_enforced_once_whatever_is_killed(machine, beside, placed, kills):
    started = "EnrolmentEvent.objects.filter(move='start', subject__programme__code='ai-leadership-literacy')"
    killed_until(
        machine,
        beside,
        kills=kills,
        done=f"{started}.values('subject').distinct().count()",
        all_=placed,
        wake="day()",
    )
    assert beside.ask(f"{started}.count()") == placed
    assert beside.ask("Enrolment.objects.filter(status='active').count()") == placed
    assert beside.ask("[str(each) for each in findings(Scope(None, None), on=today(), now=now(), reached=None)]") == []


def test_no_letter_is_lost_and_one_sent_again_is_the_same_letter(machine, beside, placed, kills):
    due = "Notice.objects.filter(status='due', due_on__lte=today()).count()"
    gone = "Notice.objects.filter(status='sent').count()"
    told = beside.ask(f"{due} + {gone}")
    assert told >= placed
    killed_until(
        machine,
        beside,
        kills=kills,
        done=gone,
        all_=told,
        wake="bool(tasks.send_due_notices.delay())",
        lapse="Notice.objects.filter(leased_until__gt=now()).update(leased_until=now())",
    )
    sent = beside.ask(
        "[f'{n.public_id}.{n.round}' for n in Notice.objects.filter(status='sent').only('public_id', 'round')]"
    )
    letters = Counter(number for file in (machine.data / "mail").iterdir() for number in numbers(file))
    assert set(sent) <= set(letters), "lost"
    twice = sum(letters.values()) - len(letters)
    assert twice <= 3 * kills * 2, "a kill may repeat only what each of the worker's two processes had open"


def numbers(file: Path) -> list[str]:
    """The letters' own numbers: letters of one moment lie in one file."""
    return re.findall(r"^Message-ID: <(.+)@", file.read_text(), re.MULTILINE)
