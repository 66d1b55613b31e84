"""What HR confirmed about an enrolment's present start, and which planned ones have something left to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.lookups import IsNull

from enrolment import rules
from enrolment.models import Confirmation, Enrolment

S = Enrolment.Status
F = Confirmation.Fact
SOON = timedelta(days=28)  # how long before a start HR is asked for what is still to confirm
# `rules.facts_to_confirm` as the database says it; a test compares the two. What is not named is always to confirm,
# and real new learning wherever something was completed.
ALWAYS = (F.RIGHT_TO_WORK, F.OTHER_FUNDING)
SOMETIMES = {
    F.AGE: Q(employee__date_of_birth=None),
    F.LINE_MANAGER: Q(employee__manager=None),
    F.HOURS_IN_ENGLAND: Q(programme__kind="apprenticeship"),
    F.CONTRACT_LENGTH: Q(programme__kind="apprenticeship"),
}


@dataclass(frozen=True)
class Finding:
    """One fact that applies to an enrolment, and what was found out about it for its present start, if anything was."""

    fact: Confirmation.Fact
    found: Confirmation | None

    @property
    def state(self) -> str:
        """``to_confirm``, ``yes`` or ``no``."""
        if self.found is None:
            return "to_confirm"
        return "yes" if self.found.is_met else "no"


def findings(enrolment: Enrolment, others: Iterable[Enrolment]) -> list[Finding]:
    """Every fact to confirm about an enrolment; ``others`` are the person's other records. Without a start, none."""
    if enrolment.start_date is None:
        return []
    latest = latest_of([enrolment]).get(enrolment.pk, {})
    return [Finding(fact, latest.get(fact)) for fact in rules.facts_to_confirm(enrolment, others)]


def latest_of(enrolments: Iterable[Enrolment]) -> dict[int, dict[Confirmation.Fact, Confirmation]]:
    """By enrolment (row id) and fact, the last answer for the start that the enrolment has now. One query."""
    starts = {enrolment.pk: enrolment.start_date for enrolment in enrolments}
    rows = Confirmation.objects.filter(enrolment__in=list(starts)).order_by("id")
    latest: dict[int, dict[Confirmation.Fact, Confirmation]] = {}
    for row in rows.select_related("confirmed_by__employee"):
        if row.for_start == starts[row.enrolment_id]:
            latest.setdefault(row.enrolment_id, {})[F(row.fact)] = row
    return latest


def to_confirm(on: date) -> QuerySet[Enrolment]:
    """Planned enrolments that start within 28 days with a fact that nobody has answered, soonest first."""
    completed = Enrolment.objects.filter(employee=OuterRef("employee_id"), status=S.COMPLETED)
    open_facts = Q(Exists(completed)) & _is_open(F.NEW_LEARNING)
    for fact, applies in SOMETIMES.items():
        open_facts = applies & _is_open(fact) | open_facts
    for fact in ALWAYS:
        open_facts = _is_open(fact) | open_facts
    planned = Enrolment.objects.filter(status=S.PLANNED, start_date__gte=on, start_date__lte=on + SOON)
    # As a number, since PostgreSQL takes the bare condition to be rare, and judges everybody before it sorts.
    left = Case(When(open_facts, then=Value(1)), default=Value(0), output_field=IntegerField())
    return planned.alias(left=left).filter(left__gt=0).order_by("start_date", "id")


def not_met() -> QuerySet[Enrolment]:
    """Enrolments planned or under way of which HR found that something is not so, and nobody has found otherwise since.

    Only where the fact still applies: who has a manager by now needs none. Found by the few rows that say no.
    """
    said_no = Confirmation.objects.filter(is_met=False, for_start=OuterRef("start_date"), enrolment=OuterRef("pk"))
    later = Confirmation.objects.filter(
        enrolment=OuterRef("enrolment"), fact=OuterRef("fact"), for_start=OuterRef("for_start"), pk__gt=OuterRef("pk")
    )
    applies = ~Q(fact__in=[F.AGE, F.LINE_MANAGER])
    applies |= Q(fact=F.AGE, enrolment__employee__date_of_birth=None)
    applies |= Q(fact=F.LINE_MANAGER, enrolment__employee__manager=None)
    rows = Enrolment.objects.filter(Exists(said_no.filter(~Exists(later)).filter(applies)))
    return rows.filter(status__in=[S.PLANNED, S.ACTIVE, S.OVERDUE, S.PAUSED])


def _is_open(fact: Confirmation.Fact) -> Q:
    """Nobody has answered it. Not as NOT EXISTS, for which PostgreSQL would read all confirmations there are."""
    rows = Confirmation.objects.filter(enrolment=OuterRef("pk"), fact=fact, for_start=OuterRef("start_date"))
    return Q(IsNull(Subquery(rows.order_by().values("pk")[:1]), True))
