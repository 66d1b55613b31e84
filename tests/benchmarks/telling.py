"""What people are told: writing very many reminders at once, and sending very many mails with real workers."""

from __future__ import annotations

import contextlib
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from email.message import EmailMessage

import psycopg

from tests.benchmarks.ground import ROOT, Measure, timed
from tests.benchmarks.time import FLOOR_ENROL, PEOPLE

AHEAD = timedelta(days=20)  # a start so far ahead has two reminders: that it comes, and that it has come
LENGTH = timedelta(days=27)
COLUMNS = "public_id, employee_id, kind, subject, round, about_on, due_on, status, headline, body"
DUE = """
INSERT INTO people_notice (public_id, employee_id, kind, subject, round, about_on, due_on, status, headline, body)
SELECT gen_random_uuid(), e.employee_id, 'enrolled', e.public_id, 1, e.start_date, %s, 'due',
       'You are enrolled on AI Leadership Literacy', repeat('This is as long as a letter is, with what happened. ', 10)
FROM enrolment_enrolment e
"""


def measure(owner_url: str, *, rows: int, repeat: int, only: str | None, on: date) -> list[Measure]:
    """``rows`` reminders written, a tenth as many mails sent."""
    found = []
    with psycopg.connect(owner_url, autocommit=True) as owner:
        if only in (None, "reminders"):
            found.append(_reminders(owner, rows=rows, repeat=repeat, on=on))
        if only in (None, "mail"):
            found.append(_mail(owner, mails=max(rows // 10, 1), repeat=repeat, on=on))
        _clear(owner)
    return found


def _reminders(owner: psycopg.Connection, *, rows: int, repeat: int, on: date) -> Measure:
    """Everything that the calendar has to say to very many people, against the same rows copied inside the database."""
    from django.db import transaction

    from enrolment.actions.calendar import remind
    from enrolment.actions.outcomes import CHUNK
    from people.models import Employee
    from people.queries import in_parts

    found = Measure(f"writing {rows:,} reminders", "one INSERT…SELECT of the rows", "≤ 3", "rows/s")
    _fill(owner, max(rows // 2, 1), start=on + AHEAD)
    people = list(Employee.objects.order_by("id").values_list("id", flat=True))

    def ours() -> int:
        written = 0
        for part in in_parts(people, CHUNK):
            with transaction.atomic():
                written += remind(part, on=on)
        return written

    assert ours() == 2 * len(people)
    owner.execute("CREATE TABLE bench_reminders AS SELECT * FROM people_notice")
    copy = f"INSERT INTO people_notice ({COLUMNS}) SELECT {COLUMNS} FROM bench_reminders"  # nosec B608
    for _ in range(repeat):
        owner.execute("TRUNCATE people_notice CASCADE")
        found.floor.append(rows / timed(lambda: owner.execute(copy)))
        owner.execute("TRUNCATE people_notice CASCADE")
        found.ours.append(rows / timed(ours))
    owner.execute("DROP TABLE bench_reminders")
    return found


def _mail(owner: psycopg.Connection, *, mails: int, repeat: int, on: date) -> Measure:
    """Two worker processes empty the ledger into a mail server, against one loop that composes and sends as many."""
    from celery import current_app

    found = Measure(f"sending {mails:,} mails, 2 workers", "bare loop over smtplib", "≥ 0.7", "mails/s")
    _fill(owner, mails, start=on)
    with _sink() as sink, _worker(sink):

        def ours(number: int) -> None:
            current_app.send_task("enrolment.tasks.send_due_notices")
            left = "SELECT EXISTS (SELECT FROM people_notice WHERE status <> 'sent')"
            while (owner.execute(left).fetchone() or (True,))[0]:
                time.sleep(0.1)
            assert sink.received() == number, "the mail server has to have all of them"

        owner.execute(DUE + " LIMIT 100", [on])
        ours(min(mails, 100))  # what is loaded at first use is not counted
        for _ in range(repeat):
            found.floor.append(mails / timed(lambda: _bare(sink.port, owner, mails)))
            assert sink.received() == mails
            owner.execute("TRUNCATE people_notice CASCADE")
            owner.execute(DUE, [on])
            owner.execute("VACUUM ANALYZE people_notice")
            found.ours.append(mails / timed(lambda: ours(mails)))
    return found


def _bare(port: int, owner: psycopg.Connection, mails: int) -> None:
    """One connection; each mail is composed of the same words in text and HTML, as ours are."""
    headline, words = (
        "You are enrolled on AI Leadership Literacy",
        "This is as long as a letter is, with what happened. " * 10,
    )
    addresses = owner.execute("SELECT public_id, email FROM people_employee ORDER BY id LIMIT %s", [mails]).fetchall()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number, address in addresses:
            mail = EmailMessage()
            mail["Subject"], mail["From"], mail["To"] = headline, "waypoint@localhost", address
            mail["Message-ID"] = f"<{number}.1@localhost>"
            mail.set_content(words)
            mail.add_alternative(f"<h1>{headline}</h1><p>{words}</p>", subtype="html")
            server.send_message(mail)


class _Sink:
    """A mail server in a process of its own that counts."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.seen = process, 0
        self.port = int(self._line())

    def received(self) -> int:
        """How many mails came since it was asked last."""
        assert self.process.stdin, "it was started with a pipe"
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        before, self.seen = self.seen, int(self._line())
        return self.seen - before

    def _line(self) -> str:
        assert self.process.stdout, "it was started with a pipe"
        return self.process.stdout.readline()


@contextlib.contextmanager
def _sink() -> Iterator[_Sink]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mail_server"], cwd=ROOT, text=True, stdin=pipe, stdout=pipe
    ) as process:
        yield _Sink(process)


@contextlib.contextmanager
def _worker(sink: _Sink) -> Iterator[None]:
    """The worker with its two processes as `./run` starts it, sending to this mail server at any hour."""
    from config.supervisor import command_line

    said = {"WAYPOINT_DEMO": "0", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(sink.port), "SMTP_TLS": "false"}
    process = subprocess.Popen(
        command_line("worker", 0), cwd=ROOT, env={**os.environ, **said, "MAIL_HOURS": "0-24"}, start_new_session=True
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _fill(owner: psycopg.Connection, people: int, *, start: date) -> None:
    """So many people, each enrolled from a day."""
    _clear(owner)
    owner.execute(PEOPLE, [people])
    owner.execute(FLOOR_ENROL, [start, start + LENGTH])
    owner.execute("VACUUM ANALYZE")


def _clear(owner: psycopg.Connection) -> None:
    owner.execute("TRUNCATE people_employee, enrolment_batch CASCADE")
