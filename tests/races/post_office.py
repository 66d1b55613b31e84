"""Servers, workers and beats of their own as real processes, a mail server, and a clock for all of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from config.embedded import Servers
from config.folder import Folder
from config.processes import Processes
from config.supervisor import command_line
from people.clock import now
from tests.config.machine import ROOT, UNSAID, eventually
from tests.mail_server import MailServer

SEND = "enrolment.tasks.send_due_notices"
# Runs beside the workers under the same clock: what comes in is worked out, what it is goes back as a line of JSON.
BESIDE = """
import json, os, sys, uuid
import tests.races.clockwork
from collections import Counter
from datetime import date, timedelta
from django.db import transaction
from enrolment import tasks
from enrolment.actions.directory import leave
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.outcomes import in_chunks, run
from enrolment.actions.runs import follow
from enrolment.models import Enrolment, EnrolmentEvent
from kombu.exceptions import OperationalError
from people.actions.notices import tell
from people.clock import now, today
from people.models import Employee, Notice
from programmes.models import Programme

def people(number, name):
    return [
        Employee(staff_number=f"{name}{n}", given_names="Kim", family_name=f"No {n}", email=f"{name}{n}@sample.example")
        for n in range(number)
    ]

def letters(number, name, due=None):
    made = Employee.objects.bulk_create(people(number, name))
    due = date.fromisoformat(due) if due else today()
    with transaction.atomic():
        return tell([
            Notice(employee=each, kind="complaint_answered", subject=uuid.uuid4(), due_on=due,
                   headline=name, body="Hello.\\n")
            for each in made
        ], is_first=True)

def placed(number, name, code, start, end):
    made = Employee.objects.bulk_create(people(number, name))
    programme = Programme.objects.get(code=code)
    days = date.fromisoformat(start), date.fromisoformat(end)
    return sum(each.is_done for each in enrol([Wish(one, programme, *days) for one in made], by=None, on=today()))

def leaves(name):
    person = Employee.objects.get(staff_number=name)
    return [outcome.is_done for outcome in run(leave, [(person, today() - timedelta(1))], by=None, on=today())]

def wake():
    try:
        return tasks.send_due_notices.apply_async(expires=50).id
    except OperationalError:
        return ""

def told(name):
    rows = Notice.objects.filter(employee__staff_number__startswith=name)
    return {f"{row.public_id}.{row.round}": row.status for row in rows}

for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""


