"""The app that knows what can be taken, when."""

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Names the app and the type of its row numbers."""

    name = "programmes"
    default_auto_field = "django.db.models.BigAutoField"
