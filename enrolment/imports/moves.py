"""One move on very many enrolments as a job: foreseen for its page, made in chunks, resumed after a killed worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from enrolment.actions.batches import Kept, finish, keep
from enrolment.actions.bulk import (
    KIND,
    Order,
    Place,
    counted,
    foresee_moves,
    make_moves,
    not_done,
    places_of,
    skip_moves,
)
from enrolment.actions.outcomes import in_chunks
from enrolment.models import Batch
from enrolment.queries.batches import turn
from people.clock import now
from people.models import User
from people.retry import patient


def check_moves(order: Order, *, name: str, by: User, on: date) -> Batch:
    """Keep a move on many with what making it would come to; nothing is changed."""
    rows: list[Kept] = []
    for outcomes in in_chunks(foresee_moves, list(places_of(order)), order=order, by=by, on=on, at=now()):
        refusal = outcomes[0].refusal
        subjects = [outcome.subject for outcome in outcomes]
        rows += not_done(subjects, refusal) if refusal else subjects
    content = order.content()
    total = len(order.enrolments)
    return keep(rows, kind=KIND, name=name, content=content, total=total, counts=counted(rows), by=by, on=on)


def apply_moves(batch: Batch) -> int | None:
    """Make a kept move from where it stands to its end; returns how many enrolments were done now.

    None when somebody else is at it: the next sweep comes back.
    """
    with turn(batch.public_id) as is_ours:
        if not is_ours:
            return None
        batch.refresh_from_db(fields=["status", "done"])
        if batch.status != Batch.Status.APPLYING:
            return 0
        order = Order.read(bytes(batch.content))
        left = list(places_of(order))[batch.done :]
        done = 0
        given = {"order": order, "batch": batch, "on": batch.made_on, "at": now()}
        for outcomes in in_chunks(patient(make_moves), left, **given):
            failed: Sequence[Place] = [outcome.subject for outcome in outcomes if not outcome.is_done]
            if failed and outcomes[0].refusal:
                skip_moves(failed, refusal=outcomes[0].refusal, batch=batch)
            done += len(outcomes)
        finish(batch, at=now())
        return done
