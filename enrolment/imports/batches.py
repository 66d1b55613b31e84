"""Applying what was kept and asked for, whatever kind of job it is, from where it stands."""

from __future__ import annotations

from collections.abc import Callable

from enrolment.imports.enrolments import apply_enrolments
from enrolment.imports.invitations import apply_invitations
from enrolment.imports.moves import apply_moves
from enrolment.imports.people import apply_people
from enrolment.imports.responses import apply_responses
from enrolment.imports.undo import apply_undo
from enrolment.models import Batch

# By `Batch.kind`: each gives how many rows were done now, None when somebody else has its turn.
KINDS: dict[str, Callable[[Batch], int | None]] = {
    "people": apply_people,
    "enrolments": apply_enrolments,
    "enrol": apply_enrolments,
    "moves": apply_moves,
    "invite": apply_invitations,
    "responses": apply_responses,
    "undo": apply_undo,
}


def apply_batch(batch_id: int) -> int | None:
    """Apply a kept job (row id) from where it stands to its end; returns how many rows were done now.

    None when somebody else has its turn: the next sweep comes back. Safe twice and in parallel.
    """
    batch = Batch.objects.select_related("made_by").get(pk=batch_id)
    return KINDS[batch.kind](batch) if batch.status == Batch.Status.APPLYING else 0
