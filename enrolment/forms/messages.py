"""What lists of messages are narrowed to, and what a step on messages asks for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import AnonymousUser

from enrolment.queries.messages import Narrowed
from enrolment.rules.kinds import DIGESTS, KINDS
from enrolment.rules.sendings import ASK_TWICE_ABOVE
from people.models import Department, Employee, Notice, User
from people.queries import choices
from people.rules import Step


class MessageFilter(forms.Form):
    """Kind, words, department, one person; for what failed, its reason. What is unknown narrows nothing."""

    kind = forms.CharField(required=False, max_length=40)
    q = forms.CharField(required=False, max_length=200)
    department = forms.ModelChoiceField(
        Department.objects.none(), to_field_name="public_id", required=False, empty_label="All departments"
    )
    person = forms.UUIDField(required=False)
    status = forms.CharField(required=False, max_length=20)
    why = forms.CharField(required=False, max_length=300)

    def __init__(self, *args: Any, user: User | AnonymousUser, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.fields["department"].queryset = choices(user)  # type: ignore[attr-defined]

    def narrowed(self) -> Narrowed:
        """What was chosen, as far as it makes sense and its reader may see whom it is about."""
        self.full_clean()
        data: dict[str, Any] = self.cleaned_data
        kind, status = data.get("kind", ""), data.get("status", "")
        return Narrowed(
            kind=kind if kind in KINDS else "",
            q=data.get("q", "").strip(),
            department=data.get("department"),
            person=self._person(data["person"]) if data.get("person") else None,
            status=status if status in Notice.Status else "",
            why=data.get("why", ""),
        )

    def _person(self, public_id: UUID) -> Employee | None:
        person = Employee.objects.read_as_hr_by(self.user).filter(public_id=public_id).first()
        if person is None:
            self.add_error("person", "There is no such person.")
        return person


class StepForm(forms.Form):
    """Why, and a second yes where very many messages are meant."""

    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept in the history of each.",
        error_messages={"required": "Say why, for the history."},
    )
    sure = forms.BooleanField(error_messages={"required": "Tick this: it concerns so many messages."})

    def __init__(self, *args: Any, step: Step, count: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = step.needs_reason  # the page says which are optional
        if count <= ASK_TWICE_ABOVE:
            del self.fields["sure"]
        else:
            self.fields["sure"].label = f"Yes, all {count:,} messages"


class ChoicesForm(forms.Form):
    """For each kind that a person may choose about: whether, or how often, they get it."""

    def __init__(self, *args: Any, kinds: list[str], chosen: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        for code in kinds:
            kind = KINDS[code]
            self.fields[code] = forms.ChoiceField(
                label=kind.label[:1].upper() + kind.label[1:],
                choices=kind.choices,
                initial=chosen.get(code, kind.usual),
                widget=forms.RadioSelect,
                help_text="Never means you find out on the pages only." if kind.group == DIGESTS else "",
                error_messages={"required": "Choose one.", "invalid_choice": "Choose one of these."},
            )
