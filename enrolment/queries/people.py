"""What the pages about people ask: who is on what now, and one person's whole story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from assessment.models import Recommendation
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.queries.enrolments import as_of, history_of
from enrolment.queries.messages import read_by
from people.models import Employee, Notice, User

S = Enrolment.Status
RUNNING = (S.ACTIVE, S.OVERDUE, S.PAUSED)
MOST = 100  # rows of one kind on one person's page


@dataclass(frozen=True)
class Now:
    """What a person is on now and what is planned next, if anything."""

    running: Enrolment | None = None
    upcoming: Enrolment | None = None


def programmes_now(people: Iterable[Employee], *, on: date) -> dict[int, Now]:
    """By row id, what each person is on as it stands on a day; one query for all of them."""
    groups: dict[int, list[Enrolment]] = defaultdict(list)
    rows = Enrolment.objects.filter(employee_id__in=[person.pk for person in people], status__in=Enrolment.LIVE)
    for row in rows.select_related("programme").order_by("start_date", "id"):
        groups[row.employee_id].append(row)
    return {person: now_of(as_of(group, on=on)) for person, group in groups.items()}


def now_of(enrolments: Sequence[Enrolment]) -> Now:
    """What is running among one person's records, and the earliest that is still to come."""
    coming = [e for e in enrolments if e.status in (S.PLANNED, S.QUEUED, S.WAITING)]
    return Now(
        running=next((e for e in enrolments if e.status in RUNNING), None),
        upcoming=min(coming, key=lambda e: (e.start_date or date.max, e.pk), default=None),
    )


@dataclass(frozen=True)
class Story:
    """Everything recorded about one person that the reader may see."""

    enrolments: list[Enrolment]
    now: Now
    recommendations: list[Recommendation]
    nominations: list[Nomination]
    notices: list[Notice]
    events: list[EnrolmentEvent]


def story(employee: Employee, *, reader: User, on: date) -> Story:
    """One person's story, newest first; notices only for HR and the person."""
    enrolments = history_of(employee.pk, on=on)
    recommendations = Recommendation.objects.filter(employee=employee).order_by("-made_on", "-id")
    related = ("programme", "response", "placement__programme", "placement__decided_by__employee")
    nominations = Nomination.objects.visible_to(reader).filter(employee=employee)
    told = Notice.objects.all() if employee.user_id == reader.pk else read_by(reader)
    notices = told.filter(employee=employee, status__in=Notice.HEARD)
    events = EnrolmentEvent.objects.filter(subject__employee=employee).order_by("-at", "-id")
    return Story(
        enrolments=enrolments,
        now=now_of(enrolments),
        recommendations=list(recommendations.select_related(*related)[:MOST]),
        nominations=list(nominations.select_related("programme", "nominated_by__employee")[:MOST]),
        notices=list(notices[:MOST]),
        events=list(events.select_related("subject__programme", "by__employee", "cohort")[:MOST]),
    )
