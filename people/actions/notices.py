"""Notices: written as rows with the change that causes them, withdrawn with the one that ends it."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from people.models import UNTOLD, Notice
from people.queries import rows_of
from people.rules import repeats
from people.wake import wake

COPY = """
COPY people_notice (
    public_id, employee_id, kind, subject, round, about_on, due_on, status, headline, body
) FROM STDIN
"""
# A headline is one line, whatever a name is written with. Who was told before is only looked at: whether that stands.
ALIKE = """
WITH said AS (
    SELECT w.person, l.kind, w.subject, l.about_on, l.due_on, w.is_new,
           regexp_replace(replace(replace(l.headline, %(reference)s, w.reference), %(given_names)s, p.given_names),
                          '\\s+', ' ', 'g') AS headline,
           replace(replace(l.body, %(reference)s, w.reference), %(given_names)s, p.given_names) AS body
    FROM unnest(string_to_array(%(people)s, ',')::bigint[], string_to_array(%(subjects)s, ',')::uuid[],
                string_to_array(%(references)s, ','), string_to_array(%(news)s, ',')::boolean[],
                string_to_array(%(numbers)s, ',')::int[])
         AS w (person, subject, reference, is_new, number)
    JOIN unnest(%(kinds)s::text[], %(abouts)s::date[], %(dues)s::date[], %(headlines)s::text[], %(bodies)s::text[])
         WITH ORDINALITY AS l (kind, about_on, due_on, headline, body, number) ON l.number = w.number
    JOIN people_employee p ON p.id = w.person
),
written AS (
    INSERT INTO people_notice (
        public_id, employee_id, kind, subject, round, about_on, due_on, status, headline, body
    )
    SELECT gen_random_uuid(), person, kind, subject, 1, about_on, due_on, 'due', headline, body FROM said WHERE is_new
)
SELECT s.person, s.kind, s.subject
FROM said s
LEFT JOIN LATERAL (
    SELECT n.* FROM people_notice n
    WHERE n.employee_id = s.person AND n.kind = s.kind AND n.subject = s.subject ORDER BY n.round DESC LIMIT 1
) n ON true
WHERE NOT s.is_new AND NOT coalesce(
    n.about_on IS NOT DISTINCT FROM s.about_on AND (n.headline, n.body) = (s.headline, s.body)
        AND (n.status IN ('due', 'held') AND n.due_on = s.due_on OR n.status = 'due' AND n.due_on < s.due_on),
    false)
"""
_columns = attrgetter(
    *("public_id", "employee_id", "kind", "subject", "round", "about_on", "due_on", "status", "headline", "body")
)

WAITING = (Notice.Status.DUE, Notice.Status.HELD)
MOVE = """
UPDATE people_notice n
SET due_on = v.due_on, about_on = v.about_on, headline = v.headline, body = v.body, status = v.status, why = v.why,
    settled_by_id = v.settled_by, try_after = v.try_after, leased_until = v.leased_until,
    created_at = CASE WHEN v.is_anew THEN statement_timestamp() ELSE n.created_at END
FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],
            %s::timestamptz[], %s::timestamptz[], %s::boolean[])
     AS v (id, due_on, about_on, headline, body, status, why, settled_by, try_after, leased_until, is_anew)
