"""Celery's side: thin edges over the actions, each safe to run twice and in parallel. Due dates live in tables."""

import logging
from datetime import date

from celery import shared_task

from enrolment.actions.calendar import enforce
from enrolment.actions.cohorts import promote
from enrolment.actions.outcomes import CHUNK, in_chunks, run
from enrolment.imports import apply_batch
from enrolment.queries.batches import to_apply
from enrolment.queries.calendar import people_due
from enrolment.queries.cohorts import with_seats_to_give
from people.actions.notices import send_due
from people.clock import now, today

log = logging.getLogger(__name__)


@shared_task(name="enrolment.tasks.enforce_day")
def enforce_day() -> int:
    """Hand out today's work in chunks of people; returns how many people today does something to.

    Runs every hour: the first run after midnight in London finds the day's work, later ones what was missed.
    """
    on = today()
    due = people_due(on)
    for first in range(0, len(due), CHUNK):
        enforce_people.delay(people=due[first : first + CHUNK], on=on.isoformat())
    return len(due)


@shared_task(name="enrolment.tasks.enforce_people")
def enforce_people(*, people: list[int], on: str) -> int:
    """Enforce a day (ISO) for some people (row ids); returns how many enrolments moved."""
    return sum(len(outcomes) for outcomes in in_chunks(enforce, people, on=date.fromisoformat(on)))


@shared_task(name="enrolment.tasks.give_seats")
def give_seats() -> int:
    """Give free seats to who waits for them, each cohort in a transaction of its own; returns how many were placed."""
    on = today()
    return sum(
        sum(1 for outcome in run(promote, [cohort], by=None, on=on) if outcome.is_done)
        for cohort in with_seats_to_give(on)
    )


@shared_task(name="enrolment.tasks.send_due_notices")
def send_due_notices() -> int:
    """Send what is due; returns how many notices went out."""
    return send_due(on=today(), now=now())


@shared_task(name="enrolment.tasks.resume_batches")
def resume_batches() -> int:
    """Apply the files that people asked for, from where a killed worker left them; returns how many rows were done.

    A file that breaks is logged and tried again next time; those behind it do not wait for it.
    """
    done = 0
    for batch in to_apply():
        try:
            done += apply_batch(batch) or 0
        except Exception:
            log.exception("batch %s could not be applied", batch)
    return done
