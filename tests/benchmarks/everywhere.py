"""Every page that links reach, in an organisation of three hundred thousand and in one of 240: what its SQL takes."""

from __future__ import annotations

import html
import logging
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import psycopg

from tests.benchmarks import ground
from tests.benchmarks.ground import Measure

SLOW = 0.1  # seconds of SQL from which a page is named
ENTRANCES = ("/",)
# They add up everybody, or as many as are asked for: their time follows what they add up.
REPORTS = {
    *("enrolment:roles_report", "enrolment:role_people", "enrolment:progression_report", "enrolment:decisions_report"),
    *("enrolment:impact_report", "enrolment:replay", "enrolment:handoff", "assessment:version"),
}
SKIPPED = {"enrolment:sent_mail"}  # the demonstration's folder of mails: nothing of it comes from the database
LINK = re.compile(r'href="([^"#]+)')
FILE = (".csv", ".json", ".ics")

# What an organisation has after some years: a tenth have left, four in five have answered, most were placed and took
# what they were placed on. Everybody reports to one person, eight to each manager, in two hundred departments.
GROW = (
    """
    INSERT INTO people_department (public_id, name)
    SELECT gen_random_uuid(), 'Part ' || n FROM generate_series(0, 199) n
    """,
    """
    INSERT INTO people_employee (id, public_id, staff_number, given_names, family_name, email, job_title, date_of_birth,
        employed_from, employed_until, left_on, department_id, manager_id)
    OVERRIDING SYSTEM VALUE
    SELECT %(base)s + n, gen_random_uuid(), 'B' || n, 'Given' || n %% 997, 'Family' || n %% 9973,
           'p' || n || '@bench.example', 'Analyst', '1980-01-01', '2015-01-01',
           CASE WHEN n %% 10 = 9 THEN date '2025-06-01' END, CASE WHEN n %% 10 = 9 THEN date '2025-06-02' END,
           (SELECT id FROM people_department WHERE name = 'Part ' || n %% 200),
           CASE WHEN n < 8 THEN %(boss)s ELSE %(base)s + n / 8 END
    FROM generate_series(1, %(people)s) n
    """,
    "SELECT setval(pg_get_serial_sequence('people_employee', 'id'), (SELECT max(id) FROM people_employee))",
    """
    INSERT INTO assessment_response (public_id, questionnaire_id, employee_id, answers, is_on_behalf, started_on,
        submitted_on, submitted_at, assumed, seconds)
    SELECT gen_random_uuid(), said.questionnaire_id, e.id, said.answers, false, '2024-01-05', '2024-01-05', now(), '[]',
           '{}'
    FROM people_employee e, LATERAL (
        SELECT questionnaire_id, answers FROM assessment_response WHERE submitted_on IS NOT NULL ORDER BY id LIMIT 1
    ) said
    WHERE e.id > %(base)s AND e.id %% 5 <> 0
    """,
    """
    INSERT INTO assessment_recommendation (public_id, response_id, employee_id, programme_id, because, answers_used,
        lost, is_latest, is_decided, made_on)
    SELECT gen_random_uuid(), r.id, r.employee_id, p.ids[1 + r.id %% cardinality(p.ids)], 'Because.', '{}', '[]', true,
           (r.employee_id / 10) %% 20 <> 0, date '2024-01-05' + (r.employee_id %% 700)::int
    FROM assessment_response r, (SELECT array_agg(id ORDER BY id) FROM programmes_programme) p(ids)
    WHERE r.employee_id > %(base)s
    """,
    """
    INSERT INTO assessment_placement (public_id, recommendation_id, employee_id, programme_id, is_agreed, reason,
        is_current, decided_on, decided_at, decided_by_id)
    SELECT gen_random_uuid(), id, employee_id, programme_id, true, '', true, made_on + 10, made_on + 10, %(hr)s
    FROM assessment_recommendation WHERE employee_id > %(base)s AND is_decided
    """,
    """
    INSERT INTO enrolment_enrolment (public_id, reference, employee_id, programme_id, version_id, placement_id, status,
        start_date, planned_end_date, ended_on)
    SELECT gen_random_uuid(), 'WP-B' || p.id, p.employee_id, p.programme_id, v.id, p.id, s.status,
           CASE s.status WHEN 'planned' THEN current_date + 3 + (p.id %% 90)::int
                         WHEN 'active' THEN current_date - (p.id %% 20)::int ELSE p.decided_on + 30 END,
           CASE s.status WHEN 'planned' THEN current_date + 30 + (p.id %% 90)::int
                         WHEN 'active' THEN current_date + 29 - (p.id %% 20)::int ELSE p.decided_on + 57 END,
           CASE WHEN s.status IN ('completed', 'withdrawn') THEN p.decided_on + 57 END
    FROM assessment_placement p
    JOIN people_employee e ON e.id = p.employee_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN e.left_on IS NULL AND p.id %% 20 = 13 THEN 'active'
                    WHEN e.left_on IS NULL AND p.id %% 20 = 15 THEN 'planned'
                    WHEN p.id %% 20 = 12 THEN 'withdrawn' WHEN p.id %% 20 = 18 THEN 'cancelled' ELSE 'completed' END
    ) s(status)
    CROSS JOIN LATERAL (
        SELECT id FROM programmes_programmeversion WHERE programme_id = p.programme_id ORDER BY id DESC LIMIT 1
    ) v
    WHERE p.employee_id > %(base)s AND p.id %% 97 <> 0
    """,
    """
    INSERT INTO enrolment_enrolmentevent (subject_id, move, from_status, to_status, "on", at, reason, start_date,
        planned_end_date, ended_on, by_id)
    SELECT e.id, m.move, '', e.status, e.start_date - 30, e.start_date - 30, '', e.start_date, e.planned_end_date,
           e.ended_on, %(hr)s
    FROM enrolment_enrolment e, unnest(ARRAY['enrol', 'start']) m(move) WHERE e.employee_id > %(base)s
    """,
    """
    INSERT INTO people_notice (public_id, employee_id, kind, subject, round, about_on, due_on, status, headline, body,
        sent_at)
    SELECT gen_random_uuid(), e.employee_id, k.kind, e.public_id, 1, e.start_date, e.start_date - 10,
           CASE WHEN e.status <> 'planned' THEN 'sent' WHEN e.id %% 50 = 0 THEN 'no_address' ELSE 'due' END,
           'What is said', 'In which words.', CASE WHEN e.status <> 'planned' THEN e.start_date - 10 END
    FROM enrolment_enrolment e, unnest(ARRAY['enrolled', 'started']) k(kind) WHERE e.employee_id > %(base)s
    """,
    """
    INSERT INTO enrolment_nomination (public_id, employee_id, programme_id, nominated_by_id, nominated_on, reason,
        status, decided_on, decided_by_id, answer, waiting_since)
    SELECT gen_random_uuid(), p.employee_id, p.programme_id, %(hr)s, p.decided_on - 10, 'Because.',
           CASE WHEN p.id %% 600 = 0 THEN 'submitted' ELSE 'approved' END,
           CASE WHEN p.id %% 600 <> 0 THEN p.decided_on END, CASE WHEN p.id %% 600 <> 0 THEN %(hr)s::bigint END, '',
           p.decided_on - 10
    FROM assessment_placement p WHERE p.employee_id > %(base)s AND p.id %% 3 = 0
    """,
    "VACUUM ANALYZE",
)


