"""What the calendar did by itself: how much since yesterday, each run, what it did to whom, and the latest proofs."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, QuerySet

from enrolment.models import EnrolmentEvent, Proof, Run
from enrolment.rules import CALENDAR
from enrolment.rules import MOVES as TABLE
from enrolment.rules.reminders import REMINDERS
from people.models import Notice

SINCE = timedelta(days=1)
MOVES = ("start", "mark_overdue", "queue")
BY_THE_CALENDAR = tuple({move.name: None for move in TABLE.moves if CALENDAR in move.by})
NIGHTS, SWEEPS, PROOFS = 14, 10, 10  # how many of each a page shows


def night(on: date) -> dict[str, int]:
    """By move, and ``remind``: how often since the day before, whether last night or as somebody acted. Two queries."""
    days = (on - SINCE, on)
    moved = EnrolmentEvent.objects.filter(by=None, on__range=days, move__in=MOVES)
    counts = dict(moved.order_by().values("move").annotate(times=Count("pk")).values_list("move", "times"))
    reminders = Notice.objects.filter(kind__in=REMINDERS, due_on__range=days).exclude(status=Notice.Status.WITHDRAWN)
    return {**counts, "remind": reminders.count()}


def runs(day: date) -> list[Run]:
    """The latest nights and commands, and what one day's changes made possible; newest first."""
    nights = Run.objects.exclude(kind=Run.Kind.AFTER_CHANGES)[:NIGHTS]
    sweeps = Run.objects.filter(kind=Run.Kind.AFTER_CHANGES, on=day)[:SWEEPS]
    return sorted([*nights, *sweeps], key=lambda run: (run.started_at, run.pk), reverse=True)


def moves_of(day: date) -> QuerySet[EnrolmentEvent]:
    """What the calendar did to people on a day."""
    moved = EnrolmentEvent.objects.filter(by=None, on=day, move__in=BY_THE_CALENDAR)
    return moved.select_related("subject__employee__department", "subject__programme")


def days_beside(day: date) -> tuple[date | None, date | None]:
    """The nearest days before and after one on which the calendar did something to somebody."""
    moved = EnrolmentEvent.objects.filter(by=None, move__in=BY_THE_CALENDAR)
    before = moved.filter(on__lt=day).order_by("-on").values_list("on", flat=True).first()
    return before, moved.filter(on__gt=day).order_by("on").values_list("on", flat=True).first()


def proofs() -> list[Proof]:
    """The latest proofs, newest first."""
    return list(Proof.objects.order_by("-at", "-id")[:PROOFS])
