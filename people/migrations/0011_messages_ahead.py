"""What people do to notices: the steps as history, kinds that are held back, and what each person chose to get."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


def user(**how: object) -> models.ForeignKey:
    """Who did it."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=django.db.models.deletion.PROTECT, related_name="+", **how
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0010_who_may_see_what")]

    operations = [
        migrations.CreateModel(
            name="HeldKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reason", models.TextField()),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                ("released_because", models.TextField(blank=True)),
                ("by", user(blank=True, null=True)),
                ("released_by", user(blank=True, null=True)),
            ],
            options={
                "ordering": ("at", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at", None)), fields=("kind",), name="a_kind_is_held_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(max_length=20)),
                ("on", models.DateField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reason", models.TextField(blank=True)),
                ("by", user(blank=True, null=True)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="people.notice"
                    ),
                ),
            ],
            options={"ordering": ("at", "id")},
        ),
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                (
                    "choice",
                    models.CharField(
                        choices=[("on", "on"), ("off", "off"), ("daily", "daily"), ("weekly", "weekly")], max_length=10
                    ),
                ),
                ("on", models.DateField()),
                ("by", user()),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice_choices",
                        to="people.employee",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("employee", "kind"), name="one_choice_per_person_and_kind")
                ],
            },
        ),
        migrations.RemoveIndex("notice", "notice_to_send"),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["due_on", "id"],
                condition=models.Q(status__in=["due", "sending", "held"]),
                name="notice_ahead",
            ),
        ),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["employee"], condition=models.Q(status__in=["failed", "no_address"]), name="notice_unheard"
            ),
        ),
    ]
