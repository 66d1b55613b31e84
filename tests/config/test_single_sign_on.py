"""Single sign-on, tried against a small real provider: who is let in as whom, and who is not."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from people.models import User
from tests.config.provider import Provider
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _running() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(_running: Provider, settings: Any) -> Provider:
    """Named in the settings; it vouches for nobody yet."""
    settings.OIDC_NAME, settings.SOCIALACCOUNT_PROVIDERS = "Acme", _running.settings()
    _running.person, _running.userinfo, _running.token = {}, {}, {}
    return _running


def question(browser: Client, **said: str) -> dict[str, str]:
    """What Waypoint asks the provider when somebody wants to sign in."""
    page = browser.post(reverse("single_sign_on"), said).content.decode()
    link = re.search(r'class="btn btn-primary" href="([^"]+)"', page)
    assert link, page
    return dict(parse_qsl(urlsplit(unescape(link[1])).query))


def answered(provider: Provider, asked: dict[str, str]) -> str:
    """The path that the provider sends the browser back to."""
    back = urlsplit(provider.consent(asked))
    return f"{back.path}?{back.query}"


def come(provider: Provider, client: Client | None = None, **person: Any) -> tuple[Client, Any]:
    """Somebody of whom the provider says this signs in; their browser and the last answer."""
    provider.person = {"sub": "1", "email": "ann@sample.example", "email_verified": True, **person}
    browser = client or Client()
    return browser, browser.get(answered(provider, question(browser, next="/programmes/")))


def who(browser: Client) -> str:
    """The e-mail of whoever is signed in."""
    number = browser.session.get("_auth_user_id")
    return User.objects.get(pk=number).email if number else ""


def test_the_login_page_names_the_provider(provider):
    assert "Sign in with Acme" in Client().get(reverse("account_login")).content.decode()


def test_an_account_is_matched_by_its_verified_e_mail_and_goes_where_it_was_going(provider):
    User.objects.create_user("ann@sample.example", "a long pass phrase")
    browser, answer = come(provider, email="Ann@Sample.example")
    assert (answer.status_code, answer["Location"], who(browser)) == (302, "/programmes/", "ann@sample.example")
    assert User.objects.get().has_usable_password(), "the password it had still works"
    browser, _ = come(provider, email="married@sample.example")
    assert who(browser) == "ann@sample.example", "known by the provider's own name for the person now"


@pytest.mark.parametrize("said", [False, "false", None, 1, "yes"])
def test_an_e_mail_that_nobody_vouches_for_matches_nobody(provider, said):
    User.objects.create_user("ann@sample.example")
    browser, answer = come(provider, email_verified=said)
    assert (answer.status_code, who(browser)) == (403, "")
    assert "does not vouch" in answer.content.decode()


def test_a_domain_that_the_operator_vouches_for_counts_as_verified(provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["verified_email"] = ["sample.example"]
    User.objects.create_user("ann@sample.example")
    browser, _ = come(provider, email_verified=None)
    assert who(browser) == "ann@sample.example"


def test_one_employee_with_this_e_mail_is_given_an_account(provider):
    ann = EmployeeFactory(email="Ann@sample.example", user=None)
    browser, _ = come(provider)
    ann.refresh_from_db()
    assert ann.user is not None
    assert who(browser) == ann.user.email == "ann@sample.example"


@pytest.mark.parametrize("case", ["stranger", "two people", "left"])
def test_strangers_shared_addresses_and_leavers_get_none(provider, case):
    if case == "two people":
        EmployeeFactory.create_batch(2, email="ann@sample.example", user=None)
    if case == "left":
        EmployeeFactory(email="ann@sample.example", user=None, employed_from="2020-01-01", employed_until="2020-02-01")
    before = User.objects.count()
    browser, answer = come(provider)
    assert (answer.status_code, who(browser), User.objects.count()) == (403, "", before)
    assert "Ask HR for an account" in answer.content.decode()


def test_an_address_that_somebody_else_has_now_opens_no_account(provider):
    User.objects.create_user("ann@sample.example")
    come(provider)
    browser, answer = come(provider, sub="2")
    assert (answer.status_code, who(browser)) == (403, "")
    assert SocialAccount.objects.count() == 1


def test_a_second_step_of_ones_own_is_asked_for_here_too(provider):
    ann = User.objects.create_user("ann@sample.example")
    TOTP.activate(ann, "JBSWY3DPEHPK3PXP")
    browser, answer = come(provider)
    assert (answer["Location"], who(browser)) == (reverse("mfa_authenticate"), "")


def test_a_closed_account_stays_closed(provider):
    User.objects.create_user("ann@sample.example", is_active=False)
    browser, answer = come(provider)
    assert (answer["Location"], who(browser)) == (reverse("account_inactive"), "")


def test_two_answers_about_two_people_are_believed_of_nobody(provider):
    User.objects.create_user("ann@sample.example")
    provider.userinfo = {"sub": "2"}
    browser, answer = come(provider)
    assert (answer.status_code, who(browser)) == (403, "")


@pytest.mark.parametrize(
    "token",
    [
        {"aud": "another client"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": 1},
        {"nonce": "of another question"},
        {"nonce": None},
        {"nonce": ""},
    ],
    ids=str,
)
def test_a_token_for_another_client_issuer_time_or_question_lets_nobody_in(provider, token):
    User.objects.create_user("ann@sample.example")
    provider.token = token
    browser, answer = come(provider)
    assert (who(browser), SocialAccount.objects.count()) == ("", 0)
    why = "What Acme said about you could not be used." if "nonce" in token else "Single sign-on did not work"
    assert why in answer.content.decode()
    provider.token = {}
    come(provider, browser)
    assert who(browser) == "ann@sample.example", "the next, right answer does"


def test_every_question_is_another_one_and_its_answer_counts_in_its_own_browser_once(provider):
    User.objects.create_user("ann@sample.example")
    provider.person = {"sub": "1", "email": "ann@sample.example", "email_verified": True}
    mine, theirs = Client(), Client()
    first, second = question(mine), question(mine)
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name]) >= 16
    back = answered(provider, first)
    theirs.get(back)
    assert who(theirs) == "", "somebody else's answer, brought to another browser, signs nobody in"
    back = answered(provider, first)
    mine.get(back)
    assert who(mine) == "ann@sample.example"
    mine.post(reverse("account_logout"))
    mine.get(answered(provider, first))
    assert who(mine) == "", "the same question is answered once"


def test_an_answer_without_a_token_of_identity_lets_nobody_in(provider, monkeypatch):
    User.objects.create_user("ann@sample.example")
    whole = Provider.tokens

    def without(self: Provider, form: dict[str, str]) -> dict[str, Any] | None:
        tokens = whole(self, form)
        return tokens and {name: said for name, said in tokens.items() if name != "id_token"}

    monkeypatch.setattr(Provider, "tokens", without)
    browser, answer = come(provider)
    assert (answer.status_code, who(browser)) == (403, "")


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_single_sign_on_leads_to_no_other_site(provider, onward):
    User.objects.create_user("ann@sample.example")
    browser = Client()
    asked = question(browser, next=onward)
    provider.person = {"sub": "1", "email": "ann@sample.example", "email_verified": True}
    assert browser.get(answered(provider, asked))["Location"] == "/"
    assert asked["redirect_uri"] == "http://testserver/accounts/single-sign-on/callback/"


def test_a_used_code_and_an_answer_that_nobody_asked_for_let_nobody_in(provider):
    User.objects.create_user("ann@sample.example")
    callback = reverse("openid_connect_callback")
    for query in ("?code=code-0&state=none", "", "?error=access_denied"):
        browser = Client()
        answer = browser.get(callback + query)
        assert who(browser) == ""
        assert "Single sign-on did not work" in answer.content.decode()


def test_a_provider_that_is_away_is_said_in_words(provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"
    answer = Client().post(reverse("single_sign_on"))
    assert answer.status_code == 503
    assert "could not be reached" in answer.content.decode()


def test_the_way_out_is_a_page_of_ours_so_that_the_content_policy_stays_strict(provider):
    page = Client().post(reverse("single_sign_on"))
    assert 'http-equiv="refresh"' in page.content.decode()
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
