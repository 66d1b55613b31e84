"""The app of settings and commands that start things; it holds no rows."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Brings the command `up`, a `migrate` that grants rights, and the checks of how this installation is set up."""

    name = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Load Celery's app, so that tasks bind to it in every process, and register the checks."""
        from config import celery, checks  # noqa: F401  both do their work on import
