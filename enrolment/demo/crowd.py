"""What the many others were, are and will be on: dates that the rule allows, for size and for benchmarks. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from enrolment.models import Enrolment
from lifecycle.moves import START
from programmes.models import Programme, ProgrammeVersion
from programmes.rules import usual_end, version_on

S = Enrolment.Status
DAY = timedelta(days=1)
MOST_EACH = 3  # enrolments of one person
UNIT_DAYS = 28


@dataclass(frozen=True, slots=True)
class Step:
    """One move on the way: its name, from, to, and the day."""

    move: str
    source: str
    target: str
    on: date


@dataclass(frozen=True, slots=True)
class Record:
    """One enrolment as it stands, and the steps that led to it."""

    public_id: uuid.UUID
    number: int
    programme: Programme
    version: ProgrammeVersion
    start: date
    end: date
    ended_on: date | None
    steps: tuple[Step, ...]

    @property
    def status(self) -> str:
        """Where the last step led."""
        return self.steps[-1].target


class Crowd:
    """Writes the histories of people by number; needs the catalogue once."""

    def __init__(self, programmes: Sequence[Programme], versions: Sequence[ProgrammeVersion], *, on: date) -> None:
        self.on = on
        self.versions = {p.pk: [v for v in versions if v.programme_id == p.pk] for p in programmes}
        self.apprenticeship = next(p for p in programmes if p.is_apprenticeship)
        self.units = [p for p in programmes if not p.is_apprenticeship]

    def history(self, number: int, count: int) -> Iterator[Record]:
        """``count`` enrolments of one person, earliest first, never two on a day; none before a programme opened."""
        if not count:
            return
        for back in range(count - 1, 0, -1):
            last = self.on - (14 + (UNIT_DAYS + 9) * (back - 1) + number % 7) * DAY
            if record := self._completed(number, back, self.units[back % len(self.units)], last):
                yield record
        if record := self._latest(number):
            yield record

    def _completed(self, number: int, back: int, unit: Programme, last: date) -> Record | None:
        start = last - (UNIT_DAYS - 1) * DAY
        path = (("complete", S.ACTIVE, S.COMPLETED, last),)
        return self._record(number, back, unit, start, last, path, ended_on=last)

    def _latest(self, number: int) -> Record | None:
        """The newest of each person: planned, running, overdue, left or called off, in turn."""
        on, unit, long = self.on, self.units[0], self.apprenticeship
        match number % 10:
            case 0 | 1 | 2:
                start = on + (7 + number % 60) * DAY
                return self._record(number, 0, long, start, usual_end(long, start), ())
            case 3:
                last = on - (1 + number % 4) * DAY
                return self._record(
                    number, 0, unit, last - 8 * DAY, last, (("complete", S.ACTIVE, S.COMPLETED, last),), ended_on=last
                )
            case 7:
                start, end = on - 9 * DAY, on - 3 * DAY
                return self._record(number, 0, unit, start, end, (("mark_overdue", S.ACTIVE, S.OVERDUE, end + DAY),))
            case 8:
                start, last = on - 9 * DAY, on - DAY
                path = (("withdraw", S.ACTIVE, S.WITHDRAWN, on),)
                return self._record(number, 0, long, start, usual_end(long, start), path, ended_on=last)
            case 9:
                start = on + (9 + number % 50) * DAY
                end = start + (UNIT_DAYS - 1) * DAY
                return self._record(number, 0, unit, start, end, (("cancel", S.PLANNED, S.CANCELLED, on),))
            case _:
                start = on - (number % 9) * DAY
                return self._record(number, 0, long, start, usual_end(long, start), ())

    def _record(
        self,
        number: int,
        back: int,
        programme: Programme,
        start: date,
        end: date,
        path: Sequence[tuple[str, str, str, date]],
        ended_on: date | None = None,
    ) -> Record | None:
        version = version_on(self.versions[programme.pk], start)
        if version is None:
            return None
        steps = [Step("enrol", START, S.PLANNED, min(start, self.on) - 10 * DAY)]
        if start <= self.on:
            steps.append(Step("start", S.PLANNED, S.ACTIVE, start))
        steps += [Step(*step) for step in path]
        public_id = uuid.UUID(bytes=blake2b(f"{number}:{back}".encode(), digest_size=16).digest(), version=4)
        return Record(public_id, number, programme, version, start, end, ended_on, tuple(steps))
