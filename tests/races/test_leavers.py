"""Somebody leaves or is merged while somebody else enrols them, or is cut short on the way: nothing is half done."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction

from enrolment.actions import calendar, enrolments, leavers, outcomes
from enrolment.actions.directory import leave
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.merging import Merge, merge
from enrolment.models import Enrolment
from people.models import Employee, PersonChange, User
from tests.conftest import Scale
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, UserFactory, programme
from tests.races.test_races import overlaps, together, unlocked
from tests.races.test_sendings import WAITING

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
LAST = TODAY - DAY
S = Enrolment.Status


def leaves(person: Employee) -> str:
    """HR records a last day that is over."""
    (outcome,) = outcomes.run(leave, [(person, LAST)], by=None, on=TODAY)
    return "left" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""


def enrols(person: Employee, code: str = "ai-governance") -> str:
    """Somebody else gives them a plan at the same moment."""
    start = TODAY + 30 * DAY
    wish = Wish(person, programme(code), start, start + 27 * DAY, key=uuid4())
    (outcome,) = outcomes.run(enrol, [wish], by=None, on=TODAY)
    return "enrolled" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""


def planned() -> int:
    """How many plans somebody holds who has left."""
    return Enrolment.objects.filter(status__in=[S.PLANNED, S.QUEUED], employee__left_on__isnull=False).count()


def while_it_waits(first: Callable[[], object], second: Callable[[], object]) -> None:
    """``second`` begins before what ``first`` did is committed, and waits for it if anything makes it wait."""

    def other() -> None:
        try:
            second()
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not _is_waited_for():
            time.sleep(0.02)
    thread.join(60)


def _is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def test_leaving_against_enrolling(scale: Scale):
    answers: Counter[str] = Counter()
    for _ in range(scale.pick(6, 200)):
        person = EmployeeFactory()
        answers += together([partial(leaves, person), partial(enrols, person)])
    assert set(answers) <= {"left", "enrolled", "not_employed"}, answers
    assert answers["left"] == scale.pick(6, 200)
    assert planned() == 0


@pytest.mark.parametrize("is_leaving_first", [True, False])
def test_whoever_comes_second_sees_what_the_first_has_done(is_leaving_first):
    person = EmployeeFactory()
    both = (lambda: leaves(person), lambda: enrols(person))
    while_it_waits(*(both if is_leaving_first else reversed(both)))
    assert Employee.objects.get(pk=person.pk).left_on == TODAY
    assert planned() == 0


def test_without_the_lock_a_leaver_is_given_a_plan(monkeypatch):
    for module in (calendar, enrolments):
        monkeypatch.setattr(module, "lock_people", _unlocked_for_enrolling(module.lock_people))
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER lock_person ON enrolment_enrolment")
    person = EmployeeFactory()
    while_it_waits(lambda: leaves(person), lambda: enrols(person))
    assert planned() == 1, "so it is the lock that keeps them apart"


def _unlocked_for_enrolling(lock: Callable[[Sequence[int]], list[Employee]]) -> Callable[[list[int]], list[Employee]]:
    """Only the thread that enrols goes without its lock."""
    main = threading.get_ident()
    return lambda people: lock(people) if threading.get_ident() == main else unlocked(people)


def test_a_leaving_that_is_killed_has_not_begun_and_the_next_run_does_it(monkeypatch):
    person = EmployeeFactory(user=UserFactory())
    start = TODAY + 30 * DAY
    EnrolmentFactory(
        employee=person, programme=programme("ai-governance"), start_date=start, planned_end_date=start + 27 * DAY
    )

    def killed(people: Sequence[int]) -> dict[int, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return {}

    def dies() -> str:
        with monkeypatch.context() as patched:
            patched.setattr(leavers, "withdraw_all_of", killed)
            try:
                leaves(person)
            except OperationalError:
                return "killed"
        return "survived"

    assert together([dies]) == Counter({"killed": 1})
    fresh = Employee.objects.get(pk=person.pk)
    assert (fresh.employed_until, fresh.left_on) == (None, None)
    assert User.objects.get(employee=person).is_active
    assert Enrolment.objects.get().status == S.PLANNED
    assert not PersonChange.objects.exists()
    assert leaves(person) == "left"
    assert not User.objects.get(employee=person).is_active
    assert Enrolment.objects.get().status == S.CANCELLED


def test_merging_against_enrolling(scale: Scale):
    hr = UserFactory(is_hr=True)

    def merges(kept: Employee, other: Employee) -> str:
        (outcome,) = outcomes.run(merge, [Merge(kept, other)], by=hr, on=TODAY)
        return "merged" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""

    answers: Counter[str] = Counter()
    for _ in range(scale.pick(6, 200)):
        kept, other = EmployeeFactory(), EmployeeFactory()
        start = TODAY + 30 * DAY
        EnrolmentFactory(
            employee=other,
            programme=programme("ai-transformation"),
            start_date=start,
            planned_end_date=start + 27 * DAY,
        )
        answers += together([partial(merges, kept, other), partial(enrols, kept), partial(enrols, other)])
    assert set(answers) <= {"merged", "enrolled", "clash", "gone"}, answers
    assert sum(answers.values()) == scale.pick(18, 600)
    assert overlaps() == 0
