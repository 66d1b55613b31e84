"""What each move on an enrolment asks for: a last day, an actual finish, a reason."""

from __future__ import annotations

from django import forms

from people.forms import DayField


class MoveForm(forms.Form):
    """Nothing to ask: the move itself is confirmed."""

    def answers(self) -> dict[str, str]:
        """What was answered, as the check page sends it again and the action takes it."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else str(value)
            for name, value in self.cleaned_data.items()
        }


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
