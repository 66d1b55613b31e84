"""What the guards read: the product's files, parsed, and where in a file something stands."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "enrolment", "assessment", "programmes", "people", "lifecycle")


@dataclass(frozen=True)
class Source:
    """One Python file: its path below the root, as text with forward slashes, and its code."""

    path: str
    code: str

    @property
    def tree(self) -> ast.Module:
        """The file parsed."""
        return ast.parse(self.code, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the file's name without its ending."""
        return Path(self.path).with_suffix("").parts

    def is_in(self, *layers: str) -> bool:
        """Whether this is one of an app's files or packages of these names (``enrolment/actions/people.py``)."""
        return len(self.parts) > 1 and self.parts[0] in APPS and self.parts[1] in layers


@dataclass(frozen=True)
class Place:
    """One line that a guard refuses, with the function it stands in and the reason."""

    path: str
    line: int
    inside: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} in {self.inside or 'the file'}: {self.why}"


@cache
def files() -> tuple[str, ...]:
    """Every file that belongs to the product, committed or about to be; what Git ignores is not ours."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(name for name in sorted(set(listed.stdout.splitlines())) if (ROOT / name).is_file())


@cache
def sources(*, tests: bool = True) -> tuple[Source, ...]:
    """Every Python file of ours except migrations; without ``tests``, only the apps and ``manage.py``."""
    return tuple(
        Source(name, (ROOT / name).read_text())
        for name in files()
        if name.endswith(".py") and "migrations" not in Path(name).parts and (tests or not name.startswith("tests/"))
    )


def walk(tree: ast.AST, inside: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node with the dotted name of the class and function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        yield node, inside
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from walk(node, f"{inside}.{node.name}".lstrip(".") if named else inside)  # type: ignore[attr-defined]


def explain(places: list[Place] | list[str]) -> str:
    """The places one below the other, for the message of a failed guard."""
    return "\n" + "\n".join(str(place) for place in places)
