"""What is withdrawn is also what nobody could be mailed: found by its subject, as what is due."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0013_departments_can_go'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='notice',
            name='notice_to_withdraw',
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('status__in', ['due', 'held', 'no_address', 'failed'])), fields=['subject'], name='notice_untold'),
        ),
    ]
