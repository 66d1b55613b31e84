"""Guard: every route answers each role, relation and method as routes.py beside this declares; no other exists."""

import re
from collections.abc import Iterable, Iterator

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.urls.converters import IntConverter

from tests.architecture.routes import ROUTES, Route, cells
from tests.architecture.world import ROLES, World, make_world

READS, OTHERS = ("GET", "HEAD"), ("PUT", "PATCH", "DELETE")
WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "MERGE", "COPY")
# Who is signed in, how often somebody tried, allauth's own copy of an account's e-mail: not the product's facts.
MAY_WRITE = ('"django_session"', '"config_cache"', '"account_emailaddress"')


def named(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """The full name of every route, its address where it has none."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from named(pattern.url_patterns, space)
        else:
            yield f"{prefix}{pattern.name}" if pattern.name else f"unnamed {pattern.pattern}"


def numbered(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    """Routes of ours that carry a row number instead of a public id or a code."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from numbered(pattern.url_patterns)
        elif any(isinstance(converter, IntConverter) for converter in pattern.pattern.converters.values()):
            yield str(pattern.pattern)


def differences(real: Iterable[str], declared: Iterable[str]) -> dict[str, set[str]]:
    """Routes that exist and are not declared, and routes declared that do not exist."""
    there, told = set(real), set(declared)
    return {"undeclared": there - told, "missing": told - there}


def answer(response: HttpResponseBase) -> str:
    """A response in the table's words."""
    if response.status_code == 302:
        return "sign-in" if response["Location"].startswith(reverse("account_login")) else "there"
    return str(response.status_code)


def address(name: str, route: Route, world: World) -> str:
    """Where the route is in this world."""
    return reverse(name, kwargs=route.at(world)) + route.query(world)


def expected(route: Route, method: str, role: str) -> str:
    """What the table says; a method that a route does not have is refused to those whose role lets them in."""
    if method in {"GET", "HEAD"}:
        return cells(route.get)[role]
    if method == "POST" and route.post:
        return cells(route.post)[role]
    if role in route.looked_at:
        return "405"
    if set(cells(route.get).values()) == {"404"}:
        return "404"  # the demonstration's pages are not there at all
    seen = {cells(route.get)[role], cells(route.post or route.get)[role]}
    return next((refused for refused in ("sign-in", "403") if refused in seen), "405")


def written(queries: Iterable[dict[str, str]]) -> list[str]:
    """The statements that change the product's facts; one that begins with WITH may do so further down."""
    return [
        query["sql"] for query in queries if _writes(query["sql"]) and not any(t in query["sql"] for t in MAY_WRITE)
    ]


def _writes(sql: str) -> bool:
    words = re.findall(r"\w+", sql.upper())
    return (words[:1] == ["WITH"] and not {*words}.isdisjoint(WRITES)) or words[0] in WRITES


def ask(client: Client, url: str, method: str, data: dict[str, str]) -> tuple[str, list[str]]:
    """What is answered, and what it wrote; whatever was done is undone."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            response = client.post(url, data) if method == "POST" else client.generic(method, url)
        transaction.set_rollback(True)
    return answer(response), written(captured.captured_queries)


@pytest.fixture
def world(db: None) -> World:
    """One small organisation."""
    return make_world()


def test_every_route_is_declared():
    assert differences(named(get_resolver().url_patterns), ROUTES) == {"undeclared": set(), "missing": set()}


def test_no_address_carries_a_row_number():
    assert not list(numbered(get_resolver().url_patterns))
    assert list(numbered([path("people/<int:pk>/", lambda request, pk: HttpResponse())]))


@pytest.mark.parametrize("name", ROUTES)
def test_each_role_is_answered_as_declared_and_only_a_post_changes_anything(world, name):
    route, answers, declared = ROUTES[name], {}, {}
    url = address(name, route, world)
    for role in ROLES:
        client = world.client(role)
        for method in (*READS, *OTHERS, "POST"):  # a POST comes last: it may sign the client out
            answers[role, method], changes = ask(client, url, method, route.data)
            declared[role, method] = expected(route, method, role)
            assert method == "POST" or not changes, f"{method} {name} as {role}"
    theirs = () if route.is_ours else OTHERS
    wrong = {cell: (answers[cell], declared[cell]) for cell in answers if answers[cell] != declared[cell]}
    assert not {cell: pair for cell, pair in wrong.items() if cell[1] not in theirs}


def test_an_undeclared_and_a_missing_route_are_refused():
    extra = path("secret/", lambda request: HttpResponse(), name="secret")
    found = differences(named([*get_resolver().url_patterns, extra]), [*ROUTES, "people:gone"])
    assert found == {"undeclared": {"secret"}, "missing": {"people:gone"}}


def test_a_write_behind_a_with_is_seen():
    question = "\nWITH RECURSIVE tree AS (SELECT 1) SELECT * FROM tree"
    change = "WITH gone AS (DELETE FROM people_employee RETURNING id) SELECT * FROM gone"
    assert written([{"sql": question}, {"sql": change}]) == [change]


def test_a_write_while_reading_is_refused(world):
    with CaptureQueriesContext(connection) as captured:
        world.learner.save()
    assert written(captured.captured_queries)


def test_a_wrong_cell_is_refused(world):
    route = ROUTES["enrolment:people"]
    assert answer(world.client("learner").get(address("enrolment:people", route, world))) != cells(route.get)["hr"]
