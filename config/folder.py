"""The data folder: where everything that must survive a restart lives, who uses it now, and how it is emptied."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

BASE_DIR = Path(__file__).resolve().parent.parent
POINTER = "servers-are-in"  # the file that names the servers' folder when that lies elsewhere
OURS = ("servers", "logs", "mail", "files", "secret_key", POINTER)
SOCKET_PATH_LIMIT = 85  # bytes: a socket's whole path must stay below 104 on every system


class Folder:
    """One data folder and, inside it or named by its pointer file, the folder of the servers' files.

    PostgreSQL refuses to run as root, so there the servers run as ``nobody``. Where nobody cannot reach the data
    folder, the servers' files live in one folder of their own; the mode of a parent is never changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.is_root = os.geteuid() == 0
        self._locks: dict[str, IO[str]] = {}

    @classmethod
    def of_environment(cls) -> "Folder":
        """The folder that WAYPOINT_DATA names, else .waypoint beside the code."""
        return cls(Path(os.environ.get("WAYPOINT_DATA") or BASE_DIR / ".waypoint"))

    def make(self) -> None:
        """Make what is missing. Exits with one sentence when the folder cannot be written."""
        try:
            self.path.mkdir(mode=0o711 if self.is_root else 0o700, parents=True, exist_ok=True)
            probe = self.path / f".probe-{secrets.token_hex(4)}"
            probe.touch()
            probe.unlink()
            self.servers = self._servers_folder()
            self.logs, self.record = self.path / "logs", self.servers / "processes.json"
            for folder in (self.logs, self.path / "mail"):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.sockets = self._sockets_folder()
        except OSError as error:
            raise SystemExit(
                f"Waypoint cannot write to the folder {self.path} ({error.strerror}): "
                "name another one in WAYPOINT_DATA."
            ) from None
        self._make_secret_key()

    def as_server(self) -> dict[str, Any]:
        """Options for a process of the servers: who it runs as."""
        if not self.is_root:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    # Who uses it: one process holds it (it runs the servers); any number of commands use it meanwhile.

    def hold(self, kind: str, *, wait: bool = False) -> bool:
        """Become the one that runs the servers; False when somebody else does. ``kind`` is up or command."""
        lock = (self.servers / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            lock.close()
            return False
        self._locks["hold"] = lock
        self.say_state(f"{kind} starting")
        return True

    def say_state(self, text: str) -> None:
        """Tell other processes how far the holder has come: kind, then starting or ready, then the address."""
        lock = self._locks["hold"]
        lock.seek(0)
        lock.truncate()
        lock.write(text)
        lock.flush()

    def state(self) -> list[str]:
        """What the holder said last, as words."""
        with contextlib.suppress(OSError):
            return (self.servers / "lock").read_text().split()
        return []

    def use(self) -> None:
        """Keep a holding command from stopping the servers until this process ends; waits while one does."""
        users = self._locks["use"] = (self.servers / "users").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)

    def wait_for_users(self) -> None:
        """Wait until no other command uses the servers; new ones wait until we are done."""
        fcntl.flock(self._locks["use"], fcntl.LOCK_EX)

    def release(self) -> None:
        """Let others in."""
        for lock in self._locks.values():
            lock.close()
        self._locks.clear()

    def remove(self) -> None:
        """Remove what Waypoint made here, and the servers' folder wherever it lies; nothing else in the folder."""
        for folder in {self.servers, self.sockets}:
            shutil.rmtree(folder, ignore_errors=True)
        for name in OURS:
            with contextlib.suppress(FileNotFoundError):
                path = self.path / name
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        with contextlib.suppress(OSError):  # somebody else's files stay
            self.path.rmdir()

    def _servers_folder(self) -> Path:
        pointer = self.path / POINTER
        if pointer.exists():
            folder = Path(pointer.read_text().strip())
            if folder.parent not in _homes():  # reset removes this folder: never trust a path that is not ours
                raise SystemExit(f"{pointer} names {folder}, which is no folder of Waypoint's.")
        else:
            folder = self.path / "servers"
            if self.is_root and not folder.exists() and not self._server_reaches(self.path):
                folder = self.home() / secrets.token_hex(5)
                pointer.write_text(f"{folder}\n")
        self._make_for_server(folder)
        return folder

    def _sockets_folder(self) -> Path:
        folder = self.servers / "sockets"
        if len(os.fsencode(folder)) > SOCKET_PATH_LIMIT:
            tag = hashlib.sha256(os.fsencode(self.servers)).hexdigest()[:10]
            folder = Path(tempfile.gettempdir()) / f"waypoint-{os.geteuid()}-{tag}"
        self._make_for_server(folder)
        return folder

    def _make_for_server(self, folder: Path) -> None:
        owner = self.as_server().get("user", os.geteuid())
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        if folder.is_symlink() or folder.stat().st_uid != owner:
            raise SystemExit(f"{folder} belongs to somebody else.")

    def home(self) -> Path:
        """The folder for server files that everybody may walk through; only root needs it."""
        for home in _homes():
            with contextlib.suppress(OSError):
                if not home.exists():
                    home.mkdir()
                    home.chmod(0o755)  # it is new and ours; the umask may have closed it
                if home.stat().st_uid == 0 and os.access(home, os.W_OK) and self._server_reaches(home):
                    return home
        raise SystemExit(
            f"Waypoint needs a folder for its servers: none of {', '.join(map(str, _homes()))} can be used."
        )

    def _server_reaches(self, folder: Path) -> bool:
        probe = subprocess.run(
            ["/bin/sh", "-c", 'cd "$0"', folder], cwd="/", stderr=subprocess.DEVNULL, **self.as_server()
        )
        return probe.returncode == 0

    def _make_secret_key(self) -> None:
        """Make the key that signs sessions and links, once, readable by its owner only."""
        key = self.path / "secret_key"
        if key.exists():
            return
        new = self.path / f".key-{secrets.token_hex(4)}"
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(60))
            with contextlib.suppress(FileExistsError):
                os.link(new, key)  # whole or not at all, whoever stops us when
        finally:
            new.unlink(missing_ok=True)


def _homes() -> tuple[Path, ...]:
    return Path("/var/lib/waypoint"), Path(tempfile.gettempdir()) / "waypoint-servers"
