"""The few confirmations that say no, found without reading all of them: they are on the clash desk."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrolment', '0003_rows_of_a_batch_say_the_earliest_start'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='confirmation',
            index=models.Index(condition=models.Q(('is_met', False)), fields=['enrolment'], name='confirmation_not_met'),
        ),
    ]
