"""The rule through time: one batch of enrolments, the nightly run over very many, the planner for many at once."""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import psycopg

from tests.benchmarks.ground import Measure, timed

UNIT_DAYS = 27
SHARE = 100  # one in so many is due
PEOPLE = """
INSERT INTO people_employee (public_id, staff_number, given_names, family_name, email, job_title, date_of_birth)
SELECT gen_random_uuid(), 'B' || n, 'Given' || n %% 997, 'Family' || n %% 9973, 'p' || n || '@bench.example', 'Analyst',
       '1980-01-01'
FROM generate_series(1, %s) n
"""
FLOOR_ENROL = """
INSERT INTO enrolment_enrolment (public_id, reference, employee_id, programme_id, version_id, status, start_date,
    planned_end_date)
SELECT gen_random_uuid(), 'WP-F' || e.id, e.id, p.id, v.id, 'planned', %s, %s
FROM people_employee e, programmes_programme p JOIN programmes_programmeversion v ON v.programme_id = p.id
WHERE p.code = 'ai-leadership-literacy'
"""
FLOOR_NIGHT = (
    "UPDATE enrolment_enrolment SET status = 'overdue' WHERE status = 'active' AND planned_end_date < %s",
    "UPDATE enrolment_enrolment SET status = 'active' WHERE status = 'planned' AND start_date <= %s",
)
BACK = (
    "UPDATE enrolment_enrolment SET status = 'active' WHERE status = 'overdue'",
    "UPDATE enrolment_enrolment SET status = 'planned' WHERE status = 'active' AND start_date = %s",
)
MAIL_LEFT = "UPDATE people_notice SET status = 'sent', sent_at = now() WHERE status = 'due' AND due_on <= %s"
# One record each, of which one in ``share`` is due on the day: half of those start, half overran yesterday. To the
# others there is nothing to say within the 30 days that reminders are written ahead: theirs were written on other days.
MANY = """
INSERT INTO enrolment_enrolment (public_id, reference, employee_id, programme_id, version_id, status, start_date,
    planned_end_date)
SELECT gen_random_uuid(), 'WP-M' || e.id, e.id, p.id, v.id, d.status, d.start_date, d.start_date + d.days
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people_employee) e
CROSS JOIN LATERAL (
    SELECT CASE WHEN n %% (2 * %(share)s) = 0 THEN 'planned' WHEN n %% (2 * %(share)s) = %(share)s THEN 'active'
                WHEN n %% 2 = 0 THEN 'planned' ELSE 'active' END AS status,
           %(on)s::date + CASE WHEN n %% (2 * %(share)s) = 0 THEN 0 WHEN n %% (2 * %(share)s) = %(share)s THEN -28
                               WHEN n %% 2 = 0 THEN 40 ELSE -14 END AS start_date,
           CASE WHEN n %% (2 * %(share)s) = %(share)s THEN 27 ELSE 83 END AS days
) d, programmes_programme p JOIN programmes_programmeversion v ON v.programme_id = p.id
WHERE p.code = 'ai-leadership-literacy'
"""


