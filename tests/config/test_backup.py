"""Backup and restore: every row comes back, nothing is half done, and what cannot be restored is refused by name."""

import contextlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
from datetime import timedelta

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, connections
from psycopg import sql

from config import actions, backups, rights
from config.management.commands import restore as restoring
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.proofs import prove
from enrolment.models import Proof
from people.clock import now, today
from people.models import Department, Employee, User
from tests.config.machine import ROOT
from tests.conftest import TEMPLATE
from tests.factories import CohortFactory, EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = "tab\there, line\nbreak, \\. and \\N, “ünïcödé”, '; DROP TABLE people_employee; --"
LEFT_ALONE = {"django_migrations", "django_session", "usersessions_usersession", "config_cache"}


def run(*words: str) -> tuple[int, str, str]:
    """A command's exit status, output and refusal."""
    out = io.StringIO()
    try:
        call_command(*words, stdout=out)
    except CommandError as refused:
        return refused.returncode, out.getvalue(), str(refused)
    return 0, out.getvalue(), ""


def content(*, but: Proof | None = None) -> dict[str, tuple[int, str]]:
    """Per table the number of rows and a digest of all that they hold, generated columns too; ``but`` for one proof."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - LEFT_ALONE):
            others = f" WHERE id <> {but.pk}" if but and table == Proof._meta.db_table else ""
            cursor.execute(
                f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY t::text)) FROM {table} t{others}"
            )
            found[table] = cursor.fetchone()
    return found


def own_proof() -> Proof:
    """The one row that a restore adds to what it restored: it ends in a proof of everything."""
    last = Proof.objects.latest("id")
    assert (last.is_whole, last.on, last.findings) == (True, today(), [])
    return last


def shape() -> list[tuple[str, ...]]:
    """What guards the rows: constraints, triggers and who may do what."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger
            WHERE NOT tgisinternal
            UNION ALL SELECT relname, relkind::text, relacl::text, '' FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
            ORDER BY 1, 2, 3""")
        return cursor.fetchall()


@pytest.fixture
def organisation():
    """A few people, on a programme, with a manager, an account, a seat, and text that wants to break things."""
    head = EmployeeFactory(given_names=HOSTILE, user=UserFactory(email="head@example.org"))
    people = [EmployeeFactory(manager=head, department=Department.objects.create(name=HOSTILE)), EmployeeFactory()]
    start = today() + timedelta(30)
    wish = Wish(people[0], programme("ai-governance"), start, start + timedelta(27))
    assert enrol([wish], by=None, on=today())[0].is_done
    CohortFactory(programme=programme("ai-transformation"))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session VALUES ('abcdefgh', 'data', now() + interval '1 day')")
    prove(on=today(), now=now())
    return people


@pytest.fixture
def file(tmp_path, organisation):
    """A backup of the organisation."""
    path = tmp_path / "waypoint.backup"
    assert run("backup", str(path))[0] == 0
    return path


@contextlib.contextmanager
def another_database(*, is_empty: bool = False):
    """Another database in the place of this test's: as the migrations made it, or without any table."""
    usual, other = connection.settings_dict["NAME"], sql.Identifier(f"{connection.settings_dict['NAME']}_other")
    template = sql.Identifier("template0" if is_empty else TEMPLATE)

    def administer(sentence: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql.SQL(sentence).format(other, template).as_string(cursor.connection))

    administer("DROP DATABASE IF EXISTS {0} WITH (FORCE)")
    administer("CREATE DATABASE {} TEMPLATE {}")
    connections.close_all()
    connection.settings_dict["NAME"] = f"{usual}_other"
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = usual
        administer("DROP DATABASE {0} WITH (FORCE)")


