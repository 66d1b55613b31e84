"""What benchmarks stand on: durable servers of their own, databases to measure in, our gunicorn, eight clients."""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
CLIENTS = 8


@dataclass
class Measure:
    """One thing against its floor: what was measured each time, in rows or requests a second."""

    name: str
    floor_name: str
    aim: str
    unit: str
    floor: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    note: str = ""

    def row(self) -> str:
        """One line of the table: medians with their spread, and the ratio of the medians."""
        ours, floor = statistics.median(self.ours), statistics.median(self.floor)
        ratio = ours / floor if self.aim.startswith("≥") else floor / ours
        both = self.name, _spread(self.ours), self.floor_name, _spread(self.floor)
        return "| " + " | ".join((*both, self.unit, f"{ratio:.2f}", self.aim)) + " |"


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


@contextlib.contextmanager
def servers() -> Iterator[str]:
    """A durable PostgreSQL and a Valkey in a folder of their own; yields the owner's URL."""
    from config.embedded import OWNER, Servers
    from config.folder import Folder
    from config.processes import Processes

    data = Path(tempfile.mkdtemp(prefix="waypoint-bench-"))
    os.environ.update(WAYPOINT_DATA=str(data), WAYPOINT_LOOPBACK="1", LOG_LEVEL="WARNING")
    folder = Folder(data)
    folder.make()
    started = Servers(folder, Processes(folder.record, folder.logs))
    try:
        started.start()
        os.environ.update(started.environment())
        with psycopg.connect(host=str(folder.sockets), user="postgres", dbname="postgres") as connection:
            connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
        yield os.environ["DATABASE_OWNER_URL"]
    finally:
        started.stop()
        folder.remove()


def database(owner_url: str, name: str) -> dict[str, str]:
    """Make and migrate a database; returns the environment of processes that use it."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    environment = {
        key: urlunsplit(urlsplit(os.environ[key])._replace(path=f"/{name}"))
        for key in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    manage(environment, "migrate", "-v0")
    return environment


def manage(environment: dict[str, str], *words: str) -> None:
    """Run a management command on a database."""
    command = [sys.executable, "manage.py", *words]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def web(environment: dict[str, str], application: str = "config.wsgi") -> Iterator[int]:
    """Our gunicorn, as `./run` starts it, on a free port of this machine."""
    from config.supervisor import command_line

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [application if word == "config.wsgi" else word for word in command_line("web", port)]
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environment, "PORT": str(port)})
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2).read()
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@dataclass(frozen=True)
class Session:
    """What a signed-in browser sends with each request."""

    cookie: str
    token: str


def sign_in() -> Session:
    """A session of somebody in HR, written into the database that this process is connected to."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from people.models import User

    user, _ = User.objects.get_or_create(email="bench@demo.example", defaults={"is_hr": True})
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    token = secrets.token_hex(16)
    names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
    return Session(f"{names[0]}={store.session_key}; {names[1]}={token}", token)


def rate(port: int, requests: Sequence[tuple[str, str, dict[str, str] | None]], session: Session, status: int) -> float:
    """Requests a second at eight clients, each on one connection kept open; any other status ends the run."""
    headers = {"Cookie": session.cookie, "Host": f"127.0.0.1:{port}"}
    shares = [requests[client::CLIENTS] for client in range(CLIENTS)]
    barrier, wrong = threading.Barrier(CLIENTS + 1), []

    def client(share: Sequence[tuple[str, str, dict[str, str] | None]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.connect()
        barrier.wait()
        for method, path, form in share:
            body = urlencode({**form, "csrfmiddlewaretoken": session.token}) if form is not None else None
            more = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
            connection.request(method, path, body, {**headers, **more})
            response = connection.getresponse()
            text = response.read()
            if response.status != status:
                wrong.append((response.status, path, text[:2000]))
                return
        connection.close()

    threads = [threading.Thread(target=client, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"An answer was not {status}: {wrong[0]}")
    return len(requests) / (time.perf_counter() - began)


def timed(work: Callable[[], object]) -> float:
    """Seconds that something took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