@dataclass
class Page:
    """One kind of page as one role sees it: its address, and what its SQL took, in seconds, at best."""

    address: str
    taken: float = field(default=float("inf"))


type Kind = tuple[str, ...]


def measure(owner: str, *, rows: int, repeat: int) -> list[Measure]:
    """All pages of HR, of the head of everybody and of a learner; three people for each of ``rows``."""
    people = 3 * rows
    logging.disable(logging.CRITICAL)  # that a page is slow is what is looked for
    walks: dict[str, dict[str, dict[Kind, Page]]] = {}
    for name in ("bench_few", "bench_many"):
        environment = ground.database(owner, name)
        ground.manage(environment, "demo")
        _grow(environment["DATABASE_OWNER_URL"], people if name == "bench_many" else 0)
        walks[name] = _walked(name, repeat)
    logging.disable(logging.NOTSET)
    found = []
    for role, few in walks["bench_few"].items():
        many = walks["bench_many"][role]
        both = [kind for kind in few if kind in many and kind[0] not in REPORTS]
        measured = Measure(f"SQL of {role}’s {len(both)} pages at {people:,} people", "at 240", "none", "pages/s")
        measured.floor = [len(both) / sum(few[kind].taken for kind in both)]
        measured.ours = [len(both) / sum(many[kind].taken for kind in both)]
        found.append(measured)
        slow = sorted(((page.taken, kind) for kind, page in many.items() if page.taken > SLOW), reverse=True)
        named = ", ".join(f"{' '.join(kind)} {taken * 1000:.0f} ms" for taken, kind in slow)
        if named:
            measured.note = f"Pages of {role} whose SQL takes over {SLOW * 1000:.0f} ms, reports included: {named}."
    return found


