"""The app of settings and commands that start things; it holds no rows."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Brings the commands `up` and `secure_history`, and the checks of how this installation is set up."""

    name = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Register the checks."""
        from config import checks  # noqa: F401  registers on import
