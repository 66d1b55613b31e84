"""What is asked about a cohort's people: who waits for a seat, in which order, and where seats are free."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from enrolment.models import Enrolment
from programmes.models import Cohort, Seat

S = Enrolment.Status


def waiting_list(cohorts: Iterable[int]) -> QuerySet[Enrolment]:
    """Those who wait for a seat in these cohorts (row ids), in order of joining."""
    return Enrolment.objects.filter(status=S.WAITING, cohort__in=list(cohorts)).order_by("waiting_since", "id")


def places(enrolments: Iterable[Enrolment]) -> dict[int, int]:
    """By row id, the place of each of these that waits on its cohort's waiting list, counted from 1; one query."""
    cohorts = {e.cohort_id for e in enrolments if e.status == S.WAITING and e.cohort_id}
    if not cohorts:
        return {}
    order = Window(RowNumber(), partition_by="cohort", order_by=("waiting_since", "id"))
    return dict(waiting_list(cohorts).annotate(place=order).values_list("pk", "place"))


def with_seats_to_give(on: date) -> QuerySet[Cohort]:
    """Cohorts that have not started, in which a seat is free and somebody waits."""
    free = Seat.objects.filter(cohort=OuterRef("pk")).exclude(Exists(Enrolment.objects.filter(seat=OuterRef("pk"))))
    waiting = Enrolment.objects.filter(status=S.WAITING, cohort=OuterRef("pk"))
    coming = Cohort.objects.filter(Exists(waiting), Exists(free), start_date__gt=on, closed_on=None)
    return coming.order_by("id")
