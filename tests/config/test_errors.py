"""A database that is away is 503, a fault of ours 500, and both pages need nothing to be shown."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "status", "heading"),
    [
        (OperationalError("server closed the connection"), 503, "away for a moment"),
        (InterfaceError("connection already closed"), 503, "away for a moment"),
        (ZeroDivisionError(), 500, "<h1>"),
    ],
)
def test_a_fault_has_its_page(monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, heading: str) -> None:
    """With the right status, and a word when to come back if it passes."""

    def break_down() -> None:
        raise fault

    monkeypatch.setattr("config.context.today", break_down)
    response = Client(raise_request_exception=False).get("/programmes/")
    assert response.status_code == status
    assert heading in response.content.decode()
    assert response.has_header("Retry-After") == (status == 503)
