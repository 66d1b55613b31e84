"""The app of moves and history: which status may follow which, and who did it."""

from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    """Holds no rows of its own; other apps build their tables of moves and their events on it."""

    name = "lifecycle"
    default_auto_field = "django.db.models.BigAutoField"
