"""What pages and the worker ask about long jobs: which wait, which rows to show, and who may apply now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q

from enrolment.models import Batch, BatchRow, Source
from people.entries import LOST_LETTER
from people.models import Employee, User
from people.reading import fingerprint

ROWS = 50
TOGETHER = ("people", "undo")  # kinds of which one is done at a time
SHOWN_NAMES = ("refused", "updated", "created", "left", "queued", "waiting", "restored", "removed", "invited")
# What the page of a job can be narrowed to.
SHOWN = {name: (name,) for name in SHOWN_NAMES}
LOST = "lost"  # or to the names that hold “?” in place of letters
TURN = 7_310_911  # any number, ours: the advisory locks of long jobs


@contextmanager
def turn(batch: UUID | None = None) -> Iterator[bool]:
    """Only one file of people is applied at a time, or two could each accept what the other makes wrong.

    Other jobs lock the people they are about, so each ``batch`` (public id) has a turn of its own: nobody does it twice
    at once. Gives False when somebody else has it. It ends with the connection, so a killed worker never keeps it.
    """
    which = batch.int % 2**31 if batch else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [TURN, which])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours and connection.connection and not connection.connection.closed and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [TURN, which])


def is_waiting(batch: Batch) -> bool:
    """Whether a job has not begun because another of its kind, before it or begun already, is not finished."""
    if batch.status != Batch.Status.APPLYING or batch.done:
        return False
    kinds = TOGETHER if batch.kind in TOGETHER else (batch.kind,)
    others = Batch.objects.filter(kind__in=kinds, status=Batch.Status.APPLYING).exclude(pk=batch.pk)
    return others.filter(Q(done__gt=0) | Q(made_at__lt=batch.made_at)).exists()


def to_apply() -> list[int]:
    """Row ids of the files that are being applied, oldest first: a killed worker's are among them."""
    waiting = Batch.objects.filter(status=Batch.Status.APPLYING)
    return list(waiting.order_by("made_at", "id").values_list("id", flat=True))


def latest_files(user: User | AnonymousUser, kinds: Iterable[str]) -> list[Batch]:
    """The last ten jobs of these kinds that somebody may see, newest first, without what is in them."""
    files = (
        Batch.objects.visible_to(user)
        .filter(kind__in=list(kinds))
        .exclude(status__in=[Batch.Status.CHECKED, Batch.Status.MATCHING])
    )
    return list(files.defer("content", "leaving").select_related("made_by__employee")[:10])


def rows_page(batch: Batch, *, show: str = "", after: int = 0) -> tuple[list[BatchRow], int]:
    """Up to 50 rows of a file that people should look at, below a row; and the row the next page follows (0: none)."""
    rows = BatchRow.objects.filter(batch=batch, row__gt=after)
    if show in SHOWN:
        rows = rows.filter(outcome__in=SHOWN[show])
    elif show == LOST:
        rows = rows.filter(name__contains=LOST_LETTER)
    else:
        is_plain = Q(code="") if batch.kind == "people" else Q(message="")  # of somebody new the message says who
        rows = rows.exclude(is_plain, outcome="created")
    found = list(rows.order_by("row", "id")[: ROWS + 1])
    return found[:ROWS], found[ROWS - 1].row if len(found) > ROWS else 0


def refused_rows(batch: Batch) -> dict[int, BatchRow]:
    """By their number, the rows of a file that were refused."""
    return {row.row: row for row in BatchRow.objects.filter(batch=batch, outcome="refused").order_by("row")}


class Leaver(NamedTuple):
    """Somebody who works here and is not in a file of the whole organisation."""

    staff_number: str
    name: str
    employed_from: date | None


def who_is_missing(in_file: set[str], *, on: date) -> list[Leaver]:
    """Everybody not among these staff numbers whose employment goes on after a day, by staff number."""
    people = Employee.objects.exclude(employed_until__lte=on).order_by("staff_number")
    found = people.values_list("staff_number", "given_names", "family_name", "employed_from").iterator(chunk_size=5000)
    return [
        Leaver(number, f"{given} {family}", since) for number, given, family, since in found if number not in in_file
    ]


def people_named(numbers: Sequence[str]) -> list[Leaver]:
    """These people in the order given, those who are gone left out only by what is said of them."""
    found = {
        person.staff_number: Leaver(person.staff_number, person.name, person.employed_from)
        for person in Employee.objects.filter(staff_number__in=numbers).only(
            "staff_number", "given_names", "family_name", "employed_from"
        )
    }
    return [found.get(number) or Leaver(number, "", None) for number in numbers]


def source_of(headers: Sequence[str]) -> Source | None:
    """The source whose files have these headers, if one is known."""
    return Source.objects.filter(fingerprint=fingerprint(headers)).first()
