"""Who means harm at the door: led elsewhere, forged hosts, planted sessions, guesses, questions about addresses."""

import re
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from people import clock
from people.actions.accounts import Invitations, accept_invitation, invitation_link
from people.models import User
from tests.config.test_signing_in import PASSWORD, SECRET, code_of, is_in, sign_in

pytestmark = pytest.mark.django_db
NEW = {"password1": "another long phrase", "password2": "another long phrase"}
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "http:///evil.example",
    "https:evil.example",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "javascript:alert(1)",
    " https://evil.example/",
    "\t//evil.example",
)


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    """Passwords are hashed in no time: how often they are is what counts here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user() -> User:
    """Somebody with a password."""
    return User.objects.create_user("ann@sample.example", PASSWORD)


def reset_link(user: User) -> str:
    """The path that the mail to somebody who forgot their password holds."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=key)


def choose_by(browser: Client, path: str) -> Any:
    """Follow a link to a new password and choose one."""
    page = browser.get(path, follow=True)
    return browser.post(page.redirect_chain[-1][0] if page.redirect_chain else path, NEW)


def mailed_code(browser: Client, email: str) -> str:
    """Ask for a sign-in code; the one in the newest mail, empty where there is none."""
    browser.post(reverse("account_request_login_code"), {"email": email})
    found = re.findall(r"^[A-Z0-9]{3,}-[A-Z0-9]{3,}$", str(mail.outbox[-1].body), re.MULTILINE)
    return found[0] if found else ""


def plain(page: Any, email: str) -> str:
    """A page without what differs each time, and without the address that was typed."""
    return re.sub(r'value="[^"]+"|nonce="[^"]+"', "", page.content.decode()).replace(email, "X")


# Led elsewhere


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_no_step_of_signing_in_leads_to_another_site(user, onward):
    TOTP.activate(user, SECRET)
    said = {"next": onward}
    browser = Client()
    steps = [
        browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, **said}),
        browser.post(reverse("mfa_authenticate"), {"code": code_of(SECRET), **said}),
        browser.post(reverse("account_reauthenticate"), {"password": PASSWORD, **said}),
        browser.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **NEW, **said}),
        browser.get(reverse("account_login"), said),
        browser.post(reverse("account_logout"), said),
    ]
    asking = Client()
    code = mailed_code(asking, user.email)
    steps.append(asking.post(reverse("account_confirm_login_code"), {"code": code, **said}))
    assert [step.status_code for step in steps] == [302] * 7
    for step in steps:
        assert re.match(r"/(?![/\\])", step["Location"]), step["Location"]
        assert "evil" not in step["Location"]
    for name in ("account_login", "account_request_login_code", "account_reset_password"):
        page = Client().get(reverse(name), said).content.decode()
        assert not re.search(r'(href|action)="[^"]*evil|(href|action)="javascript', page)


