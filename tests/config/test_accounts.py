"""Accounts in our words, and one-click accounts that stay open to everybody in a demonstration."""

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.test import Client
from django.urls import reverse

from enrolment.demo.people import HR_ACCOUNT, staff_number
from people.models import Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db


def password_link(user: User) -> str:
    """What the mail to somebody who forgot their password holds."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=key)


NEW = {"password1": "a long pass phrase", "password2": "a long pass phrase"}


@pytest.fixture
def one_click() -> User:
    """HR of a demonstration, without a password."""
    Organisation.objects.create(pk=1, name="Invented", is_demonstration=True)
    user = User.objects.create_user("hr@sample.example")
    factories.EmployeeFactory(staff_number=staff_number(HR_ACCOUNT), user=user)
    return user


@pytest.fixture
def signed_in(one_click: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(one_click)
    return client


def test_a_one_click_account_takes_no_password(one_click: User, signed_in: Client) -> None:
    """By no way: neither the page nor a link in a mail that everybody can read."""
    refused = signed_in.post(reverse("account_set_password"), NEW)
    assert "by one click: it has no password" in refused.content.decode()
    visitor = Client()
    page = visitor.get(password_link(one_click), follow=True)
    refused = visitor.post(page.redirect_chain[-1][0], NEW)
    assert "by one click: it has no password" in refused.content.decode()
    one_click.refresh_from_db()
    assert not one_click.has_usable_password()


def test_anybody_else_in_a_demonstration_sets_a_password(one_click: User) -> None:
    """HR gives somebody an account and they follow the link."""
    user = User.objects.create_user("new@sample.example")
    client = Client()
    page = client.get(password_link(user), follow=True)
    assert client.post(page.redirect_chain[-1][0], NEW).status_code == 302
    user.refresh_from_db()
    assert user.has_usable_password()


def test_a_wrong_password_is_said_in_our_words() -> None:
    """Without saying which of the two is wrong."""
    html = Client().post(reverse("account_login"), {"login": "a@sample.example", "password": "x"}).content.decode()
    assert "This e-mail and password do not belong together." in html
    assert "email address" not in html


def test_signing_in_and_out_is_not_announced() -> None:
    """The page after it shows it."""
    user = User.objects.create_user("priya@sample.example", "a long pass phrase")
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": "a long pass phrase"})
    assert "signed in as" not in client.get(reverse("programmes:compare")).content.decode()
    page = client.get(reverse("account_change_password")).content.decode()
    for label in ("Your password now", "New password", "The new password again"):
        assert label in page
    assert "New Password" not in page
    client.post(reverse("account_logout"))
    assert "signed out" not in client.get(reverse("programmes:compare")).content.decode()
