"""Signing in, out and passwords: every account page stands in our frame and speaks our language."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from people.models import User

pytestmark = pytest.mark.django_db

VISITOR = (
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_inactive",
)
SIGNED_IN = ("account_logout", "account_change_password", "account_reauthenticate")


@pytest.fixture
def user():
    return User.objects.create_user("priya@sample.example", "a long pass phrase")


def check(response):
    """In our frame, with one heading and one title, and nothing begged for."""
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<h1") == 1
    assert re.search(r"<title>[^<]*\w[^<]* – Waypoint</title>", html)
    assert 'class="site-header"' in html
    assert not re.search(r"\b(please|successfully)\b", strip_tags(html), re.IGNORECASE)
    return html


@pytest.mark.parametrize("name", VISITOR)
def test_a_visitors_account_pages(name):
    check(Client().get(reverse(name)))


@pytest.mark.parametrize("name", SIGNED_IN)
def test_account_pages_of_somebody_signed_in(user, name):
    client = Client()
    client.force_login(user)
    check(client.get(reverse(name)))


def test_a_refused_sign_in_says_why_first():
    html = check(Client().post(reverse("account_login"), {"login": "nobody@sample.example", "password": "wrong"}))
    assert "<title>Error: Sign in – Waypoint</title>" in html
    assert html.index("error-summary") < html.index("<h1")


def test_signing_in_and_out(user):
    client = Client()
    signed = client.post(reverse("account_login"), {"login": user.email, "password": "a long pass phrase"})
    assert signed.status_code == 302
    assert client.get(reverse("account_change_password")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("account_change_password")).status_code == 302


def test_a_forgotten_password_is_set_by_the_link_in_the_mail(user):
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    [message] = mail.outbox
    assert message.subject == "Set a new password for Waypoint"
    link = re.search(r"https?://\S+", str(message.body))
    assert link
    page = client.get(link[0], follow=True)
    check(page)
    address = page.redirect_chain[-1][0]
    new = {"password1": "another long phrase", "password2": "another long phrase"}
    check(client.post(address, {**new, "password2": "different"}))
    assert client.post(address, new).status_code == 302
    assert client.login(username=user.email, password="another long phrase")
    used = Client().get(link[0], follow=True)
    assert "This link has been used" in check(used)


def test_an_unknown_e_mail_is_told_so_by_mail_alone():
    known = Client().post(reverse("account_reset_password"), {"email": "nobody@sample.example"}, follow=True)
    assert "If an account has that e-mail" in check(known)
    assert [message.subject for message in mail.outbox] == ["No Waypoint account has this e-mail"]


def test_one_click_roles_show_only_in_a_demonstration():
    assert "Look around" not in check(Client().get(reverse("account_login")))


def test_tab_leads_from_the_e_mail_to_the_password_and_only_then_to_what_helps_if_it_is_forgotten():
    html = Client().get(reverse("account_login")).content.decode()
    order = [html.index(part) for part in ('name="login"', 'name="password"', 'href="/accounts/password/reset/"')]
    assert order == sorted(order)
    assert html.count("Forgot your password?") == 1
