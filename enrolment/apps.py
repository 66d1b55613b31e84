"""The app that knows who is on what, on which days."""

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    """Names the app and the type of its row numbers."""

    name = "enrolment"
    default_auto_field = "django.db.models.BigAutoField"
