"""Waking the workers after a commit. The row is the truth and a sweep finds it, so a dead broker costs nothing."""

import logging
from time import monotonic

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

NOT_AGAIN_WITHIN = 1.0  # seconds: many changes in a row ask once; what comes right after waits for the next sweep
_asked: dict[str, float] = {}


def wake(task: str) -> None:
    """Ask the workers, once this transaction has committed, to run a sweep now instead of within the minute.

    Each process asks for the same sweep at most once a second.
    """
    transaction.on_commit(lambda: _send(task), robust=True)


def _send(task: str) -> None:
    if monotonic() - _asked.get(task, -NOT_AGAIN_WITHIN) < NOT_AGAIN_WITHIN:
        return
    _asked[task] = monotonic()
    try:
        current_app.send_task(task)
    except (OSError, OperationalError):
        log.info("The broker is away; the next sweep runs %s.", task)
