"""Two people at the Settings page at once: one is written, the others are told; without the lock they overwrite."""

import threading
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from people.actions import policy as actions
from people.models import PolicyChange, User
from people.queries import policy
from people.rules import setting_problem
from programmes.actions import change_policy
from tests.factories import TODAY, UserFactory
from tests.races.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6


def by_page(value: int, by: User) -> str:
    """As somebody does who was shown 28 days."""
    try:
        change_policy({"unit_days": value}, by=by, on=TODAY, shown={"unit_days": 28})
    except ValidationError as error:
        return str(error.error_dict["unit_days"][0].code)
    return "done"


def race() -> dict[str, int]:
    """Everybody wants another length; how often each answer came."""
    hr = UserFactory(is_hr=True)
    return together([partial(by_page, 30 + number, hr) for number in range(CLIENTS)])


def test_one_is_written_and_the_others_are_told() -> None:
    assert race() == {"done": 1, "changed_meanwhile": CLIENTS - 1}
    (change,) = PolicyChange.objects.all()
    assert (change.before, change.after) == (28, policy().unit_days)


def test_without_the_lock_they_overwrite_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is real: nobody writes before all have read."""
    barrier = threading.Barrier(CLIENTS)

    def once_all_have_read(name: str, value: int) -> tuple[str, str] | None:
        barrier.wait(30)
        return setting_problem(name, value)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    monkeypatch.setattr(actions, "setting_problem", once_all_have_read)
    assert race()["done"] > 1
