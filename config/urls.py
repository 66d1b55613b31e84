"""Every address: each app brings its own; a page lives in the highest app whose facts it shows."""

from allauth.account.urls import urlpatterns as account_pages
from django.urls import include, path

from config import health

# An account's e-mail is given with the account: nobody changes it here, and nothing waits for its confirmation.
NOT_OURS = {"account_email", "account_email_verification_sent", "account_confirm_email", "account_confirm_login_code"}

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include([page for page in account_pages if page.name not in NOT_OURS])),
    path("", include("enrolment.urls")),
    path("", include("assessment.urls")),
    path("", include("programmes.urls")),
]

handler400 = "config.errors.bad_request"
handler500 = "config.errors.server_error"
