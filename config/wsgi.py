"""The web application as gunicorn loads it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# A page that takes longer is a fault; imports, reminders and commands may take as long as they need.
os.environ.setdefault("STATEMENT_TIMEOUT_SECONDS", "15")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
