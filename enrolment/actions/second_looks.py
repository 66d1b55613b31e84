"""A second look: asked for in somebody's own words, given to somebody else in HR, closed with a written outcome."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction

from assessment.models import Placement, Recommendation, SecondLook
from enrolment import notices
from enrolment.actions.enrolments import ALPHABET
from enrolment.actions.events import reach_refusal
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome
from enrolment.queries.reviews import LOOK, barred, reviewers
from enrolment.rules import Refusal
from enrolment.rules.reviews import reviewer_for, second_look_due
from people.actions.notices import always, tell, withdraw_notices
from people.models import Employee, User
from people.queries import may_speak_for
from people.reach import acts_for


@dataclass(frozen=True)
class Asking:
    """One person about whom somebody wants a second look, and why, in their words; ``look`` is what it became."""

    employee: Employee
    words: str
    key: UUID | None = None  # one form's, so that a repeat finds the first result
    look: SecondLook | None = None


@dataclass(frozen=True)
class Naming:
    """A second look, and who in HR is to review it."""

    look: SecondLook
    reviewer: User


@dataclass(frozen=True)
class Closing:
    """A second look with its outcome in writing, and whether the placement changes."""

    look: SecondLook
    outcome: str
    is_changed: bool


@transaction.atomic
def ask_second_look(askings: Sequence[Asking], *, by: User, on: date) -> list[Outcome[Asking]]:
    """Ask that a human looks again at what was recommended and decided (UK GDPR Art. 22; design.md, Proof and rights).

    It goes to whoever in HR has the fewest open, never to the asker, the person or the first decider; where nobody is
    left it waits without a reviewer. Refused: ``not_yours``, ``words_missing``, ``already_open``,
    ``nothing_to_look_at``.
    """
    people = {person.pk: person for person in lock_people([asking.employee.pk for asking in askings])}
    earlier = _answered({asking.key for asking in askings if asking.key})
    is_open = {look.employee_id: look for look in SecondLook.objects.filter(employee_id__in=people, closed_on=None)}
    latest = _by_person(Recommendation.objects.filter(employee_id__in=people, is_latest=True))
    current = _by_person(Placement.objects.filter(employee_id__in=people, is_current=True))
    accounts = list(reviewers(on))
    names, counts = {user.pk: user for user in accounts}, {user.pk: user.open_reviews for user in accounts}
    mine = may_speak_for(by, people)
    outcomes: list[Outcome[Asking]] = []
    made: list[SecondLook] = []
    for asking in askings:
        person = people[asking.employee.pk]
        before = earlier.get(asking.key) if asking.key else None
        if before and before.employee_id == person.pk:
            outcomes.append(Outcome(replace(asking, look=before)))
            continue
        recommendation, placement = latest.get(person.pk), current.get(person.pk)
        has_facts = recommendation is not None or placement is not None
        if refusal := _refusal(asking, is_mine=person.pk in mine, before=is_open.get(person.pk), has_facts=has_facts):
            outcomes.append(Outcome(asking, refusal))
            continue
        look = SecondLook(
            reference=reference("SL"),
            employee=person,
            recommendation=recommendation,
            placement=placement,
            asked_by=by,
            words=asking.words.strip(),
            asked_on=on,
            due_on=second_look_due(on),
            request_key=asking.key,
        )
        chosen = reviewer_for(counts, barred(look, accounts))
        if chosen is not None:
            look.reviewer = names[chosen]
            counts[chosen] += 1
        is_open[person.pk] = look
        made.append(look)
        outcomes.append(Outcome(replace(asking, look=look)))
    SecondLook.objects.bulk_create(made)
    tell(notices.second_look_asked(made, on=on), is_first=True)
    return outcomes


@transaction.atomic
def name_reviewer(namings: Sequence[Naming], *, by: User, on: date) -> list[Outcome[SecondLook]]:
    """Give second looks to somebody: by HR, where nobody was found or the one named is away, or by the administrator
    where nobody is named.

    Refused: ``move_not_allowed``, ``not_yours``, ``already_closed``, ``cannot_review`` (the asker, the person, the
    first decider, or nobody in their HR). The same name again changes nothing.
    """
    fresh = _locked([naming.look for naming in namings])
    may = {user.pk: user for user in reviewers(on)}
    outcomes: list[Outcome[SecondLook]] = []
    named: list[SecondLook] = []
    for naming in namings:
        look = fresh[naming.look.pk]
        if refusal := _naming_refusal(look, naming.reviewer, may, by):
            outcomes.append(Outcome(look, refusal))
            continue
        if look.reviewer_id != naming.reviewer.pk:
            look.reviewer = may[naming.reviewer.pk]
            named.append(look)
        outcomes.append(Outcome(look))
    SecondLook.objects.bulk_update(named, ["reviewer"])
    withdraw_notices([look.public_id for look in named])
    tell(notices.second_look_asked(named, on=on), again=always)
    return outcomes


@transaction.atomic
def close_second_look(closings: Sequence[Closing], *, by: User, on: date) -> list[Outcome[SecondLook]]:
    """Close second looks, each with a written outcome that the asker reads, and whether the placement changes.

    Only the reviewer closes. The same outcome again changes nothing. Refused: ``not_the_reviewer``,
    ``already_closed``, ``outcome_missing``.
    """
    fresh = _locked([closing.look for closing in closings])
    outcomes: list[Outcome[SecondLook]] = []
    closed: list[SecondLook] = []
    for closing in closings:
        look = fresh[closing.look.pk]
        is_same = (look.closed_by_id, look.outcome, look.is_changed) == (
            by.pk,
            closing.outcome.strip(),
            closing.is_changed,
        )
        refusal = None if is_same and look.closed_on else _closing_refusal(look, closing, by)
        if refusal is None and look.closed_on is None:
            look.outcome, look.is_changed = closing.outcome.strip(), closing.is_changed
            look.closed_by, look.closed_on = by, on
            closed.append(look)
        outcomes.append(Outcome(look, refusal))
    SecondLook.objects.bulk_update(closed, ["outcome", "is_changed", "closed_by", "closed_on"])
    withdraw_notices([look.public_id for look in closed])
    tell(notices.second_look_closed(closed, on=on))
    return outcomes


def reference(letters: str) -> str:
    """A reference that people can read out: two letters and nine characters."""
    return f"{letters}-" + "".join(secrets.choice(ALPHABET) for _ in range(9))


def _by_person[T: Recommendation | Placement](rows: Iterable[T]) -> dict[int, T]:
    return {row.employee_id: row for row in rows}


def _answered(keys: set[UUID]) -> dict[UUID, SecondLook]:
    """What the first submits with these one-time keys came to."""
    rows = SecondLook.objects.filter(request_key__in=keys) if keys else []
    return {look.request_key: look for look in rows if look.request_key}


def _locked(looks: Sequence[SecondLook]) -> dict[int, SecondLook]:
    """The second looks fresh, their people locked."""
    lock_people([look.employee_id for look in looks])
    return SecondLook.objects.select_related(*LOOK, "placement").in_bulk([look.pk for look in looks])


def _refusal(asking: Asking, *, is_mine: bool, before: SecondLook | None, has_facts: bool) -> Refusal | None:
    if not is_mine:
        return Refusal("not_yours", "The person themself, their manager or HR asks for a second look.")
    if not asking.words.strip():
        return Refusal("words_missing", "Say what looks wrong to you: whoever looks again begins with it.")
    if before:
        return Refusal("already_open", f"A second look is open already: {before.reference}.")
    if not has_facts:
        return Refusal("nothing_to_look_at", "Nothing was recommended or decided yet, so there is nothing to look at.")
    return None


def _naming_refusal(look: SecondLook, reviewer: User, may: dict[int, User], by: User) -> Refusal | None:
    if look.closed_on and (by.is_hr or by.is_administrator):
        return Refusal("already_closed", "It is closed already.")
    if not (acts_for(by, look.employee) or (by.is_administrator and look.reviewer_id in (None, reviewer.pk))):
        return reach_refusal(look.employee, by) or Refusal(
            "move_not_allowed", "HR names who looks again; where nobody is named yet, the administrator does too."
        )
    if reviewer.pk not in may or reviewer.pk in barred(look, may.values()):
        return Refusal("cannot_review", "Somebody else in HR looks again: not the asker, the person or who decided.")
    return None


def _closing_refusal(look: SecondLook, closing: Closing, by: User) -> Refusal | None:
    if look.closed_on:
        return Refusal("already_closed", f"{look.closed_by} has closed it already.")
    if look.reviewer_id != by.pk or not by.is_hr:
        return Refusal("not_the_reviewer", f"Only the reviewer closes it: {look.reviewer or 'nobody is named yet'}.")
    if refusal := reach_refusal(look.employee, by):
        return refusal
    if not closing.outcome.strip():
        return Refusal("outcome_missing", "Write what came of it: the person reads it.")
    return None
