"""`migrate`, and after it the cache's table and the application's rights: a migrated database is ready to be used."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate

from config import rights


class Command(migrate.Command):
    """Django's own migrate, followed by what every new table needs."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; then say again who may do what, unless nothing was to be changed."""
        super().handle(*args, **options)
        if options.get("plan") or options.get("check_unapplied"):
            return
        call_command("createcachetable", database=options["database"], verbosity=0)
        rights.grant()
