"""Pages at eight clients: enrolling one person against lock + insert + event, and the long list against a bare one."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta
from uuid import uuid4

import psycopg

from tests.benchmarks import ground
from tests.benchmarks.ground import Measure, Session

FLOOR = "tests.benchmarks.floor_wsgi"
EACH = 400  # requests in one repetition
Request = tuple[str, str, dict[str, str] | None]


def measure(owner: str, *, rows: int, repeat: int, only: str | None, on: date) -> list[Measure]:
    """Both, on one database with ``rows`` enrolments and one with a hundredth of them."""
    long = ground.database(owner, "bench_long")
    short = ground.database(owner, "bench_short")
    ground.manage(long, "demo", "--people", str(rows + max(rows // 3, 6000)), "--enrolments", str(rows))
    ground.manage(short, "demo", "--people", str(rows // 50 + 240), "--enrolments", str(rows // 100))
    for environment in (long, short):
        with psycopg.connect(environment["DATABASE_OWNER_URL"], autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    sessions = [_signed_in("bench_long"), _signed_in("bench_short")]
    with ExitStack() as stack:
        ports = [stack.enter_context(ground.web(environment, FLOOR)) for environment in (long, short)]
        found: list[Measure] = []
        if only in (None, "list"):
            found += _lists(ports, sessions, rows=rows, repeat=repeat)
        if only in (None, "enrol"):
            found.append(_enrolling(long, ports[0], sessions[0], repeat=repeat, on=on))
    return found


def _lists(ports: list[int], sessions: list[Session], *, rows: int, repeat: int) -> list[Measure]:
    """The first page of fifty, ours and bare, in the long and in the short table."""
    bare = Measure(f"50-row enrolment list at {rows:,}", "bare list view", "≥ 0.6", "requests/s")
    itself = Measure(f"50-row enrolment list at {rows:,}", f"itself at {rows // 100:,}", "≥ 0.8", "requests/s")
    ours: list[Request] = [("GET", "/enrolments/", None)] * EACH
    floor: list[Request] = [("GET", "/floor/enrolments/", None)] * EACH
    for port, session in zip(ports, sessions, strict=True):
        ground.rate(port, ours[:40] + floor[:40], session, 200)
    for _ in range(repeat):
        bare.floor.append(ground.rate(ports[0], floor, sessions[0], 200))
        bare.ours.append(ground.rate(ports[0], ours, sessions[0], 200))
        itself.ours.append(bare.ours[-1])
        itself.floor.append(ground.rate(ports[1], ours, sessions[1], 200))
    return [bare, itself]


def _enrolling(environment: dict[str, str], port: int, session: Session, *, repeat: int, on: date) -> Measure:
    """The confirming POST of the enrol page for people who are free, each once."""
    found = Measure("enrol page (POST), 8 clients", "lock + insert + event", "≥ 0.6", "requests/s")
    found.note = (
        "Enrolling: beside lock, row and event our page asks for the person, the programmes, their placement, their "
        "records and the versions, judges, and writes a notice: 13 statements against 7, and about 9 ms of Python "
        "against 4. Each of the five reads costs 0.4 to 0.8 ms of it, two thirds of which is Django composing the SQL; "
        "the notice costs 0.6 ms, the form 0.15 ms, the rules less. Nothing is kept between requests to save a read: "
        "what changes in the catalogue counts at once."
    )
    with psycopg.connect(environment["DATABASE_OWNER_URL"], autocommit=True) as connection:
        free = connection.execute(
            "SELECT public_id FROM people_employee e WHERE employed_until IS NULL AND NOT EXISTS "
            "(SELECT 1 FROM enrolment_enrolment x WHERE x.employee_id = e.id) ORDER BY id LIMIT %s",
            [2 * EACH * repeat + 80],
        ).fetchall()
        programme = connection.execute(
            "SELECT p.id, v.id FROM programmes_programme p JOIN programmes_programmeversion v ON v.programme_id = p.id "
            "WHERE p.code = 'ai-governance'"
        ).fetchone()
    assert programme is not None
    people = iter(str(row[0]) for row in free)
    dates = {
        "start_date": (on + timedelta(days=60)).isoformat(),
        "planned_end_date": (on + timedelta(days=87)).isoformat(),
    }
    bare = {**dates, "programme_id": str(programme[0]), "version_id": str(programme[1])}

    def ours(count: int) -> list[Request]:
        form = {**dates, "programme": "ai-governance", "confirm": "1"}
        return [("POST", f"/people/{next(people)}/enrol/", {**form, "key": str(uuid4())}) for _ in range(count)]

    def floor(count: int) -> list[Request]:
        return [("POST", f"/floor/enrol/{next(people)}/", bare) for _ in range(count)]

    ground.rate(port, ours(40) + floor(40), session, 302)
    for _ in range(repeat):
        found.floor.append(ground.rate(port, floor(EACH), session, 302))
        found.ours.append(ground.rate(port, ours(EACH), session, 302))
    return found


def _signed_in(name: str) -> Session:
    """Turn this process to a database and sign in there."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    return ground.sign_in()
