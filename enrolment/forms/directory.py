"""What HR writes of one person: every fact of the people file, or only the last day, or only the coming back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from people.entries import COLUMNS, FROM, LABELS, UNTIL, Change, Facts, changed
from people.forms import DayField
from people.imports import MOST_CHARACTERS
from people.models import Department, Employee, User
from people.queries import ids_of, numbers_by_name
from people.rules import say

WHY = "Kept in the history of this person. HR reads it."


class ReasonForm(forms.Form):
    """What every change of a record has: why, and what was seen of the record (`actions.directory.fingerprint`)."""

    reason = forms.CharField(
        label="Why", required=False, max_length=1000, help_text=WHY, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def after(self, stored: Facts) -> Facts:
        """The record's facts with what was answered."""
        raise NotImplementedError

    def answers(self) -> dict[str, str]:
        """What was typed, to be sent again by the check page."""
        return {name: self.data.get(name, "") for name in self.fields if name != "seen"}


class RecordForm(ReasonForm):
    """One person's record: the columns of the people file."""

    staff_number = forms.CharField(
        label="Staff number", max_length=40, error_messages={"required": "Give the staff number."}
    )
    given_names = forms.CharField(
        label="Given names", max_length=200, error_messages={"required": "Give the given names."}
    )
    family_name = forms.CharField(
        label="Family name", max_length=200, error_messages={"required": "Give the family name."}
    )
    email = forms.EmailField(
        label="E-mail",
        required=False,
        max_length=254,
        error_messages={"invalid": "Enter an e-mail address like name@example.org."},
    )
    job_title = forms.CharField(label="Job title", required=False, max_length=MOST_CHARACTERS["job_title"])
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), to_field_name="name", required=False, empty_label="None"
    )
    manager_staff_number = forms.CharField(
        label="Manager",
        required=False,
        max_length=200,
        help_text="Their staff number, or their name where only one person is called so.",
    )
    date_of_birth = DayField(label="Date of birth", required=False)
    employed_from = DayField(label="First day of employment", required=False)
    employed_until = DayField(label="Last day of employment", required=False, help_text="Empty while none is known.")

    field_order: tuple[str, ...] = ("staff_number", *COLUMNS, "reason")

    def __init__(self, *args: Any, on: date, reader: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.on, self.reader = on, reader

    def clean_manager_staff_number(self) -> str:
        """The number of who is meant. Raises ValidationError ``unknown_manager`` or ``ambiguous_manager``."""
        text = " ".join(str(self.cleaned_data["manager_staff_number"]).split())
        if not text or text in ids_of([text]):
            return text
        family, comma, given = text.partition(",")
        name = f"{given.strip()} {family.strip()}" if comma else text
        numbers = [number for _, number in numbers_by_name([name.lower()], on=self.on)]
        if len(numbers) == 1:
            return numbers[0]
        if numbers:
            theirs = Employee.objects.visible_to(self.reader).filter(staff_number__in=numbers)
            seen = sorted(theirs.order_by().values_list("staff_number", flat=True))
            some = ", ".join(seen[:5])
            which = f"Give the staff number: {some}." if some else "Give the staff number."
            several = f"{len(numbers)} people are called so." if len(seen) == len(numbers) else "Several are called so."
            raise ValidationError(f"{several} {which}", "ambiguous_manager")
        raise ValidationError("Nobody who works here has this staff number or name.", "unknown_manager")

    def clean_date_of_birth(self) -> date | None:
        """A day that has been. Raises ValidationError ``bad_date``."""
        day: date | None = self.cleaned_data["date_of_birth"]
        if day and day > self.on:
            raise ValidationError("The date of birth is still to come.", "bad_date")
        return day

    def clean(self) -> dict[str, Any]:
        """Employment ends on or after its first day."""
        data = super().clean() or self.cleaned_data
        since, until = data.get("employed_from"), data.get("employed_until")
        if since and until and until < since:
            self.add_error("employed_until", "Employment cannot end before it begins.")
        return data

    def after(self, stored: Facts) -> Facts:
        """Every fact as it was answered."""
        data = self.cleaned_data
        texts = (" ".join(str(data[name] or "").split()) for name in COLUMNS[:6])
        return (*texts, data["date_of_birth"], data["employed_from"], data["employed_until"])

    @staticmethod
    def facts(number: str, stored: Facts) -> dict[str, Any]:
        """A record as its form begins."""
        return {"staff_number": number, **dict(zip(COLUMNS, stored, strict=True))}


class NewRecordForm(RecordForm):
    """Somebody new, and whether they are invited at once."""

    invite = forms.BooleanField(
        label="Give access, and mail the invitation to sign in",
        required=False,
        help_text="It needs an e-mail that nobody else has.",
    )
    field_order = ("staff_number", *COLUMNS, "invite", "reason")

    def clean(self) -> dict[str, Any]:
        """Who is invited has an e-mail."""
        data = super().clean()
        if data.get("invite") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", "Give the e-mail to which the invitation goes.")
        return data


class LeaveForm(ReasonForm):
    """The last day of employment."""

    employed_until = DayField(
        label="Last day of employment",
        help_text="It is worked: access ends in the night after it, or at once where it is over.",
        error_messages={"required": "Give the last day."},
    )
    field_order = ("employed_until", "reason")

    def __init__(self, *args: Any, since: date | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.since = since

    def clean_employed_until(self) -> date:
        """A day on or after the first. Raises ValidationError ``end_before_start``."""
        day: date = self.cleaned_data["employed_until"]
        if self.since and day < self.since:
            raise ValidationError(f"Employment began on {say(self.since)}: it cannot end before.", "end_before_start")
        return day

    def after(self, stored: Facts) -> Facts:
        """The record with this last day."""
        return (*stored[:UNTIL], self.cleaned_data["employed_until"])


class ReturnForm(ReasonForm):
    """The first day of a new employment, and its last if that is known."""

    employed_from = DayField(
        label="First day of employment",
        required=False,
        help_text="Of the new employment. Leave the old one where it goes on as if they had never left.",
    )
    employed_until = DayField(label="Last day of employment", required=False, help_text="Empty while none is known.")
    field_order = ("employed_from", "employed_until", "reason")

    def after(self, stored: Facts) -> Facts:
        """The record with these two days."""
        return (*stored[:FROM], self.cleaned_data["employed_from"], self.cleaned_data["employed_until"])


def lines(number: str, stored: Facts, new_number: str, after: Facts) -> list[dict[str, str]]:
    """What changes, old → new, as its page lists it."""
    found = list(changed(stored, after))
    if number != new_number:
        found.insert(0, Change("staff_number", number, new_number))
    return [line(change.column, _said(change.old), _said(change.new)) for change in found]


def line(column: str, old: str, new: str) -> dict[str, str]:
    """One change in words."""
    label = LABELS.get(column, column)
    return {"label": label[:1].upper() + label[1:], "old": old or "none", "new": new or "none"}


def _said(fact: object) -> str:
    return say(fact) if isinstance(fact, date) else str(fact or "")
