"""Guard: no hidden doors (signals, save overrides), no drawers named for nothing, files and functions that fit."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.tree import ROOT, Place, Source, explain, files, sources, walk

DRAWERS = {"utils", "util", "helpers", "helper", "services", "service", "common", "core", "misc", "mixins", "signals"}
DRAWERS |= {"managers", "manager"}
LINES_OF_A_FUNCTION = 70
LINES_OF_A_FILE = 450
NOTES_TO_SELF = ("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")
TEXT = (".py", ".html", ".txt", ".css", ".js", ".md", ".toml", ".yml", ".yaml", ".sh", ".sql")


def hidden_doors(source: Source) -> Iterator[Place]:
    """Model signals and overrides of save() or delete(): code that runs without being called by name."""
    for node, inside in walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (
            node.module in {"django.db.models.signals", "django.dispatch"}
            or (node.module == "django.db.models" and any(name.name == "signals" for name in node.names))
        ):
            yield Place(source.path, node.lineno, inside, "a model signal; call the action by its name")
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name in {"save", "delete", "asave", "adelete"}:
                    yield Place(source.path, method.lineno, node.name, f"overrides {method.name}()")


def drawers(path: str) -> Iterator[Place]:
    """Folders and files whose name says nothing about what is in them."""
    for part in Source(path, "").parts:
        if part.lower() in DRAWERS:
            yield Place(path, 1, "", f"“{part}” names no thing of the field")


def too_long(source: Source) -> Iterator[Place]:
    """Functions over 70 lines and files over 450."""
    lines = source.code.count("\n")
    if lines > LINES_OF_A_FILE:
        yield Place(source.path, lines, "", f"{lines} lines; split it by noun")
    for node, inside in walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LINES_OF_A_FUNCTION:
                yield Place(source.path, node.lineno, inside, f"{node.name} has {length} lines")


def jobless(source: Source) -> Iterator[Place]:
    """Files that do not say their job in their first line; an empty file needs no job."""
    first = (ast.get_docstring(source.tree, clean=False) or "").split("\n")[0].strip()
    if source.code.strip() and not first.endswith((".", "?", "!")):
        yield Place(source.path, 1, "", "the first line says the file's job, as a sentence")


def notes_to_self(path: str, text: str) -> Iterator[Place]:
    """Lines that say what somebody should do one day; that belongs in an issue."""
    for number, line in enumerate(text.splitlines(), start=1):
        for note in NOTES_TO_SELF:
            if f" {note}" in f" {line}" and not line.split(note, 1)[1][:1].isalnum():
                yield Place(path, number, "", f"a {note}")


def test_no_signals_and_no_save_overrides():
    found = [place for source in sources(tests=False) for place in hidden_doors(source)]
    assert not found, explain(found)


def test_no_file_is_named_for_nothing():
    found = [place for path in files() if path.endswith(".py") for place in drawers(path)]
    assert not found, explain(found)


def test_functions_and_files_fit():
    found = [place for source in sources() for place in too_long(source)]
    assert not found, explain(found)


def test_each_file_says_its_job():
    found = [place for source in sources() for place in jobless(source)]
    assert not found, explain(found)


def test_no_notes_to_self():
    ours = [path for path in files() if path.endswith(TEXT) and "vendor" not in path]
    found = [place for path in ours for place in notes_to_self(path, (ROOT / path).read_text())]
    assert not found, explain(found)


@pytest.mark.parametrize(
    "code",
    [
        "from django.db.models.signals import post_save\n",
        "from django.db.models import signals\n",
        "from django.dispatch import receiver\n",
        "class Employee(Model):\n    def save(self, *args): ...\n",
        "class Employee(Model):\n    def delete(self): ...\n",
    ],
)
def test_a_hidden_door_is_refused(code):
    assert list(hidden_doors(Source("people/models.py", code)))


@pytest.mark.parametrize("path", ["people/utils.py", "enrolment/services/people.py", "core/x.py", "people/mixins.py"])
def test_a_drawer_is_refused(path):
    assert list(drawers(path))


def test_a_long_function_and_a_long_file_are_refused():
    function = "def f():\n" + "    x = 1\n" * 70
    assert list(too_long(Source("people/rules.py", function)))
    assert not list(too_long(Source("people/rules.py", "def f():\n" + "    x = 1\n" * 69)))
    assert list(too_long(Source("people/rules.py", "x = 1\n" * 451)))


@pytest.mark.parametrize("code", ["x = 1\n", '"""no sentence"""\n', '"""\n\nLate.\n"""\nx = 1\n', "# a comment\n"])
def test_a_file_without_a_job_is_refused(code):
    assert list(jobless(Source("people/rules.py", code)))


@pytest.mark.parametrize("note", NOTES_TO_SELF)
def test_a_note_to_self_is_refused(note):
    assert list(notes_to_self("people/rules.py", f"x = 1  # {note}: later\n"))
    assert not list(notes_to_self("people/rules.py", f"{note.lower()} and {note}LIST\n"))
