"""Codes by mail, the second step, invitations, sessions and limits: who gets in, and that strangers learn nothing."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import hashers
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from enrolment.demo.people import staff_number
from enrolment.views.demo import ACCOUNTS
from people import clock
from people.actions.accounts import invitation_link, invite
from people.models import Organisation, User
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def user() -> User:
    """Somebody with a password."""
    return User.objects.create_user("ann@sample.example", PASSWORD)


def sign_in(client: Client, password: str = PASSWORD, email: str = "ann@sample.example") -> Any:
    """By e-mail and password."""
    return client.post(reverse("account_login"), {"login": email, "password": password})


def is_in(client: Client) -> bool:
    """Whether this browser is signed in."""
    return "_auth_user_id" in client.session


def test_a_mailed_code_signs_in(user):
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": user.email})
    code = re.search(r"^(\S+-?\S+)$", str(mail.outbox[0].body).split("\n\n")[1], re.MULTILINE)
    assert code
    confirm = reverse("account_confirm_login_code")
    assert "This is not the code." in client.post(confirm, {"code": "WRONG"}).content.decode()
    client.post(confirm, {"code": code[1]})
    assert is_in(client)


@pytest.mark.parametrize("onward", ["", "/accounts/"])
@pytest.mark.parametrize("way", ["account_login", "account_request_login_code"])
def test_a_mistyped_address_does_not_bar_the_other_ways_in(user, way, onward):
    client, said = Client(), {"next": onward} if onward else {}
    client.post(reverse("account_request_login_code"), {"email": "an@sample.example", **said})
    query = f"?next={quote(onward, safe='')}" if onward else ""
    confirm = reverse("account_confirm_login_code")
    assert client.get(reverse(way), follow=True).redirect_chain[-1][0] == confirm
    page = client.get(f"{confirm}?next={onward}" if onward else confirm).content.decode()
    [form] = re.findall(rf'<form method="post" action="{reverse("account_logout")}">.*?</form>', page, re.DOTALL)
    assert f'name="next" value="{reverse(way)}{query}"' in form
    there = client.post(reverse("account_logout"), {"next": f"{reverse(way)}{query}"}, follow=True)
    assert there.redirect_chain == [(f"{reverse(way)}{query}", 302)]
    assert ('name="next" value="/accounts/"' in there.content.decode()) is bool(onward)
    sign_in(client)
    assert is_in(client)


def test_known_and_unknown_addresses_get_one_answer_and_one_hash(user, monkeypatch):
    hashed: list[str] = []
    original = hashers.PBKDF2PasswordHasher.encode

    def counted(self: Any, *args: Any, **more: Any) -> str:
        hashed.append("")
        return original(self, *args, **more)

    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "encode", counted)
    User.objects.create_user("none@sample.example")
    told = []
    for email in (user.email, "none@sample.example", "nobody@sample.example"):
        hashed.clear()
        page = sign_in(Client(), "wrong", email)
        told.append((page.status_code, len(hashed), "do not belong together" in page.content.decode()))
    assert told == [(200, 1, True)] * 3
    asked = []
    for email in (user.email, "nobody@sample.example"):
        page = Client().post(reverse("account_request_login_code"), {"email": email}, follow=True)
        asked.append(re.sub(r'value="[^"]+"|nonce="[^"]+"', "", page.content.decode()).replace(email, "X"))
    assert asked[0] == asked[1]
    assert len(mail.outbox) == 2, "both are mailed something: sending takes its time for both"


@pytest.mark.parametrize("broker", ["as it is", "gone"])
def test_limits_hold_with_and_without_the_broker_and_in_a_flood(user, settings, broker):
    if broker == "gone":
        settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    for _ in range(5):
        sign_in(Client(), "wrong")
    for number in range(400):
        cache.set(f"stranger-{number}", [1], 300)
    client = Client()
    assert "too often" in sign_in(client).content.decode()
    assert not is_in(client)


def test_hr_without_a_second_step_is_led_to_one_and_gets_recovery_codes(user, settings):
    settings.SECOND_STEP_FOR_HR = True
    User.objects.update(is_hr=True)
    client = Client()
    sign_in(client)
    for page in ("enrolment:today", "enrolment:people", "mfa_index", "account_change_password"):
        assert client.get(reverse(page))["Location"] == reverse("second_step")
    assert client.post(reverse("enrolment:import_people"))["Location"] == reverse("second_step")
    assert "Add an authenticator app" in client.get(reverse("second_step")).content.decode()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    key = re.search(r'class="secret">(\w+)<', page)
    assert key
    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(key[1])})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    codes = re.findall(r"<code>(\d{8})</code>", client.get(done["Location"]).content.decode())
    assert len(codes) == 10
    assert client.get(reverse("enrolment:today")).status_code == 200
    assert "HR needs a second step" in client.get(reverse("mfa_deactivate_totp")).content.decode()
    again = Client()
    assert sign_in(again)["Location"] == reverse("mfa_authenticate")
    assert not is_in(again)
    again.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert is_in(again)


def code_of(secret: str) -> str:
    """What an authenticator app with this key shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_an_invitation_lets_in_once_and_no_second_step_is_passed_by(user):
    invite(user, at=clock.now())
    [sent] = mail.outbox
    link = re.search(r"https?://[^/]+(\S+/invitation/\S+)", str(sent.body))
    assert link
    user.refresh_from_db()
    assert user.invited_at
    reader, guest, late = Client(), Client(), Client()
    assert "Welcome" in reader.get(link[1]).content.decode()
    assert guest.post(link[1])["Location"] == reverse("mfa_index")
    assert is_in(guest)
    late.post(link[1])
    assert not is_in(late)
    assert "has been used" in late.get(link[1]).content.decode()
    TOTP.activate(user, SECRET)
    user.refresh_from_db()
    path = re.sub(r"^https?://[^/]+", "", invitation_link(user))
    assert late.post(path)["Location"] == reverse("mfa_authenticate")
    assert not is_in(late)


