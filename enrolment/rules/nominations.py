"""What a day does to a nomination that waits: remind, escalate, warn, expire, each once. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enrolment.models import Nomination
from enrolment.rules.working_days import latest_since, working_days_after
from people.models import Policy

WARNING_DAYS = 2  # working days between the warning and the expiry


@dataclass(frozen=True)
class Cutoffs:
    """For one day: what has waited since then, or longer, is due to be reminded of, escalated, warned of, closed.

    ``warned`` is the latest warning that is old enough for an expiry.
    """

    remind: date
    escalate: date
    warn: date
    expire: date
    warned: date


def cutoffs(policy: Policy, on: date) -> Cutoffs:
    """The cut-offs of a day, in working days of England and Wales."""
    return Cutoffs(
        remind=latest_since(on, policy.nomination_reminder_days),
        escalate=latest_since(on, policy.nomination_escalation_days),
        warn=latest_since(on, policy.nomination_expiry_days - WARNING_DAYS),
        expire=latest_since(on, policy.nomination_expiry_days),
        warned=latest_since(on, WARNING_DAYS),
    )


def steps_due(nomination: Nomination, due: Cutoffs) -> tuple[str, ...]:
    """The calendar's moves on a nomination, in order. Nothing expires unwarned, however long it has waited.

    What is escalated is not reminded of any more: one letter says it. A manager who is asked has as long as HR has.
    """
    if nomination.status not in Nomination.UNANSWERED:
        return ()
    since = nomination.held_since
    if since <= due.expire and nomination.warned_on and nomination.warned_on <= due.warned:
        return ("expire",)
    steps = []
    if since <= due.escalate and nomination.escalated_on is None:
        steps.append("escalate")
    elif since <= due.remind and nomination.reminded_on is None and nomination.escalated_on is None:
        steps.append("remind")
    if since <= due.warn and nomination.warned_on is None:
        steps.append("warn")
    return tuple(steps)


def to_come(nomination: Nomination, policy: Policy, on: date) -> list[tuple[date, str]]:
    """`steps_due` foreseen: the moves that are still to come if nobody answers, each with its day, from a day on."""
    if nomination.status not in Nomination.UNANSWERED:
        return []
    since = nomination.held_since

    def after(days: int) -> date:
        return max(on, working_days_after(since, days))

    warned = nomination.warned_on or after(policy.nomination_expiry_days - WARNING_DAYS)
    expiry = max(after(policy.nomination_expiry_days), working_days_after(warned, WARNING_DAYS))
    escalation, reminder = after(policy.nomination_escalation_days), after(policy.nomination_reminder_days)
    steps = [(expiry, "expire")]
    if nomination.warned_on is None:
        steps.append((warned, "warn"))
    if nomination.escalated_on is None and escalation < expiry:
        steps.append((escalation, "escalate"))
    if nomination.escalated_on is None and nomination.reminded_on is None and reminder < min(escalation, expiry):
        steps.append((reminder, "remind"))
    return sorted(steps)


def expires_on(nomination: Nomination, policy: Policy) -> date:
    """The day on which a nomination expires if nobody decides it, or what a learner asks for if nobody answers."""
    day = working_days_after(nomination.held_since, policy.nomination_expiry_days)
    return max(day, working_days_after(nomination.warned_on, WARNING_DAYS)) if nomination.warned_on else day
