"""Many people and few seats, by every path at once: some enrol, some would wait, some give their seat up again."""

import contextlib
import threading
from collections import Counter
from functools import partial

import pytest
from django.db import connection

from enrolment.actions import changes, outcomes
from enrolment.actions.cohorts import promote
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment
from people.models import Employee, Notice
from programmes.models import Cohort, CohortQuerySet
from tests.conftest import Scale
from tests.factories import TODAY, CohortFactory, EmployeeFactory, programme
from tests.races.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
S = Enrolment.Status
AT_ONCE = 25


def directly(cohort: Cohort, person: Employee) -> str:
    """A seat or none."""
    (outcome,) = outcomes.run(enrol, [Wish(person, cohort.programme, cohort=cohort)], by=None, on=TODAY)
    return "seat" if outcome.is_done else outcome.refusal.code if outcome.refusal else ""


def or_waits(cohort: Cohort, person: Employee) -> str:
    """A seat, or a place on the waiting list."""
    wish = Wish(person, cohort.programme, cohort=cohort, may_wait=True)
    (outcome,) = outcomes.run(enrol, [wish], by=None, on=TODAY)
    made = outcome.subject.enrolment
    assert made is not None, outcome.refusal
    return "seat" if made.status == S.PLANNED else "waits"


def comes_and_goes(cohort: Cohort, person: Employee) -> str:
    """A seat that is given up at once; the next is promoted by whoever comes by."""
    (outcome,) = outcomes.run(enrol, [Wish(person, cohort.programme, cohort=cohort)], by=None, on=TODAY)
    made = outcome.subject.enrolment
    if made is None:
        return outcome.refusal.code if outcome.refusal else ""
    outcomes.run(changes.cancel, [made], by=None, on=TODAY, reason="Not after all.")
    outcomes.run(promote, [cohort], by=None, on=TODAY)
    return "gone"


PATHS = (or_waits, directly, or_waits, comes_and_goes)


def race(people: int, seats: int) -> tuple[Cohort, Counter[str]]:
    """Everybody comes at once, by one of the paths; whatever is free in the end is given away."""
    cohort = CohortFactory(programme=programme("ai-governance"), seats=seats)
    crowd = EmployeeFactory.create_batch(people)
    jobs = [partial(PATHS[number % len(PATHS)], cohort, person) for number, person in enumerate(crowd)]
    answers: Counter[str] = Counter()
    for first in range(0, people, AT_ONCE):
        answers += together(jobs[first : first + AT_ONCE])
    outcomes.run(promote, [cohort], by=None, on=TODAY)
    return cohort, answers


def placed(cohort: Cohort) -> int:
    """How many people have a seat."""
    return Enrolment.objects.filter(cohort=cohort, status=S.PLANNED).count()


def test_exactly_as_many_as_seats_and_everybody_else_is_told(scale: Scale) -> None:
    """No seat is lost on the way from hand to hand, none is given twice."""
    people, seats = scale.pick(50, 200), scale.pick(8, 20)
    cohort, answers = race(people, seats)
    assert set(answers) <= {"seat", "waits", "gone", "no_seat"}, answers
    assert placed(cohort) == seats
    waiting = Enrolment.objects.filter(cohort=cohort, status=S.WAITING)
    refused = [o.refusal.code for o in promote([cohort], by=None, on=TODAY) if o.refusal]
    assert refused == ["no_seat"] * waiting.count()
    promoted = Enrolment.objects.filter(events__move="promote").values("employee")
    for kind, told in (("waiting", waiting.values("employee")), ("promoted", promoted)):
        assert not Employee.objects.filter(pk__in=told).exclude(notices__kind=kind).exists(), kind
    assert Notice.objects.filter(kind="promoted").count() == promoted.count()


def test_without_the_cohorts_lock_and_one_person_a_seat_they_are_oversold(monkeypatch: pytest.MonkeyPatch) -> None:
    """These two keep the number, and nothing else."""
    barrier = threading.Barrier(AT_ONCE)

    def not_locked(rows: CohortQuerySet, **_: object) -> CohortQuerySet:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(2)
        return rows

    monkeypatch.setattr(CohortQuerySet, "select_for_update", not_locked)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE enrolment_enrolment DROP CONSTRAINT one_enrolment_per_seat")
    cohort, _ = race(AT_ONCE, 5)
    assert placed(cohort) > 5
