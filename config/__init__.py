"""How the parts are put together: settings, addresses, Celery, and what starts and stops them."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
