"""One `./run` in a folder and on a port of its own, as a person would start it from a terminal."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.processes import started

ROOT = Path(__file__).resolve().parent.parent.parent
# What a deployment or these tests themselves say; the machine under test is told nothing.
UNSAID = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "SMTP_HOST",
    "WAYPOINT_DEMO",
    "SECOND_STEP_FOR_HR",
    *(f"OIDC_{name}" for name in ("NAME", "SERVER", "CLIENT_ID", "CLIENT_SECRET", "EMAIL_DOMAINS")),
)


class Machine:
    """A data folder, a port, and what is started on them."""

    def __init__(self, data: Path, **said: str) -> None:
        self.data, self.port = data, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {name: value for name, value in os.environ.items() if name not in UNSAID}
        self.environment |= {"WAYPOINT_DATA": str(data), "PORT": str(self.port), "WAYPOINT_DEMO": "0"}
        self.environment |= {"PYTHONPATH": str(ROOT), **said}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start `./run WORDS` without waiting for it."""
        command = [sys.executable, "-P", "-m", "config", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, env=self.environment, text=True, cwd="/", stdout=pipe, stderr=pipe, stdin=pipe, **options
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `./run WORDS` to its end."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    @contextlib.contextmanager
    def up(self) -> Iterator[subprocess.Popen[str]]:
        """`./run`, from its first page until the end of the block, however it ends."""
        process = self.start()
        try:
            self.await_line(process, "Waypoint is running")
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=60)

    def await_line(self, process: subprocess.Popen[str], words: str) -> None:
        """Read what a process says until a line has these words."""
        seen = []
        while process.stdout and (line := process.stdout.readline()):
            seen.append(line)
            if words in line:
                return
        seen.append(process.stderr.read() if process.stderr else "")
        raise AssertionError(f"“{words}” was never said, only: {''.join(seen)}")

    def get(self, path: str) -> tuple[int, str]:
        """A page's status and text; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def servers(self) -> Path:
        """The folder of the servers' files: inside the data folder or where the pointer says."""
        pointer = self.data / "servers-are-in"
        return Path(pointer.read_text().strip()) if pointer.exists() else self.data / "servers"

    def children(self) -> dict[str, int]:
        """The processes that are written down as running, by name."""
        record = self.servers() / "processes.json"
        return {name: pid for name, (pid, _) in json.loads(record.read_text()).items()} if record.exists() else {}

    def kill(self, process: subprocess.Popen[str]) -> None:
        """End the supervisor as nothing can be prepared for."""
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def eventually(holds: Any, limit: float = 20) -> bool:
    """Whether something becomes true before the limit."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


def alive(pids: Any) -> list[int]:
    """Those of the processes that still run."""
    return [pid for pid in pids if started(pid)]
