"""One retry after a deadlock, and nothing else is tried twice."""

import pytest
from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

import assessment.actions
import programmes.actions
from assessment.models import Recommendation
from people.retry import patient, retried
from programmes.models import Cohort, Provider
from tests.factories import EmployeeFactory, UserFactory

ANSWERS = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}


def failing(*causes: Exception):
    """An action that fails for each cause in turn, then says how often it was called."""
    calls = []

    def action(word: str, *, by: str) -> str:
        calls.append((word, by))
        if len(calls) <= len(causes):
            raise OperationalError from causes[len(calls) - 1]
        return f"{word} {by} {len(calls)}"

    return action, calls


def test_a_deadlock_is_tried_once_more_with_the_same_words():
    action, calls = failing(DeadlockDetected())
    assert retried(action, "seat", by="hr") == "seat hr 2"
    assert calls == [("seat", "hr")] * 2


@pytest.mark.parametrize(
    ("causes", "times"), [((DeadlockDetected(), DeadlockDetected()), 2), ((LockNotAvailable(),), 1)]
)
def test_a_second_deadlock_and_any_other_failure_are_let_through(causes, times):
    action, calls = failing(*causes)
    with pytest.raises(OperationalError):
        retried(action, "seat", by="hr")
    assert len(calls) == times


def test_a_refusal_of_the_database_is_not_tried_again():
    calls = []

    def action() -> None:
        calls.append(1)
        raise IntegrityError

    with pytest.raises(IntegrityError):
        retried(action)
    assert calls == [1]


@pytest.fixture
def victims(monkeypatch):
    """The first call of each of these actions is a deadlock's victim; returns those that were."""
    met = []

    def first_fails(module, name):
        action = getattr(module, name)

        def once(*args, **kwargs):
            if name not in met:
                met.append(name)
                raise OperationalError from DeadlockDetected()
            return action(*args, **kwargs)

        monkeypatch.setattr(module, name, once)

    for name in ("begin", "answer", "submit"):
        first_fails(assessment.actions, name)
    for name in ("add_provider", "change_provider", "add_cohort", "change_cohort"):
        first_fails(programmes.actions, name)
    return met


@pytest.mark.django_db
def test_the_pages_of_the_questionnaire_try_again(client, victims):
    client.force_login(EmployeeFactory(user=UserFactory()).user)
    step = client.post("/questionnaire/")
    for code, option in ANSWERS.items():
        step = client.post(step["Location"], {code: option})
    client.post(step["Location"])
    assert Recommendation.objects.exists()
    assert victims == ["begin", "answer", "submit"]


@pytest.mark.django_db
def test_the_pages_of_the_catalogue_try_again(client, victims):
    client.force_login(UserFactory(is_hr=True))
    client.post("/providers/new/", {"name": "Northgate"})
    provider = Provider.objects.get()
    client.post(f"/providers/{provider.public_id}/", {"name": "Southgate"})
    days = {"start_date": "7 September 2026", "planned_end_date": "4 October 2026"}
    cohort = {
        "name": "Autumn",
        "programme": "ai-governance",
        "provider": str(provider.public_id),
        "seats": "12",
        **days,
    }
    client.post("/cohorts/new/", cohort)
    client.post(f"/cohorts/{Cohort.objects.get().public_id}/change/", cohort | {"seats": "13"})
    assert Cohort.objects.get().seats == 13
    assert victims == ["add_provider", "change_provider", "add_cohort", "change_cohort"]


def test_a_job_waits_for_locks_and_for_nothing_else():
    reasons = [LockNotAvailable(), LockNotAvailable(), DeadlockDetected()]

    def act() -> str:
        if reasons:
            raise OperationalError from reasons.pop(0)
        return "done"

    with pytest.raises(OperationalError) as raised:
        patient(act)()
    assert isinstance(raised.value.__cause__, DeadlockDetected)
    assert patient(act)() == "done"
