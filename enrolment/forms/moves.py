"""What each move on an enrolment asks for: a last day, an actual finish, a reason."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from people.forms import DayField


class MoveForm(forms.Form):
    """What every move has: ``key``, the one-time key of its check page, so that a repeat finds its first result."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def given(self) -> dict[str, Any]:
        """What was answered, without the key."""
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}

    def answers(self) -> dict[str, str]:
        """What was answered, as the check page sends it again, under the key it has or gets now."""
        answers = {
            name: value.isoformat() if isinstance(value, date) else str(value) for name, value in self.given().items()
        }
        return {**answers, "key": str(self.cleaned_data.get("key") or uuid4())}


def _reason() -> forms.CharField:
    return forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept in the history.",
        error_messages={"required": "Say why, for the history."},
    )


class WithdrawForm(MoveForm):
    """The last day of learning, which counts, and why."""

    ended_on = DayField(
        label="Last day of learning",
        help_text="This day still counts. On or before the start means they never attended. For example, 4 May 2026",
        error_messages={"required": "Give the last day of learning."},
    )
    reason = _reason()


class CompleteForm(MoveForm):
    """The actual finish."""

    ended_on = DayField(
        label="Actual finish",
        help_text="For the apprenticeship, the end of the assessment. For example, 4 May 2026",
        error_messages={"required": "Give the day it was finished."},
    )


class CancelForm(MoveForm):
    """Why it will not happen."""

    reason = _reason()
