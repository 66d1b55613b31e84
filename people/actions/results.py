"""What became of one of many things that an action was asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result[T]:
    """Its subject as it is afterwards, and why it was refused: a code and a sentence, empty where it was done."""

    subject: T
    code: str = ""
    message: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return not self.code
