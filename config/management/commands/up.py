"""`up`: start everything on this machine, as `./run` does."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config import supervisor


class Command(BaseCommand):
    """Start PostgreSQL, Valkey, web, worker and beat here, on 127.0.0.1; Ctrl-C stops them in order."""

    help = "Start everything on this machine: servers, migrations, web, worker, beat."
    requires_system_checks = ()  # the database they would ask is not up yet

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes."""
        sys.exit(supervisor.up())
