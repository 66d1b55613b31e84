"""Whom the questionnaire is sent to, and by which day they should answer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from enrolment.forms.bulk import staff_numbers_in
from enrolment.queries.bulk import MOST
from enrolment.queries.sendings import Chosen, by_number, by_search
from enrolment.rules.sendings import ASK_TWICE_ABOVE
from people.forms import DayField
from people.models import Department, Employee
from people.queries import ids_of

NUMBERS, SEARCH = "numbers", "search"


class SendForm(forms.Form):
    """People by staff number, or everybody whom words and departments find; and the day to answer by.

    ``key`` is the one-time key that the check page gives, so that a repeated submit finds its first result.
    """

    whom = forms.ChoiceField(
        label="Whom to ask",
        initial=SEARCH,
        widget=forms.RadioSelect,
        choices=[
            (SEARCH, "Departments, or whoever the search below finds"),
            (NUMBERS, "The people whose staff numbers I give"),
        ],
        error_messages={"required": "Choose whom to ask."},
    )
    departments = forms.ModelMultipleChoiceField(
        Department.objects.order_by("name"),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick none to ask in all departments.",
        error_messages={"invalid_choice": "This department is no longer there."},
    )
    q = forms.CharField(
        label="Name, number, e-mail, title or department",
        max_length=200,
        required=False,
        help_text="As on the People page: every word has to be found. Leave this empty for everybody.",
    )
    staff_numbers = forms.CharField(
        label="Staff numbers",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One a line, or with commas between them.",
    )
    due_on = DayField(label="Answer by", error_messages={"required": "Give the day to answer by."})
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, on: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.on = on

    def clean_staff_numbers(self) -> list[str]:
        """Each number once, in the order given."""
        numbers = list(staff_numbers_in(self.cleaned_data["staff_numbers"]))
        if len(numbers) > MOST:
            raise ValidationError(f"Give at most {MOST:,} staff numbers, or choose departments.", code="too_many")
        return numbers

    def clean_due_on(self) -> date:
        """A day that has not gone."""
        day: date = self.cleaned_data["due_on"]
        if day < self.on:
            raise ValidationError("Give a day that has not gone.", code="in_past")
        return day

    def clean(self) -> dict[str, Any]:
        """Staff numbers where they are what is chosen, each of somebody."""
        data = super().clean() or {}
        numbers = data.get("staff_numbers")
        if numbers and data.get("whom") == SEARCH:
            self.add_error("whom", "You gave staff numbers: choose them here, or take them away.")
        if data.get("whom") == NUMBERS and numbers is not None:
            if not numbers:
                self.add_error("staff_numbers", "Give at least one staff number.")
            elif unknown := sorted(set(numbers) - set(ids_of(numbers))):
                named = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else "")
                self.add_error("staff_numbers", f"Nobody has these staff numbers: {named}.")
        return data

    def chosen(self) -> Chosen:
        """Whom the form means, once it is clean."""
        people, data = Employee.objects.all(), self.cleaned_data
        if data["whom"] == NUMBERS:
            return by_number(people, data["staff_numbers"])
        return by_search(people, data["q"].strip(), data["departments"])

    def key_given(self) -> UUID | None:
        """The one-time key of the check page, once the form is clean."""
        key: UUID | None = self.cleaned_data.get("key")
        return key

    def answers(self) -> list[tuple[str, str]]:
        """What was answered, as the check page sends it again."""
        data = self.cleaned_data
        pairs = [("whom", data["whom"]), ("due_on", data["due_on"].isoformat())]
        if data["whom"] == NUMBERS:
            return [*pairs, ("staff_numbers", "\n".join(data["staff_numbers"]))]
        return [*pairs, ("q", data["q"]), *(("departments", str(row.public_id)) for row in data["departments"])]


class SureForm(forms.Form):
    """A second yes, where many letters would go out."""

    sure = forms.BooleanField(error_messages={"required": "Tick this to send it to so many people."})

    def __init__(self, *args: Any, people: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sure"].label = f"Yes, send it to {people:,} people"
        self.fields["sure"].required = people > ASK_TWICE_ABOVE
