"""Addresses of the programmes pages."""

from django.urls import path

from programmes.views import cohorts, policy, providers, public

app_name = "programmes"
urlpatterns = [
    path("", public.home, name="home"),
    path("cohorts/", cohorts.cohorts, name="cohorts"),
    path("cohorts/new/", cohorts.cohort_new, name="cohort_new"),
    path("cohorts/<uuid:public_id>/change/", cohorts.cohort_edit, name="cohort_edit"),
    path("programmes/", public.compare, name="compare"),
    path("programmes/<slug:code>/", public.programme, name="programme"),
    path("providers/", providers.providers, name="providers"),
    path("providers/new/", providers.provider_new, name="provider_new"),
    path("providers/<uuid:public_id>/", providers.provider_edit, name="provider_edit"),
    path("settings/", policy.settings, name="settings"),
]
