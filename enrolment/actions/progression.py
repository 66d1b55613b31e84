"""Going on after a programme: HR asks, a yes nominates; and results of answers that others gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from assessment.models import Recommendation
from enrolment import notices
from enrolment.actions.facts import lock_people
from enrolment.actions.nominations import NominationWish, nominate
from enrolment.actions.outcomes import Outcome, in_chunks
from enrolment.models import Enrolment, Nomination
from enrolment.queries import progression as queries
from enrolment.rules import Refusal, say
from people.actions.notices import tell
from people.models import User

NOTHING_FITS = Refusal("nothing_fits", "No next step fits now: something is planned already, or nothing is left.")
OTHER_STEP = Refusal("other_step", "Another step fits by now. Read it, then say yes to that one.")
ASKED_ALREADY = Refusal("asked_already", "They have been asked, or have gone on meanwhile.")


@dataclass(frozen=True)
class Acceptance:
    """Somebody's yes to the step that fits after an enrolment; ``programme`` is the code of what they were shown."""

    enrolment: Enrolment
    programme: str
    nomination: Nomination | None = None  # what it became


@transaction.atomic
def accept(yeses: Sequence[Acceptance], *, by: User, on: date) -> list[Outcome[Acceptance]]:
    """Nominate for the next step that fits: by the learner's own yes, or their manager's. Somebody in HR decides.

    Refused: ``nothing_fits``, ``other_step`` where another fits by now, and what nominating refuses.
    """
    lock_people(sorted({yes.enrolment.employee_id for yes in yeses}))
    steps = queries.next_steps([yes.enrolment for yes in yeses], on=on)
    outcomes = []
    for yes in yeses:
        step = steps.get(yes.enrolment.employee_id)
        if step is None or queries.next_plan(yes.enrolment):
            outcomes.append(Outcome(yes, NOTHING_FITS))
        elif step.programme.code != yes.programme:
            outcomes.append(Outcome(yes, OTHER_STEP))
        else:
            wish = NominationWish(yes.enrolment.employee, step.programme, _why(yes.enrolment), is_next_step=True)
            made = nominate([wish], by=by, on=on)[0]
            outcomes.append(Outcome(Acceptance(yes.enrolment, yes.programme, made.subject.nomination), made.refusal))
    return outcomes


@transaction.atomic
def ask(enrolments: Sequence[Enrolment], *, by: User, on: date) -> list[Outcome[Enrolment]]:
    """Ask people whether they would like to go on: once for one enrolment. Refused: ``asked_already``."""
    lock_people(sorted({row.employee_id for row in enrolments}))
    open_rows = queries.unasked(by, on=on).filter(pk__in=[row.pk for row in enrolments])
    still = {row.pk: row for row in open_rows.select_related("employee", "programme", "cohort")}
    steps = queries.next_steps(still.values(), on=on)
    asked = [row for row in still.values() if row.employee_id in steps]
    tell(notices.next_asked(asked, steps, on=on))
    done = {row.pk for row in asked}
    return [Outcome(row, None if row.pk in done else ASKED_ALREADY) for row in enrolments]


def tell_recommended(*, on: date) -> int:
    """Tell everybody for whom somebody else gave answers what they lead to, once; returns how many were told."""
    rows = list(queries.untold_recommendations(on).values_list("pk", flat=True))
    return sum(outcome.is_done for part in in_chunks(_tell_some, rows, on=on) for outcome in part)


@transaction.atomic
def _tell_some(rows: Sequence[int], *, on: date) -> list[Outcome[Recommendation]]:
    found = queries.untold_recommendations(on).filter(pk__in=rows)
    lock_people(sorted(found.values_list("employee_id", flat=True)))
    made = list(found.select_related("employee", "programme", "response__answered_by__employee").order_by("pk"))
    tell(notices.recommended(made, on=on))
    return [Outcome(row) for row in made]


def _why(enrolment: Enrolment) -> str:
    if enrolment.ended_on:
        return f"The next step after {enrolment.programme.name}, finished on {say(enrolment.ended_on)}."
    return f"The next step after {enrolment.programme.name}."
