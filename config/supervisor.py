"""`./run`: one process that starts servers, migrations, web, worker and beat in order, keeps them up, stops them."""

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import psycopg

from config.embedded import Servers
from config.folder import BASE_DIR, Folder
from config.processes import Processes

USAGE = """./run                start Waypoint here; Ctrl-C stops it
./run COMMAND …      run a management command on the same data (./run help lists them)
./run reset          remove the data: the next ./run starts afresh
./run test           run all tests (--full, --mutants, or anything pytest takes)
./run bench          measure
"""
LONGEST_PAUSE = 30  # seconds between restarts of a process that keeps stopping
STEADY_AFTER = 60  # seconds: a process that ran this long starts counting anew
GIVE_UP_AFTER = 4  # restarts of the web process before it ever answered


class Supervisor:
    """What one `up` runs. Signals only set ``is_wanted``; every wait looks at it."""

    def __init__(self, folder: Folder, port: int) -> None:
        self.folder, self.port = folder, port
        self.is_wanted = True
        self.processes = Processes(folder.record, folder.logs)
        self.servers = Servers(folder, self.processes)
        self.address = f"http://127.0.0.1:{port}/"
        self.has_answered = False
        self.restarts: dict[str, int] = {}
        self.began: dict[str, float] = {}
        self.due: dict[str, float] = {}  # name → when its restart is due

    def run(self) -> int:
        """Start everything, keep it up until a signal comes, stop it in order. Returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_wanting)
        try:
            self.servers.start(lambda: self.is_wanted)
            os.environ.update(self.servers.environment(), WAYPOINT_LOOPBACK="1", PORT=str(self.port))
            if self.is_wanted:
                self._prepare_database()
            if self.is_wanted:
                self.folder.say_state(f"up ready {self.address}")
                self._start("web")
            while self.is_wanted:
                if not self.has_answered and self._answers():
                    self.has_answered = True
                    self._start("worker")  # after the first page: all interpreters at once would triple its time
                    self._start("beat")
                    say(how_to_sign_in(self.address))
                self._restart_stopped()
                time.sleep(0.25 if self.has_answered else 0.05)
            return 0
        finally:
            self.is_wanted = False
            say("Stopping.")
            for name in ("web", "beat", "worker"):
                self.processes.stop(name)
            self.servers.stop()
            say("Stopped.")

    def _stop_wanting(self, *_: Any) -> None:
        self.is_wanted = False

    def _prepare_database(self) -> None:
        say("Preparing the database.")
        if not self.servers.has_database:
            self._finish("migrate")
            return
        if not is_migrated(self.folder):
            mark_migrated(self.folder, is_so=False)
            if self._finish("migrate"):
                mark_migrated(self.folder)
        if self.is_wanted and os.environ.get("WAYPOINT_DEMO") != "0" and not has_people():
            say("Making a demonstration organisation (WAYPOINT_DEMO=0 leaves it out).")
            try:
                self._finish("demo")
            except SystemExit as failed:  # worth saying, and no reason to keep the pages from anybody
                say(f"The demonstration could not be made: {failed}")

    def _finish(self, command: str) -> bool:
        """Run a command to its end, or until we are no longer wanted; returns whether it did all its work.

        Exits with its last words when it fails.
        """
        self.processes.spawn(command, [sys.executable, "manage.py", command], cwd=BASE_DIR)
        process = self.processes.running[command]
        while self.is_wanted and process.poll() is None:
            time.sleep(0.03)
        failed = process.returncode
        self.processes.stop(command)
        if failed:
            raise SystemExit(f"{command} failed:\n{self.processes.last_words(command)}")
        return failed == 0  # None: it was cut short, whatever it managed to do while it was stopped

    def _start(self, name: str) -> None:
        if name in ("postgres", "valkey"):
            self.servers.start_database() if name == "postgres" else self.servers.start_broker()
        else:
            self.processes.spawn(name, command_line(name, self.port), cwd=BASE_DIR)
        self.began[name] = time.monotonic()

    def _restart_stopped(self) -> None:
        """Start again what stopped by itself, with a growing pause. Exits when the web process never came up."""
        for name in self.processes.stopped():
            if time.monotonic() - self.began.get(name, 0) > STEADY_AFTER:
                self.restarts[name] = 0
            self.restarts[name] = self.restarts.get(name, 0) + 1
            if name == "web" and not self.has_answered and self.restarts[name] > GIVE_UP_AFTER:
                raise SystemExit(f"The web process does not start:\n{self.processes.last_words(name)}")
            pause = min(2 ** (self.restarts[name] - 1), LONGEST_PAUSE)
            say(f"{name} stopped by itself; starting it again in {pause} s. Its log: {self.folder.logs / name}.log")
            self.processes.stop(name)  # takes it off the list and ends what it left
            self.due[name] = time.monotonic() + pause
        for name, moment in list(self.due.items()):
            if time.monotonic() >= moment:
                del self.due[name]
                self._start(name)

    def _answers(self) -> bool:
        try:
            # B310 fears schemes such as file: the address is our own and http
            urllib.request.urlopen(self.address, timeout=10).close()  # nosec B310
        except urllib.error.HTTPError:
            return True  # an answer, if not a happy one
        except OSError:
            return False
        return True


def command_line(name: str, port: int) -> list[str]:
    """How web, worker and beat are started."""
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    quiet = ["--loglevel", os.environ.get("LOG_LEVEL", "WARNING")]
    gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
    return {
        "web": [*gunicorn, "--workers=2", "--threads=4", "--worker-class=gthread", "--preload", "--no-control-socket"],
        "worker": [*celery, "worker", "--concurrency=2", "--without-gossip", "--without-mingle", *quiet],
        "beat": [*celery, "beat", "--scheduler=celery.beat:Scheduler", "--pidfile=", *quiet],
    }[name]


def up() -> int:
    """Start Waypoint on this folder and port. Exits with one sentence when it cannot."""
    folder, port = Folder.of_environment(), wanted_port()
    folder.make()
    if not folder.hold("up"):
        if folder.state()[:1] != ["command"]:
            where = (folder.state()[2:] or ["this data folder"])[0]
            raise SystemExit(f"Waypoint is already running: {where}")
        say("Waiting for a command to finish on this data folder.")
        folder.hold("up", wait=True)
    supervisor = Supervisor(folder, port)
    supervisor.processes.end_leftovers()  # one of them may hold the port
    refuse_taken_port(port)
    return supervisor.run()


def reset() -> int:
    """Remove the data folder's contents and the servers' files wherever they lie."""
    folder = Folder.of_environment()
    if not folder.path.exists():
        say(f"There is nothing in {folder.path}. ./run starts afresh.")
        return 0
    folder.make()
    if not folder.hold("reset"):
        raise SystemExit("Waypoint is running: stop it first, then ./run reset.")
    Processes(folder.record, folder.logs).end_leftovers()
    folder.remove()
    say(f"Removed the data in {folder.path}. The next ./run starts afresh.")
    return 0


def command(words: Sequence[str]) -> int:
    """Run a management command on the running services, or start and stop them for it. Its status is ours."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell answers Ctrl-C itself
    os.environ.setdefault("WAYPOINT_LOOPBACK", "1")
    folder = Folder.of_environment()
    folder.make()
    servers = Servers(folder, Processes(folder.record, folder.logs))
    if not (servers.has_database or servers.has_broker):
        return run_django(words)
    folder.use()
    while not folder.hold("command"):
        if folder.state()[1:2] == ["ready"]:
            os.environ.update(servers.environment())
            return run_django(words)
        time.sleep(0.05)
    try:
        servers.processes.end_leftovers()
        servers.start()
        os.environ.update(servers.environment())
        # backup as well: before an upgrade it keeps what is there, in the tables as they are
        if servers.has_database and words[0] not in ("migrate", "flush", "backup") and not is_migrated(folder):
            mark_migrated(folder, is_so=False)
            migrate = [sys.executable, "manage.py", "migrate", "-v0"]
            if subprocess.run(migrate, cwd=BASE_DIR, stdout=sys.stderr, check=False).returncode:
                raise SystemExit("The database could not be prepared; the reason stands above.")
            mark_migrated(folder)
        folder.say_state("command ready")
        return run_django(words)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # stopping is all we still do
        folder.wait_for_users()
        servers.stop()
        folder.release()


