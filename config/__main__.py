"""`./run` begins here: it can be stopped before it knows how to start anything."""

import signal
import sys
from typing import Any

is_up = sys.argv[1:] in ([], ["up"])


def leave(number: int, _: Any) -> None:
    """Nothing is running yet, or what runs is tidied up on the way out. Being stopped is how `./run` ends well."""
    raise SystemExit(0 if is_up else 128 + number)


# Before the imports, which take most of a second; set explicitly: a background job is started with them ignored.
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, leave)

from config.supervisor import main  # noqa: E402

sys.exit(main())
