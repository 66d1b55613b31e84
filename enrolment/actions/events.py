"""One move of one record: checked against its table, made, and turned into its event. Nothing is written here."""

from datetime import date

from enrolment import rules
from enrolment.models import Enrolment, EnrolmentEvent, Nomination, NominationEvent
from people.models import User


def move(enrolment: Enrolment, name: str, *, by: User | None, role: str, on: date, reason: str = "") -> EnrolmentEvent:
    """Make the move ``name`` on an enrolment in memory and return its event, with the dates and cohort it has then.

    Raises ValidationError ``move_not_allowed``.
    """
    before = enrolment.status
    enrolment.status = rules.MOVES.check(name, before, role).target
    return EnrolmentEvent(
        subject=enrolment,
        move=name,
        from_status=before,
        to_status=enrolment.status,
        by=by,
        on=on,
        reason=reason,
        start_date=enrolment.start_date,
        planned_end_date=enrolment.planned_end_date,
        ended_on=enrolment.ended_on,
        cohort_id=enrolment.cohort_id,
    )


def move_nomination(
    nomination: Nomination, name: str, *, by: User | None, role: str, on: date, reason: str = ""
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
    )
