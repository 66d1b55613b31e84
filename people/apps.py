"""The app that knows who works here, who manages whom, what they were told."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Names the app and the type of its row numbers."""

    name = "people"
    default_auto_field = "django.db.models.BigAutoField"