def run_django(words: Sequence[str]) -> int:
    """Run a management command in this process; returns its exit status."""
    import manage

    sys.argv = ["./run", *words]
    try:
        manage.main()
    except SystemExit as left:
        if isinstance(left.code, str):
            sys.stderr.write(f"{left.code}\n")
            return 1
        return left.code or 0
    except KeyboardInterrupt:
        return 130
    finally:
        if words[0] in ("migrate", "flush"):
            mark_migrated(Folder.of_environment(), is_so=False)
    return 0


def how_to_sign_in(address: str) -> str:
    """The lines that tell a newcomer where to go and how to get in."""
    lines = [f"Waypoint is running: {address}"]
    if is_demonstration():
        lines.append(f"Sign in with one click as HR, a manager or a learner: {address}accounts/login/")
    else:
        lines.append(f"Sign in with your e-mail: {address}accounts/login/")
        if not has_hr():
            lines.append("The first account: ./run add_user EMAIL --role hr")
    if os.environ.get("WAYPOINT_DEMO") == "0" and not os.environ.get("SMTP_HOST"):
        lines.append(f"Mail is written to {Folder.of_environment().path / 'mail'}; set SMTP_HOST to send it.")
    return "\n".join([*lines, "Ctrl-C stops it."])


def is_migrated(folder: Folder) -> bool:
    """Whether this folder's database was migrated by exactly this code."""
    with contextlib.suppress(OSError):
        return (folder.servers / "migrated").read_text() == _fingerprint()
    return False