def test_an_invitation_ends_after_three_days(user, settings):
    path = re.sub(r"^https?://[^/]+", "", invitation_link(user))
    settings.PASSWORD_RESET_TIMEOUT = -1
    client = Client()
    client.post(path)
    assert not is_in(client)


def test_signing_out_elsewhere_ends_the_other_sessions_only(user):
    here, there = Client(HTTP_USER_AGENT="Firefox/140.0 (Windows NT)"), Client()
    sign_in(here)
    sign_in(there)
    page = here.get(reverse("usersessions_list")).content.decode()
    assert "Firefox on Windows" in page
    here.post(reverse("usersessions_list"))
    assert is_in(here)
    assert there.get(reverse("mfa_index")).status_code == 302
    assert Authenticator.objects.count() == 0


@pytest.mark.parametrize(("loopback", "invented"), [(False, True), (True, False), (False, False)])
def test_one_click_sign_in_is_nowhere_outside_a_demonstration(settings, loopback, invented):
    settings.LOOPBACK = loopback
    Organisation.objects.create(pk=1, name="Acme", is_demonstration=invented)
    for role, account in ACCOUNTS.items():
        user = User.objects.create_user(f"{role}@sample.example", is_hr=role == "hr")
        EmployeeFactory(staff_number=staff_number(account), user=user)
        client = Client()
        page = client.get(reverse("account_login"), secure=True).content.decode()
        for word in ("Look around", "demonstration", "/demo/", 'name="role"'):
            assert word not in page
        for method in (client.get, client.post):
            assert method("/demo/sign-in/", {"role": role}, secure=True).status_code == 404
            assert method(reverse("enrolment:sent_mail"), secure=True).status_code == 404
        assert not is_in(client)


def test_where_javascript_is_off_the_passkeys_say_so():
    page = Client().get(reverse("account_login")).content.decode()
    assert re.search(r"<noscript><p>A passkey needs JavaScript, which is off here.", page)


def test_a_second_step_is_asked_for_after_a_mailed_code_too(user):
    TOTP.activate(user, SECRET)
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": user.email})
    code = re.search(r"^[A-Z0-9]+-[A-Z0-9]+$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    answer = client.post(reverse("account_confirm_login_code"), {"code": code[0]})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)


def test_a_lost_second_step_is_removed_by_command(user):
    TOTP.activate(user, SECRET)
    call_command("forget_second_step", user.email)
    client = Client()
    sign_in(client)
    assert is_in(client)
    with pytest.raises(CommandError):
        call_command("forget_second_step", "nobody@sample.example")
