"""Real threads at one barrier: one person, one cohort. Each race is seen to be lost once its guard is removed."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from assessment.actions import Decision, place
from assessment.models import Placement
from enrolment.actions import calendar, enrolments, outcomes
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.nominations import Approval, approve
from enrolment.imports.enrolments import load_enrolments
from enrolment.models import Enrolment
from people.models import Employee, User
from programmes.models import CohortQuerySet
from tests.conftest import Scale
from tests.factories import TODAY, CohortFactory, EmployeeFactory, NominationFactory, UserFactory, programme

pytestmark = pytest.mark.django_db(transaction=True)
CODES = ("ai-leadership-literacy", "ai-governance", "ai-transformation")
JULY = date(2026, 7, 1), date(2026, 7, 28)
S = Enrolment.Status


def together(jobs: Sequence[Callable[[], str]]) -> Counter[str]:
    """Run every job in a thread of its own, all released at once; how often each answer came."""
    barrier, answers = threading.Barrier(len(jobs)), []

    def one(job: Callable[[], str]) -> None:
        try:
            with connection.cursor() as cursor:  # a slow machine is not a lost race
                cursor.execute("SET lock_timeout = '60s'")
            barrier.wait(30)
            answers.append(job())
        except OperationalError as error:
            answers.append("deadlock" if "deadlock" in str(error) else f"broken: {error}")
        except Exception as error:
            answers.append(f"broken: {error!r}")
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(jobs), f"only {answers} of {len(jobs)} came back"
    return Counter(answers)


def by_action(person: Employee, code: str) -> str:
    """As a page, a bulk job or a command does it."""
    wish = Wish(person, programme(code), *JULY, key=uuid4())
    (outcome,) = outcomes.run(enrol, [wish], by=None, on=TODAY)
    return "won" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""


def by_raw_insert(person: Employee, code: str) -> str:
    """As somebody with a database prompt does it."""
    row = Enrolment(
        reference="WP-" + uuid4().hex[:9], employee=person, programme=programme(code), status=S.ACTIVE,
        start_date=date(2026, 7, 20), planned_end_date=date(2026, 8, 20),
    )  # fmt: skip
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        return "clash" if "one_programme_on_any_day" in str(error) or "one_live" in str(error) else f"broken: {error}"
    return "won"


def by_nomination(person: Employee, code: str) -> str:
    """As HR answers a manager."""
    nomination = NominationFactory(employee=person, programme=programme(code))
    (outcome,) = outcomes.run(approve, [Approval(nomination, *JULY)], by=UserFactory(is_hr=True), on=TODAY)
    return "won" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""


def by_page(person: Employee, code: str) -> str:
    """As HR's browser confirms: the whole stack, from the request to the redirect."""
    browser = Client()
    browser.force_login(UserFactory(is_hr=True))
    days = {"start_date": JULY[0].isoformat(), "planned_end_date": JULY[1].isoformat()}
    sent = {"programme": code, **days, "confirm": "yes", "key": str(uuid4())}
    answer = browser.post(reverse("enrolment:enrol", args=[person.public_id]), sent)
    if answer.status_code == 302:
        return "won"
    said = answer.content.decode()
    assert answer.status_code == 200, answer.status_code
    return "clash" if "clash" in said.lower() or "already" in said else f"broken: {said[:300]}"


def by_file(person: Employee, code: str) -> str:
    """As a file of enrolments is loaded."""
    line = f"{person.staff_number},{code},{JULY[0]},{JULY[1]}"
    content = f"staff_number,programme,start_date,planned_end_date\n{line}\n".encode()
    (row,) = load_enrolments(content, file_name="one.csv", by=None, on=TODAY)
    return {"created": "won", "unchanged": "already_on_programme"}.get(row.outcome, row.code)


type Paths = tuple[Callable[[Employee, str], str], ...]
PATHS: Paths = (by_action, by_raw_insert, by_page, by_nomination, by_file)


