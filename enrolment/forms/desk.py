"""What one fix of the clash desk sends: which, to what, with which days; and what only a person can say."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from people.forms import DayField

# What each fix needs besides what it is done to. Those in `MISSING` a person fills in; the rest comes with the button.
NEEDS: dict[str, tuple[str, ...]] = {
    "accept": ("start", "end"),
    "plan_in_cohort": ("start", "end", "cohort"),
    "plan_on_days": ("start", "end"),
    "move_to_cohort": ("start", "end", "cohort"),
    "move_to_days": ("start", "end"),
    "approve_in_cohort": ("start", "end", "cohort"),
    "approve_on_days": ("start", "end"),
    "swap": ("other", "seen"),
    "queue_behind": ("other",),
    "complete": ("ended_on",),
    "withdraw": ("ended_on", "reason"),
    "extend": ("planned_end_date",),
    "confirm_return": ("start", "end"),
    "end_break": ("planned_end_date",),
    "state_return": ("return_on", "planned_end_date"),
    "forget_return": (),
    "cancel": ("reason",),
    "decline": ("reason",),
    "undo": (),
}
MISSING = {
    "ended_on": "Give the day.",
    "planned_end_date": "Give the planned end.",
    "return_on": "Give the day of the return.",
    "reason": "Say why, for the history.",
}
DAYS = ("return_on", "planned_end_date", "ended_on")
# Refusals that say of no day that it is wrong: the thing itself is not as it was shown.
NOT_OF_A_DAY = (
    "gone",
    "move_not_allowed",
    "own_enrolment",
    "not_yours",
    "no_seat",
    "nothing_to_undo",
    "reason_missing",
)
LABELS = {
    "complete": {"ended_on": "Actual finish"},
    "withdraw": {"ended_on": "Last day of learning", "reason": "Reason"},
}
ASKED = {"planned_end_date": "Planned end", "return_on": "Return", "reason": "Reason", "ended_on": "Last day"}


class FixForm(forms.Form):
    """One fix; ``kind`` and ``about`` name the thing on the desk, ``subject`` what the fix is done to."""

    fix = forms.ChoiceField(choices=[(name, name) for name in NEEDS])
    kind = forms.CharField(max_length=20, required=False)
    about = forms.UUIDField(required=False)
    subject = forms.UUIDField()
    key = forms.UUIDField(required=False)
    start = DayField(required=False)
    end = DayField(required=False)
    cohort = forms.UUIDField(required=False)
    other = forms.UUIDField(required=False)
    seen = forms.CharField(required=False, max_length=64)
    ended_on = DayField(required=False)
    planned_end_date = DayField(required=False)
    return_on = DayField(required=False)
    reason = forms.CharField(required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        """What this fix needs is there; a button's own facts missing means that the page was not ours."""
        data = super().clean() or {}
        for name in NEEDS.get(data.get("fix", ""), ()):
            if name not in self.errors and not data.get(name):
                self.add_error(name if name in MISSING else None, MISSING.get(name, "Choose a fix again."))
        return data

    def asked_errors(self) -> dict[str, str]:
        """What is wrong with what a person filled in, by name."""
        return {name: " ".join(map(str, self.errors[name])) for name in MISSING if name in self.errors}

    def box_of(self, code: str) -> str:
        """The box whose day an action refused, by the refusal's code; empty where it is about nothing typed."""
        asked = [name for name in NEEDS[self.cleaned_data["fix"]] if name in DAYS]
        if not asked or code in NOT_OF_A_DAY:
            return ""
        return "return_on" if code == "in_past" and "return_on" in asked else asked[-1]

    def given(self, name: str) -> UUID | None:
        """One id that was sent."""
        value = self.cleaned_data.get(name)
        return value if isinstance(value, UUID) else None


def label(fix: str, name: str) -> str:
    """What a box of a fix is called."""
    return LABELS.get(fix, {}).get(name, ASKED[name])
