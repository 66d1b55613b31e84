"""A department that nobody is in can be deleted: its history stays, with the name it had."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0012_long_lines")]

    operations = [
        migrations.AddField(
            model_name="departmentchange",
            name="was_called",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="departmentchange",
            name="department",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="changes",
                to="people.department",
            ),
        ),
    ]
