"""Guard: nothing committed depends on the machine or the network it was written on."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.tree import ROOT, Place, explain, files

FORBIDDEN_FILES = {"uv.lock", "poetry.lock", "Pipfile.lock", ".env", "pip.conf", ".pypirc"}
PATTERNS = {
    "a path of one machine": re.compile(r"(?<![\w.$}])/(?:home|Users|root|work|mnt|var/folders)/\w"),
    "a registry's address": re.compile(
        r"(?:https?://|//)[\w.:@-]*(?:pypi|npmjs|registry|artifactory|nexus|devpi)[\w.-]*\.\w+|files\.python"
        r"hosted\.org"
        r"|--(?:extra-)?index-url|--trusted-host",
        re.IGNORECASE,
    ),
    "a private address": re.compile(
        r"(?<![\d.])(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})(?![\d.])"
    ),
    "an address with a password": re.compile(
        r"\b(?:https?|postgres(?:ql)?)://[\w.-]+:(?!\$|\{|password@|waypoint@)[^\s@/\"'{}$]+@"
    ),
}
HERE = "tests/architecture/test_portable.py"  # holds the bad samples


def tied(path: str, text: str) -> Iterator[Place]:
    """Lines that only make sense on one machine or in one network."""
    for number, line in enumerate(text.splitlines(), start=1):
        for why, pattern in PATTERNS.items():
            if pattern.search(line):
                yield Place(path, number, "", f"{why}: {line.strip()[:100]}")


def forbidden(path: str) -> bool:
    """Whether a file of this name is never committed: it holds a registry's address or a secret."""
    return path.rsplit("/", 1)[-1] in FORBIDDEN_FILES


def test_nothing_committed_is_tied_to_a_machine():
    found: list[Place] = []
    for path in files():
        if path == HERE or "vendor/" in path:
            continue
        try:
            found += tied(path, (ROOT / path).read_text())
        except UnicodeDecodeError:
            continue  # an image says nothing about addresses
    assert not found, explain(found)


def test_no_file_that_holds_addresses_or_secrets():
    assert not [path for path in files() if forbidden(path)]


@pytest.mark.parametrize(
    "line",
    [
        "data = '/home/ann/waypoint'",
        "source = '/Users/ann/people.csv'",
        "resolved https://registry.example.test/axe-core",
        "--index-url https://x.example/simple",
        "host = '" + ".".join(("10", "1", "2", "3")) + "'",
        "url = 'http://" + ".".join(("192", "168", "0", "9")) + ":8080/'",
        "DATABASE_URL=postgres://ann:s3cret@db/waypoint",
    ],
)
def test_a_line_tied_to_a_machine_is_refused(line):
    assert list(tied("config/settings.py", line))


@pytest.mark.parametrize(
    "line", ["127.0.0.1:8000", "WORKDIR /srv/waypoint", "version 6.10.11.2.3", "../shared/data/x.csv"]
)
def test_what_is_true_everywhere_passes(line):
    assert not list(tied("config/settings.py", line))


def test_a_lock_file_of_uv_is_refused():
    assert forbidden("uv.lock")
    assert forbidden("tools/uv.lock")
