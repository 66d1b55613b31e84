"""Whether everybody here is invented: a mark in the database, and only on a machine that serves nobody else."""

from django.conf import settings

from people.models import Organisation


def demo_mode() -> bool:
    """True in a database marked as the demonstration, served on this machine only; one query, asked fresh each time."""
    return settings.LOOPBACK and Organisation.objects.filter(is_demonstration=True).exists()