def test_everything_comes_back_in_a_new_database(file):
    before, guards = content(), shape()
    with another_database():
        assert content() != before, "the comparison is able to see a difference"
        status, out, refusal = run("restore", str(file), "--json")
        assert (status, refusal) == (0, "")
        facts = json.loads(out)
        assert (facts["people"], facts["file"]) == (3, str(file))
        assert facts["tables"] == backups.count(file) == {table: rows for table, (rows, _) in before.items()}
        assert content() != before, "the proof of the restore is a row more"
        assert content(but=own_proof()) == before
        assert shape() == guards
        new = Employee.objects.latest("id").id + 1
        assert EmployeeFactory().id == new, "numbers go on where they were"
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_session")
            assert cursor.fetchone() == (0,), "everybody signs in again"
            cursor.execute("UPDATE enrolment_enrolment SET start_date = start_date")  # the rule is still there


def test_one_changed_letter_is_seen(organisation):
    before = content()
    Employee.objects.filter(pk=organisation[0].pk).update(job_title="Analysts")
    assert {table for table, facts in content().items() if before[table] != facts} == {"people_employee"}


def test_an_empty_database_gets_its_tables_first(file):
    before = content()
    with another_database(is_empty=True):
        status, out, _ = run("restore", str(file), "--json")
        assert (status, json.loads(out)["people"]) == (0, 3)
        assert content(but=own_proof()) == before


def test_nobody_is_replaced_unasked(file):
    EmployeeFactory()
    before = content()
    status, out, refusal = run("restore", str(file))
    assert (status, out) == (1, "")
    assert refusal.startswith("The database is in use by an organisation (4 people, 1 accounts): --replace")
    assert content() == before
    assert run("restore", str(file), "--replace")[0] == 0
    assert Employee.objects.count() == 3