def test_where_somebody_was_going_is_kept_through_every_step(user):
    TOTP.activate(user, SECRET)
    browser, onward = Client(), {"next": "/accounts/"}
    asked = browser.get("/accounts/")
    assert asked["Location"] == "/accounts/login/?next=/accounts/"
    browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, **onward})
    assert browser.post(reverse("mfa_authenticate"), {"code": code_of(SECRET)})["Location"] == "/accounts/"
    by_mail = Client()
    page = by_mail.get(asked["Location"]).content.decode()
    link = re.search(r'href="(/accounts/login/code/[^"]*)">Mail me', page)
    assert link
    assert 'name="next" value="/accounts/"' in by_mail.get(link[1]).content.decode()
    page = by_mail.post(link[1], {"email": user.email, **onward}, follow=True).content.decode()
    code = re.search(r"^[A-Z0-9]+-[A-Z0-9]+$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    form = page.partition(f'action="{reverse("account_confirm_login_code")}"')[2].partition("</form>")[0]
    said = dict(re.findall(r'name="(next)" value="([^"]+)"', form))
    by_mail.post(reverse("account_confirm_login_code"), {"code": code[0], **said})
    spent = RecoveryCodes.activate(user).get_unused_codes()[0]
    assert by_mail.post(reverse("mfa_authenticate"), {"code": spent})["Location"] == "/accounts/"


# Forged hosts


@pytest.mark.parametrize("page", ["account_login", "account_request_login_code", "account_reset_password"])
@pytest.mark.parametrize("host", ["evil.example", "testserver@evil.example", "testserver.evil.example", "a b", ""])
def test_a_forged_host_is_refused_before_anything_is_mailed(user, page, host):
    refused = Client().post(reverse(page), {"email": user.email}, HTTP_HOST=host)
    assert refused.status_code == 400
    assert mail.outbox == []


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Host", "Origin"])
def test_links_in_mails_begin_as_the_settings_say(user, settings, header):
    settings.SITE_URL = "https://waypoint.example.org"
    settings.ALLOWED_HOSTS = ["waypoint.example.org", "testserver"]
    Client().post(reverse("account_reset_password"), {"email": user.email}, headers={header: "evil.example"})
    [sent] = mail.outbox
    assert "evil" not in str(sent.message())
    assert re.search(r"https://waypoint\.example\.org/accounts/password/reset/key/\S+/", str(sent.body))
    assert invitation_link(user).startswith("https://waypoint.example.org/accounts/invitation/")


# Planted and left-over sessions


def test_signing_in_by_any_way_takes_a_new_session(user):
    def by_invitation(browser: Client) -> None:
        browser.post(re.sub(r"^https?://[^/]+", "", invitation_link(user)))

    def by_code(browser: Client) -> None:
        browser.post(reverse("account_confirm_login_code"), {"code": mailed_code(browser, user.email)})

    for way in (by_invitation, sign_in, by_code):
        browser = Client()
        browser.get(reverse("account_login"))
        planted = browser.session
        planted["mark"] = "planted"
        planted.save()
        browser.cookies["waypoint_session"] = str(planted.session_key)
        way(browser)
        assert is_in(browser), way
        assert browser.session.session_key != planted.session_key
        thief = Client()
        thief.cookies["waypoint_session"] = str(planted.session_key)
        assert thief.get(reverse("mfa_index")).status_code == 302
        user.refresh_from_db()


def test_a_key_of_a_session_that_somebody_made_up_is_not_taken(user):
    browser = Client()
    browser.cookies["waypoint_session"] = "a" * 32
    sign_in(browser)
    assert is_in(browser)
    assert browser.session.session_key != "a" * 32


@pytest.mark.parametrize("way", ["change", "reset"])
def test_a_new_password_ends_the_sessions_that_the_old_one_opened(user, way):
    mine, thief = Client(), Client()
    sign_in(mine)
    sign_in(thief)
    if way == "change":
        mine.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **NEW})
        assert mine.get(reverse("mfa_index")).status_code == 200
    else:
        user.refresh_from_db()
        assert choose_by(Client(), reset_link(user)).status_code == 302
    assert thief.get(reverse("mfa_index")).status_code == 302


def test_a_closed_account_is_out_at_once_and_gets_in_by_no_way(user):
    TOTP.activate(user, SECRET)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    inside, half = Client(), Client()
    sign_in(inside)
    inside.post(reverse("mfa_authenticate"), {"code": code_of(SECRET)})
    sign_in(half)
    user.refresh_from_db()
    link = re.sub(r"^https?://[^/]+", "", invitation_link(user))
    reset = reset_link(user)
    assert inside.get(reverse("mfa_index")).status_code == 200
    User.objects.update(is_active=False)
    assert inside.get(reverse("mfa_index"))["Location"].startswith(reverse("account_login"))
    half.post(reverse("mfa_authenticate"), {"code": codes[0]})
    invited, asking = Client(), Client()
    invited.post(link)
    assert mailed_code(asking, user.email) == ""
    assert "has been used" in choose_by(Client(), reset).content.decode()
    password = Client()
    assert sign_in(password)["Location"] == reverse("account_inactive")
    assert not any(map(is_in, (half, invited, asking, password)))


# What is not asked for


