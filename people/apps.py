"""The app that knows who works here, who manages whom, what they were told."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Names the app and the type of its row numbers."""

    name = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have every form, our own and those of others, speak our words where no page offers what was sent."""
        from people.forms import speak_plainly

        speak_plainly()
