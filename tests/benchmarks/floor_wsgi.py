"""The web application with the floor's addresses beside ours."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("STATEMENT_TIMEOUT_SECONDS", "15")


from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.ROOT_URLCONF = "tests.benchmarks.floor"
settings.TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")

application = get_wsgi_application()
