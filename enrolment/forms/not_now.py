"""A learner puts a programme off."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from people.forms import DayField


class NotNowForm(forms.Form):
    """Until when, and why: both only if there is something to say."""

    until = DayField(
        required=False,
        label="Until",
        help_text="For example, 31 March 2027. Leave it empty, and it holds until you take it back.",
    )
    reason = forms.CharField(
        label="Why, if you like",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
        help_text="Your manager and HR read it.",
    )

    def __init__(self, *args: Any, on: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.on = on

    def clean_until(self) -> date | None:
        """A day that has not gone."""
        day: date | None = self.cleaned_data["until"]
        if day and day < self.on:
            raise ValidationError("Give a day that has not gone.", code="in_past")
        return day
