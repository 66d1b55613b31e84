"""Guard: every Celery task is listed, thin (acks late, arguments by name), and safe twice and at once with itself."""

import inspect
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from celery import Celery
from django.apps import apps
from django.db import connection
from django.db.models import DateTimeField, Model

from config.celery import app
from enrolment.actions.batches import begin
from enrolment.imports.enrolments import check_enrolments
from enrolment.models import Enrolment
from people.models import Notice
from tests.architecture.tasks import TASKS
from tests.architecture.tree import APPS
from tests.architecture.world import World, make_world, person
from tests.factories import EnrolmentFactory, programme

DAY = timedelta(days=1)


@pytest.fixture(autouse=True, scope="module")
def version(django_db_setup: None, django_db_blocker: Any) -> None:
    """Loading the tasks checks the models, which asks the database once for its version."""
    with django_db_blocker.unblock():
        assert connection.get_database_version()


def registered(celery: Celery) -> set[str]:
    """The names of our own tasks, without Celery's."""
    celery.loader.import_default_modules()
    return {name for name in celery.tasks if not name.startswith("celery.")}


def task(name: str) -> Any:
    """One of the product's tasks."""
    app.loader.import_default_modules()
    return app.tasks[name]


def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours, without the moments at which rows were written."""
    return {model._meta.label: _rows(model) for model in apps.get_models() if model._meta.app_label in APPS}


def _rows(model: type[Model]) -> list[tuple[Any, ...]]:
    facts = [field.attname for field in model._meta.concrete_fields if not isinstance(field, DateTimeField)]
    return sorted(model._base_manager.values_list(*facts), key=repr)


def unsafe(run: Callable[[], Any]) -> list[str]:
    """The tables that a second run changes."""
    run()
    once = snapshot()
    run()
    return _changed(once, snapshot())


def at_once(runs: Iterable[Callable[[], Any]]) -> None:
    """Run these in threads that start together; what one raises is raised here."""
    runs = list(runs)
    start = Barrier(len(runs))

    def begin(run: Callable[[], Any]) -> None:
        start.wait(timeout=10)
        try:
            run()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runs)) as pool:
        for done in [pool.submit(begin, run) for run in runs]:
            done.result(timeout=60)


def _changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    return [label for label in before if before[label] != after[label]]


def due(world: World) -> None:
    """Something for the calendar to do: a start that has come, an end that has passed, a programme that ends soon.

    And a file of enrolments that somebody asked to be loaded.
    """
    rows = [f"{number},ai-leadership-literacy,,,," for number in ("other", "manager")]
    content = "\n".join(["staff_number,programme,start_date,planned_end_date,status,ended_on,cohort", *rows]).encode()
    begin([check_enrolments(content, file_name="x.csv", by=None, on=world.on)])
    apprenticeship, unit = programme("ai-practitioner"), programme("ai-governance")
    for number, (status, start, end, what) in enumerate(
        [
            (Enrolment.Status.PLANNED, world.on - DAY, world.on + 20 * DAY, unit),
            (Enrolment.Status.ACTIVE, world.on - 400 * DAY, world.on - DAY, apprenticeship),
            (Enrolment.Status.ACTIVE, world.on - 20 * DAY, world.on + 3 * DAY, unit),
        ]
    ):
        EnrolmentFactory(
            employee=person(f"due-{number}", world=world),
            programme=what,
            status=status,
            start_date=start,
            planned_end_date=end,
        )


@pytest.fixture
def world(transactional_db: None) -> World:
    """One small organisation with work for the calendar, in rows that other connections see."""
    world = make_world()
    due(world)
    return world


def test_every_task_is_listed():
    assert registered(app) == set(TASKS)


def test_what_beat_wakes_exists():
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= registered(app)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_thin(name):
    assert task(name).acks_late
    kinds = {parameter.kind for parameter in inspect.signature(task(name).run).parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_twice_is_as_once(world, name):
    assert not unsafe(lambda: task(name).run(**TASKS[name](world)))


@pytest.mark.parametrize("name", TASKS)
def test_a_task_at_once_with_itself_is_as_once(world, name):
    arguments = TASKS[name](world)
    at_once([lambda: task(name).run(**arguments)] * 2)
    together = snapshot()
    task(name).run(**arguments)
    assert not _changed(together, snapshot())
    moves = Enrolment.objects.values_list("events__subject", "events__move").exclude(events=None)
    assert len(moves) == len(set(moves)), "a move was made twice"


def test_an_unlisted_task_is_refused():
    other = Celery("sample", set_as_current=False)

    @other.task(name="people.tasks.surprise")
    def surprise() -> None:
        """A task that nobody listed."""

    assert registered(other) != set(TASKS)


def test_a_task_that_is_not_safe_twice_is_refused(world):
    def tell() -> None:
        Notice.objects.create(
            employee=world.learner, kind="sample", subject=uuid.uuid4(), due_on=world.on, headline="x", body="x"
        )

    assert unsafe(tell) == ["people.Notice"]
