"""The pages of one's own account that allauth does not have, or not as we want them: all of it is reached from one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.decorators import rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from config.second_step import must_have_one
from people import clock
from people.access import signed_in
from people.actions.accounts import accept_invitation, invited, remove_passkey, sign_out_elsewhere

MOST_SESSIONS = 20
# The first that fits, in this order: Edge says Chrome too, and Chrome says Safari.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook")),
    *(("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux")),
)


@signed_in
@require_safe
def your_account(request: HttpRequest) -> HttpResponse:
    """How this person signs in, what protects that, and where they are signed in: each with its way to change it."""
    user = request.user
    steps = list(Authenticator.objects.filter(user=user))
    codes = next((step for step in steps if step.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "passkeys": sum(step.type == Authenticator.Type.WEBAUTHN for step in steps),
        "has_app": any(step.type == Authenticator.Type.TOTP for step in steps),
        "codes_left": len(RecoveryCodes(codes).get_unused_codes()) if codes else None,
        "has_second_step": any(step.type != Authenticator.Type.RECOVERY_CODES for step in steps),
        "sessions": _live_sessions(user).count(),
        "is_linked": SocialAccount.objects.filter(user=user).exists(),
    }
    return render(request, "account/your_account.html", context)


@signed_in
@require_safe
def second_step(request: HttpRequest) -> HttpResponse:
    """The ways to a second step, for those who have to choose one before anything else."""
    return render(request, "account/second_step.html")


def shows_its_recovery_codes(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever has just shown a first second step sees its recovery codes without showing it once more.

    Whoever could show nothing before (no password, no second step) would be asked for a second code at once.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        answer = view(request, **kwargs)
        if answer.status_code == 302 and answer["Location"] == reverse("mfa_view_recovery_codes"):
            record_authentication(request, request.user, method="mfa", reauthenticated=True)
        return answer

    return guarded


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in, newest first; a POST signs them out everywhere else."""
    here = request.session.session_key or ""
    if request.method == "POST":
        ended = sign_out_elsewhere(request.user, but=here)  # type: ignore[arg-type]
        messages.success(request, "You are signed out everywhere else." if ended else "There was nothing to sign out.")
        return redirect("usersessions_list")
    live = _live_sessions(request.user)
    rows = [
        {"device": device(row.user_agent), "session": row, "is_here": row.session_key == here}
        for row in live.order_by("-created_at", "-pk")[:MOST_SESSIONS]
    ]
    context = {"rows": rows, "elsewhere": live.exclude(session_key=here).count(), "most": MOST_SESSIONS}
    return render(request, "account/sessions.html", context)


@never_cache
@rate_limit(action="reset_password_from_key")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, account: str, key: str) -> HttpResponse:
    """The link of an invitation: reading it uses nothing up, since mail readers look ahead; a POST lets its person in.

    Whoever has set up a second step is still asked for it.
    """
    if request.method != "POST":
        user = invited(account, key)
        record = user.own_record() if user else None
        context = {"person": user, "name": record.given_names if record else ""}
        return render(request, "account/invitation.html", context)
    user = accept_invitation(account, key, at=clock.now())
    if user is None:
        return redirect(request.path)
    record_authentication(request, user, method="invitation")
    if not must_have_one(user):  # those are led to a page that says what is to be chosen there
        messages.info(request, "You are signed in. Choose below how you sign in from now on.")
    return perform_login(request, user, redirect_url=reverse("mfa_index"))


@reauthentication_required(app="allauth.mfa")
@require_http_methods(["GET", "HEAD", "POST"])
def remove_one_passkey(request: HttpRequest, key: str) -> HttpResponse:
    """Ask first, then remove one of this person's passkeys."""
    passkey = next((step for step in _passkeys(request.user) if address_of(step) == key), None)
    if passkey is None:
        raise Http404("You have no such passkey.")
    refusal = ""
    if request.method == "POST":
        try:
            remove_passkey(request.user, passkey, must_keep_one=must_have_one(request.user))  # type: ignore[arg-type]
            messages.success(request, f"{passkey.wrap().name} is removed. Forget it on the device too.")
            return redirect("mfa_list_webauthn")
        except ValidationError as error:
            refusal = error.messages[0]
    return render(request, "mfa/webauthn/remove.html", {"name": passkey.wrap().name, "refusal": refusal})


@signed_in
@require_safe
def passkeys(request: HttpRequest) -> HttpResponse:
    """This person's passkeys, each with the way to remove it."""
    rows = [
        {"name": step.wrap().name, "step": step, "address": address_of(step), "is_alone": step.wrap().is_passwordless}
        for step in _passkeys(request.user)
    ]
    return render(request, "mfa/webauthn/authenticator_list.html", {"rows": rows})


def where_there_is_a_provider(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 unless the environment names a provider of single sign-on."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not settings.OIDC_NAME:
            raise Http404("There is no single sign-on here.")
        return view(request, **kwargs)

    return guarded


@where_there_is_a_provider
@require_POST
def single_sign_on(request: HttpRequest) -> HttpResponse:
    """Leave for the provider, with a nonce that its answer has to repeat.

    A page in between: a form that is answered with another site's address would be stopped by the content policy, and
    loosening that for every site the provider may send people on to is worse.
    """
    provider = get_adapter().get_provider(request, "sso")
    nonce = get_random_string(32)
    try:
        answer = provider.redirect(
            request,
            AuthProcess.LOGIN,
            next_url=get_next_redirect_url(request),
            auth_params={**provider.get_auth_params(), "nonce": nonce},
            nonce=nonce,
        )
    except (RequestException, KeyError, ValueError, TypeError):
        return render(request, "socialaccount/authentication_error.html", status=503)
    if answer.status_code != 302:
        return answer
    return render(request, "account/single_sign_on.html", {"name": settings.OIDC_NAME, "address": answer["Location"]})


@where_there_is_a_provider
@require_safe
def single_sign_on_answer(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The provider sends people back here. An answer that cannot be read is a failed attempt, not a fault of ours."""
    try:
        return openid_connect.callback(request, provider_id=provider_id)
    except (KeyError, ValueError, TypeError):
        return render(request, "socialaccount/authentication_error.html", status=502)


def device(user_agent: str) -> str:
    """What people call the browser and machine that say this of themselves."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "A browser")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return f"{browser} on {system}" if system else browser


def address_of(passkey: Authenticator) -> str:
    """What stands for a passkey in an address: made of its public id, which may be too long for one."""
    return sha256(str(passkey.data["credential"].get("id")).encode()).hexdigest()[:20]


def _passkeys(user: Any) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("created_at", "pk"))


def _live_sessions(user: Any) -> Any:
    live = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    return UserSession.objects.filter(user=user, session_key__in=live)
