"""Child processes, written down with the moment they started, so that the next start ends what a killed one left."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOG_LIMIT = 5_000_000  # bytes; a longer log is set aside as NAME.log.1 when its process starts


class Processes:
    """The children of one supervisor. ``record`` is the file of their numbers, ``logs`` the folder of their words."""

    def __init__(self, record: Path, logs: Path) -> None:
        self.record, self.logs = record, logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def spawn(self, name: str, command: list[str], **options: Any) -> None:
        """Start a child in a session of its own: Ctrl-C in the terminal reaches only us, and we stop them in order."""
        with self._log(name) as log:  # a pipe nobody reads would block the child
            self.running[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options
            )
        self._write_down()

    def stop(self, name: str, with_signal: int = signal.SIGTERM, patience: float = 10) -> None:
        """Ask a child to stop, and after ``patience`` seconds end it and what it started."""
        if process := self.running.pop(name, None):
            if process.poll() is None:
                process.send_signal(with_signal)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(patience)
            _end_group(process.pid)
            process.wait()
            self._write_down()

    def stopped(self) -> list[str]:
        """The names of children that ended by themselves."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def last_words(self, name: str) -> str:
        """The end of a child's log."""
        with contextlib.suppress(OSError):
            return (self.logs / f"{name}.log").read_text(errors="replace")[-2000:]
        return ""

    def end_leftovers(self) -> None:
        """End the children of a supervisor that was killed, newest first: only a process that started when ours did."""
        try:
            left = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return
        for name, (pid, moment) in reversed(left.items()):
            if started(pid) not in (None, moment):
                continue  # the number belongs to somebody else's process now
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
            _await_end(pid, 10 if name == "postgres" else 5)
            _end_group(pid)
            _await_end(pid, 5)
        self.record.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _log(self, name: str) -> Iterator[Any]:
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            yield log

    def _write_down(self) -> None:
        rows = {name: (process.pid, started(process.pid)) for name, process in self.running.items()}
        new = self.record.with_suffix(".new")
        new.write_text(json.dumps(rows))
        new.replace(self.record)


def started(pid: int) -> str | None:
    """When the process with this number started, as the system counts it; None when there is none."""
    if not Path("/proc/self/stat").exists():  # macOS and the BSDs
        answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return answer.stdout.strip() or None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] == "Z" else f"{boot} {fields[19]}"  # a zombie has ended


def _await_end(pid: int, patience: float) -> None:
    end = time.monotonic() + patience
    while started(pid) is not None and time.monotonic() < end:
        time.sleep(0.05)


def _end_group(pid: int) -> None:
    """End whatever a child of ours started: the group keeps its leader's number as long as anybody is in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
