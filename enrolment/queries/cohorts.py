"""What is asked about a cohort's people: who waits for a seat, in which order, and where seats are free."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from enrolment.models import Enrolment
from programmes.models import Cohort, Seat

S = Enrolment.Status


def waiting_list(cohorts: Iterable[int]) -> QuerySet[Enrolment]:
    """Those who wait for a seat in these cohorts (row ids), in order of joining."""
    return Enrolment.objects.filter(status=S.WAITING, cohort__in=list(cohorts)).order_by("waiting_since", "id")


def with_seats_to_give(on: date) -> QuerySet[Cohort]:
    """Cohorts that have not started, in which a seat is free and somebody waits."""
    free = Seat.objects.filter(cohort=OuterRef("pk")).exclude(Exists(Enrolment.objects.filter(seat=OuterRef("pk"))))
    waiting = Enrolment.objects.filter(status=S.WAITING, cohort=OuterRef("pk"))
    coming = Cohort.objects.filter(Exists(waiting), Exists(free), start_date__gt=on, closed_on=None)
    return coming.order_by("id")