def measure(owner_url: str, *, rows: int, repeat: int, only: str | None, on: date) -> list[Measure]:
    """The three of them on one database: ``rows`` enrolled, ten times as many looked through at night."""
    found = []
    with psycopg.connect(owner_url, autocommit=True) as owner:
        if only in (None, "batch"):
            found.append(_batch(owner, rows=rows, repeat=repeat, on=on))
        if only in (None, "planner"):
            found.append(_planner(owner, people=max(rows // 10, 1), repeat=repeat, on=on))
        if only in (None, "night"):
            found += _night(owner, rows=10 * rows, repeat=repeat, on=on)
        _clear(owner)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found[-1].note += f"Most memory of the one process that did all of this, its lists of people included: {memory} MB."
    return found


def _batch(owner: psycopg.Connection, *, rows: int, repeat: int, on: date) -> Measure:
    """Enrolling very many in one batch: planner, rule, events and notices, against one INSERT…SELECT."""
    from enrolment.actions.enrolments import Wish, enrol
    from enrolment.actions.outcomes import in_chunks
    from people.models import Employee
    from programmes.models import Programme

    found = Measure(f"enrolling {rows:,} people in one batch", "one INSERT…SELECT of the rows", "≤ 4", "rows/s")
    _clear(owner)
    owner.execute(PEOPLE, [rows])
    owner.execute("VACUUM ANALYZE people_employee")
    people = list(Employee.objects.only("id").order_by("id"))
    programme = Programme.objects.get(code="ai-leadership-literacy")

    def ours(wishes: Sequence[Wish]) -> None:
        done = sum(sum(outcome.is_done for outcome in chunk) for chunk in in_chunks(enrol, wishes, by=None, on=on))
        assert done == len(wishes), done

    ours([Wish(person, programme) for person in people[:500]])  # what is loaded at first use is not counted
    for _ in range(repeat):
        _clear_enrolments(owner)
        days = [on, on + timedelta(days=UNIT_DAYS)]
        found.floor.append(rows / timed(lambda days=days: owner.execute(FLOOR_ENROL, days)))
        _clear_enrolments(owner)
        wishes = [Wish(person, programme) for person in people]
        found.ours.append(rows / timed(lambda wishes=wishes: ours(wishes)))
    return found


def _planner(owner: psycopg.Connection, *, people: int, repeat: int, on: date) -> Measure:
    """The planner for very many at once, each behind a programme that runs, against fetching what it looks at."""
    from enrolment.models import Enrolment
    from enrolment.queries.planning import plans_for
    from people.models import Employee
    from programmes.models import Programme

    found = Measure(f"planning for {people:,} people", "fetching their records", "none", "people/s")
    programme = Programme.objects.get(code="ai-governance")
    _clear(owner)
    owner.execute(PEOPLE, [people])
    owner.execute(FLOOR_ENROL, [on, on + timedelta(days=UNIT_DAYS)])
    owner.execute("VACUUM ANALYZE")
    everybody = list(Employee.objects.order_by("id"))
    ids = [person.pk for person in everybody]

    def ours() -> None:
        assert {plan.start for plan in plans_for(everybody, programme, on=on)} == {on + timedelta(days=UNIT_DAYS + 1)}

    for _ in range(repeat):
        found.floor.append(people / timed(lambda: list(Enrolment.objects.filter(employee__in=ids))))
        found.ours.append(people / timed(ours))
    return found


def _night(owner: psycopg.Connection, *, rows: int, repeat: int, on: date) -> list[Measure]:
    """One hundredth of very many is due, against the bare SQL; and against as many due in a tenth of the table.

    The night before was there, as it always was: it wrote the letters that those who are due get ahead of their day,
    and what was to go by then has left.
    """
    from enrolment.actions.calendar import enforce
    from enrolment.actions.outcomes import in_chunks
    from enrolment.queries.calendar import people_due

    def ours() -> None:
        done = sum(len(chunk) for chunk in in_chunks(enforce, people_due(on), on=on))
        assert done == rows // SHARE, done

    def floor() -> None:
        done = sum(owner.execute(sentence, [on]).rowcount for sentence in FLOOR_NIGHT)
        assert done == rows // SHARE, done

    def night_before() -> None:
        yesterday = on - timedelta(days=1)
        assert not sum(len(chunk) for chunk in in_chunks(enforce, people_due(yesterday), on=yesterday))
        owner.execute(MAIL_LEFT, [yesterday])
        owner.execute("VACUUM ANALYZE enrolment_enrolment, people_notice")

    def rate(work: Callable[[], None]) -> float:
        speed = rows / SHARE / timed(work)
        owner.execute("TRUNCATE enrolment_enrolmentevent, people_notice CASCADE")
        owner.execute(BACK[0])
        owner.execute(BACK[1], [on])
        night_before()
        return speed

    bare = Measure(f"a night over {rows:,}, 1 % due", "find and update by SQL", "≤ 3", "due rows/s")
    itself = Measure(f"a night over {rows:,}, 1 % due", f"as many due among {rows // 10:,}", "≤ 1.5", "due rows/s")
    for share, size in ((SHARE // 10, rows // 10), (SHARE, rows)):
        _fill(owner, size, share=share, on=on)
        night_before()
        rate(ours)
        for _ in range(repeat):
            if size < rows:
                itself.floor.append(rate(ours))
                continue
            bare.floor.append(rate(floor))
            bare.ours.append(rate(ours))
            itself.ours.append(bare.ours[-1])
    return [bare, itself]


def _fill(owner: psycopg.Connection, size: int, *, share: int, on: date) -> None:
    """So many people with one enrolment each, quickly: nobody else is here, so the lock and the search index wait."""
    _clear(owner)
    owner.execute("DROP INDEX IF EXISTS employee_search")
    owner.execute("ALTER TABLE enrolment_enrolment DISABLE TRIGGER lock_person")
    owner.execute(PEOPLE, [size])
    owner.execute(MANY, {"on": on, "share": share})
    owner.execute("ALTER TABLE enrolment_enrolment ENABLE TRIGGER lock_person")
    owner.execute("VACUUM ANALYZE")


def _clear(owner: psycopg.Connection) -> None:
    owner.execute("TRUNCATE people_employee, enrolment_batch CASCADE")


def _clear_enrolments(owner: psycopg.Connection) -> None:
    owner.execute("TRUNCATE enrolment_enrolment, people_notice CASCADE")
