"""The product's Celery app under a clock that a test moves: what workers, beats and a shell of the drills import."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celery.signals import task_postrun
from django.utils import timezone

from config.celery import app

CLOCK, DIARY = Path(os.environ["DRILL_CLOCK"]), Path(os.environ["DRILL_DIARY"])
_real = timezone.now  # noqa: TID251  the clock itself is what is moved here


def moved() -> datetime:
    """The present moment, moved by the seconds that the file names."""
    return _real() + timedelta(seconds=float(CLOCK.read_text()))


timezone.now = moved  # noqa: TID251

if every := os.environ.get("DRILL_BEAT"):  # beats that tick by the second
    for entry in app.conf.beat_schedule.values():
        entry["schedule"] = float(every)

if without := os.environ.get("DRILL_WITHOUT"):  # a beat that forgets one of its entries
    del app.conf.beat_schedule[without]


@task_postrun.connect
def write_down(task: Any, task_id: str, **_: Any) -> None:
    """Each task that ended, a line with its number, whoever ran it."""
    with DIARY.open("a") as diary:
        diary.write(f"{task.name} {task_id}\n")
