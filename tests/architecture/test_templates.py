"""Guards: templates hold no style, script or handler, which the content policy refuses; and no comma stands apart."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.architecture.tree import ROOT, Place, explain, files

TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


class _Inline(HTMLParser):
    """Collects what a page would run or style by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        line = self.getpos()[0]
        if tag == "style":
            self.found.append((line, "a <style> element"))
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append((line, "a <script> without src"))
        for name, value in attrs:
            if name == "style":
                self.found.append((line, f"a style attribute on <{tag}>"))
            if re.fullmatch(r"on[a-z]+", name) or name.startswith("hx-on"):
                self.found.append((line, f"a handler, {name}, on <{tag}>"))
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append((line, f"a javascript: address on <{tag}>"))


def inline(path: str, text: str) -> Iterator[Place]:
    """Each inline style, script or handler of a template; template tags are blanked, lines kept."""
    reader = _Inline()
    reader.feed(TAGS.sub(lambda tag: "x" + "\n" * tag.group().count("\n"), text))
    for line, why in reader.found:
        yield Place(path, line, "", why)


APART = re.compile(r"{% include [^%]*%}(?:{% (?:if|elif|else) ?[^%]*%})*[.,;:)]")


def apart(path: str, text: str) -> Iterator[Place]:
    """Each comma or stop right behind an included template: a file ends with a new line, which is seen as a space."""
    for number, line in enumerate(text.splitlines(), start=1):
        if APART.search(line):
            yield Place(path, number, "", "what follows an include stands apart from it; hand it over as `after`")


def templates() -> list[str]:
    """Our HTML templates; mails have no content policy, and mail readers know no style sheets."""
    return [path for path in files() if path.startswith("templates/") and path.endswith(".html")]


def test_no_template_holds_style_script_or_handler():
    found = [place for path in templates() for place in inline(path, (ROOT / path).read_text())]
    assert not found, explain(found)


def test_nothing_that_belongs_to_an_included_word_stands_apart():
    found = [place for path in templates() for place in apart(path, (ROOT / path).read_text())]
    assert not found, explain(found)


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ('{% include "components/dates.html" with start=a end=b only %}, later', True),
        ('{% include "components/dates.html" only %}{% if cohort %}, {{ cohort }}{% endif %}', True),
        ('{% include "components/dates.html" with after="," only %} later', False),
        ('{% include "components/dates.html" only %}</td>', False),
    ],
)
def test_a_comma_behind_an_include_is_refused(text, is_refused):
    assert bool(list(apart("templates/x.html", text))) == is_refused


@pytest.mark.parametrize(
    "text",
    [
        "<style>p { color: red }</style>",
        '<p style="color: red">x</p>',
        "<script>alert(1)</script>",
        '<script nonce="{{ csp_nonce }}">alert(1)</script>',
        '<button onclick="go()">x</button>',
        '<a href="javascript:void(0)">x</a>',
        '<div hx-on:click="go()">x</div>',
        '{% if a > 1 %}<p style="width: {{ width }}%">x</p>{% endif %}',
    ],
)
def test_an_inline_thing_is_refused(text):
    assert list(inline("templates/x.html", text))


@pytest.mark.parametrize(
    "text",
    [
        '<script src="{% static \'js/x.js\' %}" nonce="{{ csp_nonce }}" defer></script>',
        '<svg width="{{ width }}"><rect x="{{ x }}" fill="currentColor"/></svg>',
        "<p>onclick= and style= in words</p>",
        '<link rel="stylesheet" href="x.css">',
    ],
)
def test_what_is_linked_passes(text):
    assert not list(inline("templates/x.html", text))
