"""What an edge does after a deadlock, or while somebody else holds its locks for long: the same call again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

MOST_TIMES = 20  # of three seconds each, after which something is wrong


def retried[T, **P](action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """One call of an action, made a second time after a deadlock: the first was rolled back whole."""
    try:
        return action(*args, **kwargs)
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        return action(*args, **kwargs)


def patient[T, **P](action: Callable[P, T]) -> Callable[P, T]:
    """An action for jobs that nobody waits for: made again while its people's locks are not to be had in time.

    A page gives up after the three seconds of ``lock_timeout``; a job of thousands would stop half-way.
    """

    @wraps(action)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(MOST_TIMES):
            try:
                return action(*args, **kwargs)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
        return action(*args, **kwargs)

    return again
