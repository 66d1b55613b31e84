from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrolment', '0002_the_rule_through_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='batchrow',
            name='earliest_start',
            field=models.DateField(blank=True, null=True),
        ),
    ]
