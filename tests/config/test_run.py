"""The promises of `./run`: it starts in order, is alone, stops cleanly, tidies up after a killed one, runs commands."""

import json
import os
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from config import supervisor
from config.folder import Folder
from tests.config.machine import ROOT, Machine, alive, eventually


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path / "data")
    yield made
    made.run("reset")  # on a machine of root's the servers' files lie elsewhere


def test_from_start_to_stop(machine):
    with machine.up() as up:
        assert machine.get("/livez") == (200, '{"status": "alive"}')
        assert machine.get("/readyz")[0] == 200

        second = machine.run()
        assert second.returncode == 1
        assert second.stderr == f"Waypoint is already running: {machine.address}/\n"
        assert machine.run("reset").returncode == 1

        said = machine.run("shell", "-v0", "-c", "import os; print(os.environ['DATABASE_URL'].split('@')[0])")
        assert (said.returncode, said.stdout) == (0, "postgresql://waypoint_app\n"), said.stderr
        assert machine.run("shell", "-v0", "-c", "raise SystemExit(7)").returncode == 7

        everything = {"postgres", "valkey", "web", "worker", "beat"}
        assert eventually(lambda: set(machine.children()) == everything)
        os.kill(machine.children()["postgres"], signal.SIGQUIT)
        os.kill(machine.children()["worker"], signal.SIGKILL)
        assert eventually(lambda: set(machine.children()) != everything)
        assert eventually(lambda: set(machine.children()) == everything), "what dies is started again"
        assert eventually(lambda: machine.get("/readyz")[0] == 200)

        children = machine.children().values()
        up.send_signal(signal.SIGTERM)
        out, err = up.communicate(timeout=60)
        assert (up.returncode, err) == (0, "")
        assert out.splitlines()[-2:] == ["Stopping.", "Stopped."]
        assert not alive(children)
        assert machine.children() == {}


def test_what_a_killed_one_left_is_ended_and_the_data_are_kept(machine):
    keep = "from people.models import Department; Department.objects.create(name='Kept')"
    count = "from people.models import Department; print(Department.objects.filter(name='Kept').count())"
    with machine.up() as up:
        assert machine.run("shell", "-v0", "-c", keep).returncode == 0
        assert eventually(lambda: len(machine.children()) == 5)
        left = machine.children()
        machine.kill(up)
    assert alive(left.values()) == list(left.values()), "the test wants leftovers"

    with machine.up() as up:
        assert not alive(left.values())
        assert machine.run("shell", "-v0", "-c", count).stdout == "1\n"
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)
        assert up.returncode == 0

    servers = machine.servers()
    (machine.data / "letter.txt").write_text("mine")
    mode = stat.S_IMODE(machine.data.parent.stat().st_mode)
    reset = machine.run("reset")
    assert (reset.returncode, reset.stderr) == (0, "")
    assert [path.name for path in machine.data.iterdir()] == ["letter.txt"], "only what is Waypoint's is removed"
    assert not servers.exists()
    assert stat.S_IMODE(machine.data.parent.stat().st_mode) == mode, "a parent's mode is never changed"


def test_the_first_account_is_spoken_of_until_there_is_one(monkeypatch):
    monkeypatch.setattr(supervisor, "is_demonstration", lambda: False)
    monkeypatch.setattr(supervisor, "has_hr", lambda: False)
    assert "The first account: ./run add_user" in supervisor.how_to_sign_in("http://127.0.0.1:8000/")
    monkeypatch.setattr(supervisor, "has_hr", lambda: True)
    assert "first account" not in supervisor.how_to_sign_in("http://127.0.0.1:8000/")


