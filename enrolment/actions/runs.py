"""Runs: one time the calendar is enforced for everybody whom a day concerns; begun once, counted with its effects."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from enrolment.actions.calendar import work
from enrolment.actions.outcomes import CHUNK, Outcome, in_chunks
from enrolment.models import Enrolment, Run
from enrolment.queries.calendar import people_due
from enrolment.queries.runs import UNDER_WAY, is_whole_night, last_sign
from people.queries import in_parts
from people.wake import wake

log = logging.getLogger(__name__)

QUIET = timedelta(minutes=20)  # without a chunk for so long a run was cut short
TURN = 7_310_912  # any number, ours: the advisory lock of beginning a run
PROVE = "enrolment.tasks.prove_day"


@transaction.atomic
def begin_day(*, on: date, now: datetime) -> tuple[Run, list[int]] | None:
    """Begin the run of a day and say whom it concerns (row ids); None when there is nothing to begin.

    However many ask: one of them begins, and while a run of that day is under way there is no other. The first run of
    a day that reaches everybody is its night; what turns up later is a run after changes, if it is anything. A run of
    which nothing was heard for 20 minutes was cut short: it is closed as it stands (late chunks still count, once),
    and what it left is found again.
    """
    if not _has_turn():
        return None
    for run in Run.objects.filter(finished_at=None).order_by("id").select_for_update(no_key=True):
        if now - last_sign(run) > QUIET:
            log.warning("run %s was cut short at %s of %s people", run.public_id, run.done, run.people)
            Run.objects.filter(pk=run.pk).update(finished_at=Now())
        elif run.on == on and run.kind != Run.Kind.COMMAND:
            return None
    is_night = not is_whole_night(on)
    people = people_due(on, with_followers=is_night)
    if not people and not is_night:
        return None
    kind = Run.Kind.NIGHT if is_night else Run.Kind.AFTER_CHANGES
    return _begin(people, kind=kind, on=on), people


@transaction.atomic
def begin_command(*, on: date) -> tuple[Run, list[int]]:
    """The run of an operator who asks for a day now, and whom it concerns (row ids)."""
    people = people_due(on)
    return _begin(people, kind=Run.Kind.COMMAND, on=on), people


def enforce_in_run(people: Sequence[int], *, on: date, run: int, chunk: int) -> int:
    """One numbered chunk of a run (row id): enforced, and counted in the run's row in the same transaction.

    A chunk that comes again does nothing again and is not counted again. Where the database refuses a chunk its people
    are taken one by one, so that one of them does not hold up the others. Returns how many enrolments moved.
    """
    moved = refused = 0
    for outcomes in in_chunks(_enforce_chunk, people, on=on, run=run, chunk=chunk):
        if all(outcome.is_done for outcome in outcomes):
            moved += len(outcomes)
            continue
        for person in people:
            for alone in in_chunks(_enforce_chunk, [person], on=on, run=run, chunk=None):
                moved += sum(outcome.is_done for outcome in alone)
                refused += any(not outcome.is_done for outcome in alone)
        _pass(people, run=run, chunk=chunk, refused=refused)
    return moved


def enforce_now(run: Run, people: Sequence[int], *, on: date) -> int:
    """A whole run in this process; returns how many enrolments moved."""
    parts = enumerate(in_parts(people, CHUNK))
    return sum(enforce_in_run(part, on=on, run=run.pk, chunk=chunk) for chunk, part in parts)


@transaction.atomic
def follow(people: Sequence[int], *, on: date) -> list[Outcome[Enrolment]]:
    """What a change made possible for people (row ids); it leaves a run where it did something."""
    did = work(people, on=on)
    if did.counts:
        Run.objects.create(
            kind=Run.Kind.AFTER_CHANGES,
            on=on,
            people=len(people),
            done=len(people),
            counts=did.counts,
            finished_at=Now(),
        )
    return [Outcome(enrolment) for enrolment in did.moved]


@transaction.atomic
def _enforce_chunk(people: Sequence[int], *, on: date, run: int, chunk: int | None) -> list[Outcome[Enrolment]]:
    """The people of a chunk (None: of no chunk, so that only what it did is counted)."""
    did = work(people, on=on)
    _count(run, chunk, people=len(people), counts=did.counts)
    return [Outcome(enrolment) for enrolment in did.moved]


@transaction.atomic
def _pass(people: Sequence[int], *, run: int, chunk: int, refused: int) -> None:
    """A chunk whose people were taken one by one is over."""
    _count(run, chunk, people=len(people), counts={"not_done": refused})


def _begin(people: Sequence[int], *, kind: str, on: date) -> Run:
    run = Run.objects.create(kind=kind, on=on, people=len(people), finished_at=None if people else Now())
    if not people:
        wake(PROVE)
    return run


def _count(pk: int, chunk: int | None, *, people: int, counts: Mapping[str, int]) -> None:
    """Add a chunk to its run, once; the transaction's last act, so that the row is locked for a moment only."""
    run = Run.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if run is None:
        return
    total = dict(run.counts)
    heard = total.pop(UNDER_WAY, {"chunks": []})
    is_open = run.done < run.people
    is_new = chunk is not None and is_open and chunk not in heard["chunks"]
    if not counts and not is_new:
        return
    for move, times in counts.items():
        if times:
            total[move] = total.get(move, 0) + times
    if is_new:
        run.done += people
        heard = {"chunks": [*heard["chunks"], chunk], "at": _moment()}
    is_reached = run.done >= run.people
    if is_open and not is_reached:
        total[UNDER_WAY] = heard
    finished = {"finished_at": Now()} if is_open and is_reached else {}
    Run.objects.filter(pk=pk).update(done=run.done, counts=total, **finished)
    if finished:
        wake(PROVE)


def _has_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        return bool(cursor.fetchone()[0])


def _moment() -> str:
    """The database's moment: this transaction's, so no clock is read here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        moment: datetime = cursor.fetchone()[0]
        return moment.isoformat()
