"""What HR found out about one enrolment: for each fact yes, no or not yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from enrolment.models import Confirmation
from enrolment.queries.confirmations import Finding

YES, NO, NOT_YET = "yes", "no", "not_yet"
ANSWERS = ((YES, "Yes"), (NO, "No"))
HINTS = {
    "age": "Old enough on the start date. Their date of birth is not on record.",
    "line_manager": "Somebody other than the learner. No manager is on record.",
    "hours_in_england": "At least half of their working hours, throughout the programme.",
    "right_to_work": "Write no numbers down and keep no copies: yes or no is enough.",
    "contract_length": "The contract runs to the end of the assessment or beyond.",
    "new_learning": "They have completed a programme before: most of this one has to be new to them.",
    "other_funding": "On no other government-funded programme on the start date.",
}


class ConfirmForm(forms.Form):
    """One question for each finding that applies; what is answered already is chosen, and can become the other."""

    def __init__(self, data: Any = None, *, findings: Iterable[Finding]) -> None:
        super().__init__(data)
        self.asked = [finding.fact for finding in findings]
        for finding in findings:
            label = finding.fact.label
            self.fields[finding.fact] = forms.ChoiceField(
                label=label[0].upper() + label[1:],
                choices=ANSWERS if finding.found else (*ANSWERS, (NOT_YET, "Not yet")),
                widget=forms.RadioSelect,
                initial=NOT_YET if finding.found is None else finding.state,
                help_text=HINTS[finding.fact],
                error_messages={"required": "Choose yes, no or not yet."},
            )

    def clean(self) -> dict[str, Any]:
        """At least one answer."""
        data = super().clean() or {}
        if not self.errors and not self.answers():
            raise forms.ValidationError("Answer at least one of these, or come back when you can.", "nothing_answered")
        return data

    def answers(self) -> dict[Confirmation.Fact, bool]:
        """The facts that were answered, each yes (True) or no."""
        given = {fact: self.cleaned_data.get(fact) for fact in self.asked}
        return {fact: answer == YES for fact, answer in given.items() if answer in (YES, NO)}