def test_the_application_may_do_afterwards_what_it_might_before(file):
    assert run("restore", str(file), "--replace")[0] == 0
    settings = connection.settings_dict
    role = os.environ["TEST_APP_ROLE"]
    with psycopg.connect(host=settings["HOST"], dbname=settings["NAME"], user=role, autocommit=True) as app:
        app.execute("UPDATE people_employee SET job_title = 'Lead'")
        for table in rights.event_tables():
            app.execute(f"SELECT * FROM {table}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(f"DELETE FROM {table}")


class TestTheFile:
    """What `backup` promises about the file it writes."""

    def test_it_is_its_owners_only_and_says_what_it_holds(self, tmp_path, organisation):
        path = tmp_path / "waypoint.backup"
        status, out, _ = run("backup", str(path), "--json")
        facts = json.loads(out)
        assert (status, facts["people"], facts["tables"]["enrolment_enrolment"]) == (0, 3, 1)
        assert facts["bytes"] == path.stat().st_size
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(tmp_path.iterdir()) == [path]

    def test_no_session_is_in_it(self, file):
        with contextlib.closing(backups.read(file)) as parts:
            assert not LEFT_ALONE - {"django_migrations"} & {getattr(part, "table", "") for part in parts}

    def test_nothing_is_written_over(self, file):
        before = file.read_bytes()
        status, out, refusal = run("backup", str(file))
        assert (status, out, refusal) == (1, "", f"{file} exists already: name another file, or say --force.")
        assert file.read_bytes() == before
        EmployeeFactory()
        assert run("backup", str(file), "--force")[0] == 0
        assert backups.count(file)["people_employee"] == 4

    def test_a_failed_one_leaves_nothing(self, tmp_path, monkeypatch, file):
        monkeypatch.setattr(backups, "LEFT_OUT", ("x; --strange",))
        monkeypatch.setattr(backups, "program", lambda name: backups.client_programs("false")[0])
        status, _, refusal = run("backup", str(tmp_path / "second"))
        assert (status, refusal) == (1, "The backup could not be made: no reason was given.")
        before = file.read_bytes()
        assert run("backup", str(file), "--force")[0] == 1
        assert file.read_bytes() == before
        assert list(tmp_path.iterdir()) == [file]

    def test_a_place_that_cannot_be_written_is_bad_usage(self, tmp_path):
        assert run("backup", str(tmp_path / "none" / "x"))[0] == 2
        assert run("backup", str(tmp_path), "--force")[0] == 2
        assert run("backup", os.devnull, "--force")[0] == 2

    def test_a_database_without_tables_has_nothing_to_back_up(self, tmp_path):
        with another_database(is_empty=True):
            assert run("backup", str(tmp_path / "x"))[2].startswith("There is nothing to back up")

    def test_programs_older_than_the_database_are_not_used(self, tmp_path, monkeypatch):
        old = tmp_path / "pg_dump"
        old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
        old.chmod(0o755)
        right = backups.client_programs("pg_dump")[0]
        monkeypatch.setattr(backups, "client_programs", lambda name: [old, right])
        assert backups.program("pg_dump") == right
        monkeypatch.setattr(backups, "client_programs", lambda name: [old])
        status, _, refusal = run("backup", str(tmp_path / "x"))
        assert status == 1
        assert refusal.startswith("There is no pg_dump of PostgreSQL ")


class TestRefusals:
    """What is refused leaves every row as it was."""

    @pytest.fixture(autouse=True)
    def unchanged(self, file):
        before, guards, numbers = content(), shape(), self.numbers()
        yield
        assert (content(), shape(), self.numbers()) == (before, guards, numbers)

    def numbers(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
            return cursor.fetchall()

    def restore(self, path) -> str:
        status, out, refusal = run("restore", str(path), "--replace")
        assert (status, out) == (1, "")
        return refusal

    def test_what_is_no_backup(self, tmp_path):
        other = tmp_path / "people.csv"
        for text in ("", "staff_number,given_names\n", "COPY public.people_employee (id) FROM stdin;\n1\n"):
            other.write_text(text)
            assert self.restore(other) == "people.csv is no backup of Waypoint."

    def test_no_file(self, tmp_path):
        assert run("restore", str(tmp_path / "none"), "--replace")[0] == 2
        assert run("restore", str(tmp_path), "--replace")[0] == 2

    @pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
    def test_half_a_file(self, file, share):
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * share)])
        assert self.restore(file).startswith("waypoint.backup is damaged or only half there")

    def test_a_file_that_lost_its_last_bytes(self, file):
        file.write_bytes(file.read_bytes()[:-1])
        assert "damaged" in self.restore(file)

    def test_other_migrations(self, file, monkeypatch):
        more = {**actions.MigrationRecorder(connection).applied_migrations(), ("people", "0099_new"): None}
        monkeypatch.setattr(actions.MigrationRecorder, "applied_migrations", lambda self: more)
        monkeypatch.setattr(restoring, "_prepare_tables", lambda: None)
        assert self.restore(file).startswith(
            "waypoint.backup was made by another version (the backup lacks people.0099"
        )
        del more["people", "0099_new"], more["people", "0001_initial"]
        assert "(only the backup has people.0001_initial)" in self.restore(file)

    def test_a_part_of_a_backup(self, file):
        info = backups.database().info
        words = ["--format=custom", f"--dbname={info.dsn}", "--exclude-table-data=people_department", f"--file={file}"]
        subprocess.run([backups.program("pg_dump"), *words], check=True)
        assert self.restore(file).endswith("has not exactly the tables of this database; it is part of one.")

    def test_a_database_in_use(self, file, monkeypatch):
        monkeypatch.setattr(actions, "LONGEST_WAIT", "100ms")
        settings = connection.settings_dict
        with psycopg.connect(host=settings["HOST"], dbname=settings["NAME"], user=settings["USER"]) as page:
            page.execute("SELECT 1 FROM people_employee")
            assert self.restore(file).startswith("The database is in use: stop web, worker and beat")

    def test_the_application_cannot_restore(self, file, monkeypatch):
        connections.close_all()
        monkeypatch.setitem(connection.settings_dict, "USER", os.environ["TEST_APP_ROLE"])
        refusal = self.restore(file)
        connections.close_all()
        monkeypatch.undo()
        assert refusal == "Only the role that owns the tables can restore: name it in DATABASE_OWNER_URL."


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        pytest.param(
            "UPDATE people_employee SET manager_id = 999999 WHERE manager_id IS NOT NULL",
            "people_employee_manager_id",
            id="a manager who is not there",
        ),
        pytest.param(
            "UPDATE people_user SET email = 'HEAD@example.org'", "account_email_in_small_letters", id="a check"
        ),
    ],
)
def test_rows_that_break_a_rule_are_not_restored(tmp_path, organisation, harm, rule):
    """Every constraint is judged before anything is kept, those too that are put aside while rows come in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conrelid::regclass, conname FROM pg_constraint WHERE conname LIKE %s", [f"{rule}%"])
        ((table, name),) = cursor.fetchall()
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(harm)
    assert run("backup", str(tmp_path / "harmed"))[0] == 0
    with another_database():
        before = content()
        status, _, refusal = run("restore", str(tmp_path / "harmed"))
        assert (status, rule in refusal, "Nothing was changed" in refusal) == (1, True, True), refusal
        assert content() == before


def test_a_restore_that_is_killed_leaves_what_was_there(file):
    """Killed when all is done but the commit, sequences included: they are what a rollback forgets most easily."""
    for _ in range(5):
        EmployeeFactory()
    before, guards = content(), shape()
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@{settings['HOST'].replace('/', '%2F')}/{settings['NAME']}"
    code = """
