"""Undoing a file of people as a job: foreseen for its page, made in chunks, resumed after a killed worker."""

from __future__ import annotations

from enrolment.actions.batches import finish
from enrolment.actions.outcomes import in_chunks
from enrolment.actions.undo import judge_undo, skip_steps, steps_of, undo_rows
from enrolment.models import Batch
from enrolment.queries.batches import turn
from people.clock import now


def apply_undo(batch: Batch) -> int | None:
    """Take a file back from where the job stands to its end; returns how many rows were done now.

    None when a file of people has the turn: the next sweep comes back.
    """
    with turn() as is_ours:
        if not is_ours:
            return None
        batch.refresh_from_db(fields=["status", "done"])
        if batch.status != Batch.Status.APPLYING or batch.undoes is None:
            return 0
        steps = steps_of(batch.undoes, batch)[batch.done :]
        judge_undo(steps)
        done = 0
        for outcomes in in_chunks(undo_rows, steps, batch=batch):
            failed = [o.subject for o in outcomes if o.refusal and o.refusal.code == "not_done"]
            if failed:
                for step in failed:
                    step.refuse("not_done", "The database refused it; it was logged.")
                skip_steps(failed, batch=batch)
            done += len(outcomes)
        finish(batch, at=now())
        return done
