"""The application's role reads and writes rows; tables and history are beyond it."""

import os

import psycopg
import pytest
from django.db import connection

from config import rights

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_app():
    """A connection as the role that web and workers use, to this test's database."""
    settings = connection.settings_dict
    role = os.environ["TEST_APP_ROLE"]
    with psycopg.connect(host=settings["HOST"], dbname=settings["NAME"], user=role, autocommit=True) as app:
        yield app


def test_there_is_history_to_guard():
    assert rights.event_tables()


@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_history_is_never_changed(as_app, verb):
    for table in rights.event_tables():
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_app.execute(verb.format(table))


def test_numbers_are_taken_never_set(as_app):
    """Set back, history's next row would meet its own number and nothing could be done any more."""
    for table in [*rights.event_tables(), "people_employee"]:
        sequence = as_app.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table]).fetchone()[0]
        as_app.execute("SELECT nextval(%s)", [sequence])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_app.execute("SELECT setval(%s, 1)", [sequence])


def test_history_can_be_read(as_app):
    for table in rights.event_tables():
        as_app.execute(f"SELECT * FROM {table} LIMIT 1")


@pytest.mark.parametrize(
    "sentence",
    [
        "CREATE TABLE anything (id int)",
        "ALTER TABLE people_employee ADD COLUMN anything int",
        "DROP TABLE people_employee",
        "TRUNCATE people_employee",
        "DELETE FROM django_migrations",
        "CREATE ROLE somebody",
        "CREATE DATABASE anything",
    ],
)
def test_tables_are_the_owners(as_app, sentence):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app.execute(sentence)


def test_rows_are_the_applications(as_app):
    as_app.execute("INSERT INTO people_department (public_id, name) VALUES (gen_random_uuid(), 'Finance')")
    as_app.execute("UPDATE people_department SET name = 'Money' WHERE name = 'Finance'")
    as_app.execute("DELETE FROM people_department WHERE name = 'Money'")


def test_granting_is_for_two_roles_only():
    assert rights.grant() is False  # tests connect as the owner: one role, nothing to give
