"""What every page knows: its reader's navigation, whether this is a demonstration, and today."""

from typing import Any

from django.http import HttpRequest

from config.navigation import navigation
from people.clock import today
from people.demonstration import demo_mode


def site(request: HttpRequest) -> dict[str, Any]:
    """``navigation`` (groups of links), ``demo_mode`` and ``on``, today in London."""
    return {"navigation": navigation(request), "demo_mode": demo_mode(), "on": today()}
