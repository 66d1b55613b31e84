"""Auditors, HR of named departments, departments as a tree, deputies, and the history of all of these."""

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

# The lock lets two moves that would close a loop together see each other: the second one waits, and is refused.
CREATE_TREE_TRIGGER = """
CREATE FUNCTION people_no_department_loop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7310914);
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT NEW.parent_id AS id
            UNION
            SELECT d.parent_id FROM people_department d JOIN above ON d.id = above.id
        )
        SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'a department cannot belong to itself or to a part of itself'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'departments_are_a_tree';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER departments_are_a_tree BEFORE INSERT OR UPDATE OF parent_id ON people_department
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION people_no_department_loop();
"""
DROP_TREE_TRIGGER = """
DROP TRIGGER departments_are_a_tree ON people_department;
DROP FUNCTION people_no_department_loop();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0009_facts_changed'),
    ]

    operations = [
        migrations.AddField(
            model_name='department',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='people.department'),
        ),
        migrations.AddField(
            model_name='user',
            name='is_auditor',
            field=models.BooleanField(default=False, verbose_name='auditor'),
        ),
        migrations.AddField(
            model_name='user',
            name='is_narrowed',
            field=models.BooleanField(default=False, verbose_name='HR for named departments only'),
        ),
        migrations.AddField(
            model_name='user',
            name='public_id',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True),
        ),
        migrations.CreateModel(
            name='DepartmentChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('before', models.CharField(blank=True, max_length=500)),
                ('after', models.CharField(blank=True, max_length=500)),
                ('on', models.DateField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='people.department')),
            ],
            options={
                'ordering': ('-at', '-id'),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RoleChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('before', models.CharField(blank=True, max_length=500)),
                ('after', models.CharField(blank=True, max_length=500)),
                ('on', models.DateField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_changes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-at', '-id'),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('made_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('from_employee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to='people.employee')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('to_employee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deputising', to='people.employee')),
            ],
            options={
                'ordering': ('first_day', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='delegation_ends_after_it_begins', violation_error_code='end_before_start', violation_error_message='The last day is before the first.'), models.CheckConstraint(condition=models.Q(('from_employee', models.F('to_employee')), _negated=True), name='nobody_is_their_own_deputy', violation_error_code='own_deputy', violation_error_message='Choose somebody else: nobody is their own deputy.')],
            },
        ),
        migrations.CreateModel(
            name='HrDepartment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.department')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hr_departments', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('user', 'department'), name='named_once_for_a_department')],
            },
        ),
        migrations.RunSQL(CREATE_TREE_TRIGGER, DROP_TREE_TRIGGER),
    ]
