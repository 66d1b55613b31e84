"""Guard: a list asks the database as often for 30 rows as for one, and fetches nothing row by row."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.core.exceptions import FieldFetchBlocked
from django.db import connection
from django.db.models import FETCH_RAISE, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people.models import Employee, User
from tests.architecture.routes import ROUTES
from tests.architecture.test_routes import address
from tests.architecture.world import World, grow, make_world

LISTS = [name for name, route in ROUTES.items() if route.is_list]
READERS = {"enrolment:my_team": "manager", "enrolment:nominations": "manager", "enrolment:in_person": "manager"}
READERS |= {"enrolment:needs": "manager"}
READERS |= {"enrolment:my_messages": "learner"}


@contextmanager
def nothing_is_fetched_late() -> Iterator[None]:
    """Every query set refuses to fetch a relation row by row; who is signed in may still be looked up."""
    begin = QuerySet.__init__

    def begin_strictly(self, model=None, *args, **kwargs):
        begin(self, model, *args, **kwargs)
        if model is not None and model is not User:
            self._fetch_mode = FETCH_RAISE

    with patch.object(QuerySet, "__init__", begin_strictly):
        yield


def count(client: Client, url: str) -> int:
    """How many queries one reading of a page takes; the first reading fills what a process keeps."""
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.fixture
def world(db: None) -> World:
    """One small organisation."""
    return make_world()


def test_every_list_is_marked_as_one():
    assert len(LISTS) >= 9


@pytest.mark.parametrize("name", LISTS)
def test_thirty_rows_take_as_many_queries_as_one(world, name):
    client = world.client(READERS.get(name, "hr"))
    url = address(name, ROUTES[name], world)
    few = count(client, url)
    grow(world, 30)
    assert few <= count(client, url) <= few + ROUTES[name].counts


@pytest.mark.parametrize("name", LISTS)
def test_a_list_fetches_nothing_late(world, name):
    grow(world, 2)
    client = world.client(READERS.get(name, "hr"))
    with nothing_is_fetched_late():
        assert client.get(address(name, ROUTES[name], world)).status_code == 200


def test_a_row_by_row_fetch_is_refused(world):
    with nothing_is_fetched_late(), pytest.raises(FieldFetchBlocked):
        [str(person.department) for person in Employee.objects.exclude(department=None)]
    with nothing_is_fetched_late():
        assert [str(person.department) for person in Employee.objects.select_related("department")]


def test_a_list_that_grows_with_its_rows_is_refused(world):
    def read() -> int:
        with CaptureQueriesContext(connection) as captured:
            [str(person.department) for person in Employee.objects.exclude(department=None)]
        return len(captured)

    few = read()
    grow(world, 3)
    assert read() > few
