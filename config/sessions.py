"""Sessions as rows, found only by keys of the form we give out: PostgreSQL takes no NUL, and a cookie may hold one."""

import re

from django.contrib.sessions.backends import db

GIVEN = re.compile(r"[a-z0-9]{8,40}")


class SessionStore(db.SessionStore):
    """Django's, to whom any other key is no key."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and GIVEN.fullmatch(key))
