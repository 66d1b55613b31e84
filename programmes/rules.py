"""Which version of a programme a start date falls into."""

from collections.abc import Iterable
from datetime import date

from programmes.models import ProgrammeVersion


def version_on(versions: Iterable[ProgrammeVersion], start: date) -> ProgrammeVersion | None:
    """The version whose window holds the start date, or None: the version follows the start (domain.md §1)."""
    return next(
        (v for v in versions if v.first_start <= start and (v.last_start is None or start <= v.last_start)), None
    )
