"""Every address: each app brings its own; a page lives in the highest app whose facts it shows."""

from django.urls import include, path

from config import health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("enrolment.urls")),
    path("", include("assessment.urls")),
    path("", include("programmes.urls")),
]

handler500 = "config.errors.server_error"
