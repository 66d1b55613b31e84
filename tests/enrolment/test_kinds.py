"""Every kind of letter has a text, a label, a check at the moment it leaves or a reason why not, and a safe link."""

import re

import pytest
from django.urls import resolve

from enrolment.queries.lapsed import CHECKS, UNCHECKED
from enrolment.rules.letters import LETTERS, original, samples
from enrolment.rules.reminders import REMINDERS
from enrolment.rules.wording import links, write
from enrolment.views.messages import KINDS
from tests.architecture.routes import ROUTES
from tests.architecture.tree import ROOT

WRITTEN = {path.name.split(".")[0] for path in (ROOT / "templates/enrolment/email").glob("*.txt")}


def test_texts_labels_purposes_and_checks_speak_of_the_same_kinds():
    checked = [kind for kinds in CHECKS for kind in kinds]
    assert len(checked) == len(set(checked))
    assert set(LETTERS) == set(KINDS) == WRITTEN
    assert set(checked) | set(UNCHECKED) == set(LETTERS)
    assert not set(checked) & set(UNCHECKED)
    assert set(REMINDERS) <= set(LETTERS)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_kind_has_a_headline_a_text_and_a_purpose(kind):
    assert all(original(kind))
    assert LETTERS[kind].purpose.endswith(".")


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_has_one_page_to_go_to_and_opening_it_is_safe(kind):
    """A page that is read by GET and HEAD; what it changes, it changes by POST alone (tests/architecture/routes.py)."""
    addresses = {address for _, address in links(original(kind)[1])}
    assert addresses
    said = write(original(kind)[1], samples(kind))
    shown = re.findall(r"https://waypoint\.example\.org(/\S*)", said)
    assert len(set(shown)) == 1, shown
    for address in shown:
        found = resolve(address)
        assert found.view_name in ROUTES
        assert "200" in ROUTES[found.view_name].get.split(), "a page, not the target of a form"
