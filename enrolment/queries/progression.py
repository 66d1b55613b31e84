"""Who could go on to what, from when, and with which cohort: asked by letters, by pages, and by the report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from assessment.models import Recommendation
from enrolment.models import Enrolment, Nomination
from enrolment.queries.calendar import TO_COME, next_ideas
from enrolment.queries.planning import plans_for
from enrolment.rules.progression import NextStep, path_of
from enrolment.rules.reminders import ENDS_SOON, FINISHED_WITHIN
from people.models import Notice, User
from programmes.models import Cohort, Programme

S = Enrolment.Status
MONTH = timedelta(days=30)
ASKED = "next_asked"  # the kind of letter in which HR asks


@dataclass(frozen=True)
class Line:
    """How many could go on and were not asked: from one programme, or in one department."""

    name: str
    people: int
    key: str = ""


def next_steps(
    enrolments: Iterable[Enrolment], *, on: date, records: Mapping[int, Sequence[Enrolment]] | None = None
) -> dict[int, NextStep]:
    """By employee id, the step that fits after the given enrolments, with its first legal days, and a seat if a coming
    cohort has one. As many queries for five hundred people as for one.

    ``records``: what is in the way of each (by row id), where that is known.
    """
    rows = list(enrolments)
    ideas = next_ideas(rows)
    learners = {row.employee_id: row.employee for row in rows if row.employee_id in ideas}
    by_programme: dict[int, list[int]] = defaultdict(list)
    for person, programme in ideas.items():
        by_programme[programme.pk].append(person)
    with_cohorts = (
        set(
            Cohort.objects.filter(programme__in=by_programme, start_date__gt=on)
            .order_by()
            .values_list("programme", flat=True)
        )
        if by_programme
        else set()
    )
    steps: dict[int, NextStep] = {}
    for some in by_programme.values():
        staff, programme = [learners[person] for person in some], ideas[some[0]]
        plans = plans_for(staff, programme, on=on, records=records)
        seated = plans
        if programme.pk in with_cohorts:
            seated = plans_for(staff, programme, on=on, in_cohort=True, records=records)
        for learner, days, seat in zip(staff, plans, seated, strict=True):
            steps[learner.pk] = NextStep(programme, seat if seat.cohort else days, days)
    return steps


def next_plan(enrolment: Enrolment) -> Enrolment | None:
    """What is planned for somebody after an enrolment: then nobody needs to be asked."""
    rows = Enrolment.objects.filter(employee=enrolment.employee_id, status__in=TO_COME).exclude(pk=enrolment.pk)
    return rows.select_related("programme").order_by(F("start_date").asc(nulls_last=True), "pk").first()


def nominated(enrolment: Enrolment, programme: Programme) -> Nomination | None:
    """The nomination for the next step that waits for somebody, if there is one."""
    rows = Nomination.objects.unanswered().filter(employee=enrolment.employee_id, programme=programme)
    return rows.select_related("employee", "programme", "nominated_by__employee").first()


def unasked(user: User, *, on: date) -> QuerySet[Enrolment]:
    """What people have completed within a year, or end within 28 days, who could go on and whom nobody has asked.

    One row a person: their latest. Nothing is planned for them, nobody has nominated them since, HR has not asked
    about it, and some programme is left that the answers or the path lead to.
    """
    return _unasked(user, on).filter(_ended(on) | _ends(on))


def unasked_in_turn(user: User, *, on: date) -> tuple[QuerySet[Enrolment], QuerySet[Enrolment]]:
    """The same, who finished first first: what is over and then what ends soon, each by the index of its days."""
    rows = with_last_day(_unasked(user, on))
    return rows.filter(_ended(on)).order_by("ended_on", "id"), rows.filter(_ends(on)).order_by("planned_end_date", "id")


def _ended(on: date) -> Q:
    return Q(status=S.COMPLETED, ended_on__range=(on - timedelta(days=FINISHED_WITHIN), on))


def _ends(on: date) -> Q:
    return Q(status=S.ACTIVE, planned_end_date__range=(on, on + timedelta(days=ENDS_SOON.before)))


def _unasked(user: User, on: date) -> QuerySet[Enrolment]:
    same = Enrolment.objects.filter(employee=OuterRef("employee_id"))
    later = same.filter(status__in=[*TO_COME, S.OVERDUE, S.PAUSED]) | same.filter(
        status__in=[S.ACTIVE, S.COMPLETED], start_date__gt=OuterRef("start_date")
    )
    asked = Notice.objects.filter(employee=OuterRef("employee_id"), kind=ASKED, subject=OuterRef("public_id"))
    asked = asked.exclude(status=Notice.Status.WITHDRAWN)
    open_wish = Nomination.objects.filter(
        Q(status__in=Nomination.UNANSWERED) | Q(nominated_on__gte=OuterRef("start_date"), decided_on__isnull=False),
        employee=OuterRef("employee_id"),
    ).exclude(programme=OuterRef("programme_id"))
    rows = Enrolment.objects.visible_to(user)
    rows = rows.exclude(Exists(later)).exclude(Exists(asked)).exclude(Exists(open_wish))
    employed = Q(employee__employed_until=None) | Q(employee__employed_until__gte=on)
    return rows.filter(employed, _has_next())


def _has_next() -> Q:
    """That some programme on the path, or the one that the answers lead to, was not had."""
    leads_to = dict(Programme.objects.values_list("pk", "leads_to_id"))
    had = Enrolment.objects.filter(employee=OuterRef("employee_id"), programme=OuterRef("programme_id"))
    answers = Recommendation.objects.filter(employee=OuterRef("employee_id"), is_latest=True, programme__isnull=False)
    fits = Q(Exists(answers.exclude(Exists(had.exclude(status=S.CANCELLED)))))
    for programme in leads_to:
        if path := path_of(programme, leads_to):
            fits |= Q(programme=programme) & ~Q(_all_had(path))
    return fits


def _all_had(path: list[int]) -> Exists:
    """Whether somebody has had each programme of a path."""
    rows = Enrolment.objects.filter(employee=OuterRef("employee_id"), programme__in=path).exclude(status=S.CANCELLED)
    each = rows.order_by().values("employee").annotate(number=Count("programme", distinct=True))
    return Exists(each.filter(number=len(path)))


def with_last_day(rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """Each with the day on which it ended, or is planned to."""
    return rows.annotate(until=Coalesce("ended_on", "planned_end_date"))


def untold_recommendations(on: date) -> QuerySet[Recommendation]:
    """What the last month's answers by somebody else lead to, where nobody has decided and the person was not told."""
    told = Notice.objects.filter(kind="recommended", subject=OuterRef("public_id"), employee=OuterRef("employee_id"))
    employed = Q(employee__employed_until=None) | Q(employee__employed_until__gte=on)
    rows = Recommendation.objects.waiting().filter(employed, made_on__gte=on - MONTH)
    return rows.filter(response__is_on_behalf=True, response__answered_by__isnull=False).exclude(Exists(told))


def counted(rows: QuerySet[Enrolment]) -> tuple[list[Line], list[Line]]:
    """How many could go on from each programme; and in each department, the most first, at most fifty of them.

    Looking for them costs most, so they are counted once for both.
    """
    parts = ("programme__name", "programme__code", "employee__department__name")
    found = rows.order_by().values(*parts).annotate(people=Count("pk", distinct=True))
    found = found.order_by("programme__name", "employee__department__name")  # so that both are in the database's order
    programmes: Counter[tuple[str, str]] = Counter()
    departments: Counter[str] = Counter()
    for row in found:
        programmes[row["programme__name"], row["programme__code"]] += row["people"]
        departments[row["employee__department__name"] or "No department"] += row["people"]
    return (
        [Line(name, people, code) for (name, code), people in programmes.items()],
        [Line(name, people) for name, people in departments.most_common(50)],
    )
