"""How people sign in, in our words: accounts are made by HR and by commands, never by the visitor."""

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse

from config.second_step import must_have_one
from enrolment.actions.outcomes import run
from enrolment.actions.people import give_access
from enrolment.demo.people import COLLEAGUE_ACCOUNT, HR_ACCOUNT, LEARNER_ACCOUNT, MANAGER_ACCOUNT, staff_number
from people.clock import today
from people.demonstration import demo_mode
from people.models import Employee, User

logger = logging.getLogger(__name__)

ONE_CLICK = frozenset(map(staff_number, (HR_ACCOUNT, COLLEAGUE_ACCOUNT, MANAGER_ACCOUNT, LEARNER_ACCOUNT)))


BY_CODE = "mfa_reauthenticate"
PROVED_BY = {
    "reauthenticate": "Use your password",
    BY_CODE: "Use your authenticator app or a recovery code",
    "mfa_reauthenticate:webauthn": "Use your passkey",
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth without open sign-up, in our words."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed. Ask HR if you should have one.",
        "email_password_mismatch": "This e-mail and password do not belong together. Check both.",
        "enter_current_password": "This is not your password now.",
        "incorrect_code": "This is not the code. Look at the newest one.",
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link has been used or is too old. Ask for another one.",
        "rate_limited": "That was tried too often. Wait a few minutes, then try again.",
        "too_many_login_attempts": "That was tried too often. Wait a few minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themself."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """What somebody can prove again that it is them by, in our words; the first is asked for.

        Without an authenticator app a code can only be a recovery code, which is the last that anybody wants to spend.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        said = [{**method, "description": PROVED_BY[method["id"]]} for method in methods]
        if any(method["id"] == BY_CODE for method in said) and not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
            said.sort(key=lambda method: method["id"] == BY_CODE)
        return said

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open a session, unless the account was closed between the first step and the last."""
        if not user.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        super().login(request, user)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link begins as the settings say, whatever host and protocol the request spoke of."""
        return settings.SITE_URL + urlsplit(str(super().get_reset_password_from_key_url(key))).path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail somebody; where no mail can be handed over, say so to known and unknown addresses alike."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            logger.warning("No mail can be handed over: %s", error)
            raise ImmediateHttpResponse(render(self.request, "account/mail_away.html", status=503)) from error

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to one's account, where the password was chosen from."""
        return reverse("mfa_index")

    def clean_password(self, password: str, user: Any = None) -> str:
        """Refuse what is easy to guess, and any password for a one-click account of a demonstration.

        With a password it would open by one click no more, for anybody.
        """
        if user is not None and demo_mode():
            employee = getattr(user, "employee", None)
            if employee is not None and employee.staff_number in ONE_CLICK:
                raise ValidationError(
                    "Everybody here opens this account by one click: it has no password.", "one_click"
                )
        return super().clean_password(password, user)


class SecondStepAdapter(DefaultMFAAdapter):
    """Passkeys, authenticator apps and recovery codes, in our words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": "HR needs a second step: add a passkey before you remove this.",
        "cannot_generate_recovery_codes": "Recovery codes come with a passkey or an authenticator app: add one first.",
        "incorrect_code": "This is not the code. Look at the newest one.",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last second step of somebody who has to have one."""
        steps = Authenticator.objects.filter(user_id=authenticator.user_id)
        others = steps.exclude(pk=authenticator.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
        return not must_have_one(authenticator.user) or others.exists()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002  allauth's name
        """What a new passkey is called until its owner says otherwise."""
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"

    def _get_site_name(self) -> str:
        return "Waypoint"


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """The employer's provider says who somebody is; which account that is, we say."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in whom the provider knows and we know; anybody else reads why not.

        Its token has to repeat the nonce of this browser's question: one that answered another question says nothing.
        The first time a person is matched by an e-mail that the provider has verified, and by nothing else; from then
        on by the provider's own unchanging name for them. Somebody without an account is given one when exactly one
        employee record has that e-mail. An account answers to one person at the provider only.
        """
        said, asked = sociallogin.account.extra_data, sociallogin.state
        names = {part["sub"] for part in (said.get("id_token"), said.get("userinfo")) if part and part.get("sub")}
        is_answer = bool(asked.get("nonce")) and (said.get("id_token") or {}).get("nonce") == asked["nonce"]
        if len(names) != 1 or not is_answer or asked.get("process") != "login":
            raise _refused(request, "unclear")
        if sociallogin.is_existing:
            return
        email = _verified_email(self, sociallogin)
        if not email:
            raise _refused(request, "unverified")
        user = User.objects.filter(email=email).first() or _given_access(email)
        if user is None:
            raise _refused(request, "unknown", email)
        if SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider).exists():
            raise _refused(request, "another", email)
        sociallogin.connect(request, user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody makes an account for themself."""
        return False


def _verified_email(adapter: SingleSignOnAdapter, sociallogin: SocialLogin) -> str:
    """The e-mail in small letters if the provider, or the operator for its domain, says that it is this person's."""
    said = sociallogin.account.extra_data
    facts = said.get("userinfo") or said.get("id_token") or {}
    email = str(facts.get("email") or "").strip().lower()
    said_so = facts.get("email_verified")
    is_verified = said_so is True or said_so == "true"  # some providers say it as text, and “false” too
    return email if email and (is_verified or adapter.is_email_verified(sociallogin.provider, email)) else ""


def _given_access(email: str) -> User | None:
    """An account for the one person employed today who has this e-mail; None when there is not exactly one."""
    people = list(Employee.objects.filter(email__iexact=email)[:2])
    if len(people) != 1 or not Employee.objects.employed(today()).filter(pk=people[0].pk).exists():
        return None
    outcome = run(give_access, people, by=None, on=today())[0]
    return outcome.subject.user if outcome.is_done else None


def _refused(request: HttpRequest, why: str, email: str = "") -> ImmediateHttpResponse:
    context = {"why": why, "email": email, "name": settings.OIDC_NAME}
    return ImmediateHttpResponse(render(request, "account/single_sign_on_refused.html", context, status=403))