def _grow(owner: str, people: int) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        ask = "SELECT max(id), (SELECT id FROM people_employee WHERE manager_id IS NULL ORDER BY id LIMIT 1), "
        ask += "(SELECT id FROM people_user WHERE is_hr ORDER BY id LIMIT 1) FROM people_employee"
        base, boss, hr = connection.execute(ask).fetchall()[0]
        facts = {"base": base, "boss": boss, "hr": hr, "people": people}
        for sentence in GROW:
            connection.execute(sentence, facts if "%(" in sentence else None)


def _walked(name: str, repeat: int) -> dict[str, dict[Kind, Page]]:
    """By role, every kind of page on this database."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from people.models import Employee, User

    connection.close()
    connection.settings_dict["NAME"] = name
    settings.ALLOWED_HOSTS = ["*"]
    head = Employee.objects.filter(manager=None).order_by("id").first()
    learner = User.objects.filter(employee__enrolments__isnull=False, employee__reports=None).order_by("id").first()
    assert head
    roles = {"HR": User.objects.filter(is_hr=True).order_by("id").first(), "the head": head.user, "a learner": learner}
    found = {}
    for role, user in roles.items():
        assert user
        browser = Client()
        browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        found[role] = _walk(browser, repeat)
    return found


def _walk(browser: Any, repeat: int) -> dict[Kind, Page]:
    """One page of each kind, as links lead to it."""
    from tests.journeys.test_every_page import kind

    pages: dict[Kind, Page] = {}
    waiting = deque(ENTRANCES)
    while waiting:
        address = waiting.popleft()
        name = kind(address)
        if address.endswith(FILE) or "format=" in address or name in pages or name[0] in {"", *SKIPPED}:
            continue
        page = pages[name] = Page(address)
        for _ in range(repeat):
            taken, answered, text = _timed(browser, address)
            page.taken = min(page.taken, taken)
        waiting += (urljoin(answered, html.unescape(link)) for link in LINK.findall(text) if ":" not in link)
    return pages


def _timed(browser: Any, address: str) -> tuple[float, str, str]:
    """The seconds that the statements of one request took, the address that answered, and its page."""
    from django.db import connection

    took: list[float] = []

    def clocked(execute: Any, *statement: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            took.append(time.perf_counter() - began)

    with connection.execute_wrapper(clocked):
        answer = browser.get(address, follow=True)
        text = b"".join(answer.streaming_content if answer.streaming else [answer.content])
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return sum(took), answer.request["PATH_INFO"], text.decode()