class PostOffice:
    """What one drill works with; everything ends with ``stop``."""

    def __init__(self, data: Path, **said: str) -> None:
        self.folder = Folder(data)
        self.folder.make()
        self.processes = Processes(self.folder.record, self.folder.logs)
        self.servers = Servers(self.folder, self.processes)
        self.servers.has_database = self.servers.has_broker = True  # the tests' own are left in peace
        self.clock, self.diary = data / "clock", data / "diary"
        self.diary.touch()
        self.set_clock(0)
        self.mail = MailServer(stamp=self.now)
        self.mail.open()
        self.said = {name: value for name, value in os.environ.items() if name not in (*UNSAID, "TEST_APP_ROLE")}
        self.said |= {"WAYPOINT_DATA": str(data), "WAYPOINT_DEMO": "0", "PYTHONPATH": str(ROOT)}
        self.said |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self.mail.port), "SMTP_TLS": "false"}
        self.said |= {"DRILL_CLOCK": str(self.clock), "DRILL_DIARY": str(self.diary), **said}
        self.started: dict[str, tuple[str, dict[str, str]]] = {}

    def start(self) -> None:
        """The servers, the tables, and somebody to ask."""
        self.servers.start()
        self.said |= self.servers.environment()
        migrate = [sys.executable, "manage.py", "migrate", "--skip-checks", "-v0"]
        subprocess.run(migrate, cwd=ROOT, env=self.said, check=True)
        pipe = subprocess.PIPE
        shell = [sys.executable, "manage.py", "shell", "-v0", "-c", BESIDE]
        self.shell = subprocess.Popen(shell, cwd=ROOT, env=self.said, text=True, stdin=pipe, stdout=pipe)

    def stop(self) -> None:
        """End all of it."""
        self.mail.close()
        self.shell.communicate(timeout=30)
        for name in [name for name in self.processes.running if name not in ("postgres", "valkey")]:
            self.processes.stop(name)
        self.servers.stop()
        self.folder.remove()

    def ask(self, question: str) -> Any:
        """What this comes to beside the workers."""
        assert self.shell.stdin, "it was started with a pipe"
        assert self.shell.stdout, "it was started with a pipe"
        self.shell.stdin.write(question + "\n")
        self.shell.stdin.flush()
        line = self.shell.stdout.readline()
        assert line, "the shell is gone; what it said stands above"
        return json.loads(line)

    def run(self, kind: str, name: str, **said: str) -> None:
        """One more ``worker`` or ``beat`` as `./run` starts it, under our clock."""
        self.started[name] = kind, said
        words = ["tests.races.clockwork" if word == "config" else word for word in command_line(kind, 0)]
        if kind == "worker":
            words += ["-n", f"{name}@drill"]
        self.processes.spawn(name, words, cwd=ROOT, env={**self.said, **said})

    def start_again(self) -> None:
        """As `./run` does with those that ended by themselves: Celery gives up when its broker dies at a bad moment."""
        for name in self.processes.stopped():
            kind, said = self.started[name]
            self.run(kind, name, **said)

    def end(self, name: str) -> None:
        """End a worker or a beat and its children, as a cut in the power does."""
        self.processes.running[name].kill()
        self.processes.stop(name)

    def set_clock(self, seconds: float) -> None:
        """Move everybody's clock to so far from the real one."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.clock)

    def pass_time(self, step: timedelta) -> None:
        """Let so much time go by at once."""
        self.set_clock(float(self.clock.read_text()) + step.total_seconds())

    def set_now(self, moment: datetime) -> None:
        """Make it this moment for everybody."""
        self.set_clock((moment - now()).total_seconds())

    def now(self) -> datetime:
        """The moment that it is here."""
        return now() + timedelta(seconds=float(self.clock.read_text()))

    def done(self, task: str = SEND) -> int:
        """How many runs of a task have ended."""
        return self.diary.read_text().count(f"{task} ")

    def wake(self) -> str:
        """What beat does every minute: the number of the sweep that was asked for; empty if the broker took nothing."""
        return str(self.ask("wake()"))

    def sweep(self) -> None:
        """Wake the workers and wait until this very sweep has ended: others may still have letters in hand."""
        number = self.wake()
        assert number

        def is_over() -> bool:
            self.start_again()
            return number in self.diary.read_text()

        assert eventually(is_over, limit=60)

    def comes(self, holds: Callable[[], Any], limit: float = 120) -> bool:
        """Whether it becomes so in time; workers are woken and started again meanwhile, as beat and `./run` do."""
        woken = -9.0

        def is_over() -> bool:
            nonlocal woken
            if time.monotonic() - woken > 2:
                woken = time.monotonic()
                self.start_again()
                self.wake()
            return bool(holds())

        return eventually(is_over, limit=limit)

    def drained(self, name: str, limit: float = 120) -> bool:
        """Whether all of a drill's letters go out in time."""
        return self.comes(lambda: not {"due", "sending"} & set(self.ask(f"told({name!r})").values()), limit)

    def letters_of(self, name: str) -> list[Any]:
        """What the mail server received of a drill."""
        return [letter for letter in list(self.mail.letters) if letter.to.startswith(name)]

    def crash_database(self) -> None:
        """PostgreSQL dies with everything it has in hand, and starts again."""
        self.processes.stop("postgres", signal.SIGQUIT, patience=30)
        self.servers.start_database()
        assert eventually(self.servers.answers, limit=60)

    def tell_broker(self, *words: str) -> None:
        """One command of Valkey's."""
        import redis

        with redis.Redis(unix_socket_path=str(self.servers.broker_socket), socket_timeout=5) as client:
            client.execute_command(*words)


def until(holds: Callable[[], Any], what: str, limit: float = 60) -> None:
    """Wait for something that has to become so."""
    assert eventually(holds, limit=limit), f"not within {limit:.0f} s: {what}"
