#!/usr/bin/env python
"""Runs Waypoint's commands: `./run COMMAND` starts what they need first; elsewhere `python manage.py COMMAND`."""

import os
import sys

# These change tables, rights or history, or read all of it at one moment, so they connect as the owner of the database;
# everything else connects as the application.
OWNER_COMMANDS = frozenset({"migrate", "flush", "createcachetable", "backup", "restore"})


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if OWNER_COMMANDS.intersection(sys.argv[1:2]):
        os.environ["WAYPOINT_DATABASE_ROLE"] = "owner"
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connection

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as fault:
        if "--traceback" in sys.argv or connection.connection is not None:  # it did answer: somebody has to look
            raise
        sys.exit(f"The database does not answer: {str(fault).strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()
