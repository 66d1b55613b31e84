"""HR's decision about one person: one of the programmes or none for now, why, and already now or later the days."""

from __future__ import annotations

from typing import Any

from django import forms

from enrolment.forms.enrol import NO_CHOICE, DatesForm
from programmes.models import Programme

NONE = "none"


class DecideForm(DatesForm):
    """The placement, with a reason unless it agrees with ``recommended``; without days they follow later."""

    programme = forms.ChoiceField(
        label="Your decision",
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(NO_CHOICE, "Choose a programme, or none for now."),
    )
    reason = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed unless you agree with the recommendation. The person reads it on their page.",
    )
    field_order = ("programme", "reason", "cohort", "start_date", "planned_end_date", "key")
    no_cohort = "No cohort, or dates to follow"
    are_dates_needed = False

    def __init__(self, *args: Any, recommended: Programme | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.recommended = recommended
        for name in ("cohort", "start_date"):
            self.fields[name].label_suffix = None  # days may follow later, so both are optional here
        self.fields["start_date"].help_text = "For example, 4 May 2026"
        self.fields["cohort"].help_text = "Everybody in a cohort starts and ends together. Leave it to give dates."
        choice = self.fields["programme"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(p.code, self._label(p)) for p in self.programmes.values()]
        choice.choices = [*choice.choices, (NONE, "None for now")]

    def chosen_programme(self) -> Programme | None:
        """The programme decided on; None for “none for now”."""
        return self.programmes.get(self.cleaned_data.get("programme") or "")

    def agrees(self) -> bool:
        """Whether the decision is the recommendation."""
        return self.recommended is not None and self.chosen_programme() == self.recommended

    def clean(self) -> dict[str, Any]:
        """As for dates; a decision of one's own has a reason, and none for now has no days."""
        data = super().clean()
        decision = data.get("programme")
        if decision and not self.agrees() and not data.get("reason", "").strip() and "reason" not in self.errors:
            self.add_error("reason", "Say why, since this is not what the rules recommend.")
        if decision == NONE and self.has_dates():
            self.add_error("cohort", "Nobody is enrolled on “none for now”: leave the cohort and the dates empty.")
        return data

    def answers(self) -> dict[str, str]:
        """The decision and the reason as well."""
        return {
            "programme": self.cleaned_data["programme"],
            "reason": self.cleaned_data["reason"],
            **super().answers(),
        }

    def _label(self, programme: Programme) -> str:
        return f"{programme.name} (recommended)" if programme == self.recommended else programme.name
