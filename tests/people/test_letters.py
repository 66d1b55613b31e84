"""A notice as an HTML mail: the same words, lists as lists, styled in place, and nothing in it taken for markup."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.letters import ITEM, Block, as_html, blocks

BODY = """Hello Ada,

This happened to your people since 4 January 2027:

Placed
- Amara Nwosu: AI Leadership Literacy, from 12 April 2027
- Grace <b>Hopper</b>: see https://waypoint.example.org/team/

Your team: https://waypoint.example.org/team/
You choose how often.
"""


def test_lists_are_lists_under_their_headings() -> None:
    assert list(blocks(BODY)) == [
        Block("Hello Ada,", []),
        Block("This happened to your people since 4 January 2027:", []),
        Block("Placed", ["Amara Nwosu: AI Leadership Literacy, from 12 April 2027",
                         "Grace <b>Hopper</b>: see https://waypoint.example.org/team/"]),
        Block("Your team: https://waypoint.example.org/team/\nYou choose how often.", []),
    ]  # fmt: skip
    page = as_html("Your team", BODY)
    assert re.search(r"<h2[^>]*>Placed</h2>\s*<ul[^>]*>\s*<li[^>]*>Amara Nwosu: AI", page)
    assert page.count("<li") == 2
    assert "- Amara" not in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("text", ["What to do:\n- Sign it", "Two lines\nof words\n- Sign it"])
def test_a_sentence_before_a_list_is_no_heading(text: str) -> None:
    page = as_html("Due", text)
    assert "<h2" not in page
    assert re.search(r"</p>\s*<ul", page)


def test_nothing_is_taken_for_markup_and_addresses_can_be_pressed() -> None:
    page = as_html("A <i>headline</i>", BODY)
    assert "<b>" not in page
    assert "<i>" not in page
    assert "Grace &lt;b&gt;Hopper&lt;/b&gt;" in page
    assert page.count('href="https://waypoint.example.org/team/"') == 2
    assert "https://waypoint.example.org/team/</a><br>You choose how often." in page


def test_it_needs_no_style_sheet_picture_or_script() -> None:
    page = as_html("Your team", BODY)
    assert not re.search(r"<(style|link|img|script)\b|url\(|\sclass=", page)
    for tag in re.findall(r"<(?:h1|h2|p|ul|li)\b[^>]*>", page):
        assert 'style="' in tag


@given(st.lists(st.sampled_from(["", "- one", "two", "three.", "- four", "Five"]), max_size=12))
def test_no_line_is_lost_or_said_twice(lines: list[str]) -> None:
    said = [line for block in blocks("\n".join(lines)) for line in [*block.lines.splitlines(), *block.items]]
    assert said == [line.removeprefix(ITEM) for line in lines if line]
    words = unescape(re.sub(r"<[^>]+>", " ", as_html("Headline", "\n".join(lines)).split("</h1>")[1])).split()
    assert words[: len(said)] == said
