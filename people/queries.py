"""What pages and imports ask about people: as stored, by e-mail, by words, page by page; and what the policy says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Func, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from people import reach
from people.entries import Stored
from people.models import (
    FOLDED,
    Department,
    Employee,
    FormerRecord,
    Notice,
    PersonChange,
    Policy,
    PolicyChange,
    User,
)
from people.rules import folded

ROWS = 50
MOST_WORDS = 8
MOST_EXACT = 5
MOST_CHANGES = 100  # of one person's record, on their page
ORDER = ("family_name", "given_names", "id")

# Facts in the order of `entries.COLUMNS`.
STORED = """
SELECT e.staff_number, e.id, e.given_names, e.family_name, e.email, e.job_title, coalesce(d.name, ''),
       coalesce(m.staff_number, ''), e.date_of_birth, e.employed_from, e.employed_until
FROM people_employee e
LEFT JOIN people_department d ON d.id = e.department_id
LEFT JOIN people_employee m ON m.id = e.manager_id
WHERE e.staff_number = ANY(%s)
ORDER BY e.id
"""
LOCKED = "SELECT staff_number FROM people_employee WHERE staff_number = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
IDS = """
SELECT staff_number, id FROM people_employee WHERE staff_number = ANY(%(numbers)s)
UNION ALL SELECT staff_number, kept_id FROM people_formerrecord WHERE staff_number = ANY(%(numbers)s)
"""
FORMER = """
SELECT f.staff_number, kept.staff_number FROM people_formerrecord f JOIN people_employee kept ON kept.id = f.kept_id
WHERE f.staff_number = ANY(%s)
"""
HOLDERS = "SELECT staff_number, lower(email) FROM people_employee WHERE lower(email) = ANY(%s) ORDER BY id"
DEPARTMENTS = """
SELECT named, d.id FROM unnest(%s::text[]) AS named JOIN people_department d ON lower(d.name) = lower(named)
"""
# Notices may go from the first hour of mail of their day, London time, or from when they were written if that is later;
# what is written after the last hour goes the next day. One that is held back is somebody's decision.
LATE = """
SELECT n.id
FROM people_notice n
CROSS JOIN LATERAL (SELECT greatest(n.due_on + make_time(%(first)s, 0, 0),
                                    n.created_at AT TIME ZONE 'Europe/London') AS moment) ready
WHERE n.status IN ('due', 'sending') AND n.due_on <= (%(now)s::timestamptz AT TIME ZONE 'Europe/London')::date
  AND (n.settled_by_id IS NOT NULL
       OR NOT EXISTS (SELECT FROM people_heldkind h WHERE h.kind = n.kind AND h.released_at IS NULL))
  AND (CASE WHEN extract(hour FROM moment) < %(first)s THEN moment::date + make_time(%(first)s, 0, 0)
            WHEN extract(hour FROM moment) >= %(last)s THEN moment::date + 1 + make_time(%(first)s, 0, 0)
            ELSE moment END) AT TIME ZONE 'Europe/London' < %(before)s::timestamptz
ORDER BY n.due_on, n.id
LIMIT %(most)s
"""
# Names as `naming` compares them: without capitals and double blanks; who has left manages nobody.
NAMED = r"""
SELECT name, staff_number FROM (
    SELECT staff_number, lower(regexp_replace(trim(given_names || ' ' || family_name), '\s+', ' ', 'g')) AS name
    FROM people_employee WHERE employed_until IS NULL OR employed_until >= %s
) AS people WHERE name = ANY(%s) ORDER BY staff_number
"""
# UNION, not UNION ALL: it ends even where the database has a loop.
UPWARDS = """
WITH RECURSIVE line AS (
    SELECT id, staff_number, manager_id FROM people_employee WHERE staff_number = ANY(%s)
    UNION
    SELECT e.id, e.staff_number, e.manager_id FROM people_employee e JOIN line ON e.id = line.manager_id
)
SELECT line.staff_number, m.staff_number FROM line LEFT JOIN people_employee m ON m.id = line.manager_id
"""


def stored(numbers: Iterable[str], *, is_locked: bool = False) -> dict[str, Stored]:
    """By staff number, the people who exist; ``is_locked``: first locked in id order until the transaction ends."""
    wanted = list(numbers)
    with connection.cursor() as cursor:
        if is_locked:
            cursor.execute(LOCKED, [wanted])
            wanted = [row[0] for row in cursor.fetchall()]
        if not wanted:
            return {}
        cursor.execute(STORED, [wanted])
        return {row[0]: Stored(row[1], row[2:]) for row in cursor.fetchall()}


def ids_of(numbers: Iterable[str]) -> dict[str, int]:
    """By staff number, the row ids of the people who exist; the number of a merged record is the kept one's too."""
    with connection.cursor() as cursor:
        cursor.execute(IDS, {"numbers": list(numbers)})
        return dict(cursor.fetchall())


