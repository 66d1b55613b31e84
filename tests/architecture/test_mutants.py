"""Every mutant of `tests/mutants` still breaks what it says it breaks: its pattern stands in its file, exactly once."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutants.test_mutants import MUTANTS, pattern_problem


@pytest.mark.parametrize("name", MUTANTS)
def test_it_changes_one_place_of_the_tree(name: str) -> None:
    """Mutants run seldom; code that moved away from under one is seen here, at once."""
    assert pattern_problem(ROOT, name, MUTANTS) == ""


@pytest.mark.parametrize(
    ("place", "old", "new", "tests", "said"),
    [
        ("gone.py", "a", "b", ("test.py",), "there is no gone.py"),
        ("rule.py", "c", "b", ("test.py",), "'c' stands 0 times in rule.py"),
        ("rule.py", "a", "b", ("test.py",), "'a' stands 2 times in rule.py"),
        ("rule.py", "a = b", "a = b", ("test.py",), "'a = b' stays as it is"),
        ("rule.py", "a = b", "a = c", ("gone.py",), "there is no gone.py"),
        ("rule.py", "a = b", "a = c", (), "no tests are named"),
        ("rule.py", "a = b", "a = c", ("test.py",), ""),
    ],
)
def test_one_that_would_break_nothing_is_seen(
    tmp_path: Path, place: str, old: str, new: str, tests: tuple[str, ...], said: str
) -> None:
    """Every way in which a mutant comes to nothing, and one that does not."""
    (tmp_path / "rule.py").write_text("a = b\nx = a\n")
    (tmp_path / "test.py").touch()
    assert pattern_problem(tmp_path, "sample", {"sample": (place, old, new, tests)}) == said