WHERE n.id = v.id
"""

_days_and_words = attrgetter("pk", "due_on", "about_on", "headline", "body")

type Again = Callable[[date | None, date | None], bool]


def always(told: date | None, now: date | None) -> bool:
    """For `tell`: what happened since is told again, also of the same day."""
    return True


class Reader(NamedTuple):
    """Somebody (row id) who reads a letter: about what, by which reference, and whether they hear of it first."""

    person: int
    subject: UUID
    reference: str
    is_new: bool


@dataclass(frozen=True)
class Alike:
    """One letter to many people. Where the text has one of two tokens it says a reference, and given names."""

    kind: str
    about_on: date | None
    due_on: date
    headline: str
    body: str
    to: list[Reader]


def tell_alike(letters: Sequence[Alike], *, tokens: tuple[str, str]) -> tuple[int, set[tuple[int, str, UUID]]]:
    """`tell` for letters that very many people read in the same words, set-wise: new rows are made in the database.

    ``tokens``: what stands in the texts for the reference and for the given names. Returns how many rows were written;
    and of those told before (person, kind, subject) whose letter does not stand as it is: they are for `tell`.
    """
    if not letters:
        return 0, set()
    reference, given_names = tokens
    whose = [(*reader, number) for number, letter in enumerate(letters, 1) for reader in letter.to]
    # As one text each: very long lists take the driver longer than the database. None of them has a comma.
    people, subjects, references, news, numbers = (",".join(map(str, column)) for column in zip(*whose, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            ALIKE,
            {
                "reference": reference,
                "given_names": given_names,
                "people": people,
                "subjects": subjects,
                "references": references,
                "news": news,
                "numbers": numbers,
                "kinds": [letter.kind for letter in letters],
                "abouts": [letter.about_on for letter in letters],
                "dues": [letter.due_on for letter in letters],
                "headlines": [letter.headline for letter in letters],
                "bodies": [letter.body for letter in letters],
            },
        )
        other = set(cursor.fetchall())
    written = sum(reader.is_new for letter in letters for reader in letter.to)
    if written:
        wake("enrolment.tasks.send_due_notices")
    return written, other


def tell(notices: Sequence[Notice], *, is_first: bool = False, again: Again = repeats) -> int:
    """Put notices in the queue, inside the calling action, which has locked the people; returns how many were written.

    One row a person, kind, subject and round: an unsent one moves with the day it is about, one that was heard (sent,
    being sent, told in person) is repeated as the next round if ``again`` says so of the day told and the day now (a
    reminder: moved by more than 28 days; what people did to an enrolment: always); one that a person called off is
    written again only about another day, or if ``again`` says so. ``is_first``: about subjects that are new.
    """
    latest: dict[tuple[int, str, UUID], Notice] = {}
    if notices and not is_first:
        told = Notice.objects.filter(subject__in={n.subject for n in notices}, kind__in={n.kind for n in notices})
        told = told.filter(employee__in=rows_of({n.employee_id for n in notices}))  # many may share a subject
        told = told.select_for_update(no_key=True).order_by("round", "id")  # what is leaving now keeps its words
        latest = {(row.employee_id, row.kind, row.subject): row for row in told}
    new, moved, anew = [], [], set[int]()
    for notice in notices:
        key = (notice.employee_id, notice.kind, notice.subject)
        before = latest.get(key)
        if before is not None and _may_go_sooner(before, notice):
            notice.due_on = before.due_on
        if before is None:
            new.append(notice)
        elif before.status in Notice.HEARD:
            if not again(before.about_on, notice.about_on):
                continue
            notice.round = before.round + 1
            new.append(notice)
        elif _is_called_off(before, notice) and not again(before.about_on, notice.about_on):
            continue
        elif _differs(before, notice):
            if before.status != Notice.Status.HELD and not _is_same(before, notice):
                before.settled_by = None  # what somebody said of it was about another day
            if before.status != Notice.Status.DUE or before.due_on != notice.due_on:
                anew.add(before.pk)  # due anew: from when it may go counts from here
            before.due_on, before.about_on = notice.due_on, notice.about_on
            before.headline, before.body = notice.headline, notice.body
            before.leased_until = None  # whoever has taken it with its old words leaves it
            if before.status != Notice.Status.HELD:
                before.status, before.why, before.try_after = Notice.Status.DUE, "", None
            moved.append(before)
            continue
        latest[key] = notice
    _write(new)
    _move(moved, anew)
    if new or moved:
        wake("enrolment.tasks.send_due_notices")
    return len(new) + len(moved)


def withdraw_notices(
    subjects: Iterable[UUID],
    *,
    of: Iterable[int] | None = None,
    kinds: Iterable[str] | None = None,
    why: str = "What it was about has changed.",
) -> int:
    """What is not needed any more is not told: notices about these subjects that nobody heard are withdrawn.

    Returns how many.

    ``of``: only of these people (row ids), where a subject is everybody's; ``kinds``: only these. What is leaving at
    this moment has left.
    """
    about = list(subjects)
    unsent = Notice.objects.filter(subject__in=about, **UNTOLD)
    if kinds is not None:
        unsent = unsent.filter(kind__in=kinds)
    if of is not None:
        unsent = unsent.filter(employee__in=rows_of(of))
    return _withdraw(unsent, why) if about else 0


def reword_notices(said: Mapping[int, tuple[str, str]]) -> list[int]:
    """Give notices (by row id) that have not left another headline and body; returns the rows that changed.

    When they may go stays as it was. Whoever has taken one with its old words leaves it.
    """
    unsent = Notice.objects.filter(pk__in=said.keys(), status__in=WAITING)
    rows = [
        row for row in unsent.order_by("pk").select_for_update(no_key=True) if (row.headline, row.body) != said[row.pk]
    ]
    for row in rows:
        row.headline, row.body = said[row.pk]
        row.leased_until = None
    Notice.objects.bulk_update(rows, ["headline", "body", "leased_until"])
    return [row.pk for row in rows]


def withdraw_all_of(people: Iterable[int]) -> dict[int, int]:
    """Nothing more is mailed to these people (row ids), who have left: what was not sent is withdrawn.

    Returns how many, by person. What is leaving at this moment has left.
    """
    unsent = Notice.objects.filter(employee__in=rows_of(people), status__in=WAITING)
    found = Counter(unsent.order_by().values_list("employee_id", flat=True))
    _withdraw(unsent, "The person has left.")
    return found


def _withdraw(unsent: QuerySet[Notice], why: str) -> int:
    return unsent.update(status=Notice.Status.WITHDRAWN, why=why, leased_until=None, settled_by=None)


def _write(notices: Sequence[Notice]) -> None:
    """New rows, by COPY: a batch of enrolments has very many."""
    if notices:
        # Only Django's own errors are known to callers; COPY raises psycopg's.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for notice in notices:
                copy.write_row(_columns(notice))


def _move(notices: Sequence[Notice], anew: Container[int]) -> None:
    """Rows that were there, as they are to be now; ``anew``: those that are due from this moment (row ids)."""
    rows = [
        (*_days_and_words(n), str(n.status), n.why, n.settled_by_id, n.try_after, n.leased_until, n.pk in anew)
        for n in notices
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(MOVE, [list(column) for column in zip(*rows, strict=True)])


def _differs(before: Notice, after: Notice) -> bool:
    """Whether an unsent notice is to say something else, or may go now although it could not before."""
    if before.status in WAITING:
        return _says(before) != _says(after)
    if before.status == Notice.Status.NO_ADDRESS and not after.employee.email:
        return _says(before)[1:] != _says(after)[1:]  # it goes nowhere on any day
    has_same_address = before.status == Notice.Status.FAILED and before.sent_to == after.employee.email
    return not has_same_address or _says(before) != _says(after)


def _may_go_sooner(before: Notice, after: Notice) -> bool:
    """Whether it may go sooner as it stands: that day does not move away while it speaks of the same one.

    Else what is late would be due anew each night, and nobody would be told that it is late.
    """
    return _is_same(before, after) and before.due_on < after.due_on


def _is_called_off(before: Notice, after: Notice) -> bool:
    """Whether a person said of it, as it speaks of this day, that nobody needs it."""
    is_cancelled = before.status == Notice.Status.WITHDRAWN and before.settled_by_id is not None
    return is_cancelled and before.about_on == after.about_on


def _is_same(before: Notice, after: Notice) -> bool:
    return before.status == Notice.Status.DUE and before.about_on == after.about_on


def _says(notice: Notice) -> tuple[date, date | None, str, str]:
    return notice.due_on, notice.about_on, notice.headline, notice.body