def former_numbers(numbers: Iterable[str]) -> dict[str, str]:
    """Of these staff numbers those whose record was merged, each with the number of the one kept."""
    with connection.cursor() as cursor:
        cursor.execute(FORMER, [list(numbers)])
        return dict(cursor.fetchall())


def public_ids(people: Iterable[int]) -> dict[int, UUID]:
    """By row id, the public ids of people."""
    wanted = list(people)
    if not wanted:
        return {}
    return dict(Employee.objects.filter(pk__in=rows_of(wanted)).order_by().values_list("pk", "public_id"))


def history_of_person(person: Employee) -> list[PersonChange]:
    """What happened to a record and to those that were merged into it, the newest first, at most a hundred."""
    former = FormerRecord.objects.filter(kept=person).values("public_id")
    rows = PersonChange.objects.filter(Q(person=person.public_id) | Q(person__in=former))
    return list(rows.select_related("by__employee")[:MOST_CHANGES])


def email_holders(emails: Iterable[str]) -> list[tuple[str, str]]:
    """Everybody (staff number, e-mail in small letters) who has one of these e-mails, given in small letters."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, [list(emails)])
        return cursor.fetchall()


def numbers_by_name(names: Iterable[str], *, on: date) -> list[tuple[str, str]]:
    """Each name, given in small letters, with the staff number of everybody who is called so and works here then."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [on, list(names)])
        return cursor.fetchall()


def managers_upwards(numbers: Iterable[str]) -> dict[str, str]:
    """By staff number, the manager's ("": none) of these people and of all above them; who is unknown is left out."""
    with connection.cursor() as cursor:
        cursor.execute(UPWARDS, [list(numbers)])
        return {number: manager or "" for number, manager in cursor.fetchall()}


def departments_by_name(names: Iterable[str]) -> dict[str, int]:
    """By each of these names, the row id of the department that is called so, whatever its capitals."""
    with connection.cursor() as cursor:
        cursor.execute(DEPARTMENTS, [list(names)])
        return dict(cursor.fetchall())


def found(people: QuerySet[Employee], text: str) -> QuerySet[Employee]:
    """Those whose number, names, e-mail, job title or department have every word, whatever the capitals and accents.

    Departments are looked up first, so that each word is one walk of the trigram index joined with one of the
    departments' index.
    """
    departments = Department.objects.alias(folded=Func("name", template=FOLDED % "%(expressions)s")).order_by()
    for word in folded(text).split()[:MOST_WORDS]:
        named = list(departments.filter(folded__contains=word).values_list("id", flat=True)[:1000])
        has_word = Q(search_text__contains=word)
        people = people.filter(has_word | Q(department__in=named)) if named else people.filter(has_word)
    return people


def exactly(people: QuerySet[Employee], text: str) -> list[Employee]:
    """Those whose whole staff number or e-mail this is, whatever the capitals; a few at most.

    The number of a record that was merged is the kept one's too.
    """
    text = text.strip()
    if not text:
        return []
    numbers = {text, text.lower(), text.upper()}
    meant = Q(staff_number__in=numbers.union(former_numbers(numbers).values())) | Q(small=text.lower())
    return list(people.alias(small=Lower("email")).filter(meant).order_by("id")[:MOST_EXACT])


@dataclass(frozen=True, slots=True)
class Page:
    """People by name; the page before ends before ``before``, the next begins after ``after`` (None: there is none)."""

    people: list[Employee]
    before: Employee | None
    after: Employee | None


