"""Asking for a programme for somebody, and answering that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from enrolment.models import Nomination
from people.models import Employee
from programmes.models import Programme

WHY = "Say what this person would do with it; HR reads this, and it stays with the nomination."


class OnceForm(forms.Form):
    """A form with a one-time key, so that a repeated submit finds its first result."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)


class NominateForm(OnceForm):
    """Who, which programme, and why. A manager chooses among ``reports``; HR, who may name anybody, gives a number."""

    employee = forms.ChoiceField(label="Who", error_messages={"required": "Choose a person."})
    staff_number = forms.CharField(
        label="Staff number",
        max_length=40,
        help_text="Of the person you nominate.",
        error_messages={"required": "Give the person’s staff number."},
    )
    programme = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose a programme."})
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        label="Why",
        help_text=WHY,
        error_messages={"required": "Say why; HR decides by it."},
    )
    protected_hours = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=40,
        label="Protected time, hours a week",
        help_text="Working time that you keep free for learning. Give hours, or say it in words.",
    )
    protected_time = forms.CharField(
        required=False,
        max_length=500,
        label="Protected time, in words",
        help_text="For example: Friday mornings, and nothing at year end.",
    )

    def __init__(
        self,
        *args: Any,
        people: QuerySet[Employee],
        reports: Sequence[Employee] | None,
        programmes: Sequence[Programme],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.people = people
        self.reports = {str(person.public_id): person for person in reports or ()}
        self.programmes = {programme.code: programme for programme in programmes}
        which, who = self.fields["programme"], self.fields["employee"]
        assert isinstance(which, forms.ChoiceField)
        assert isinstance(who, forms.ChoiceField)
        which.choices = [(programme.code, programme.name) for programme in programmes]
        if reports is None:
            del self.fields["employee"]
        else:
            del self.fields["staff_number"]
            people_line = [(key, f"{person.name}, {person.job_title}") for key, person in self.reports.items()]
            who.choices = [("", "Choose a person"), *people_line]

    def clean_staff_number(self) -> Employee:
        """The person with this number. Raises ValidationError ``unknown_employee``."""
        number = self.cleaned_data["staff_number"].strip()
        person = self.people.filter(staff_number=number).first()
        if person is None:
            raise ValidationError(f"Nobody here has the staff number {number}.", "unknown_employee")
        return person

    def clean(self) -> dict[str, Any]:
        """The manager says how much time they give, in hours or in words; HR may not know it."""
        data = super().clean() or self.cleaned_data
        has_time = data.get("protected_hours") or data.get("protected_time", "").strip()
        if "employee" in self.fields and not has_time and "protected_hours" not in self.errors:
            self.add_error("protected_hours", "Give the hours a week, or say below how much time you keep free.")
        return data

    def chosen(self) -> tuple[Employee, Programme, str]:
        """Who, what and why, once the form is clean."""
        data = self.cleaned_data
        person = data["staff_number"] if "staff_number" in data else self.reports[data["employee"]]
        return person, self.programmes[data["programme"]], data["reason"]


class DeclineForm(OnceForm):
    """Why not, for the manager to read."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        label="Why you decline",
        help_text="The manager reads this and passes it on.",
        error_messages={"required": "Say why, so that the manager can pass it on."},
    )


class WordForm(forms.Form):
    """The nominee's word, with a comment if there is something to say."""

    word = forms.ChoiceField(
        label="Your word",
        widget=forms.RadioSelect,
        choices=[(code, label.capitalize()) for code, label in Nomination.Word.choices],
        error_messages={"required": "Say yes, not now or no."},
    )
    comment = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
        label="Anything to say with it",
        help_text="Your manager and HR read it.",
    )


class RetractForm(OnceForm):
    """Why it is taken back, if there is something to say."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False, label="Why, if you like"
    )
