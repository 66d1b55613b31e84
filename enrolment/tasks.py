"""Celery's side: thin edges over the actions, each safe to run twice and in parallel. Due dates live in tables."""

import logging
from datetime import date, timedelta

from celery import shared_task
from django.conf import settings

from enrolment.actions import digests
from enrolment.actions.changed import forget_changes
from enrolment.actions.cohorts import promote
from enrolment.actions.outcomes import CHUNK, in_chunks, run
from enrolment.actions.progression import tell_recommended
from enrolment.actions.proofs import prove, prove_since, turn
from enrolment.actions.runs import begin_day, enforce_in_run, follow
from enrolment.actions.sendings import remind_all
from enrolment.actions.texts import carry_out
from enrolment.imports import apply_batch
from enrolment.queries.batches import to_apply
from enrolment.queries.calendar import followers_due
from enrolment.queries.cohorts import with_seats_to_give
from enrolment.queries.lapsed import lapsed
from enrolment.queries.runs import is_day_to_prove, to_prove_since
from people.actions.mailing import send_due
from people.clock import now, time_of_day, today
from people.queries import in_parts
from people.rules import may_leave

log = logging.getLogger(__name__)

DIGEST_FROM = 6  # o'clock in London: the night's run is over
CHANGES = timedelta(minutes=15)  # the sweep after changes looks back so far: three times as long as its interval
MOST = 10 * CHUNK  # people in one sweep, so that it ends well before the broker takes it for lost; the next goes on


@shared_task(name="enrolment.tasks.enforce_day")
def enforce_day() -> int:
    """Begin today's run and hand it out in chunks of people; returns how many people today does something to.

    Runs every hour: the first run after midnight in London finds the day's work, later ones what was missed or cut
    short.
    """
    on = today()
    begun = begin_day(on=on, now=now())
    if begun is None:
        return 0
    night, people = begun
    for chunk, part in enumerate(in_parts(people, CHUNK)):
        enforce_people.delay(people=list(part), on=on.isoformat(), run=night.pk, chunk=chunk)
    return len(people)


@shared_task(name="enrolment.tasks.enforce_people")
def enforce_people(*, people: list[int], on: str, run: int, chunk: int) -> int:
    """Enforce a day (ISO) for one chunk of a run's people (row ids); returns how many enrolments moved."""
    return enforce_in_run(people, on=date.fromisoformat(on), run=run, chunk=chunk)


@shared_task(name="enrolment.tasks.follow_changes")
def follow_changes() -> int:
    """Give dates to whoever a change of the last minutes made it possible for; returns how many enrolments moved."""
    on = today()
    people = followers_due(on, since=now() - CHANGES)[:MOST]
    return sum(outcome.is_done for outcomes in in_chunks(follow, people, on=on) for outcome in outcomes)


@shared_task(name="enrolment.tasks.prove_day")
def prove_day() -> int:
    """Prove the whole table once a day, after the night's run; returns how much was found."""
    on = today()
    with turn() as is_ours:
        if not is_ours or not is_day_to_prove(on, now=now()):
            return 0
        return len(prove(on=on, now=now()).findings)


@shared_task(name="enrolment.tasks.prove_changes")
def prove_changes() -> int:
    """Prove what changed since the latest proof, unless that was made just now; returns how much was found."""
    with turn() as is_ours:
        since = to_prove_since(now=now()) if is_ours else None
        return len(prove_since(since, on=today(), now=now()).findings) if since else 0


@shared_task(name="enrolment.tasks.give_seats")
def give_seats() -> int:
    """Give free seats to who waits for them, each cohort in a transaction of its own; returns how many were placed."""
    on = today()
    return sum(
        sum(1 for outcome in run(promote, [cohort], by=None, on=on) if outcome.is_done)
        for cohort in with_seats_to_give(on)
    )


@shared_task(name="enrolment.tasks.remind_asked")
def remind_asked() -> int:
    """Remind who was asked to answer the questionnaire and has not, two days before the day and the day after it.

    Returns how many were reminded.
    """
    return remind_all(on=today())


@shared_task(name="enrolment.tasks.tell_results")
def tell_results() -> int:
    """Tell everybody for whom somebody else gave answers what they lead to; returns how many were told."""
    return tell_recommended(on=today())


@shared_task(name="enrolment.tasks.write_digests")
def write_digests() -> int:
    """Write today's summaries for managers and HR who have their turn; returns how many. Later runs find them written.

    After the first hours of the day, so that it speaks of a night that is done.
    """
    return digests.write_digests(on=today()) if time_of_day().hour >= DIGEST_FROM else 0


@shared_task(name="enrolment.tasks.send_due_notices")
def send_due_notices() -> int:
    """Send what is due, between the hours that the installation names; returns how many notices went out."""
    if not may_leave(time_of_day(), settings.MAIL_HOURS):
        return 0
    return send_due(on=today(), now=now(), lapsed=lapsed)


@shared_task(name="enrolment.tasks.carry_out_texts")
def carry_out_texts() -> int:
    """Give what is written ahead and unsent the words that HR has written since; returns how many notices changed."""
    return carry_out(on=today(), now=now())


@shared_task(name="enrolment.tasks.resume_batches")
def resume_batches() -> int:
    """Apply the files that people asked for, from where a killed worker left them; returns how many rows were done.

    What can be undone no more is forgotten first. A file that breaks is logged and tried again next time; those behind
    it do not wait for it.
    """
    done = 0
    forget_changes(now=now())
    for batch in to_apply():
        try:
            done += apply_batch(batch) or 0
        except Exception:
            log.exception("batch %s could not be applied", batch)
    return done
