"""What managers say of how a programme ended that ran past its planned end."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrolment', '0012_displaced_plans'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Ending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('planned_end_date', models.DateField()),
                ('how', models.CharField(choices=[('finished', 'finished'), ('left', 'left'), ('longer', 'needs longer')], max_length=20)),
                ('day', models.DateField(blank=True, null=True)),
                ('words', models.TextField(blank=True)),
                ('told_on', models.DateField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='endings', to='enrolment.enrolment')),
                ('told_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('how', 'longer'), ('day__isnull', False), _connector='OR'), name='an_ending_has_a_last_day', violation_error_code='day_missing', violation_error_message='Give the last day.')],
            },
        ),
    ]
