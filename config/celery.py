"""The Celery app and the whole beat schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("waypoint")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Beat runs in UTC and only wakes: each task decides itself which London day it is and what is due. Missed, doubled or
# parallel wake-ups change nothing. What waits longer than its own interval in the queue is dropped: the next one does it.
app.conf.beat_schedule = {
    "enforce the day": {"task": "enrolment.tasks.enforce_day", "schedule": 3600, "options": {"expires": 3500}},
    "send due notices": {"task": "enrolment.tasks.send_due_notices", "schedule": 60, "options": {"expires": 55}},
    "resume batches": {"task": "enrolment.tasks.resume_batches", "schedule": 60, "options": {"expires": 55}},
}
