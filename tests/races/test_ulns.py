"""Several people in HR give one ULN to different people at once: one has it; without taking turns several do."""

import threading
from collections import Counter
from functools import partial

import pytest

from people.actions import ulns as actions
from people.models import Employee
from tests.factories import TODAY, EmployeeFactory
from tests.races.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6
ONE = "1000000019"


def by_page(person: Employee) -> str:
    """As a form with one box does."""
    return actions.record_uln([(person, ONE)], by=None, on=TODAY)[0].code or "done"


def race() -> Counter[str]:
    """Everybody gives the same number to somebody else; how often each answer came."""
    return together([partial(by_page, person) for person in EmployeeFactory.create_batch(CLIENTS)])


def test_one_person_has_it() -> None:
    assert race() == {"done": 1, "uln_taken": CLIENTS - 1}
    assert Employee.objects.filter(uln=ONE).count() == 1


def test_without_taking_turns_several_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is real: nobody writes before all have read."""
    barrier, refused = threading.Barrier(CLIENTS), actions._refused

    def once_all_have_read(person: Employee, uln: str, holders: dict[str, Employee]) -> actions.Result[Employee] | None:
        barrier.wait(30)
        return refused(person, uln, holders)

    monkeypatch.setattr(actions, "_take_turns", lambda: None)
    monkeypatch.setattr(actions, "_refused", once_all_have_read)
    assert race()["done"] > 1
