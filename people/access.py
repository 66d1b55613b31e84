"""Who may open a page: plain decorators. What they see inside is `visible_to(user)`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from people.reach import acts_for_everybody, has_line, reads_everybody

type View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Only for people who signed in; others are asked to."""
    return login_required(view)


def hr_required(view: View) -> View:
    """A page to read, for HR and for auditors, who read what HR reads. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr or request.user.is_auditor)


def decides(view: View) -> View:
    """Only for HR, whatever the method: pages on which HR decides about people. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr)


def hr_sends(view: View) -> View:
    """HR and auditors read the page, and only HR sends anything to it. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr or (request.user.is_auditor and _reads(request)))


def everywhere(view: View) -> View:
    """A page to read about the whole organisation, for its HR and for auditors. Raises PermissionDenied."""
    return _only(view, lambda request: reads_everybody(request.user))


def everywhere_sends(view: View) -> View:
    """What concerns the whole organisation: its HR reads and sends, auditors read. Raises PermissionDenied."""
    return _only(
        view, lambda request: acts_for_everybody(request.user) or (request.user.is_auditor and _reads(request))
    )


def everywhere_decides(view: View) -> View:
    """Only for HR of the whole organisation, whatever the method. Raises PermissionDenied."""
    return _only(view, lambda request: acts_for_everybody(request.user))


def administers(view: View) -> View:
    """Only for administrators: accounts and roles. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_administrator)


def configures(view: View) -> View:
    """Settings and departments: administrators and HR of the whole organisation send, auditors read."""
    return _only(
        view,
        lambda request: (
            request.user.is_administrator
            or acts_for_everybody(request.user)
            or (request.user.is_auditor and _reads(request))
        ),
    )


def hears(view: View) -> View:
    """A page to read of complaints and second looks: HR, auditors, administrators. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr or request.user.is_auditor or request.user.is_administrator)


def answers(view: View) -> View:
    """Answering complaints, naming reviewers: HR and administrators, whatever the method. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr or request.user.is_administrator)


def manager_required(view: View) -> View:
    """A page to read for people who have a line, or are somebody's deputy; HR and auditors. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr or request.user.is_auditor or manages_somebody(request))


def nominates(view: View) -> View:
    """Only for people who have a line, or somebody's as a deputy, and HR. Raises PermissionDenied."""
    return _only(view, lambda request: request.user.is_hr or manages_somebody(request))


def manages_somebody(request: HttpRequest) -> bool:
    """Whether anybody reports to who signed in, or to somebody whose deputy they are; asked once a request."""
    if not hasattr(request, "manages_somebody"):
        user = request.user
        request.manages_somebody = user.is_authenticated and has_line(user)  # type: ignore[attr-defined]
    return request.manages_somebody  # type: ignore[attr-defined]


def _reads(request: HttpRequest) -> bool:
    return request.method in {"GET", "HEAD"}


def _only(view: View, allowed: Callable[[Any], bool]) -> View:
    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not allowed(request):
            raise PermissionDenied("This page is for somebody else's work.")
        return view(request, *args, **kwargs)

    return guarded
