"""Forms of what is given: a deputy's days, an account's roles, a department's name and place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from enrolment.forms.nominations import NOT_LISTED
from people.actions.given import Place, Roles, Window
from people.forms import DayField
from people.models import Department, Employee, User
from people.roles import LABELS

WHOLE, NAMED = "whole", "named"
EVERY_WORD = {"required": "Choose one of these."}


class DeputyForm(forms.Form):
    """Who acts for a manager, and when."""

    deputy = forms.CharField(
        label="Deputy’s staff number or work e-mail",
        max_length=254,
        error_messages={"required": "Say who the deputy is, by staff number or work e-mail."},
    )
    first_day = DayField(label="First day", error_messages={"required": "Give the first day."})
    last_day = DayField(
        label="Last day",
        help_text="On both days and in between, they see your people and nominate them as you do.",
        error_messages={"required": "Give the last day."},
    )

    def clean_deputy(self) -> Employee:
        """The one person with this number or e-mail. Raises ValidationError ``unknown_employee``."""
        said = self.cleaned_data["deputy"].strip()
        found = Employee.objects.filter(Q(staff_number=said) | Q(email__iexact=said))[:2]
        if len(found) != 1:
            raise ValidationError("Not exactly one person has this. Give the staff number.", "unknown_employee")
        return found[0]

    def window(self, manager: Employee) -> Window:
        """What was asked for, once the form is clean."""
        data = self.cleaned_data
        return Window(manager, data["deputy"], data["first_day"], data["last_day"])


class RolesForm(forms.Form):
    """The roles of an account, and for HR whether it is the whole organisation's or some departments'."""

    roles = forms.MultipleChoiceField(
        label="Roles", choices=list(LABELS.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    reach = forms.ChoiceField(
        label="If HR: for whom",
        choices=[(WHOLE, "The whole organisation"), (NAMED, "The departments chosen here, and all below them")],
        widget=forms.RadioSelect,
        error_messages=EVERY_WORD,
    )
    departments = forms.ModelMultipleChoiceField(
        Department.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": "There is no such department. Choose some of the list."},
    )

    def __init__(self, *args: Any, departments: QuerySet[Department], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["departments"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = departments

    def wanted(self, user: User) -> Roles:
        """What the account is to have, once the form is clean."""
        data = self.cleaned_data
        named = tuple(data["departments"]) if data["reach"] == NAMED else None
        return Roles(user, frozenset(data["roles"]), named)


class AccountForm(forms.Form):
    """The e-mail of somebody who is to have an account."""

    email = forms.EmailField(
        label="Work e-mail",
        help_text="They are mailed a link to choose how to sign in. Give them a role on the next page.",
        error_messages={"required": "Give the e-mail."},
    )


class DepartmentForm(forms.Form):
    """A department's name, and which it belongs to."""

    name = forms.CharField(max_length=200, error_messages={"required": "Give the department a name."})
    parent = forms.ChoiceField(label="Belongs to", required=False, error_messages=NOT_LISTED)

    def __init__(self, *args: Any, parents: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["parent"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Nothing: it stands at the top"), *parents]

    def place(self, department: Department | None) -> Place:
        """What it is to be, once the form is clean."""
        chosen = self.cleaned_data["parent"]
        parent = Department.objects.filter(public_id=chosen).first() if chosen else None
        return Place(self.cleaned_data["name"], parent, department)
