"""How long a question counts as open: a night's sleep with the page open is not thinking about it."""

from __future__ import annotations

MOST_SECONDS = 300  # for one question; whoever takes longer was away
AIM_SECONDS = 300  # for the whole questionnaire: under five minutes (issue: sending it out)


def counted(before: int, seconds: float) -> int:
    """The seconds of a question after it was open once more, never more than five minutes in all."""
    return min(MOST_SECONDS, before + max(0, round(seconds)))


def in_words(seconds: float) -> str:
    """A duration as people say it: 8 seconds, 2 minutes, 1 minute 5 seconds."""
    minutes, rest = divmod(round(seconds), 60)
    parts = [(minutes, "minute"), (rest, "second")]
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said) or "0 seconds"
