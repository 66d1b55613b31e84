"""The ledger of notices: who holds one, how often it was tried, where it went, and why it did not."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATUSES = [
    ("due", "to be sent"),
    ("sending", "being sent"),
    ("sent", "sent"),
    ("held", "held back"),
    ("withdrawn", "no longer needed"),
    ("failed", "could not be delivered"),
    ("no_address", "no e-mail address"),
    ("told", "told in person"),
]


class Migration(migrations.Migration):
    dependencies = [("people", "0006_nomination_settings")]

    operations = [
        migrations.RemoveConstraint("notice", "sent_notices_have_a_moment"),
        migrations.RemoveIndex("notice", "notice_to_send"),
        migrations.AddField("notice", "attempts", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AddField("notice", "leased_until", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("notice", "try_after", models.DateTimeField(null=True, blank=True)),
        migrations.AddField(
            "notice", "sent_to", models.CharField(max_length=254, blank=True, default="", db_default="")
        ),
        migrations.AddField("notice", "why", models.CharField(max_length=300, blank=True, default="", db_default="")),
        migrations.AddField(
            "notice",
            "settled_by",
            models.ForeignKey(
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "notice", "status", models.CharField(choices=STATUSES, default="due", max_length=20)
        ),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["due_on", "id"], condition=models.Q(status__in=["due", "sending"]), name="notice_to_send"
            ),
        ),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["subject"], condition=models.Q(status__in=["due", "held"]), name="notice_to_withdraw"
            ),
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=models.Q(status__in=["sent", "told"], sent_at__isnull=False)
                | (~models.Q(status__in=["sent", "told"]) & models.Q(sent_at=None)),
                name="sent_notices_have_a_moment",
            ),
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=~models.Q(status="sending") | models.Q(leased_until__isnull=False),
                name="a_notice_on_its_way_has_a_sender",
            ),
        ),
    ]
