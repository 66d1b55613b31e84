"""What the list of enrolments can be narrowed to, as a GET form."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from enrolment.models import Enrolment
from people.forms import DayField
from people.models import Employee
from people.rules import folded
from programmes.models import Cohort, Programme


class DayFilter(django_filters.Filter):
    """A day as people write it."""

    field_class = DayField


class CohortField(forms.UUIDField):
    """A cohort by its public id, as pages link to it; what names none is said, not taken for an empty list."""

    unknown = "There is no such cohort. Show all enrolments, or come here from the page of a cohort."

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "error_messages": {"invalid": self.unknown}})

    def clean(self, value: Any) -> Any:
        """Its public id. Raises ValidationError ``invalid``."""
        found = super().clean(value)
        if found and not Cohort.objects.filter(public_id=found).exists():
            raise ValidationError(self.unknown, code="invalid")
        return found


class CohortFilter(django_filters.Filter):
    """A cohort, named by an address."""

    field_class = CohortField


def _no_such(what: str) -> dict[str, str]:
    return {"invalid_choice": f"There is no such {what}. Choose one of the list."}


class EnrolmentFilter(django_filters.FilterSet):
    """By status, programme, cohort, person or reference, and by when it starts or ends (both ends counted)."""

    q = django_filters.CharFilter(method="by_person", label="Person or reference")
    status = django_filters.ChoiceFilter(choices=Enrolment.Status.choices, error_messages=_no_such("status"))
    programme = django_filters.ChoiceFilter(
        field_name="programme_id", method="by_programme", error_messages=_no_such("programme")
    )
    cohort = CohortFilter(field_name="cohort__public_id", label="Cohort")
    starts_from = DayFilter(field_name="start_date", lookup_expr="gte", label="Starts from")
    starts_to = DayFilter(field_name="start_date", lookup_expr="lte", label="Starts up to")
    ends_from = DayFilter(method="ending_from", label="Ends from")
    ends_to = DayFilter(method="ending_to", label="Ends up to")

    def __init__(self, *args: Any, programmes: list[Programme], **options: Any) -> None:
        super().__init__(*args, **options)
        self.programmes = {programme.code: programme for programme in programmes}
        self.filters["programme"].extra["choices"] = [(p.code, p.name) for p in programmes]

    def by_programme(self, rows: QuerySet[Enrolment], name: str, code: str) -> QuerySet[Enrolment]:
        """Those on a programme, by its code."""
        return rows.filter(programme_id=self.programmes[code].pk)

    def by_person(self, rows: QuerySet[Enrolment], name: str, text: str) -> QuerySet[Enrolment]:
        """Those of people whose record has every word; a text like WP-… is a reference."""
        if text.upper().startswith("WP-"):
            return rows.filter(reference=text.strip().upper())
        people = Employee.objects.all()
        for word in folded(text).split()[:6]:
            people = people.filter(search_text__contains=word)
        return rows.filter(employee__in=people.order_by())

    def ending_from(self, rows: QuerySet[Enrolment], name: str, day: Any) -> QuerySet[Enrolment]:
        """Those whose last known day is this or later."""
        return _with_last_day(rows).filter(last_known__gte=day)

    def ending_to(self, rows: QuerySet[Enrolment], name: str, day: Any) -> QuerySet[Enrolment]:
        """Those whose last known day is this or earlier."""
        return _with_last_day(rows).filter(last_known__lte=day)


def _with_last_day(rows: QuerySet[Enrolment]) -> QuerySet[Any]:
    return rows.alias(last_known=Coalesce(F("ended_on"), F("planned_end_date")))
