"""Whom and what somebody chose on a list: row ids of enrolments, staff numbers of people, each in the order of work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from enrolment.models import Enrolment
from enrolment.queries.enrolments import coming_cohorts
from people.models import Employee
from people.queries import rows_of
from programmes.models import Cohort

MOST = 20_000  # chosen at once on a page; a file for the command takes more


def ticked(texts: Iterable[str]) -> list[UUID]:
    """The public ids among what a form sent."""
    found = []
    for text in list(texts)[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def in_order(rows: QuerySet[Enrolment]) -> list[int]:
    """Row ids of enrolments, person by person, so that one transaction sees all that was chosen of somebody."""
    return list(rows.order_by("employee_id", "id").values_list("pk", flat=True)[: MOST + 1])


def cohorts_to_come(chosen: Collection[int], *, on: date) -> QuerySet[Cohort]:
    """The cohorts that some of the enrolments chosen (row ids) could go to: coming ones of their programmes."""
    programmes = Enrolment.objects.filter(pk__in=rows_of(chosen)).values("programme")
    return coming_cohorts(on).filter(programme__in=programmes)


def staff_numbers(people: QuerySet[Employee]) -> list[str]:
    """Staff numbers by name, as lists show people."""
    return list(people.order_by("family_name", "given_names", "id").values_list("staff_number", flat=True)[: MOST + 1])
