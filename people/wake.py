"""Waking the workers after a commit. The row is the truth and a sweep finds it, so a dead broker costs nothing."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def wake(task: str) -> None:
    """Ask the workers, once this transaction has committed, to run a sweep now instead of within the minute."""
    transaction.on_commit(lambda: _send(task), robust=True)


def _send(task: str) -> None:
    try:
        current_app.send_task(task)
    except (OSError, OperationalError):
        log.info("The broker is away; the next sweep runs %s.", task)
