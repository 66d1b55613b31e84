"""Waypoint as people get it: gunicorn and Celery's worker with the application's rights, a database a journey."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "waypoint_tests"  # what the migrations load, and nobody's people
DEMONSTRATION = "waypoint_journeys"  # the demonstration, made once for all journeys
THREADS = ("--threads=4", "--worker-class=gthread", "--no-control-socket")


class Site:
    """One address for all journeys of a test process; the database behind it is replaced between them.

    Journeys never touch the ORM: what a page cannot do they do as an operator would, with commands. So no connection
    of Django's is open in the thread where Playwright's loop runs.
    """

    def __init__(self, worker: str, data: Path) -> None:
        self.database = f"waypoint_site_{worker}"
        self.data = data
        (data / "mail").mkdir(parents=True)
        (data / "secret_key").write_text("a key for journeys only, shared by the commands and the pages of one site")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.running: list[subprocess.Popen[bytes]] = []
        self.has_worker = False

    def serve(self) -> None:
        """Start the pages. The address is listening already, so whoever comes early waits instead of being refused."""
        gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{self.socket.fileno()}"]
        self.running.append(self._start("web", [*gunicorn, *THREADS], keeps=[self.socket.fileno()]))

    @contextmanager
    def told(self, **said: str) -> Iterator[str]:
        """Pages on the same data whose environment says this too: their address, while they are needed."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            said = {**self.environment(), "PORT": str(port), **said}
            gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{listening.fileno()}"]
            process = self._start("told", [*gunicorn, *THREADS], said, keeps=[listening.fileno()])
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait()

    def work(self) -> None:
        """Start Celery's worker, once."""
        if not self.has_worker:
            celery = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=solo", "--loglevel=WARNING"]
            quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
            self.running.append(self._start("worker", [*celery, *quiet]))
            self.has_worker = True

    def stop(self) -> None:
        """End what was started."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait()
        self.socket.close()

    def refill(self, template: str) -> None:
        """Everything as in this template: its rows, nobody signed in, no mail, nothing in the queue."""
        for mail in (self.data / "mail").iterdir():
            mail.unlink()
        _replace(self.database, template)

    def command(self, *words: str) -> str:
        """Run a management command as an operator does; returns what it printed."""
        return manage(self.environment(), *words)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with closing(psycopg.connect(self.environment()["DATABASE_URL"])) as connection:
            sentence = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            return int(connection.execute(sentence).fetchall()[0][0])

    def environment(self) -> dict[str, str]:
        """What the processes of this site are told."""
        return environment(self.database, self.data) | {"PORT": str(self.port)}

    def log(self, name: str) -> str:
        """What a process said."""
        return (self.data / f"{name}.log").read_text(errors="replace")

    def _start(
        self, name: str, command: list[str], said: dict[str, str] | None = None, *, keeps: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        with (self.data / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=said or self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=keeps,
            )


def environment(database: str, data: Path) -> dict[str, str]:
    """The environment of a process on this database, with the application's rights and a broker of its own."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    who = parts.netloc.rpartition("@")[2]
    login = os.environ["TEST_APP_ROLE"] or parts.username
    password = f":{parts.password}" if parts.password else ""
    url = urlunsplit(parts._replace(netloc=f"{login}{password}@{who}", path=f"/{database}"))
    number = 1 + int("".join(filter(str.isdecimal, database)) or 0) % 14  # 0 is for tests outside the browser
    broker = os.environ["REDIS_URL"].replace("db=0", f"db={number}")
    own = {"DATABASE_URL": url, "REDIS_URL": broker, "WAYPOINT_DATA": str(data), "WAYPOINT_LOOPBACK": "1"}
    return {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"} | own


def manage(surroundings: dict[str, str], *words: str) -> str:
    """The standard output of a management command, which has to end well."""
    command = [sys.executable, "manage.py", *words, "--skip-checks"]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def make_demonstration(data: Path) -> None:
    """The template with the demonstration in it; the first test process that asks makes it, the others wait."""
    with (data / "journeys.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if not lock.read():
            _replace(DEMONSTRATION, EMPTY)
            folder = data / "journeys-demonstration"
            folder.mkdir(exist_ok=True)
            manage(environment(DEMONSTRATION, folder), "demo")
            shutil.rmtree(folder)
            lock.write("made")


def _replace(name: str, template: str) -> None:
    """A database like the template. The application's connections end first, by the role that has the right to."""
    with closing(psycopg.connect(environment("postgres", ROOT)["DATABASE_URL"], autocommit=True)) as application:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
        application.execute(others, [name])
    owner = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))
    with closing(psycopg.connect(owner, autocommit=True)) as connection:
        for sentence in ("DROP DATABASE IF EXISTS {name}", "CREATE DATABASE {name} TEMPLATE {template}"):
            names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
            connection.execute(sql.SQL(sentence).format(**names))
