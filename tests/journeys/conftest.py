"""What journeys stand on: the site with the demonstration or with nobody, and people who look at it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.person import Person
from tests.journeys.site import DEMONSTRATION, EMPTY, Site, make_demonstration

type Arrive = Callable[..., Person]


@pytest.fixture(scope="session")
def _served(browser: Any, worker_id: str) -> Iterator[Site]:
    """The site of this test process. It asks for the browser first: without one nothing needs to be served."""
    site = Site(worker_id, Path(os.environ["WAYPOINT_DATA"]) / f"journeys-{worker_id}")
    site.serve()
    yield site
    site.stop()


@pytest.fixture
def empty_site(_served: Site) -> Site:
    """The site as the migrations leave it: the catalogue and the questionnaire, and nobody."""
    _served.refill(EMPTY)
    return _served


@pytest.fixture
def demo_site(_served: Site) -> Site:
    """The site with the demonstration."""
    make_demonstration(Path(os.environ["WAYPOINT_DATA"]))
    _served.refill(DEMONSTRATION)
    return _served


@pytest.fixture
def arrive(browser: Any, _served: Site, scale: Any) -> Iterator[Arrive]:
    """Somebody opens a browser of their own; it closes after the journey, and nobody may have seen an error."""
    people: list[Person] = []

    def someone(address: str = "", **options: Any) -> Person:
        person = Person(browser, address or _served.address, is_thorough=scale.is_full, **options)
        people.append(person)
        return person

    yield someone
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.leave()
    assert complaints == []