def page(people: QuerySet[Employee], *, after: Employee | None = None, before: Employee | None = None) -> Page:
    """The page that follows ``after``, or precedes ``before``, in order of family name, given names and row."""
    if before is not None:
        rows = list(people.filter(_beyond(before, "lt")).order_by(*(f"-{name}" for name in ORDER))[: ROWS + 1])
        is_more, rows = len(rows) > ROWS, rows[:ROWS][::-1]
        return Page(rows, rows[0] if is_more else None, rows[-1] if rows else None)
    if after is not None:
        people = people.filter(_beyond(after, "gt"))
    rows = list(people.order_by(*ORDER)[: ROWS + 1])
    is_more, rows = len(rows) > ROWS, rows[:ROWS]
    return Page(rows, rows[0] if after and rows else None, rows[-1] if is_more else None)


def rows_of(ids: Iterable[int]) -> RawSQL:
    """For ``pk__in``: these row ids as one array; five hundred of them take Django longer than the database."""
    return RawSQL("SELECT unnest(%s::bigint[])", ["{" + ",".join(map(str, ids)) + "}"])


def as_hr[Rows: QuerySet[Any]](rows: Rows, user: User | AnonymousUser, person: str = "employee") -> Rows:
    """Rows about people (``person`` leads to them), as the lists of HR show them to somebody: those they read as HR."""
    if reach.reads_everybody(user):
        return rows
    return rows.filter(**{f"{person}__in": Employee.objects.read_as_hr_by(user)})


def handled[Rows: QuerySet[Any]](rows: Rows, user: User | AnonymousUser) -> Rows:
    """Rows about people (their ``employee``), narrowed to those for whom somebody acts as HR: what HR's moves find."""
    if user.is_authenticated and reach.acts_for_everybody(user):
        return rows
    return rows.filter(employee__in=Employee.objects.handled_by(user))


def choices(user: User | AnonymousUser) -> QuerySet[Department]:
    """The departments that a list of HR can be narrowed to, by name: those one is HR for."""
    rows = Department.objects.order_by("name")
    if reach.reads_everybody(user) or not user.is_authenticated:
        return rows
    return rows.filter(pk__in=reach.departments_of(user))


def may_open(user: User, person: Employee | None) -> bool:
    """Whether somebody may open another person's page."""
    return person is not None and Employee.objects.visible_to(user).filter(pk=person.pk).exists()


def may_speak_for(user: User, people: Iterable[int]) -> set[int]:
    """Of these people (row ids) the ones whom somebody may answer and speak for; one query."""
    return set(Employee.objects.acted_for_by(user).filter(pk__in=list(people)).values_list("pk", flat=True))


def policy() -> Policy:
    """What the organisation decided; as it is at first where the row is missing."""
    return Policy.objects.filter(pk=1).first() or Policy(pk=1)


def policy_changes() -> QuerySet[PolicyChange]:
    """Every change of the policy, the newest first, with who made it."""
    return PolicyChange.objects.select_related("by__employee").order_by("-at", "-id")


def in_parts[T](items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items, so many at a time."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _beyond(person: Employee, side: str) -> Q:
    """Further along the order than a person; the first condition alone lets the index begin there."""
    family, given, row = person.family_name, person.given_names, person.pk
    further: dict[str, Any] = {f"family_name__{side}e": family}
    return Q(**further) & (
        Q(**{f"family_name__{side}": family})
        | Q(**{"family_name": family, f"given_names__{side}": given})
        | Q(**{"family_name": family, "given_names": given, f"id__{side}": row})
    )


def late_notices(*, now: datetime, hours: Sequence[int], by: timedelta, most: int | None = None) -> list[Notice]:
    """Notices that could have gone so long ago and have not, oldest first, each with its person; at most so many.

    ``hours``: when mail leaves, from the first and before the second, in London.
    """
    first, last = hours
    with connection.cursor() as cursor:
        cursor.execute(LATE, {"now": now, "first": first, "last": last, "before": now - by, "most": most})
        ids = [pk for (pk,) in cursor]
    rows = Notice.objects.filter(pk__in=rows_of(ids)).select_related("employee")
    return list(rows.order_by("due_on", "id"))
