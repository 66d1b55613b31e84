"""One move of one record: checked against its table and who acts, made, and turned into its event. Writes nothing."""

from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent, Nomination, NominationEvent
from enrolment.rules import Refusal
from lifecycle.moves import Moves
from lifecycle.rows import fresh
from people.models import Employee, User
from people.reach import acts_for


def move(
    enrolment: Enrolment, name: str, *, by: User | None, role: str, on: date, reason: str = "", key: UUID | None = None
) -> EnrolmentEvent:
    """Make the move ``name`` on an enrolment in memory and return its event, with the dates and cohort it has then.

    Raises ValidationError ``move_not_allowed``.
    """
    before = enrolment.status
    enrolment.status = rules.MOVES.check(name, before, role).target
    return fresh(
        EnrolmentEvent,
        {"subject": enrolment, "by": by} if by else {"subject": enrolment},
        move=name,
        from_status=before,
        to_status=enrolment.status,
        on=on,
        reason=reason,
        start_date=enrolment.start_date,
        planned_end_date=enrolment.planned_end_date,
        ended_on=enrolment.ended_on,
        return_on=enrolment.return_on,
        cohort_id=enrolment.cohort_id,
        request_key=key,
    )


def move_nomination(
    nomination: Nomination,
    name: str,
    *,
    by: User | None,
    role: str,
    on: date,
    reason: str = "",
    key: UUID | None = None,
) -> NominationEvent:
    """Make the move ``name`` on a nomination in memory and return its event.

    Raises ValidationError ``move_not_allowed``.
    """
    before = nomination.status
    nomination.status = rules.NOMINATION_MOVES.check(name, before, role).target
    return NominationEvent(
        subject=nomination,
        move=name,
        from_status=before,
        to_status=nomination.status,
        by=by,
        on=on,
        reason=reason,
        request_key=key,
    )


def acting(by: User | None) -> str:
    """The role somebody acts in: HR, else manager. Nobody is a command of the operator, who has HR's rights."""
    return rules.HR if by is None or by.is_hr else rules.MANAGER


def reach_refusal(person: Employee, by: User | None) -> Refusal | None:
    """Why somebody in HR does nothing about a person: they are named for other departments (`people.reach`).

    It says nothing of the person, so that it tells nobody who works here.
    """
    if by is None or not by.is_hr or acts_for(by, person):
        return None
    return Refusal("not_yours", "This person is in none of your departments: HR of theirs does it.")


def move_refusal(moves: Moves, name: str, status: str, by: User | None) -> Refusal | None:
    """Why the table does not let somebody make a move out of a status, or None when it does."""
    try:
        moves.check(name, status, acting(by))
    except ValidationError as error:
        return Refusal("move_not_allowed", error.messages[0])
    return None
