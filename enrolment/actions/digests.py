"""Summaries for managers and HR: one notice a person and day, and none where there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from enrolment import notices
from enrolment.actions.outcomes import CHUNK
from enrolment.queries import digest as queries
from people.actions.notices import tell
from people.models import Employee
from people.queries import in_parts, rows_of


def write_digests(*, on: date) -> int:
    """Write the day's summaries for whoever has their turn, 500 people a transaction; returns how many were written."""
    return sum(
        write(part, kind=kind, on=on) for kind in queries.kinds() for part in in_parts(queries.readers(kind, on), CHUNK)
    )


@transaction.atomic
def write(people: Sequence[int], *, kind: str, on: date) -> int:
    """One kind of summary to these people (row ids), locked first; however often it runs, each gets one a day."""
    locked = [person.pk for person in Employee.objects.filter(pk__in=rows_of(people)).locked()]
    rows = list(Employee.objects.filter(pk__in=rows_of(locked)).select_related("user").order_by("id"))
    return tell(notices.digests(queries.digests(kind, rows, on), on=on))