def overlaps() -> int:
    """How many pairs of records hold the same person on the same day: the promise, counted by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM enrolment_enrolment a JOIN enrolment_enrolment b "
            "ON a.employee_id = b.employee_id AND a.id < b.id AND a.held && b.held"
        )
        return int(cursor.fetchone()[0])


def race_for_one_person(rounds: int, clients: int, paths: Paths = PATHS) -> Counter[str]:
    """Many clients want the same days of the same person, round after round, each by one of the ways in."""
    total: Counter[str] = Counter()
    for number in range(rounds):
        person = EmployeeFactory()
        jobs: list[Callable[[], str]] = []
        for client in range(clients):
            # One programme a path and client of a round as far as there are some, so that nominations do not collide.
            path, code = paths[client % len(paths)], CODES[(client + number) % len(CODES)]
            if path is by_nomination and client >= len(paths):
                path = by_action
            jobs.append(partial(path, person, code))
        total += together(jobs)
    return total


def test_one_person_many_clients(scale: Scale) -> None:
    """One winner a round, nobody on two programmes, no deadlock, nothing broken."""
    rounds, clients = scale.pick(6, 300), scale.pick(8, 32)
    answers = race_for_one_person(rounds, clients)
    assert answers["won"] == rounds
    assert set(answers) <= {"won", "clash", "already_on_programme"}, answers
    assert overlaps() == 0


def race_for_seats(people: int, seats: int) -> Counter[str]:
    """Everybody wants a seat of one cohort at the same moment."""
    cohort = CohortFactory(programme=programme("ai-governance"), seats=seats)

    def wants(person: Employee) -> str:
        (outcome,) = outcomes.run(enrol, [Wish(person, programme("ai-governance"), cohort=cohort)], by=None, on=TODAY)
        return "won" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""

    jobs = [partial(wants, person) for person in EmployeeFactory.create_batch(people)]
    answers: Counter[str] = Counter()
    for first in range(0, people, 25):
        answers += together(jobs[first : first + 25])
    return answers


def test_seats_are_never_oversold(scale: Scale) -> None:
    """Exactly as many placed as there are seats; everybody else is told why."""
    people, seats = scale.pick(25, 200), scale.pick(5, 20)
    assert race_for_seats(people, seats) == Counter({"won": seats, "no_seat": people - seats})


def unlocked(people: list[int]) -> list[Employee]:
    """What `lock_people` would be without its lock."""
    return list(Employee.objects.filter(pk__in=people))


def all_have_read(clients: int) -> Callable[[Sequence[int]], list[Enrolment]]:
    """`records_of` for clients that nothing keeps apart: none goes on before all have read, or two seconds passed."""
    barrier = threading.Barrier(clients)

    def records(people: Sequence[int]) -> list[Enrolment]:
        rows = list(calendar.records_of(people))
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(2)
        return rows

    return records


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch, scale: Scale) -> None:
    """Actions that do not lock the person, and no trigger that does."""
    monkeypatch.setattr(enrolments, "records_of", all_have_read(scale.pick(8, 32)))
    for module in (calendar, enrolments):
        monkeypatch.setattr(module, "lock_people", unlocked)
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER lock_person ON enrolment_enrolment")


@pytest.fixture
def no_constraint() -> None:
    """A table that lets clashes in."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE enrolment_enrolment DROP CONSTRAINT one_programme_on_any_day")


def by_decision(person: Employee, by: User) -> str:
    """As HR's browser sends the same decision twice."""
    (result,) = place([Decision(person, None, reason="Not now.", is_informed=True)], by=by, on=TODAY)
    return str(result.pk) if isinstance(result, Placement) else str(result.code)


def test_the_same_decision_sent_at_once_is_one_placement() -> None:
    hr = UserFactory(is_hr=True)
    for _ in range(5):
        person = EmployeeFactory()
        answers = together([partial(by_decision, person, hr)] * 6)
        assert answers == {str(Placement.objects.get(employee=person).pk): 6}


@pytest.mark.usefixtures("no_lock")
def test_without_the_lock_the_race_is_lost(scale: Scale) -> None:
    """The guard is real: without it colliding inserts break or deadlock instead of being refused in words."""
    answers = race_for_one_person(scale.pick(6, 30), scale.pick(8, 32), paths=(by_action,))
    assert set(answers) - {"won", "clash", "already_on_programme"}, answers


@pytest.mark.usefixtures("no_lock", "no_constraint")
def test_without_lock_and_constraint_people_are_on_two_programmes(scale: Scale) -> None:
    """The promise is kept by these two, and by nothing else."""
    race_for_one_person(scale.pick(6, 30), scale.pick(8, 32), paths=(by_action,))
    assert overlaps() > 0


@pytest.fixture
def no_cohort_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Actions that read a cohort's free seats without locking it, all at the same moment."""
    barrier = threading.Barrier(25)

    def not_locked(rows: CohortQuerySet, **_: object) -> CohortQuerySet:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(2)
        return rows

    monkeypatch.setattr(CohortQuerySet, "select_for_update", not_locked)


@pytest.mark.usefixtures("no_cohort_lock")
def test_without_the_cohort_lock_a_seat_is_wanted_twice() -> None:
    """The lock is what makes “full” an answer; behind it a seat is still one row, and the database refuses the rest."""
    answers = race_for_seats(25, 5)
    assert set(answers) - {"won", "no_seat"}, answers
    assert answers["won"] <= 5


@pytest.mark.usefixtures("no_cohort_lock")
def test_without_lock_and_constraint_seats_are_oversold() -> None:
    """The promise is kept by these two, and by nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE enrolment_enrolment DROP CONSTRAINT one_enrolment_per_seat")
    assert race_for_seats(25, 5)["won"] > 5
