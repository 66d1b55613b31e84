"""Which other record is the same person's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from people.models import Employee


class MergeForm(forms.Form):
    """The other record, by its staff number, and why."""

    other = forms.CharField(
        label="Staff number of the other record",
        max_length=40,
        help_text="Everything of that record comes here, and its number and address lead here from then on.",
        error_messages={"required": "Give the staff number of the other record."},
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=1000,
        help_text="Kept in the history of both. HR reads it.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, people: QuerySet[Employee], kept: Employee, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people, self.kept = people, kept

    def clean_other(self) -> Employee:
        """The other record. Raises ValidationError ``unknown_employee`` or ``same_record``."""
        number = " ".join(str(self.cleaned_data["other"]).split())
        other = self.people.filter(staff_number=number).first()
        if other is None:
            raise ValidationError(f"Nobody here has the staff number {number}.", "unknown_employee")
        if other.pk == self.kept.pk:
            raise ValidationError("That is this record itself. Name the other one.", "same_record")
        return other
