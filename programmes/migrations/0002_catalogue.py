"""The four programmes come with the tables; nothing is taken away when this is undone, since enrolments stand on them."""

from django.db import migrations

from programmes.imports import load_catalogue


def load(apps, schema_editor):
    """Loads the catalogue through the models as they were when this migration was written."""
    load_catalogue(apps.get_model)


class Migration(migrations.Migration):

    dependencies = [
        ("programmes", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