def test_account_forms_take_nothing_but_what_they_ask_for(user):
    more = dict.fromkeys(("is_hr", "is_administrator", "is_staff", "is_superuser"), "1")
    more |= dict.fromkeys(("user", "pk", "id", "user_id"), "2")
    more |= {"is_active": "0", "email": "mallory@sample.example", "last_login": ""}
    other = User.objects.create_user("bob@sample.example")
    browser = Client()
    browser.post(reverse("account_login"), {**more, "login": user.email, "password": PASSWORD})
    browser.post(reverse("account_reauthenticate"), {**more, "password": PASSWORD})
    page = browser.get(reverse("mfa_activate_totp")).content.decode()
    key = re.search(r'class="secret">(\w+)<', page)
    assert key
    browser.post(reverse("mfa_activate_totp"), {**more, "code": code_of(key[1])})
    browser.post(reverse("mfa_generate_recovery_codes"), more)
    browser.post(reverse("usersessions_list"), more)
    browser.post(reverse("account_change_password"), {**more, "oldpassword": PASSWORD, **NEW})
    choose_by(Client(), reset_link(other))
    assert set(Authenticator.objects.values_list("user", flat=True)) == {user.pk}
    for person, email in ((user, "ann@sample.example"), (other, "bob@sample.example")):
        person.refresh_from_db()
        assert person.check_password(NEW["password1"])
        assert person.email == email
        assert (person.is_hr, person.is_administrator, person.is_active) == (False, False, True)
    assert User.objects.count() == 2


@pytest.mark.parametrize("email", ["ann@sample.example", "nobody@sample.example"])
def test_nobody_signs_up_and_the_page_says_the_same_to_known_and_unknown(user, email):
    answer = Client().post(reverse("account_signup"), {"email": email, **NEW})
    assert User.objects.count() == 1
    assert "HR makes the accounts" in answer.content.decode()
    assert mail.outbox == []


# Links that work once


def test_a_link_to_a_new_password_works_once_for_one_person_and_dies_with_what_it_was_made_of(user):
    other = User.objects.create_user("bob@sample.example", PASSWORD)
    first, second = reset_link(user), reset_link(user)
    uid, key = user_pk_to_url_str(other), default_token_generator.make_token(user)
    foreign = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    assert "has been used" in Client().get(foreign, follow=True).content.decode()
    browser = Client()
    assert choose_by(browser, first).status_code == 302
    for link in (first, second):
        late = Client()
        assert "has been used" in late.get(link, follow=True).content.decode()
        late.post(link, {"password1": "a third long phrase", "password2": "a third long phrase"})
    for person, password in ((user, NEW["password1"]), (other, PASSWORD)):
        person.refresh_from_db()
        assert person.check_password(password)
    moved = reset_link(user)
    User.objects.filter(pk=user.pk).update(email="ann.new@sample.example")
    assert "has been used" in Client().get(moved, follow=True).content.decode()


def test_a_link_to_a_new_password_is_no_invitation_and_no_invitation_is_one(user):
    account, key = user_pk_to_url_str(user), Invitations().make_token(user)
    page = Client().get(reverse("account_reset_password_from_key", kwargs={"uidb36": account, "key": key}), follow=True)
    assert "has been used" in page.content.decode()
    assert accept_invitation(account, default_token_generator.make_token(user), at=clock.now()) is None


# Guesses


def test_a_sign_in_code_works_in_its_own_browser_for_three_tries_until_another_is_asked_for(user):
    confirm = reverse("account_confirm_login_code")
    asking, thief = Client(), Client()
    code = mailed_code(asking, user.email)
    thief.post(confirm, {"code": code})
    mailed_code(thief, "nobody@sample.example")
    thief.post(confirm, {"code": code})
    assert not is_in(thief)
    for _ in range(3):
        asking.post(confirm, {"code": "WRONG"})
    asking.post(confirm, {"code": code})
    assert not is_in(asking)
    again = Client()
    mailed_code(again, user.email)
    newest = mailed_code(again, user.email)
    again.post(confirm, {"code": newest})
    assert is_in(again)


