"""Guard: import-linter keeps the apps and the files inside an app in their order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import APPS, ROOT

ORDER = ("urls", "views", "tasks", "imports", "forms", "actions", "queries", "rules", "models")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter, with the product's contracts, over the packages in a folder."""
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", code, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A product in miniature: every app with every file, all of them empty."""
    for app in APPS:
        (tmp_path / app).mkdir()
        (tmp_path / app / "__init__.py").touch()
        for name in ORDER:
            (tmp_path / app / f"{name}.py").touch()
    (tmp_path / "people" / "clock.py").touch()
    return tmp_path


def test_the_tree_keeps_its_order():
    checked = lint_imports(ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_an_empty_product_passes(sample):
    checked = lint_imports(sample)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("people/views.py", "import enrolment.models"),
        ("people/actions.py", "def later():\n    from enrolment import actions\n    return actions"),
        ("lifecycle/models.py", "from people import models"),
        ("programmes/rules.py", "import config"),
        ("enrolment/rules.py", "from enrolment import models, queries"),
        ("enrolment/actions.py", "from enrolment import forms"),
        ("enrolment/models.py", "from enrolment import actions"),
        ("assessment/tasks.py", "from assessment import views"),
        ("enrolment/rules.py", "from people import clock"),
        ("enrolment/actions.py", "from people.clock import today"),
        ("people/models.py", "from people import clock"),
        ("assessment/queries.py", "import people.clock"),
    ],
)
def test_an_import_against_the_order_is_refused(sample, importer, line):
    (sample / importer).write_text(line + "\n")
    checked = lint_imports(sample)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "BROKEN" in checked.stdout


@pytest.mark.parametrize("importer", ["enrolment/views.py", "people/tasks.py"])
def test_edges_may_read_the_clock(sample, importer):
    (sample / importer).write_text("from people import actions, clock, rules\n")
    assert lint_imports(sample).returncode == 0
