"""Every address: each app brings its own; a page lives in the highest app whose facts it shows."""

from allauth.account.urls import urlpatterns as account_pages
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as authenticators
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.views import login_cancelled
from django.urls import include, path

from config import health, signing_in
from config.signing_in import shows_its_recovery_codes

# An account's e-mail is given with the account: nobody changes it here, and nothing waits for its confirmation.
NOT_OURS = {"account_email", "account_email_verification_sent", "account_confirm_email"}

own_account = [
    path("", signing_in.your_account, name="mfa_index"),
    path("signed-in/", signing_in.sessions, name="usersessions_list"),
    path("invitation/<slug:account>/<slug:key>/", signing_in.invitation, name="invitation"),
    path("second-step/", signing_in.second_step, name="second_step"),
    path("second-step/code/", second_step.authenticate, name="mfa_authenticate"),
    path("second-step/again/", second_step.reauthenticate, name="mfa_reauthenticate"),
    path("authenticator/add/", shows_its_recovery_codes(authenticators.activate_totp), name="mfa_activate_totp"),
    path("authenticator/remove/", authenticators.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("recovery-codes/file/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("passkeys/", signing_in.passkeys, name="mfa_list_webauthn"),
    path("passkeys/add/", shows_its_recovery_codes(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/sign-in/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("passkeys/again/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/<slug:key>/remove/", signing_in.remove_one_passkey, name="remove_passkey"),
    path("single-sign-on/", signing_in.single_sign_on, name="single_sign_on"),
    path(
        "single-sign-on/callback/",
        signing_in.single_sign_on_answer,
        {"provider_id": "sso"},
        name="openid_connect_callback",
    ),
    path("single-sign-on/stopped/", login_cancelled, name="socialaccount_login_cancelled"),
]

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include([page for page in account_pages if page.name not in NOT_OURS])),
    path("accounts/", include(own_account)),
    path("", include("enrolment.urls")),
    path("", include("assessment.urls")),
    path("", include("programmes.urls")),
]

handler400 = "config.errors.bad_request"
handler500 = "config.errors.server_error"
