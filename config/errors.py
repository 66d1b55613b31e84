"""What people see when something went wrong: away for a moment, a fault of ours, or a request that says nothing."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template


def server_error(request: HttpRequest) -> HttpResponse:
    """503 when the database is away or too busy to answer in time, which passes by itself; else 500.

    Both pages stand alone: they ask neither the database nor the session.
    """
    is_passing = isinstance(sys.exception(), OperationalError | InterfaceError)
    page = get_template("503.html" if is_passing else "500.html").template  # type: ignore[attr-defined]
    response = HttpResponse(page.source, status=503 if is_passing else 500)
    if is_passing:
        response["Retry-After"] = "30"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what no page of ours sends: a host that is not ours, a form that cannot be read."""
    return HttpResponse(get_template("400.html").template.source, status=400)  # type: ignore[attr-defined]