def mark_migrated(folder: Folder, *, is_so: bool = True) -> None:
    """Remember, or forget, that this folder's database was migrated by this code."""
    folder.make()
    mark = folder.servers / "migrated"
    mark.write_text(_fingerprint()) if is_so else mark.unlink(missing_ok=True)


def _fingerprint() -> str:
    files = sorted([*BASE_DIR.glob("*/migrations/*.py"), BASE_DIR / "requirements.lock", BASE_DIR / "config/rights.py"])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def has_people() -> bool:
    """Whether the database has any employee."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute("SELECT 1 FROM people_employee LIMIT 1").fetchone() is not None


def has_hr() -> bool:
    """Whether anybody has an account with the role hr."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute("SELECT 1 FROM people_user WHERE is_hr LIMIT 1").fetchone() is not None


def is_demonstration() -> bool:
    """Whether the database bears the mark of a demonstration."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        mark = connection.execute("SELECT 1 FROM people_organisation WHERE is_demonstration")
        return mark.fetchone() is not None


def wanted_port() -> int:
    """The port that PORT names, 8000 by default. Exits when it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SystemExit(f"PORT is {text}: it must be a number from 1 to 65535.")
    return int(text)


def refuse_taken_port(port: int) -> None:
    """Exit with one sentence when the port cannot be used."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            reason = "needs more rights" if isinstance(error, PermissionError) else "is taken by another program"
            raise SystemExit(f"Port {port} {reason}: choose another one, such as PORT={port + 1} ./run") from None


def say(text: str) -> None:
    """One line for the person who typed ./run."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Do what the words after `./run` say."""
    os.umask(0o077)
    words = sys.argv[1:]
    if words in ([], ["up"]):
        return up()
    if words == ["reset"]:
        return reset()
    if words[0] in ("-h", "--help"):
        say(USAGE)
        return 0
    try:
        return command(words)
    except KeyboardInterrupt:
        return 130
