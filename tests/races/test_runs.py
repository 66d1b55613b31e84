"""Many beats and many workers at once: one run begins, a chunk counts once; without the guards they are many."""

import threading
from collections import Counter
from datetime import date, timedelta
from functools import partial

import pytest
from django.db.models import QuerySet

from enrolment.actions import runs
from enrolment.actions.runs import begin_day, enforce_in_run
from enrolment.models import Enrolment, EnrolmentEvent, Run
from people.clock import now
from people.models import Employee
from tests.factories import TODAY, EnrolmentFactory, programme
from tests.races.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6


def due(people: int) -> None:
    """So many people whose programme starts today."""
    unit, end = programme("ai-governance"), TODAY + timedelta(60)
    for _ in range(people):
        EnrolmentFactory(programme=unit, start_date=TODAY, planned_end_date=end)


def by_beat() -> str:
    """As the hourly task begins a day."""
    return "begun" if begin_day(on=TODAY, now=now()) else "nothing"


def by_worker(people: list[int], run: int, chunk: int) -> str:
    """As a worker does a chunk that came to it."""
    return f"moved {enforce_in_run(people, on=TODAY, run=run, chunk=chunk)}"


def test_one_of_many_beats_begins_the_night() -> None:
    due(3)
    answers = sum((together([by_beat] * CLIENTS) for _ in range(5)), Counter())
    assert answers == {"begun": 1, "nothing": 5 * CLIENTS - 1}
    assert Run.objects.get().people == 3


def test_without_the_turn_all_begin_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is real: nobody begins before all have seen that no run is under way."""
    due(3)
    barrier = threading.Barrier(CLIENTS)

    def once_all_have_looked(on: date) -> bool:
        barrier.wait(30)
        return False

    monkeypatch.setattr(runs, "_has_turn", lambda: True)
    monkeypatch.setattr(runs, "is_whole_night", once_all_have_looked)
    assert together([by_beat] * CLIENTS) == {"begun": CLIENTS}


def test_a_chunk_that_comes_to_many_workers_counts_once() -> None:
    """One does it, the others find nothing to do; its people are counted once and so is what was done."""
    due(8)
    people = list(Employee.objects.order_by("id").values_list("id", flat=True))
    run = Run.objects.create(kind=Run.Kind.NIGHT, on=TODAY, people=8)
    jobs = [partial(by_worker, people[:4], run.pk, 0), partial(by_worker, people[4:], run.pk, 1)] * 3
    assert together(jobs) == {"moved 4": 2, "moved 0": 4}
    run.refresh_from_db()
    assert (run.done, run.counts, run.finished_at is not None) == (8, {"start": 8, "remind": 8}, True)
    assert EnrolmentEvent.objects.count() == 8
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"active"}


def test_without_the_lock_on_the_run_a_count_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is real: nobody writes before both have read."""
    due(2)
    people = list(Employee.objects.order_by("id").values_list("id", flat=True))
    run = Run.objects.create(kind=Run.Kind.NIGHT, on=TODAY, people=2)
    barrier = threading.Barrier(2)

    def once_both_have_read() -> str:
        barrier.wait(30)
        return now().isoformat()

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    monkeypatch.setattr(runs, "_moment", once_both_have_read)
    together([partial(by_worker, [person], run.pk, chunk) for chunk, person in enumerate(people)])
    run.refresh_from_db()
    assert (run.done, run.finished_at) == (1, None)
