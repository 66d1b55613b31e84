"""Guard: each tool, as pyproject.toml configures it, refuses a small bad sample; .ci/run runs them over the tree."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT


def run(tool: str, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """One tool from this environment, at the root of the product."""
    return subprocess.run(
        [sys.executable, "-m", tool, *arguments], cwd=ROOT, input=code, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os\n", "F401"),
        ("x = 1\n", "D100"),
        ('"""Job."""\n\nprint(1)\n', "T201"),
        ('"""Job."""\n\n# x = compute(1)\n', "ERA001"),
        ('"""Job."""\n\nfrom ..people import rules\n', "TID252"),
        ('"""Job."""\n\nx = 1  # noqa\n', "PGH004"),
        ('"""Job."""\n\nx = "' + "long " * 30 + '"\n', "E501"),
    ],
)
def test_ruff_refuses(code, rule):
    checked = run("ruff", "check", "--no-cache", "--stdin-filename", "enrolment/views.py", "-", code=code)
    assert checked.returncode == 1
    assert rule in checked.stdout


def test_ruff_refuses_a_file_that_is_not_formatted():
    assert run(
        "ruff", "format", "--check", "--stdin-filename", "people/rules.py", "-", code="x = {  'a':1}\n"
    ).returncode


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ('<img src="x.svg">', "H013"),
        ('<a href="/people/">People</a>', "D018"),
        ("<DIV></DIV>", "H009"),
        ("<div><p></div>", "H025"),
    ],
)
def test_djlint_refuses(tmp_path: Path, html, rule):
    (tmp_path / "sample.html").write_text(html)
    checked = run("djlint", str(tmp_path), "--configuration", str(ROOT / "pyproject.toml"), "--lint")
    assert checked.returncode == 1
    assert rule in checked.stdout


def test_bandit_refuses_a_shell(tmp_path: Path):
    (tmp_path / "sample.py").write_text("import subprocess\nsubprocess.run('ls ' + name, shell=True)\n")
    checked = run("bandit", "-q", "-c", "pyproject.toml", str(tmp_path / "sample.py"))
    assert checked.returncode == 1
    assert "B602" in checked.stdout


def test_mypy_refuses_a_wrong_type_and_a_field_that_is_not_there(tmp_path: Path):
    (tmp_path / "sample.py").write_text(
        "from people.models import Employee\n"
        "def name(person: Employee) -> int:\n    return person.family_name\n"
        "def untyped(x):\n    return x\n"
        "Employee.objects.filter(shoe_size=1)\n"
    )
    checked = run("mypy", "--config-file", "pyproject.toml", "--cache-dir", str(tmp_path), str(tmp_path / "sample.py"))
    assert checked.returncode == 1
    assert {"[return-value]", "[no-untyped-def]", "[misc]"} <= set(checked.stdout.split())
