"""Guard: every page is reached by links from somebody's first page, and no link that a page shows is broken."""

from collections import deque
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from tests.architecture.routes import PAGE, ROUTES, cells
from tests.architecture.world import ROLES, World, make_world

MOST_PAGES = 400


class _Links(HTMLParser):
    """Collects where a page's links and reading forms lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append(given["href"] or "")
        self.headings += tag == "h1"
        if tag == "form" and (given.get("method") or "get").lower() == "get" and given.get("action"):
            self.found.append(given["action"] or "")


def headings(html: str) -> int:
    """How many first-level headings a page has."""
    reader = _Links()
    reader.feed(html)
    return reader.headings


def links(html: str, base: str) -> list[str]:
    """The addresses of ours that a page links to, without the part after #."""
    reader = _Links()
    reader.feed(html)
    whole = [urlsplit(urljoin(base, link)) for link in reader.found]
    return [
        part._replace(fragment="").geturl()
        for part in whole
        if part.scheme in {"", "http"} and not part.netloc and not part.path.startswith("/static/")
    ]


def route_of(url: str) -> str:
    """The name of the route that serves an address, empty if none does."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def crawl(client: Client, first: str = "/") -> tuple[set[str], dict[str, str]]:
    """The routes that links lead to as pages, and what is broken: dead links, pages without exactly one h1.

    Addresses that differ only in their query string are read at most twice.
    """
    reached: set[str] = set()
    broken: dict[str, str] = {}
    times: dict[str, int] = {}
    waiting, seen = deque([(first, "the start")]), {first}
    while waiting and len(seen) < MOST_PAGES:
        url, shown_on = waiting.popleft()
        response = client.get(url, follow=True)
        here = response.redirect_chain[-1][0] if response.redirect_chain else url
        if response.status_code >= 400:
            broken[url] = f"{response.status_code}, linked from {shown_on}"
            continue
        reached |= {route_of(url), route_of(here)}
        if not response.get("Content-Type", "").startswith("text/html"):
            continue
        if headings(response.content.decode()) != 1:
            broken[url] = f"not one h1, linked from {shown_on}"
        for link in links(response.content.decode(), here):
            path = urlsplit(link).path
            times[path] = times.get(path, 0) + (link not in seen)
            if link not in seen and times[path] <= 2 and route_of(link) != "account_logout":
                seen.add(link)
                waiting.append((link, here))
    return reached, broken


@pytest.fixture
def world(db: None) -> World:
    """One small organisation."""
    return make_world()


@pytest.fixture(scope="module")
def walked() -> dict[str, set[str]]:
    """Where each role came in this test process: a crawl takes seconds, and each world is like the other."""
    return {}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_its_pages_and_no_link_is_broken(world, walked, role):
    reached, broken = crawl(world.client(role))
    walked[role] = reached
    assert not broken
    plain = {name for name, route in ROUTES.items() if not route.at(world) and cells(route.get)[role] == PAGE}
    own = {name for name in plain if not ROUTES[name].unlinked and role not in ROUTES[name].unlinked_for}
    assert not own - reached


def test_every_page_is_reached_by_somebody(world, walked):
    for role in ROLES:
        if role not in walked:  # the test before this one ran elsewhere, or not at all
            walked[role] = crawl(world.client(role))[0]
    pages = {name for name, route in ROUTES.items() if PAGE in cells(route.get).values() and not route.unlinked}
    assert not pages - set().union(*walked.values())


def test_a_broken_link_and_a_page_without_a_link_are_refused(world, settings):
    assert headings("<h1>A</h1><h1>B</h1>") == 2
    html = '<a href="/programmes/">x</a><a href="https://example.org/">y</a><a href="#z">z</a><form action="/find/">'
    assert links(html, "/start/") == ["/programmes/", "/start/", "/find/"]
    reached, broken = crawl(world.client("visitor"), "/no-such-page/")
    assert set(broken) == {"/no-such-page/"}
    assert "programmes:home" not in reached
