"""What is decided about people from facts alone: when a notice is worth repeating."""

from datetime import date, timedelta

# A notice that went out is repeated only when the day it speaks of moved by more than this.
REPEAT_AFTER = timedelta(days=28)


def repeats(told: date | None, now: date | None) -> bool:
    """Whether somebody told of one day should hear again because it has become another."""
    return told is not None and now is not None and abs(now - told) > REPEAT_AFTER
