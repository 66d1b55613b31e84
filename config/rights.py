"""Who may do what in the database: the application reads and writes rows, and history it can only add to."""

from django.apps import apps
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from enrolment.models import Confirmation, Ending
from lifecycle.history import Event
from people.ledger import NoticeEvent
from people.models import PersonChange, PolicyChange
from people.roles import Change


def event_tables() -> list[str]:
    """Tables of history: events, changes of people, policy, roles, departments, notices; what HR heard or confirmed."""
    history = (Event, PersonChange, PolicyChange, Change, Confirmation, Ending, NoticeEvent)
    return sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, history))


def grant() -> bool:
    """Give the application's role its rights, as the owner: rows, no tables; history is added to, never changed.

    Returns whether there is such a role apart from the owner. Safe to repeat; done after each migrate, so a table that
    a migration made has no rights for the application before this has judged it.
    """
    app = str(conninfo_to_dict(settings.DATABASE_URL).get("user") or "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if app in ("", cursor.fetchone()[0]):
            return False
        role = sql.Identifier(app)
        only_added_to = sql.SQL(", ").join(map(sql.Identifier, event_tables()))
        for sentence in (
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE UPDATE ON ALL SEQUENCES IN SCHEMA public FROM {role}",  # setval breaks history
            "REVOKE UPDATE, DELETE, TRUNCATE ON {only_added_to} FROM {role}",
            "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM {role}",
        ):
            if "{only_added_to}" in sentence and not event_tables():
                continue
            cursor.execute(
                sql.SQL(sentence).format(role=role, only_added_to=only_added_to).as_string(cursor.connection)
            )
    return True
