"""Writing a letter's text: headline and body, whom to read it as, and why it changes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from enrolment.rules.letters import text_problems
from enrolment.rules.wording import MOST_BODY, MOST_HEADLINE
from people.models import Employee
from people.queries import exactly, found

MOST_FOUND = 10  # people to choose among


class TextForm(forms.Form):
    """The words of one kind, judged by `rules.letters`; each problem says its line and what may be used instead."""

    headline = forms.CharField(
        max_length=MOST_HEADLINE,
        help_text="One line: what the mail is called.",
        error_messages={"required": "Write it."},
    )
    body = forms.CharField(
        label="Text",
        max_length=MOST_BODY,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "true"}),
        help_text="Plain text. Addresses become links. Leave a line empty to begin a paragraph.",
        error_messages={"required": "Write the text."},
    )
    person = forms.CharField(
        label="Read it as",
        required=False,
        max_length=200,
        help_text="A name, staff number or e-mail, for the preview and the trial. Leave it empty for a made-up person.",
    )
    reason = forms.CharField(
        label="Why does it change?",
        required=False,
        max_length=300,
        help_text="Needed to save. It stays with the version.",
    )
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, people: QuerySet[Employee], **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind, self.people = kind, people
        self.choices: list[Employee] = []

    def clean_person(self) -> Employee | None:
        """Who is meant. Raises ValidationError ``unknown_employee``, ``many_found`` (see ``choices``)."""
        text = self.cleaned_data["person"].strip()
        if not text:
            return None
        met = exactly(self.people, text) or list(
            found(self.people, text).order_by("family_name", "pk")[: MOST_FOUND + 1]
        )
        if not met:
            raise ValidationError(f"Nobody is found for “{text}”.", "unknown_employee")
        if len(met) > 1:
            names = "; ".join(f"{person.name}, {person.staff_number}" for person in met[:MOST_FOUND])
            raise ValidationError(f"More than one is found. Give the staff number: {names}.", "many_found")
        return met[0]

    def clean(self) -> dict[str, Any]:
        """The text is sound: every variable and tag is one that this kind of letter knows."""
        given = super().clean() or {}
        if "headline" in given and "body" in given:
            for part, problems in text_problems(self.kind, given["headline"], given["body"]).items():
                for problem in problems:
                    self.add_error(part, ValidationError(f"Line {problem.line}: {problem.message}", problem.code))
        return given
