"""What an edge does when PostgreSQL chose its transaction as the victim of a deadlock: the same call once more."""

from __future__ import annotations

from collections.abc import Callable

from django.db import OperationalError
from psycopg.errors import DeadlockDetected


def retried[T, **P](action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """One call of an action, made a second time after a deadlock: the first was rolled back whole."""
    try:
        return action(*args, **kwargs)
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        return action(*args, **kwargs)
