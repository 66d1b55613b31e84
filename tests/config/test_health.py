"""Alive means this process answers; ready means the database can be used; the broker is a detail."""

from datetime import timedelta

import pytest
from django.db import connection

from people.clock import now, today
from people.models import Notice
from tests.factories import NoticeFactory

pytestmark = pytest.mark.django_db


def test_alive_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/livez").json() == {"status": "alive"}


def test_ready_when_database_and_broker_answer(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "details": {"database": "ready", "broker": "ready", "promise": "not proved yet", "mail": "in time"},
    }


def test_still_ready_without_a_broker(client, settings):
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["details"]["broker"] == "does not answer; reminders wait until it does"


def test_late_mail_is_told_and_why(client, settings):
    """Still ready: no other process would send it sooner."""
    settings.MAIL_HOURS = (0, 24)
    late = NoticeFactory(due_on=today() - timedelta(days=1), why="The mail server does not answer: refused")
    Notice.objects.update(created_at=now() - timedelta(minutes=16))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    said = f"1 late, the oldest due on {late.due_on}; The mail server does not answer: refused"
    assert answer.json()["details"]["mail"] == said


def test_not_ready_while_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["details"]["database"] == "1 migrations missing"


@pytest.mark.django_db(transaction=True)
def test_alive_and_not_ready_without_a_database(client, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    monkeypatch.undo()
    connection.close()
    assert answer.status_code == 503
    assert answer.json()["details"]["database"] == "does not answer"


def test_answers_are_never_kept(client):
    assert "no-store" in client.get("/livez")["Cache-Control"]
