"""What a proof finds: a code, a sentence for people, and what it is about, without anybody's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Scope:
    """What a proof looks at: these people and cohorts (row ids), or everything where they are None."""

    people: Sequence[int] | None = None
    cohorts: Sequence[int] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """For the questions, which narrow themselves where they are given lists."""
        people = None if self.people is None else list(self.people)
        return {"people": people, "cohorts": None if self.cohorts is None else list(self.cohorts)}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: enrolments by reference, the person by staff number, the cohort by name."""

    code: str
    sentence: str
    enrolments: tuple[str, ...] = ()
    staff_number: str | None = None
    cohort: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The finding for files and rows, every key always present."""
        return {
            "code": self.code,
            "sentence": self.sentence,
            "enrolments": list(self.enrolments),
            "staff_number": self.staff_number,
            "cohort": self.cohort,
            "details": {name: plain(value) for name, value in self.details.items()},
        }


def plain(value: Any) -> Any:
    """A value as JSON has it; days in ISO."""
    return value.isoformat() if isinstance(value, date) else value
