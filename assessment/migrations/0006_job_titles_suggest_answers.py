from django.db import migrations, models

from assessment import imports

# A version that is published never changes. What is new here is a column: it decides nothing, so what the built-in
# version would have said of it, had there been one, is put in while the guard is off.
GUARD_OFF = "ALTER TABLE assessment_option DISABLE TRIGGER published_never_changes"
GUARD_ON = "ALTER TABLE assessment_option ENABLE TRIGGER published_never_changes"


def fill(apps, schema_editor):
    data = imports.read()
    options = apps.get_model("assessment", "Option").objects
    for question in data["questions"]:
        for option in question["options"]:
            if titles := option.get("job_titles"):
                same = options.filter(question__questionnaire__version=data["version"], question__code=question["code"])
                same.filter(code=option["code"]).update(job_titles=titles)


class Migration(migrations.Migration):

    dependencies = [("assessment", "0005_sending_it_out")]

    operations = [
        migrations.AddField(
            model_name="option", name="job_titles", field=models.CharField(blank=True, max_length=500)
        ),
        migrations.RunSQL(GUARD_OFF, GUARD_ON),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(GUARD_ON, GUARD_OFF),
    ]
