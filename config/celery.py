"""The Celery app and the whole beat schedule."""

import contextlib
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("waypoint")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Beat runs in UTC and only wakes: each task decides itself which London day it is and what is due. Missed, doubled or
# parallel wake-ups change nothing. What waits in the queue longer than its own interval is dropped: the next does it.
app.conf.beat_schedule = {
    "enforce the day": {"task": "enrolment.tasks.enforce_day", "schedule": 3600, "options": {"expires": 3500}},
    "follow changes": {"task": "enrolment.tasks.follow_changes", "schedule": 300, "options": {"expires": 290}},
    "give seats": {"task": "enrolment.tasks.give_seats", "schedule": 60, "options": {"expires": 55}},
    "remind asked": {"task": "enrolment.tasks.remind_asked", "schedule": 3600, "options": {"expires": 3500}},
    "write digests": {"task": "enrolment.tasks.write_digests", "schedule": 3600, "options": {"expires": 3500}},
    "send due notices": {"task": "enrolment.tasks.send_due_notices", "schedule": 60, "options": {"expires": 55}},
    "tell results": {"task": "enrolment.tasks.tell_results", "schedule": 300, "options": {"expires": 290}},
    "carry out texts": {"task": "enrolment.tasks.carry_out_texts", "schedule": 60, "options": {"expires": 55}},
    "resume batches": {"task": "enrolment.tasks.resume_batches", "schedule": 60, "options": {"expires": 55}},
    "prove the day": {"task": "enrolment.tasks.prove_day", "schedule": 3600, "options": {"expires": 3500}},
    "prove changes": {"task": "enrolment.tasks.prove_changes", "schedule": 900, "options": {"expires": 850}},
}


@beat_init.connect
def begin_with_everything(**_: Any) -> None:
    """Wake every task when beat starts: a machine that is on for half an hour a day still enforces its day.

    Proofs come a minute later: what fell due while the machine was off is being done by then, not missing.
    """
    with contextlib.suppress(OperationalError):  # without a broker the schedule does it later
        for entry in app.conf.beat_schedule.values():
            later = 60 if "prove" in entry["task"] else 0
            app.send_task(entry["task"], countdown=later, **entry["options"])
