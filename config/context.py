"""What every page knows: its reader's navigation, whether this is a demonstration, and today."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from config.navigation import navigation
from enrolment.queries.messages import unread
from people.clock import today
from people.demonstration import demo_mode


def site(request: HttpRequest) -> dict[str, Any]:
    """``navigation`` (groups of links), ``demo_mode``, ``single_sign_on`` (its name) and ``on``, today in London.

    ``has_unread``: whether something was to be told to the reader that no mail could carry. It and the first two are
    asked when a template first uses them: mails and fragments that do not, cost no query.
    """
    is_demo = SimpleLazyObject(demo_mode)
    return {
        "navigation": SimpleLazyObject(lambda: navigation(request, is_demo=bool(is_demo))),
        "demo_mode": is_demo,
        "single_sign_on": settings.OIDC_NAME,
        "has_unread": SimpleLazyObject(lambda: _has_unread(request)),
        "on": today(),
        "printed_on": today(),  # of `base.html`: a page may mean another day by ``on``
    }


def _has_unread(request: HttpRequest) -> bool:
    user = request.user
    return user.is_authenticated and user.own_record() is not None and unread(user, today()).exists()
