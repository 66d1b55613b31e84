"""Whether a person is below somebody: asked of one row at a time where a line is too long to be named."""

from django.db import migrations

# UNION: a loop in the records ends it. Dear, so that it is asked last.
CREATE = """
CREATE FUNCTION people_is_below(person bigint, heads bigint[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE COST 1000 AS $$
    WITH RECURSIVE above AS (
        SELECT manager_id AS id FROM people_employee WHERE id = person
        UNION
        SELECT e.manager_id FROM above JOIN people_employee e ON e.id = above.id
    )
    SELECT EXISTS (SELECT FROM above WHERE id = ANY(heads))
$$
"""
DROP = "DROP FUNCTION people_is_below(bigint, bigint[])"


class Migration(migrations.Migration):
    dependencies = [("people", "0011_messages_ahead")]

    operations = [migrations.RunSQL(CREATE, DROP)]
