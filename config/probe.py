"""Asks the web process of this container whether it is alive: what the image's health check runs. Loads no Django."""

import os
import sys
import urllib.request


def main() -> int:
    """0 when /livez answers, else 1. Speaks to the process itself, under the first host that it accepts."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    question = urllib.request.Request(
        f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/livez",
        headers={"Host": host},
    )
    try:
        # B310 fears schemes such as file: the address is our own and http
        urllib.request.urlopen(question, timeout=4).close()  # nosec B310
    except OSError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
