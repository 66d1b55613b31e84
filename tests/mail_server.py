"""A real SMTP server on loopback that keeps what it received and behaves as badly as a test asks it to."""

import contextlib
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MESSAGE_ID = re.compile(rb"^Message-ID:\s*<(.+)@", re.MULTILINE)


class Letter(NamedTuple):
    """One message that was taken whole: its own number, to whom, its words, and when it was by ``stamp``."""

    number: str
    to: str
    text: str
    at: datetime


@dataclass
class MailServer:
    """Listens from ``open`` to ``close``, always on the same port; every connection has a thread of its own.

    ``behaves``: ``well``; ``hangs`` (accepts and never answers); ``hangs_after_data`` and ``drops_after_data`` (keeps
    the message and says nothing, or hangs up). ``slowly``: seconds before each answer to a message. ``refused``:
    addresses that it does not know. ``keeps`` false: messages are counted only.
    """

    behaves: str = "well"
    slowly: float = 0
    refused: frozenset[str] = frozenset()
    keeps: bool = True
    stamp: Callable[[], datetime] | None = None
    letters: list[Letter] = field(default_factory=list)
    count: int = 0
    port: int = 0
    connections: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listener: socket.socket | None = None

    def open(self) -> None:
        """Listen."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=50)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections from here on, and end those that there are."""
        with contextlib.suppress(OSError):
            if self._listener:
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def numbers(self) -> Counter[str]:
        """How often each letter came."""
        return Counter(letter.number for letter in list(self.letters))

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = listener.accept()[0]
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            for answer in self._answers(lines):
                connection.sendall(answer + b"\r\n")

    def _answers(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """What is said to each line; the end of these is the end of the connection."""
        if self.behaves == "hangs":
            next(lines, None)  # the other side has to give up
            return
        yield b"220 here"
        to = ""
        for line in lines:
            match line[:4].upper():
                case b"RCPT":
                    to = line.partition(b"<")[2].partition(b">")[0].decode()
                    yield b"550 no such person" if to in self.refused else b"250 ok"
                case b"DATA":
                    yield b"354 go on"
                    self._keep(to, b"".join(iter(lambda: next(lines, b".\r\n"), b".\r\n")))
                    if self.behaves == "hangs_after_data":
                        next(lines, None)
                    if self.behaves.endswith("after_data"):
                        return
                    time.sleep(self.slowly)
                    yield b"250 taken"
                case b"QUIT":
                    yield b"221 bye"
                    return
                case _:
                    yield b"250 ok"

    def _keep(self, to: str, message: bytes) -> None:
        with self._lock:
            self.count += 1
            if self.keeps:
                found = MESSAGE_ID.search(message)
                at = self.stamp() if self.stamp else EPOCH
                self.letters.append(Letter(found[1].decode() if found else "", to, message.decode(), at))


if __name__ == "__main__":  # a sink in a process of its own: says its port, then at each line how many came since
    sink = MailServer(keeps=False)
    sink.open()
    sys.stdout.write(f"{sink.port}\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        sys.stdout.write(f"{sink.count}\n")
        sys.stdout.flush()