def test_a_code_of_an_app_counts_once_and_guesses_end(user):
    TOTP.activate(user, SECRET)
    code = code_of(SECRET)
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser)
        browser.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(first)
    assert not is_in(second)
    for _ in range(12):
        page = second.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "too often" in page.content.decode()


@pytest.mark.parametrize("proxies", [0, 1])
def test_no_header_of_ones_own_escapes_the_limits(user, settings, proxies):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for number in range(6):
        claims = f"203.0.113.{number}" + (", 198.51.100.7" if proxies else "")
        page = Client().post(
            reverse("account_login"), {"login": user.email, "password": "wrong"}, HTTP_X_FORWARDED_FOR=claims
        )
    assert "too often" in page.content.decode()


@pytest.mark.parametrize("email", ["ann@sample.example", "nobody@sample.example"])
@pytest.mark.parametrize(
    ("page", "field", "most"), [("account_request_login_code", "email", 3), ("account_reset_password", "email", 5)]
)
def test_limits_on_mail_are_the_same_for_known_and_unknown(user, page, field, most, email):
    for _ in range(most):
        assert Client().post(reverse(page), {field: email}).status_code == 302
    assert Client().post(reverse(page), {field: email}).status_code in {200, 429}
    assert len(mail.outbox) == most


# Facts about addresses


def statements(work: Any) -> list[str]:
    """The database statements of some work, without their values and the names that they are given for once."""
    with CaptureQueriesContext(connection) as captured:
        work()
    for_once = r"""'[^']*'|"s\d+_x\d+"|"_django_curs\w+"|\b\d+\b"""
    return [re.sub(for_once, "?", query["sql"]) for query in captured.captured_queries]


def test_a_wrong_password_does_the_same_work_for_known_and_unknown(user):
    User.objects.create_user("none@sample.example")
    User.objects.create_user("closed@sample.example", PASSWORD, is_active=False)
    sign_in(Client(), "wrong", "warm@sample.example")
    people = ("ann", "none", "closed", "nobody")
    done = [statements(lambda who=who: sign_in(Client(), "wrong", f"{who}@sample.example")) for who in people]
    assert done[0]
    assert done == [done[0]] * 4


@pytest.mark.parametrize("page", ["account_request_login_code", "account_reset_password"])
def test_forms_that_mail_answer_alike_and_mail_each_time(user, page):
    User.objects.create_user("closed@sample.example", PASSWORD, is_active=False)
    seen = []
    for number, email in enumerate((user.email, "closed@sample.example", "nobody@sample.example"), 1):
        browser = Client()
        first = browser.post(reverse(page), {"email": email})
        second = browser.get(first["Location"])
        seen.append((first.status_code, first["Location"], second.status_code, plain(second, email)))
        assert len(mail.outbox) == number, "sending takes its time for each"
        assert mail.outbox[-1].to == [email]
    assert seen == [seen[0]] * 3


@pytest.mark.parametrize("page", ["account_request_login_code", "account_reset_password"])
def test_a_post_office_that_is_away_is_said_alike(user, settings, page):
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 9, "timeout": 5},
        }
    }
    said = []
    for email in (user.email, "nobody@sample.example"):
        answer = Client().post(reverse(page), {"email": email})
        said.append((answer.status_code, plain(answer, email)))
    assert said[0] == said[1]
    assert said[0][0] == 503
    assert "No mail can be sent now" in said[0][1]


def test_pages_of_links_and_passkeys_say_nothing_about_accounts(user):
    def invited(account: str) -> str:
        path = reverse("invitation", kwargs={"account": account, "key": "none"})
        return plain(Client().get(path), f"/{account}/")

    assert invited(user_pk_to_url_str(user)) == invited("zzz") == invited("not-a-number")
    asked = [
        Client().get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}).json()
        for _ in range(2)
    ]
    for said in asked:
        assert said["request_options"]["publicKey"].pop("challenge")
    assert asked[0] == asked[1]
    assert not asked[0]["request_options"]["publicKey"].get("allowCredentials")
