"""Forms of the catalogue: a provider, a cohort, what the lists can be narrowed by, and the policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from people.forms import DayField
from people.models import Policy
from people.queries import policy
from people.rules import SETTINGS
from programmes.models import Programme, Provider

# Where people look for what a constraint refuses.
FIELD_OF = {
    "cohort_exists": "name",
    "provider_exists": "name",
    "end_before_start": "planned_end_date",
    "no_seats": "seats",
}


class RefusableForm(forms.Form):
    """A form that shows an action's refusal beside the field it is about."""

    def refuse(self, error: ValidationError) -> None:
        """Adds what an action refused, each sentence to its field."""
        found = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
        for field, errors in found.items():
            for one in errors:
                place = FIELD_OF.get(one.code or "", field)
                self.add_error(place if place in self.fields else None, one)


class ProviderForm(RefusableForm):
    """A training provider and whom to ask there."""

    name = forms.CharField(max_length=200, error_messages={"required": "Give the provider’s name."})
    contact_name = forms.CharField(max_length=200, required=False, help_text="Whom to ask there")
    contact_email = forms.EmailField(label="Contact e-mail", required=False)


class CohortForm(RefusableForm):
    """A group that starts one programme together. An empty planned end asks for the usual length."""

    name = forms.CharField(
        max_length=120,
        help_text="For example, Governance, autumn 2026",
        error_messages={"required": "Give the cohort a name."},
    )
    programme = forms.ModelChoiceField(
        Programme.objects.none(),
        to_field_name="code",
        empty_label="Choose a programme",
        error_messages={"required": "Choose a programme."},
    )
    provider = forms.ModelChoiceField(
        Provider.objects.none(),
        to_field_name="public_id",
        empty_label="Choose a provider",
        error_messages={"required": "Choose a provider."},
    )
    start_date = DayField(label="Start date", error_messages={"required": "Give the first day."})
    planned_end_date = DayField(
        label="Planned end date",
        required=False,
        help_text="The last day that is planned. Leave it empty for the usual length: {apprenticeship} for the "
        "apprenticeship, {unit} for a unit. You see the day before anything is saved.",
    )
    seats = forms.IntegerField(
        min_value=1,
        max_value=1000,
        error_messages={
            "required": "Say how many seats it has.",
            "invalid": "Enter a whole number, such as 20.",
            "min_value": "Give at least 1.",
            "max_value": "Give at most 1,000.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = Programme.objects.order_by("position")  # type: ignore[attr-defined]
        self.fields["provider"].queryset = Provider.objects.order_by("name")  # type: ignore[attr-defined]
        decided, end = policy(), self.fields["planned_end_date"]
        end.help_text = end.help_text.format(
            apprenticeship=SETTINGS["apprenticeship_months"].say(decided.apprenticeship_months),
            unit=SETTINGS["unit_days"].say(decided.unit_days),
        )


class CohortFilter(forms.Form):
    """Which cohorts to show; anything it does not know is as if it was not asked."""

    WHEN = (
        ("", "Not ended yet"),
        ("to_come", "To come"),
        ("under_way", "Under way"),
        ("ended", "Ended"),
        ("any", "At any time"),
    )

    programme = forms.ModelChoiceField(
        Programme.objects.none(), to_field_name="code", required=False, empty_label="Every programme"
    )
    provider = forms.ModelChoiceField(
        Provider.objects.none(), to_field_name="public_id", required=False, empty_label="Every provider"
    )
    when = forms.ChoiceField(choices=WHEN, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = Programme.objects.order_by("position")  # type: ignore[attr-defined]
        self.fields["provider"].queryset = Provider.objects.order_by("name")  # type: ignore[attr-defined]


class PolicyForm(RefusableForm):
    """The settings of the policy, and why they change. It carries the values it was shown, so that nobody's change is
    overwritten unseen: one hidden value beside each box (``show_hidden_initial``).
    """

    reason = forms.CharField(
        max_length=500,
        required=False,
        help_text="One sentence for the history below.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, setting in SETTINGS.items():
            self.fields[name] = forms.IntegerField(
                label=f"{setting.label} ({setting.units[1]})",
                help_text=setting.does,
                widget=forms.NumberInput(attrs={"min": setting.least, "max": setting.most}),
                error_messages={
                    "required": f"Give a number from {setting.least} to {setting.most}.",
                    "invalid": f"Enter a whole number from {setting.least} to {setting.most}.",
                },
                show_hidden_initial=True,
            )
        self.order_fields([*SETTINGS, "reason"])

    def clean(self) -> dict[str, Any]:
        """Adds ``shown``, the values that the page had. Raises ValidationError ``not_shown`` when they did not come."""
        facts = super().clean() or self.cleaned_data
        try:
            sent = {name: self.data.get(self.add_initial_prefix(name)) for name in SETTINGS}
            facts["shown"] = {name: self.fields[name].clean(value) for name, value in sent.items()}
        except ValidationError:
            raise ValidationError("This page came without the values it had shown. Open it again.", code="not_shown")
        return facts

    def show_again(self, now: Policy) -> None:
        """A refused form from here on shows the policy as it is now, and beside it what its reader wants otherwise."""
        answers = dict(self.data.items())
        for name in SETTINGS:
            box, shown = self.add_prefix(name), self.add_initial_prefix(name)
            if answers.get(box) == answers.get(shown):
                answers[box] = str(getattr(now, name))
            answers[shown] = str(getattr(now, name))
        self.data = answers
