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
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from people.models import Employee, User

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
SELECT line.id FROM line JOIN people_employee own ON own.id = line.id WHERE own.user_id IS DISTINCT FROM %s
"""
SEEN = """
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
SELECT id FROM line
UNION SELECT id FROM people_employee WHERE user_id = %s
UNION SELECT id FROM people_employee WHERE department_id = ANY(%s::bigint[])
"""
HEADS = """
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


def seen_by(user: User) -> RawSQL:
    """For ``pk__in``: the row ids of the people whom somebody sees who does not read everybody."""
    named = departments_of(user) if user.is_hr else ()
    return RawSQL(SEEN, [user.pk, user.pk, user.pk, "{" + ",".join(map(str, sorted(named))) + "}"])


def line_of(user: User) -> RawSQL:
    """For ``pk__in``: the row ids of the people whose manager somebody is, themself or as a deputy; never themself."""
    return RawSQL(LINE, [user.pk, user.pk, user.pk])


def has_line(user: User) -> bool:
    """Whether anybody reports to somebody, or to a person whose deputy they are today."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [user.pk, user.pk])
        return bool(cursor.fetchone()[0])
