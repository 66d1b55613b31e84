"""A database that is away is 503, a fault of ours 500, and both pages need nothing to be shown."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse

from tests.factories import EmployeeFactory, UserFactory


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


@pytest.mark.django_db
def test_the_address_of_a_button_is_a_page_when_it_is_opened(client: Client) -> None:
    """As after signing in anew: nothing was done, and there is a way on. Programs read the header."""
    client.force_login(UserFactory(is_hr=True))
    address = reverse("enrolment:give_access", args=[EmployeeFactory().public_id])
    opened = client.get(address)
    assert (opened.status_code, opened["Allow"]) == (405, "POST")
    assert "Nothing was done" in opened.content.decode()
    assert client.put(address).content == b""
