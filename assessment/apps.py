"""The app that knows who should take what, and why."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """Names the app and the type of its row numbers."""

    name = "assessment"
    default_auto_field = "django.db.models.BigAutoField"