def test_a_real_organisation_hears_where_its_mail_goes(machine, monkeypatch):
    monkeypatch.setattr(supervisor, "is_demonstration", lambda: False)
    monkeypatch.setattr(supervisor, "has_hr", lambda: True)
    monkeypatch.setenv("WAYPOINT_DATA", str(machine.data))
    monkeypatch.setenv("WAYPOINT_DEMO", "0")
    monkeypatch.delenv("SMTP_HOST", raising=False)
    said = supervisor.how_to_sign_in("http://127.0.0.1:8000/")
    assert f"Mail is written to {machine.data}/mail; set SMTP_HOST to send it." in said
    monkeypatch.setenv("SMTP_HOST", "mail.example.org")
    assert "Mail is written" not in supervisor.how_to_sign_in("http://127.0.0.1:8000/")


def test_stopped_while_it_prepares_the_database_it_starts_again(machine):
    first = machine.start()
    machine.await_line(first, "Preparing the database.")
    time.sleep(0.7)  # the tables are half made
    first.send_signal(signal.SIGTERM)
    _, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")
    assert not (machine.servers() / "migrated").exists()
    with machine.up():
        assert machine.get("/readyz")[0] == 200


def test_a_migration_that_was_stopped_or_failed_is_never_taken_for_done(machine, monkeypatch):
    folder = Folder(machine.data)
    folder.make()
    supervisor.mark_migrated(folder)
    one = supervisor.Supervisor(folder, machine.port)
    one.servers.has_database = True
    monkeypatch.setenv("WAYPOINT_DEMO", "0")
    monkeypatch.setattr(supervisor, "_fingerprint", lambda: "newer code")
    monkeypatch.setattr(one, "_finish", lambda name: False)
    one._prepare_database()
    assert not (machine.servers() / "migrated").exists()
    monkeypatch.undo()
    one.is_wanted = False
    assert one._finish("check") is False


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux which signals are caught")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_stopped_before_it_knows_how_to_start(machine, number):
    process = machine.start()
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None and not _catches(status.read_text(), signal.SIGTERM):
        time.sleep(0.002)
    process.send_signal(number)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [0.4, 0.8])
def test_it_stops_well_in_any_of_the_first_moments(machine, number, after):
    process = machine.start()
    time.sleep(after)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert machine.children() == {}


