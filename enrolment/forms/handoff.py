"""What a hand-off lacks, filled in where it is read: one box for each person's unique learner number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms

from people.models import Employee

PREFIX = "uln-"


class UlnForm(forms.Form):
    """A box for each person, empty where nothing is known; spaces inside a number mean nothing."""

    def __init__(self, *args: Any, people: Iterable[Employee], **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {f"{PREFIX}{person.public_id}": person for person in people}
        for name, person in self.people.items():
            widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "maxlength": 20})
            label = f"ULN of {person.name}"
            self.fields[name] = forms.CharField(label=label, required=False, initial=person.uln, widget=widget)

    def numbers(self) -> dict[str, str]:
        """By field name, what was written, without spaces; what could not be read is left out."""
        return {name: "".join(self.cleaned_data[name].split()) for name in self.people if name in self.cleaned_data}


def named(data: Mapping[str, Any], most: int) -> list[UUID]:
    """The public ids of the people whom a posted form has a box for, so many at most."""
    ids = []
    for name in data:
        try:
            ids += [UUID(name.removeprefix(PREFIX))] if name.startswith(PREFIX) else []
        except ValueError:
            continue
    return ids[:most]