import sys, time
import django
django.setup()
from django.core.management import call_command
from config import rights
def hang():
    print("in", flush=True)
    time.sleep(60)
rights.grant = hang
call_command("restore", sys.argv[1], "--replace")
"""
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert (content(), shape()) == (before, guards)
    assert EmployeeFactory().id == Employee.objects.order_by("-id")[1].id + 1
    User.objects.create_user("new@example.org")


def test_numbers_set_in_passing_would_be_missed(file, monkeypatch):
    """The control: setval outlives a rollback, and the next person meets a number that is taken."""

    def set_in_passing(db, given):
        db.execute("SELECT setval(%s, %s, false)", [given.sequence, given.number])

    def stop():
        raise KeyboardInterrupt

    for _ in range(5):
        EmployeeFactory()
    monkeypatch.setattr(actions, "_set_next", set_in_passing)
    monkeypatch.setattr(rights, "grant", stop)
    with pytest.raises(KeyboardInterrupt):
        run("restore", str(file), "--replace")
    with pytest.raises(IntegrityError):
        EmployeeFactory()


class TestTheProof:
    """`restore` ends with what `prove` says."""

    def stand_in(self, monkeypatch, outcome):
        def call(name, *words, stdout, stderr):
            assert (name, words) == ("prove", ("--json",))
            stdout.write('{"damage": 1}')
            if outcome:
                raise outcome

        monkeypatch.setattr(restoring, "get_commands", lambda: {"prove": "enrolment"})
        monkeypatch.setattr(restoring, "call_command", call)

    def test_clean(self, monkeypatch, file):
        self.stand_in(monkeypatch, None)
        status, out, _ = run("restore", str(file), "--replace", "--json")
        assert (status, json.loads(out)["prove"]) == (0, {"clean": True, "answer": {"damage": 1}})

    @pytest.mark.parametrize("outcome", [CommandError("2 overlaps"), SystemExit(1)])
    def test_damage_is_an_exit_status(self, monkeypatch, file, outcome):
        self.stand_in(monkeypatch, outcome)
        status, out, refusal = run("restore", str(file), "--replace", "--json")
        assert (status, refusal) == (1, "prove found damage in what was restored.")
        assert json.loads(out)["prove"]["clean"] is False

    def test_a_version_without_prove_says_so(self, monkeypatch, file):
        monkeypatch.setattr(restoring, "get_commands", dict)
        assert "nothing was proved" in run("restore", str(file), "--replace")[1]
