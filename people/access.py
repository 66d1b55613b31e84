"""Who may open a page: five plain decorators. What they see inside is `visible_to(user)`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

type View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Only for people who signed in; others are asked to."""
    return login_required(view)


def hr_required(view: View) -> View:
    """Only for HR (and administrators, who may see what HR sees). Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr or request.user.is_administrator)


def decides(view: View) -> View:
    """Only for HR, whatever the method: pages on which HR decides about people. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr)


def hr_sends(view: View) -> View:
    """HR and administrators read the page, and only HR sends anything to it. Raises PermissionDenied."""
    return _only(
        view,
        lambda request: request.user.is_hr or (request.user.is_administrator and request.method in {"GET", "HEAD"}),
    )


def manager_required(view: View) -> View:
    """Only for people who have reports, and HR (and administrators). Raises PermissionDenied."""
    return _only(
        view,
        lambda request: request.user.is_hr or request.user.is_administrator or manages_somebody(request),
    )


def manages_somebody(request: HttpRequest) -> bool:
    """Whether the person who signed in has anybody reporting to them; asked once a request."""
    if not hasattr(request, "manages_somebody"):
        employee = request.user.own_record() if request.user.is_authenticated else None
        request.manages_somebody = bool(employee and employee.reports.exists())  # type: ignore[attr-defined]
    return request.manages_somebody  # type: ignore[attr-defined]


def _only(view: View, allowed: Callable[[Any], bool]) -> View:
    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not allowed(request):
            raise PermissionDenied("This page is for somebody else's work.")
        return view(request, *args, **kwargs)

    return guarded
