"""Every choice, tick and hidden field of every form, sent back forged: a page in plain words, and never a fault."""

from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from tests.architecture.routes import PAGE, ROUTES, cells
from tests.architecture.test_routes import address
from tests.architecture.world import World, make_world

# What Django, and the fields of others, say of themselves: to nobody who uses a page.
NOT_OURS = (
    *("Select a valid choice", "is not one of the available", "valid UUID", "is not a valid value", "Enter a list of"),
    *("Null characters", "ManagementForm", "This field is required"),
)
FORGED = ("nonsense\x00", "9" * 30, str(uuid4()))
OFFERED = ("hidden", "radio", "checkbox")
LEFT_ALONE = {"csrfmiddlewaretoken"}


class Forms(HTMLParser):
    """The forms of a page: how and where they are sent, what they would send as they stand, what they offer."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict] = []
        self.inside: dict | None = None
        self.select = ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            method = given.get("method", "get").lower()
            self.inside = {"method": method, "action": given.get("action", ""), "data": {}, "offered": []}
            self.found.append(self.inside)
        if self.inside is None or not name:
            if tag == "option" and self.inside is not None and self.select and "selected" in given:
                self.inside["data"][self.select] = [given.get("value", "")]
            return
        kind = given.get("type", "text")
        if tag == "select":
            self.select = name
            self.inside["offered"].append(name)
        elif tag == "button" and "formaction" not in given and not self.inside.get("pressed"):
            self.inside["pressed"] = True
            self.inside["data"][name] = [given.get("value", "")]
        elif tag == "input":
            if kind in OFFERED and name not in self.inside["offered"]:
                self.inside["offered"].append(name)
            if kind in ("radio", "checkbox") and "checked" not in given and name in self.inside["data"]:
                return
            if kind != "file":
                self.inside["data"].setdefault(name, []).append(given.get("value", ""))
        elif tag == "textarea":
            self.inside["data"][name] = ["words"]

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = None
        if tag == "select":
            self.select = ""


@pytest.fixture
def world(db: None) -> World:
    """One small organisation."""
    return make_world()


def forms_of(page: Any, url: str) -> Iterator[tuple[str, str, dict, list[str]]]:
    """Each form of a page: its method and address, what it sends, the names of what it offers."""
    reader = Forms()
    reader.feed(page.content.decode())
    for form in reader.found:
        offered = [name for name in form["offered"] if name not in LEFT_ALONE]
        if offered:
            yield form["method"], urljoin(url, form["action"]) or url, form["data"], offered


def faults(client: Client, method: str, url: str, data: dict) -> list[str]:
    """What is wrong with the answer to one forged form; whatever it did is undone."""
    client.raise_request_exception = False
    with transaction.atomic():
        ask = client.post if method == "post" else client.get
        answer = ask(url, data, follow=True)
        transaction.set_rollback(True)
    if answer.status_code >= 500:
        return [f"{answer.status_code} {getattr(answer, 'exc_info', '')}"]
    if answer.streaming:
        return []
    said = unescape(answer.content.decode())
    return [words for words in NOT_OURS if words in said]


@pytest.mark.parametrize("role", ["learner", "manager", "hr"])
def test_a_forged_choice_is_answered_in_words_on_every_page(world, role):
    wrong, tried, seen = [], 0, set()
    for name, route in ROUTES.items():
        if not route.is_ours or cells(route.get)[role] != PAGE:
            continue
        url = address(name, route, world)
        page = world.client(role).get(url)
        if page.streaming or not page.get("Content-Type", "").startswith("text/html"):
            continue
        for method, target, data, offered in forms_of(page, url):
            for field in offered:
                key = (method, target.partition("?")[0], field)
                if key in seen:
                    continue
                seen.add(key)
                for forged in FORGED:
                    tried += 1
                    found = faults(world.client(role), method, target, {**data, field: forged})
                    wrong += [f"{method} {target} {field}={forged!r}: {words}" for words in found]
    assert tried > 10
    assert not wrong, "\n".join(wrong)


def test_a_form_is_read_and_a_fault_is_seen():
    page = (
        '<form method="post" action="/x/"><input type="hidden" name="key" value="1"><select name="who">'
        '<option value="a">A</option><option value="b" selected>B</option></select><button name="go" value="yes">'
        '</button></form><form action="/y/"><input type="checkbox" name="all" value="1"></form>'
    )
    reader = Forms()
    reader.feed(page)
    assert [(form["method"], form["action"], form["data"], form["offered"]) for form in reader.found] == [
        ("post", "/x/", {"key": ["1"], "who": ["b"], "go": ["yes"]}, ["key", "who"]),
        ("get", "/y/", {"all": ["1"]}, ["all"]),
    ]
