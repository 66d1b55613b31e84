"""Form fields the whole product shares: a day as people write it, and what any field says of what no page offers."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from people.rules import EARLIEST, LATEST, MONTHS, is_likely, say

WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})", re.IGNORECASE | re.ASCII)
NUMBERS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)

NOT_OFFERED = "That is not on the list, or not any more. Choose again."
NOT_WHOLE = "This page has changed since you opened it. Open it again and send it once more."


def speak_plainly() -> None:
    """Fields say of a choice that they do not offer, an id or a sign that no page sends what to do; forms may say more.

    Whether the id is of somebody else's is not said: what one may not see and what is not there read the same.
    """
    several = {"required": "Choose at least one.", "invalid_choice": NOT_OFFERED, "invalid_list": NOT_OFFERED}
    said: tuple[tuple[type[forms.Field], dict[str, str]], ...] = (
        (forms.Field, {"required": "Fill this in."}),
        (forms.BooleanField, {"required": "Tick this to go on."}),
        (forms.ChoiceField, {"required": "Choose one.", "invalid_choice": NOT_OFFERED}),
        (forms.MultipleChoiceField, several),
        (forms.ModelChoiceField, {"invalid_choice": NOT_OFFERED}),
        (forms.ModelMultipleChoiceField, {"invalid_pk_value": NOT_OFFERED, **several}),
        (forms.UUIDField, {"invalid": NOT_WHOLE}),
    )
    for field, words in said:
        field.default_error_messages = {**field.default_error_messages, **words}
    ProhibitNullCharactersValidator.message = "This holds a sign that cannot be kept. Type it again."


def read_day(text: str) -> date | None:
    """The day that a person wrote, or None: 4 May 2026, 4/5/2026 (day first), 04-05-2026, 2026-05-04."""
    text = text.strip()
    if found := WORDS.fullmatch(text):
        name = found[2].lower()
        months = [number for number, month in enumerate(MONTHS, 1) if month.startswith(name)]
        day, month, year = int(found[1]), months[0] if len(months) == 1 else 0, int(found[3])
    elif found := NUMBERS.fullmatch(text):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    elif found := ISO.fullmatch(text):
        day, month, year = int(found[3]), int(found[2]), int(found[1])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


class DayInput(forms.TextInput):
    """One text box for a day; shows a date as 4 May 2026 and gives back unread what it could not read."""

    def format_value(self, value: Any) -> str | None:
        """The box's text for a date, or for what somebody typed."""
        return say(value) if isinstance(value, date) else super().format_value(value)


class DayField(forms.DateField):
    """A calendar day from 1900 to 2199. Accepts what `read_day` reads; anything else is refused, ``invalid``."""

    widget = DayInput
    default_error_messages = {
        "invalid": "Enter a day like 4 May 2026.",
        "unlikely": f"Check the year: it is from {EARLIEST.year} to {LATEST.year}.",
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "For example, 4 May 2026")
        super().__init__(**options)

    def to_python(self, value: Any) -> date | None:
        """The day, or None when the box is empty. Raises ValidationError ``invalid``."""
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            value = value.date()
        day = value if isinstance(value, date) else read_day(str(value))
        if day is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if not is_likely(day):
            raise ValidationError(self.error_messages["unlikely"], code="invalid")
        return day

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No browser suggestions, and a box as wide as a day."""
        return {"autocomplete": "off", "class": "day-box"}
