"""Loads and publishes the questionnaire that comes with the product, demo or not."""

from django.db import migrations

from assessment import imports


def load(apps, schema_editor):
    imports.load(imports.read(), apps)


class Migration(migrations.Migration):
    dependencies = [
        ("assessment", "0001_initial"),
        ("programmes", "0002_catalogue"),
    ]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
