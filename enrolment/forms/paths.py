"""A path: which programmes, in which order, on days or in cohorts, and not before when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from people.forms import DayField
from programmes.models import Programme

DAYS, COHORTS = "days", "cohorts"
PLACES = ("first", "second", "third", "fourth")


class PathForm(forms.Form):
    """Up to four programmes in order; nothing is left out between two of them, and none comes twice.

    ``key`` is the one-time key of the check page, ``seen`` the fingerprint of what it showed.
    """

    first = forms.ChoiceField(required=False, label_suffix="")  # said to be missing by `clean`
    second = forms.ChoiceField(required=False, label="Then")
    third = forms.ChoiceField(required=False, label="Then, third")
    fourth = forms.ChoiceField(required=False, label="Then, fourth")
    how = forms.ChoiceField(
        label="When",
        required=False,
        label_suffix="",  # one is chosen from the first
        initial=DAYS,
        widget=forms.RadioSelect,
        choices=[
            (DAYS, "Each from the earliest legal start, for its usual length"),
            (COHORTS, "Each in the earliest cohort that fits"),
        ],
    )
    not_before = DayField(
        label="Not before",
        required=False,
        help_text="Leave this empty for as early as possible. For example, 4 May 2027",
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, programmes: Sequence[Programme], **options: Any) -> None:
        super().__init__(*args, **options)
        self.programmes = {programme.code: programme for programme in programmes}
        for name in PLACES:
            choice = self.fields[name]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = [("", "Nothing"), *((p.code, p.name) for p in programmes)]

    def clean(self) -> dict[str, Any]:
        """At least one programme, each once."""
        data = super().clean() or {}
        codes = [(name, data[name]) for name in PLACES if data.get(name)]
        if not codes and not self.errors:
            self.add_error("first", "Choose a programme.")
        seen: set[str] = set()
        for name, code in codes:
            if code in seen:
                self.add_error(name, f"{self.programmes[code].name} is on the path already.")
            seen.add(code)
        return data

    def path(self) -> list[Programme]:
        """The programmes in order, once the form is clean."""
        return [self.programmes[self.cleaned_data[name]] for name in PLACES if self.cleaned_data.get(name)]

    def is_in_cohorts(self) -> bool:
        """Whether cohorts are looked through."""
        return bool(self.cleaned_data.get("how") == COHORTS)

    def earliest(self) -> date | None:
        """The first day that the path may begin on, if one was given."""
        day: date | None = self.cleaned_data.get("not_before")
        return day

    def answers(self) -> dict[str, str]:
        """What was answered, as the check page sends it again."""
        day = self.earliest()
        named = {name: self.cleaned_data[name] for name in (*PLACES, "how") if self.cleaned_data.get(name)}
        return {**named, **({"not_before": day.isoformat()} if day else {})}
