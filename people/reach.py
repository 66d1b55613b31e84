"""Whom somebody sees, and for whom they act as HR: the one policy behind every `visible_to`, page, action and file.

Three things give reach, and they add up (docs/decisions/0012):

- a role: the auditor reads everybody; HR reads and acts for everybody, or where they are narrowed for those in the
  departments they are named for and in all below them;
- the line: a manager sees who reports to them, direct or through others, and the lines of those whose deputy they are
  today; being a manager is never given, it follows from the records;
- the record: everybody sees their own.

The administrator keeps settings and accounts, and has no reach at all by that role.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from people.models import Employee, User

MOST_NAMED = 10_000  # people of a line who are named one by one; a longer line is asked upwards, person by person

# UNION, not UNION ALL: a loop in the records ends it. The day is London's, by the database's own clock, here and
# nowhere else: a deputy's window opens and closes by itself, whichever process asks.
LINE = """
WITH RECURSIVE heads AS (
    SELECT id FROM people_employee WHERE user_id = %s
    UNION
    SELECT given.from_employee_id
    FROM people_delegation given JOIN people_employee deputy ON deputy.id = given.to_employee_id
    WHERE deputy.user_id = %s AND given.ended_on IS NULL
      AND (now() AT TIME ZONE 'Europe/London')::date BETWEEN given.first_day AND given.last_day
), line AS (
    SELECT report.id FROM people_employee report JOIN heads ON report.manager_id = heads.id
    UNION
    SELECT report.id FROM people_employee report JOIN line ON report.manager_id = line.id
)
SELECT ARRAY(SELECT id FROM people_employee WHERE user_id = %s), ARRAY(SELECT id FROM heads),
       ARRAY(SELECT id FROM line LIMIT %s)
"""
AROUND = """
SELECT unnest(%s::bigint[])
UNION SELECT id FROM people_employee WHERE user_id = %s
UNION SELECT id FROM people_employee WHERE department_id = ANY(%s::bigint[])
"""
HAS_LINE = """
SELECT EXISTS (
    SELECT FROM people_employee report JOIN people_employee own ON report.manager_id = own.id WHERE own.user_id = %s
) OR EXISTS (
    SELECT FROM people_delegation given
    JOIN people_employee deputy ON deputy.id = given.to_employee_id
    JOIN people_employee report ON report.manager_id = given.from_employee_id
    WHERE deputy.user_id = %s AND given.ended_on IS NULL
      AND (now() AT TIME ZONE 'Europe/London')::date BETWEEN given.first_day AND given.last_day
)
"""
BELOW = "people_is_below(%(expressions)s::bigint[])"  # of people/migrations/0012_long_lines: walks up from one person
# By account, the departments they are named for and all below them.
NAMED = """
WITH RECURSIVE tree AS (
    SELECT user_id, department_id FROM people_hrdepartment WHERE user_id = ANY(%s)
    UNION
    SELECT tree.user_id, below.id FROM people_department below JOIN tree ON below.parent_id = tree.department_id
)
SELECT user_id, department_id FROM tree
"""


def reads_everybody(user: User | AnonymousUser) -> bool:
    """Whether somebody may read about everybody: auditors, and HR of the whole organisation."""
    return user.is_authenticated and (user.is_auditor or acts_for_everybody(user))


def acts_for_everybody(by: User | AnonymousUser | None) -> bool:
    """Whether somebody acts as HR for the whole organisation; nobody is a command of the operator, who does."""
    return by is None or (by.is_authenticated and by.is_hr and not by.is_narrowed)


def acts_for(by: User | None, person: Employee) -> bool:
    """Whether somebody acts as HR for this person: asked by every action, whichever page or file it came from."""
    if acts_for_everybody(by):
        return True
    return by is not None and by.is_hr and person.department_id in departments_of(by)


def refuse_unless_everywhere(by: User | None) -> None:
    """What concerns the whole organisation is for its HR. Raises PermissionDenied for anybody else."""
    if not acts_for_everybody(by):
        raise PermissionDenied("This concerns the whole organisation: HR of the whole organisation does it.")


def departments_of(user: User) -> frozenset[int]:
    """Row ids of the departments an HR account is named for, and of all below them.

    That an account is for named departments only is said by its ``is_narrowed``: with none named it reaches nobody.

    Asked once for each time an account is loaded: a request, or a chunk of a long job, sees one answer throughout.
    """
    if user.named_departments is None:
        remember([user])
    assert user.named_departments is not None
    return user.named_departments


def remember(users: Iterable[User]) -> None:
    """Ask for the departments of many accounts at once."""
    asked = list(users)
    found: dict[int, set[int]] = {user.pk: set() for user in asked}
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [list(found)])
        for user_id, department_id in cursor.fetchall():
            found[user_id].add(department_id)
    for user in asked:
        user.named_departments = frozenset(found[user.pk])


@dataclass(frozen=True)
class Line:
    """Whose manager somebody is, themself or as a deputy: below these heads, and never themself (``own``).

    ``people`` names them (row ids), so that the database knows how few they are; None where they are too many.
    """

    own: tuple[int, ...]
    heads: tuple[int, ...]
    people: tuple[int, ...] | None


def line_of(user: User) -> Line:
    """The people whose manager somebody is. Asked once for each time an account is loaded, as `departments_of`."""
    if user.line is None:
        with connection.cursor() as cursor:
            cursor.execute(LINE, [user.pk, user.pk, user.pk, MOST_NAMED + 1])
            own, heads, people = cursor.fetchone()
        named = tuple(pk for pk in people if pk not in own) if len(people) <= MOST_NAMED else None
        user.line = Line(tuple(own), tuple(heads), named)
    return user.line


def has_long_line(user: User) -> bool:
    """Whether somebody’s line is too long to be added up while they wait: few people’s, in very large organisations."""
    return line_of(user).people is None


def in_line(user: User, person: str = "pk") -> Q:
    """Of employees, or of rows whose ``person`` column names one: those whose manager somebody is."""
    line = line_of(user)
    if line.people is not None:
        return Q(**{f"{person}__in": RawSQL("SELECT unnest(%s::bigint[])", [_array(line.people)])})
    below = Func(F(person), Value(_array(line.heads)), template=BELOW, output_field=BooleanField())
    return Q(below) & ~Q(**{f"{person}__in": line.own})


def around(user: User) -> Q:
    """Of employees: themself, those whose manager somebody is, and those in the departments they are HR for."""
    line, named = line_of(user), departments_of(user) if user.is_hr else frozenset()
    if line.people is not None:
        return Q(pk__in=RawSQL(AROUND, [_array(line.people), user.pk, _array(sorted(named))]))
    return in_line(user) | Q(user=user) | Q(department__in=sorted(named))


def _array(ids: Iterable[int]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


def has_line(user: User) -> bool:
    """Whether anybody reports to somebody, or to a person whose deputy they are today."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_LINE, [user.pk, user.pk])
        return bool(cursor.fetchone()[0])
