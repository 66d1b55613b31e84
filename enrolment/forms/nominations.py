"""Asking for a programme for somebody, and answering that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from enrolment.forms.bulk import staff_numbers_in
from enrolment.models import Nomination
from people.models import Employee
from programmes.models import Programme

AS_PLACED = "as_placed"
MOST_AT_ONCE = 200
NOT_LISTED = {"invalid_choice": "That is not on the list, or not any more. Choose again."}
NO_PROGRAMME = {"required": "Choose a programme.", **NOT_LISTED}
WHY = "Say what this person would do with it; HR reads this, and it stays with the nomination."


class OnceForm(forms.Form):
    """A form with a one-time key, so that a repeated submit finds its first result."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)


class NominateForm(OnceForm):
    """Who, which programme, and why. A manager chooses among ``reports``; HR, who may name anybody, gives a number."""

    employee = forms.ChoiceField(label="Who", error_messages={"required": "Choose a person.", **NOT_LISTED})
    staff_number = forms.CharField(
        label="Staff number",
        max_length=40,
        help_text="Of the person you nominate.",
        error_messages={"required": "Give the person’s staff number."},
    )
    programme = forms.ChoiceField(widget=forms.RadioSelect, error_messages=NO_PROGRAMME)
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
        label_suffix="",  # one of the two is needed
        help_text="Working time that you keep free for learning. Give hours, or say it in words.",
        error_messages={
            "invalid": "Enter a whole number, such as 6.",
            "min_value": "Give at least 1 hour.",
            "max_value": "Give at most 40 hours.",
        },
    )
    protected_time = forms.CharField(
        required=False,
        max_length=500,
        label="Protected time, in words",
        label_suffix="",
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
        which.choices = [
            (AS_PLACED, "Whatever the questionnaire says: the programme that HR placed them on"),
            *((programme.code, programme.name) for programme in programmes),
        ]
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

    def chosen(self) -> tuple[Employee, Programme | None, str]:
        """Who, what (None: whatever they were placed on) and why, once the form is clean."""
        data = self.cleaned_data
        person = data["staff_number"] if "staff_number" in data else self.reports[data["employee"]]
        return person, self.programmes.get(data["programme"]), data["reason"]


class NominateManyForm(OnceForm):
    """Whom, for what, why, and the time kept free. A manager ticks ``reports``; HR gives staff numbers."""

    people = forms.MultipleChoiceField(
        label="Who",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one person.", **NOT_LISTED},
    )
    staff_numbers = forms.CharField(
        label="Staff numbers",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Of the people you nominate, one a line or with commas between them.",
        error_messages={"required": "Give at least one staff number."},
    )
    programme = forms.ChoiceField(widget=forms.RadioSelect, error_messages=NO_PROGRAMME)
    reason = NominateForm.base_fields["reason"]
    protected_hours = NominateForm.base_fields["protected_hours"]
    protected_time = NominateForm.base_fields["protected_time"]

    def __init__(
        self,
        *args: Any,
        everybody: QuerySet[Employee],
        reports: Sequence[Employee] | None,
        programmes: Sequence[Programme],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.everybody = everybody
        self.reports = {str(person.public_id): person for person in reports or ()}
        self.programmes = {programme.code: programme for programme in programmes}
        which, who = self.fields["programme"], self.fields["people"]
        assert isinstance(which, forms.ChoiceField)
        assert isinstance(who, forms.MultipleChoiceField)
        which.choices = [
            (AS_PLACED, "Whatever the questionnaire says: for each the programme that HR placed them on"),
            *((programme.code, programme.name) for programme in programmes),
        ]
        if reports is None:
            del self.fields["people"]
        else:
            del self.fields["staff_numbers"]
            who.choices = [(key, f"{person.name}, {person.job_title}") for key, person in self.reports.items()]

    def clean_staff_numbers(self) -> list[Employee]:
        """The people with these numbers, by name. Raises ValidationError ``unknown_employee``, ``too_many``."""
        numbers = list(staff_numbers_in(self.cleaned_data["staff_numbers"]))
        if len(numbers) > MOST_AT_ONCE:
            raise ValidationError(f"Give at most {MOST_AT_ONCE} staff numbers at once.", "too_many")
        found = list(self.everybody.filter(staff_number__in=numbers).order_by("family_name", "given_names", "id"))
        known = {person.staff_number for person in found}
        if unknown := [number for number in numbers if number not in known]:
            raise ValidationError(f"Nobody here has the staff number {', '.join(unknown[:5])}.", "unknown_employee")
        return found

    def clean(self) -> dict[str, Any]:
        """The manager says how much time they give, in hours or in words; HR may not know it."""
        data = super().clean() or self.cleaned_data
        has_time = data.get("protected_hours") or data.get("protected_time", "").strip()
        if "people" in self.fields and not has_time and "protected_hours" not in self.errors:
            self.add_error("protected_hours", "Give the hours a week, or say below how much time you keep free.")
        return data

    def chosen(self) -> list[Employee]:
        """The people, once the form is clean."""
        data = self.cleaned_data
        if "staff_numbers" in data:
            return list(data["staff_numbers"])
        return [self.reports[key] for key in dict.fromkeys(data["people"])]

    def chosen_programme(self) -> Programme | None:
        """The one programme, or None for whatever each was placed on."""
        return self.programmes.get(self.cleaned_data["programme"])

    def answers(self) -> list[tuple[str, str]]:
        """What was answered, but for the people, as the check page sends it again."""
        data = self.cleaned_data
        names = ("programme", "reason", "protected_hours", "protected_time", "key")
        return [(name, str(data[name])) for name in names if data.get(name)]


class AskForm(OnceForm):
    """Which programme a learner would like to be nominated for, and why if there is something to say."""

    programme = forms.ChoiceField(widget=forms.RadioSelect, error_messages=NO_PROGRAMME)
    why = forms.CharField(
        label="Why, if you like",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        help_text="Your manager and HR read it.",
    )

    def __init__(self, *args: Any, programmes: Sequence[Programme], **options: Any) -> None:
        super().__init__(*args, **options)
        self.programmes = {programme.code: programme for programme in programmes}
        which = self.fields["programme"]
        assert isinstance(which, forms.ChoiceField)
        which.choices = [(programme.code, programme.name) for programme in programmes]

    def chosen(self) -> Programme:
        """The programme, once the form is clean."""
        return self.programmes[self.cleaned_data["programme"]]


class TurnDownForm(OnceForm):
    """Why somebody who asked is not nominated, for them to read."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        label="Why not now",
        help_text="They read it as you write it.",
        error_messages={"required": "Say why; they read it."},
    )


class DeclineForm(OnceForm):
    """Why not, for the manager to read."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        label="Why you decline",
        help_text="The manager reads this and passes it on.",
        error_messages={"required": "Say why, so that the manager can pass it on."},
    )


class AnswerManyForm(OnceForm):
    """HR's answer to several nominations at once; the reason is needed for declining only."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        label="Why",
        help_text="Needed when you decline: each manager reads it first and passes it on.",
    )

    def __init__(self, *args: Any, is_declining: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_declining = is_declining

    def clean_reason(self) -> str:
        """Whoever declines says why. Raises ValidationError ``reason_missing``."""
        reason: str = self.cleaned_data["reason"].strip()
        if self.is_declining and not reason:
            raise ValidationError("Say why, so that the managers can pass it on.", "reason_missing")
        return reason


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
