"""A learner's word on what is recorded, and HR's answer to a dispute."""

from __future__ import annotations

from typing import Any

from django import forms

LONG = forms.Textarea(attrs={"rows": 5})


class SayForm(forms.Form):
    """Whether what is recorded is right, and what is wrong where it is not. ``key`` names what was shown."""

    is_right = forms.ChoiceField(
        label="Is this right?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes, all of it is right"), ("no", "No, something is wrong")],
        error_messages={"required": "Say whether it is right."},
    )
    reason = forms.CharField(
        label="What is wrong",
        widget=LONG,
        max_length=4000,
        required=False,
        help_text="Only where something is wrong. HR reads it, and answers you in words.",
    )
    key = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What is wrong, where something is."""
        data = super().clean() or {}
        if data.get("is_right") == "no" and not data.get("reason", "").strip():
            self.add_error("reason", "Say what is wrong: HR begins with it.")
        return data


class ReplyForm(forms.Form):
    """The answer to a dispute."""

    answer = forms.CharField(
        label="Your answer",
        widget=LONG,
        max_length=4000,
        help_text="The learner reads this word for word. Say what you changed, or why it is right as it is.",
        error_messages={"required": "Write the answer: the learner reads it."},
    )
