"""Guard: the migrations make exactly the models; what `makemigrations --check` says, without writing."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.architecture.tree import APPS

pytestmark = pytest.mark.django_db


def missing(wanted: ProjectState) -> list[str]:
    """What the migrations on disk do not yet make of the models wanted, one line a change."""
    loader = MigrationLoader(connection)
    changes = MigrationAutodetector(loader.project_state(), wanted).changes(loader.graph)
    return [
        f"{app}: {operation.describe()}"
        for app, migrations in changes.items()
        if app in APPS
        for migration in migrations
        for operation in migration.operations
    ]


def test_no_migration_is_missing():
    assert not missing(ProjectState.from_apps(apps))


def test_no_two_migrations_are_last():
    assert not MigrationLoader(connection).detect_conflicts()


def test_a_missing_migration_is_refused():
    wanted = ProjectState.from_apps(apps)
    wanted.add_field("people", "employee", "shoe_size", models.CharField(max_length=10, default=""), True)
    assert missing(wanted) == ["people: Add field shoe_size to employee"]
