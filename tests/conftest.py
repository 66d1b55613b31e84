"""What all tests stand on: throw-away servers, a database cloned from one that was migrated once, a real browser."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from psycopg import sql

from tests.plugins.template_variables import undefined_template_variables_fail  # noqa: F401  for every test

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "waypoint_tests"  # migrated once; every worker, and every test that commits, gets a clone of it
NO_BROWSER = "no browser here"
BROWSER_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@dataclass(frozen=True)
class Scale:
    """How much the tests do: ``full`` the long versions, ``mutants`` also the ones that break the code on purpose."""

    is_full: bool
    has_mutants: bool

    def pick(self, usual: int, full: int) -> int:
        """The usual number, or the full one under --full."""
        return full if self.is_full else usual


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two words choose the scale."""
    parser.addoption("--full", action="store_true", help="the long versions of races, drills and properties")
    parser.addoption("--mutants", action="store_true", help="also tests that break the code and want to be caught")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, before Django reads its settings; xdist's workers inherit where they are."""
    hypothesis.settings.register_profile("waypoint", deadline=None)  # nothing here is timed
    hypothesis.settings.load_profile("waypoint")
    config.addinivalue_line("markers", "mutants: breaks the code on purpose; runs under --mutants")
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        os.environ["WAYPOINT_LOOPBACK"] = "1"
        os.environ["MAIL_HOURS"] = "0-24"  # tests run at night too
        os.environ.pop("PORT", None)
        # Playwright's own loop runs in this thread; Django would refuse the database beside it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        if not config.option.collectonly:
            _start_servers(config)
    from django.conf import settings

    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = TEMPLATE
    import django
    from django.test import TransactionTestCase

    django.setup()
    # Django empties the tables after a test that committed, and with them the catalogue that the migrations loaded.
    TransactionTestCase._fixture_teardown = _clone_again  # type: ignore[attr-defined]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the mutants unless they were asked for."""
    if not config.option.mutants:
        wanted = [item for item in items if not item.get_closest_marker("mutants")]
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = wanted


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many browser tests did not run, so that nobody takes their silence for success."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr)]
    terminalreporter.write_line(f"{len(skipped)} browser journeys were skipped.")


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    """How much this run is asked to do."""
    return Scale(is_full=request.config.option.full, has_mutants=request.config.option.mutants)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium: the one that CHROMIUM names, one on PATH, or Playwright's own. Without any the test is skipped."""
    from playwright.sync_api import Error, sync_playwright

    names = ("chromium", "google-chrome", "chromium-browser")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    flags = [*BROWSER_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=program, args=flags)
        except Error as error:
            reason = f"{NO_BROWSER}: {str(error).splitlines()[0]}"
            if os.environ.get("WAYPOINT_BROWSER_REQUIRED"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield chromium
        chromium.close()


def _start_servers(config: pytest.Config) -> None:
    """Servers in a folder of their own, nothing of which waits for the disk, and the template database."""
    sys.path.insert(0, str(ROOT))
    from config.embedded import Servers
    from config.folder import Folder
    from config.processes import Processes

    data = Path(tempfile.mkdtemp(prefix="waypoint-test-"))
    os.environ["WAYPOINT_DATA"] = str(data)
    folder = Folder(data)
    folder.make()
    servers = Servers(folder, Processes(folder.record, folder.logs), is_durable=False)

    def stop() -> None:
        servers.stop()
        folder.remove()
        shutil.rmtree(data, ignore_errors=True)

    config.add_cleanup(stop)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a run that is ended stops its servers too
    servers.start()
    os.environ.update(servers.environment())
    os.environ["TEST_APP_ROLE"] = urlsplit(os.environ["DATABASE_URL"]).username or ""
    owner = os.environ.pop("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(TEMPLATE)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    template = {
        "DATABASE_URL": _with_database(os.environ["DATABASE_URL"], TEMPLATE),
        "DATABASE_OWNER_URL": _with_database(owner, TEMPLATE),
    }
    migrate = [sys.executable, "manage.py", "migrate", "--skip-checks", "-v0"]
    subprocess.run(migrate, cwd=ROOT, env={**os.environ, **template}, check=True)
    os.environ["DATABASE_URL"] = owner  # tests own their tables; what the application may do is tested as its role


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def _clone_again(case: Any) -> None:
    """Replace the database of a test that committed by a new clone: quicker than emptying it, nothing missing."""
    from django.db import connection, connections

    name = sql.Identifier(connection.settings_dict["NAME"])
    connections.close_all()
    with connection._nodb_cursor() as cursor:
        for sentence in ("DROP DATABASE {name} WITH (FORCE)", "CREATE DATABASE {name} TEMPLATE {template}"):
            words = sql.SQL(sentence).format(name=name, template=sql.Identifier(TEMPLATE))
            cursor.execute(words.as_string(cursor.connection))
