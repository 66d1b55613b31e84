"""What a programme changed at work, as somebody tells it: every part is optional, one is enough."""

from __future__ import annotations

from typing import Any

from django import forms

from enrolment.models import Impact

WHOLE = "Enter a whole number, such as 6."
LEAST = "Enter 0 or more."
MOST_HOURS, MOST_POUNDS = 100_000, 1_000_000_000


class ImpactForm(forms.Form):
    """A few sentences, hours saved a month, pounds saved a year."""

    what_changed = forms.CharField(
        label="What changed at work?",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="In your own words. For example, the weekly report is ready on Monday and nobody types it any more.",
    )
    hours_a_month = forms.IntegerField(
        label="Hours saved a month",
        required=False,
        min_value=0,
        max_value=MOST_HOURS,
        help_text="Of everybody whose work is shorter now. A good guess is enough.",
        error_messages={"invalid": WHOLE, "min_value": LEAST, "max_value": f"Enter at most {MOST_HOURS:,}."},
    )
    pounds_a_year = forms.IntegerField(
        label="Pounds saved a year",
        required=False,
        min_value=0,
        max_value=MOST_POUNDS,
        help_text="Bills that are lower now, or not paid any more; not the hours again.",
        error_messages={"invalid": WHOLE, "min_value": LEAST, "max_value": f"Enter at most {MOST_POUNDS:,}."},
    )

    @staticmethod
    def facts(told: Impact | None) -> dict[str, Any]:
        """What was told before, as the form begins."""
        return {name: getattr(told, name) for name in ImpactForm.base_fields} if told else {}
