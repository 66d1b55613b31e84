"""What came of an action, one outcome a subject, and how an edge runs an action over one or over very many."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from enrolment.rules import Refusal
from people.retry import retried

log = logging.getLogger(__name__)

CHUNK = 500  # people in one transaction

type Action[T] = Callable[..., list[Outcome[T]]]


@dataclass(frozen=True)
class Outcome[T]:
    """Done or refused: ``subject`` as it is afterwards, ``refusal`` with its code when it was not done."""

    subject: T
    refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether the change happened."""
        return self.refusal is None

    def or_error(self) -> T:
        """The subject, or the refusal raised as a ValidationError with its code: for callers with one subject."""
        if self.refusal:
            raise ValidationError(self.refusal.message, code=self.refusal.code, params={"refusal": self.refusal})
        return self.subject


def run[T](action: Action[T], subjects: Sequence[Any], **how: Any) -> list[Outcome[T]]:
    """One call of an action by an edge, made a second time if PostgreSQL chose it as the victim of a deadlock."""
    return retried(action, subjects, **how)


def in_chunks[T](action: Action[T], subjects: Sequence[Any], **how: Any) -> Iterator[list[Outcome[Any]]]:
    """An action over any number of subjects: one call and one transaction for each 500, outcomes chunk by chunk.

    With people and cohorts locked a database violation is a bug: that chunk is rolled back and logged, each of its
    subjects is ``not_done``, and the others go on.
    """
    gc.freeze()  # else all that the caller holds is searched for garbage again and again, a fifth of the time
    try:
        for first in range(0, len(subjects), CHUNK):
            chunk = subjects[first : first + CHUNK]
            try:
                yield run(action, chunk, **how)
            except IntegrityError:
                log.exception("%s was refused by the database for a whole chunk", getattr(action, "__name__", action))
                refusal = Refusal(
                    "not_done", "This was not done: the database refused it. Nothing changed; it was logged."
                )
                yield [Outcome(subject, refusal) for subject in chunk]
    finally:
        gc.unfreeze()
