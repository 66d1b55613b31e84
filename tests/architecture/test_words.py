"""Guard: what people read uses the glossary's words, without “successfully” and without begging."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.tree import ROOT, Place, explain, files

NOT_OURS = {
    r"please": "ask plainly",
    r"successfully": "say what happened",
    r"oops|sorry": "say what happened and what to do",
    r"courses?(?! code)": "a programme",
    r"students?|trainees?|apprentices?": "a learner",
    r"supervisors?|line managers?": "a manager",
    r"e-?mail addresses|emails?": "e-mail",
    r"invalid": "say what is wrong",
}
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<!--.*?-->|<[^>]*>", re.DOTALL)


def strangers(path: str, text: str) -> Iterator[Place]:
    """Words in a template's own text that the glossary does not have."""
    shown = TAGS.sub(lambda tag: " " + "\n" * tag.group().count("\n"), text)
    for number, line in enumerate(shown.splitlines(), start=1):
        for pattern, instead in NOT_OURS.items():
            if found := re.search(rf"\b(?:{pattern})\b", line, re.IGNORECASE):
                yield Place(path, number, "", f"“{found.group()}”: {instead}")


def test_templates_use_the_words_of_the_glossary():
    ours = [path for path in files() if path.startswith("templates/")]
    found = [place for path in ours for place in strangers(path, (ROOT / path).read_text())]
    assert not found, explain(found)


@pytest.mark.parametrize("text", ["<p>Please wait</p>", "Saved successfully.", "<b>Your course</b>", "3 students"])
def test_a_strange_word_is_refused(text):
    assert list(strangers("templates/x.html", text))


@pytest.mark.parametrize("text", ['<input type="email">', "{{ form.email }}", "course code 828", "3 learners"])
def test_what_people_do_not_read_passes(text):
    assert not list(strangers("templates/x.html", text))
