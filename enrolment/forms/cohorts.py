"""What moving and closing a cohort ask for: other days, a reason, and where its people go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms

from enrolment.models import Enrolment
from people.forms import DayField
from programmes.forms import RefusableForm

GOES = "goes-"  # before an enrolment's public id: the name of the box that says where its person goes
SAME = "goes"  # the box that says it for everybody


class ResettlingForm(RefusableForm):
    """What both have: ``key``, the one-time key of the preview, so that a repeat finds its first result."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)


class MoveCohortForm(ResettlingForm):
    """The other dates of a cohort; under way it keeps its start."""

    start_date = DayField(label="Start date", error_messages={"required": "Give the first day."})
    planned_end_date = DayField(
        label="Planned end date", error_messages={"required": "Give the last day that is planned."}
    )
    reason = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It is kept in the history of each person.",
    )

    def __init__(self, *args: Any, starts: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if starts:  # it has started on this day
            del self.fields["start_date"]
        self.starts = starts

    def days(self) -> tuple[date, date]:
        """The start and the planned end that were asked for."""
        return self.starts or self.cleaned_data["start_date"], self.cleaned_data["planned_end_date"]


class CloseCohortForm(ResettlingForm):
    """Why a cohort is closed."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It is kept in the history of each person.",
        error_messages={"required": "Say why, for the history."},
    )


def goes(records: Iterable[Enrolment], data: Mapping[str, Any]) -> dict[int, str]:
    """What the boxes say, by row id; a box that did not come says nothing."""
    return {record.pk: str(data.get(f"{GOES}{record.public_id}", "")) for record in records}


def key_of(text: str) -> UUID | None:
    """A one-time key out of an address, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
