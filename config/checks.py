"""What `manage.py check` says about this installation, beyond Django's own checks."""

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security)
def owner_is_another_role(**kwargs: Any) -> Sequence[checks.CheckMessage]:
    """Warn when web and workers connect as the role that owns the tables: then history is safe by good manners only."""
    is_given = "DATABASE_URL" in os.environ  # ./run makes both roles itself
    if not is_given or (settings.DATABASE_OWNER_URL and settings.DATABASE_OWNER_URL != settings.DATABASE_URL):
        return []
    return [
        checks.Warning(
            "DATABASE_OWNER_URL is not set: web and workers own the tables and could change history.",
            hint="Make a second role that owns the database, name it in DATABASE_OWNER_URL, then run migrate. "
            "docs/operations.md says how.",
            id="waypoint.W001",
        )
    ]
