"""Odd requests are refused, never a fault of ours; no copy of a page about people is kept."""

import pytest
from django.test import Client
from django.urls import reverse

from people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser_with_token() -> Client:
    """A browser that has seen a form; faults of ours show as 500."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get(reverse("account_login"))
    return client


@pytest.mark.parametrize("key", ["\0abcdefghijkl", "abc", "ABCDEFGHIJKLM", "ab cdefghijkl", "é" * 32])
def test_a_session_key_that_is_none_is_a_visitor(key):
    client = Client(raise_request_exception=False)
    client.cookies["waypoint_session"] = key
    assert client.get(reverse("programmes:home")).status_code == 200
    assert client.get(reverse("account_change_password")).status_code == 302


@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/", "/"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=utf-16", "a=b"),
        ("application/x-www-form-urlencoded", "&".join(f"a{n}=b" for n in range(1001))),
        ("multipart/form-data", "a=b"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(browser_with_token, path, kind, body):
    refused = browser_with_token.post(path, body, content_type=kind)
    assert refused.status_code == 400
    assert "We could not read that" in refused.content.decode()


@pytest.mark.parametrize("asked", ["ann%00@", "%%0000ann@", "ann@&%00=1"])
def test_an_address_loses_what_the_database_does_not_take(asked):
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("ann@sample.example", is_administrator=True))
    page = client.get(f"{reverse('enrolment:accounts')}?q={asked}")
    assert page.status_code == 200
    assert "Accounts whose e-mail begins with “ann@”" in page.content.decode()


def test_a_form_that_the_database_does_not_take_is_refused():
    """Where a page hands over what was sent as it is: the NUL that nobody can type is no fault of ours."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("ann@sample.example", is_hr=True))
    refused = client.post(reverse("enrolment:ask_to_go_on"), {"programme": "\0"})
    assert refused.status_code == 400
    assert "We could not read that" in refused.content.decode()


def test_a_form_that_was_open_too_long_is_told_so(browser_with_token):
    refused = browser_with_token.post(reverse("account_login"), {"login": "a@sample.example", "password": "x"})
    assert refused.status_code == 403
    html = refused.content.decode()
    assert "This page was open too long" in html
    assert "Nothing was changed" in html
    assert "CSRF" not in html


def test_no_copy_is_kept_of_what_a_signed_in_person_sees(client):
    page = reverse("programmes:compare")
    assert "no-store" not in client.get(page).get("Cache-Control", "")
    client.force_login(User.objects.create_user("priya@sample.example", "a long pass phrase"))
    for address in (page, reverse("account_change_password"), "/nowhere/"):
        said = client.get(address)["Cache-Control"]
        assert {"no-store", "private"} <= set(said.split(", ")), address
    client.post(reverse("account_logout"))
    assert "no-store" not in client.get(page).get("Cache-Control", "")