def _catches(status: str, number: int) -> bool:
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def test_a_command_starts_and_stops_what_it_needs(machine):
    first = machine.start("shell", "-v0", "-c", "import sys; print('in', flush=True); sys.stdin.read()")
    machine.await_line(first, "in")
    children = machine.children().values()
    assert alive(children)
    second = machine.run("shell", "-v0", "-c", "from people.models import User; print(User.objects.count())")
    assert (second.returncode, second.stdout) == (0, "0\n"), second.stderr
    first.communicate("", timeout=60)
    assert first.returncode == 0
    assert not alive(children)

    assert machine.run("migrate", "-v0").returncode == 0, "migrate is the owner's"
    assert stat.S_IMODE((machine.data / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((machine.data / "mail").stat().st_mode) == 0o700
    assert stat.S_IMODE(machine.servers().stat().st_mode) == 0o700

    third = machine.start("shell", "-v0", "-c", "import time; print('in', flush=True); time.sleep(60)")
    machine.await_line(third, "in")
    children = machine.children().values()
    third.send_signal(signal.SIGTERM)
    third.communicate(timeout=60)
    assert third.returncode == 128 + signal.SIGTERM
    assert not alive(children)


def test_given_servers_are_used(tmp_path):
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    machine = Machine(tmp_path / "data", **given)
    said = machine.run(
        "shell", "-v0", "-c", "from django.conf import settings as s; print(s.DATABASE_URL, s.REDIS_URL)"
    )
    assert said.stdout.split() == list(given.values()), said.stderr
    assert machine.children() == {}


def test_a_taken_port_is_one_sentence(machine):
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        refused = machine.run()
    advice = f"choose another one, such as PORT={machine.port + 1} ./run\n"
    assert refused.returncode == 1
    assert refused.stderr == f"Port {machine.port} is taken by another program: {advice}"
    assert machine.children() == {}


def test_a_port_that_is_none_is_one_sentence(machine):
    machine.environment["PORT"] = "eighty"
    refused = machine.run()
    assert (refused.returncode, refused.stderr) == (1, "PORT is eighty: it must be a number from 1 to 65535.\n")


@pytest.mark.parametrize("words", [(), ("migrate",)])
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, words):
    (tmp_path / "file").touch()
    refused = Machine(tmp_path / "file" / "data").run(*words)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith(f"Waypoint cannot write to the folder {tmp_path}/file/data")
    assert refused.stderr.count("\n") == 1


def test_reset_of_nothing_is_no_failure(machine):
    assert machine.run("reset").returncode == 0


class TestTheScript:
    """`run` itself, with a stand-in for Python that says what it was asked."""

    @pytest.fixture
    def run(self, tmp_path):
        (tmp_path / "bin").mkdir()
        python = tmp_path / "bin" / "python"
        python.write_text('#!/bin/sh\necho "$$|$*"\n')
        python.chmod(0o755)
        with (ROOT / "requirements.lock").open() as lock:
            sums = subprocess.run(["cksum"], stdin=lock, capture_output=True, text=True, check=True).stdout
        (tmp_path / f".made-from-{sums.strip().replace(' ', '-')}").touch()

        def run(*words: str) -> tuple[bool, str]:
            environment = {**os.environ, "VENV": str(tmp_path)}
            with subprocess.Popen([ROOT / "run", *words], env=environment, text=True, stdout=subprocess.PIPE) as script:
                pid, _, asked = script.communicate(timeout=10)[0].strip().partition("|")
                return int(pid) == script.pid, asked

        return run

    @pytest.mark.parametrize(
        ("words", "asked"),
        [
            ((), "-P -m config"),
            (("enforce", "--on", "2026-05-04"), "-P -m config enforce --on 2026-05-04"),
            (("test", "--full"), "-m pytest --full"),
            (("bench",), "-m tests.benchmarks"),
        ],
    )
    def test_it_becomes_what_it_starts(self, run, words, asked):
        assert run(*words) == (True, asked), "signals reach the supervisor only when run ends in exec"

    def test_without_python_it_is_one_sentence(self, tmp_path):
        for tool in ("dirname", "cksum", "tr"):
            (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
        environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "VENV": str(tmp_path / "none")}
        refused = subprocess.run(
            ["/bin/sh", ROOT / "run"], env=environment, capture_output=True, text=True, check=False
        )
        if "cannot" in refused.stderr or refused.returncode == 0:
            pytest.skip("a Python lies in one of the usual places outside PATH")
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert refused.stderr == (
            "Waypoint needs Python 3.12 or newer: install it, or name it with PYTHON=/path/to/python3.\n"
        )


def test_backup_reset_restore_is_rehearsed(machine, tmp_path):
    file, account = tmp_path / "waypoint.backup", ("add_user", "hr@example.org", "--role", "hr", "--json")
    assert json.loads(machine.run(*account).stdout)["created"] is True
    made = machine.run("backup", str(file), "--json")
    assert (made.returncode, made.stderr) == (0, "")
    assert machine.run("reset").returncode == 0

    with machine.up():
        restored = machine.run("restore", str(file), "--json")
        assert (restored.returncode, restored.stderr) == (0, "")
        assert json.loads(restored.stdout)["tables"] == json.loads(made.stdout)["tables"]
        assert machine.get("/readyz")[0] == 200
        assert json.loads(machine.run(*account).stdout)["created"] is False, "the account is back, and can be read"
        refused = machine.run("restore", str(file))
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "--replace" in refused.stderr
    assert machine.run("backup").returncode == 2


def test_a_backup_before_an_upgrade_changes_no_tables(machine, tmp_path):
    refused = machine.run("backup", str(tmp_path / "waypoint.backup"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "CommandError: There is nothing to back up: the database has no tables yet.\n"
