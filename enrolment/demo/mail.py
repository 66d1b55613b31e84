"""Mail that one machine wrote to files instead of sending it, read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from os import SEEK_END
from pathlib import Path

END = b"\n" + b"-" * 79 + b"\n"  # what the file backend writes after each message
MOST_BYTES = 200_000  # of one file, from its end: a sweep writes all its mails into one


@dataclass(frozen=True)
class Mail:
    """One mail as people read it."""

    to: str
    subject: str
    body: str
    sent_at: datetime | None
    message_id: str


def newest(folder: str, *, most: int) -> list[Mail]:
    """The latest mails in a folder, newest first; a folder that does not exist has none."""
    place = Path(folder)
    if not folder or not place.is_dir():
        return []
    files = sorted(place.glob("*.log"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)[:most]
    return [mail for path in files for mail in reversed(list(_read(path)))][:most]


def _read(path: Path) -> Iterator[Mail]:
    with path.open("rb") as file:
        size = file.seek(0, SEEK_END)
        file.seek(max(0, size - MOST_BYTES))
        parts = file.read().split(END)
    for part in parts[1:] if size > MOST_BYTES else parts:  # the first may be cut off
        if part.strip():
            message = message_from_bytes(part.lstrip(), policy=policy.default)
            assert isinstance(message, EmailMessage)
            yield _mail(message)


def _mail(message: EmailMessage) -> Mail:
    body = message.get_body(("plain",))
    try:
        sent_at = parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError):
        sent_at = None
    return Mail(
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        body=str(body.get_content()) if body else "",
        sent_at=sent_at,
        message_id=str(message["Message-ID"] or ""),
    )
