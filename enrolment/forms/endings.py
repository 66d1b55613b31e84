"""How a programme ended, as a manager knows it."""

from __future__ import annotations

from django import forms

from enrolment.models import Ending
from people.forms import DayField

How = Ending.How


class EndingForm(forms.Form):
    """Finished, left or longer; the last day; a sentence. What fits together is the action's to judge."""

    how = forms.ChoiceField(
        label="How did it end?",
        widget=forms.RadioSelect,
        choices=[
            (How.FINISHED, "Finished"),
            (How.LEFT, "Left before the end, or never came"),
            (How.LONGER, "It goes on: more time is needed"),
        ],
        error_messages={"required": "Say how it ended."},
    )
    day = DayField(
        required=False,
        label="Last day",
        help_text="The last day of learning, for example 4 May 2026. If it goes on: until when, if you know it.",
    )
    words = forms.CharField(
        label="What HR should know, if anything",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One sentence is enough. HR reads it with the last day.",
    )
