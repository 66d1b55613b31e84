"""What each move on an enrolment asks for: a day or two, a cohort, what it follows, a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from enrolment.forms.enrol import cohort_line
from enrolment.forms.nominations import NOT_LISTED
from enrolment.models import Enrolment
from enrolment.rules import chain_ahead
from people.forms import DayField
from people.rules import say
from programmes.models import Cohort

HIDDEN = ("key", "seen")


class MoveForm(forms.Form):
    """What every move has; field names are the action's parameters.

    ``key`` is the one-time key of the check page, so that a repeat finds its first result; ``seen`` the fingerprint of
    the knock-on that it showed. ``enrolment`` is what moves, ``others`` are the person's other enrolments, ``cohorts``
    those of the programme, ``on`` the day.
    """

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        enrolment: Enrolment | None = None,
        others: Sequence[Enrolment] = (),
        cohorts: Callable[[], Iterable[Cohort]] = tuple,
        on: date = date.min,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.enrolment, self.others, self.cohorts, self.on = enrolment, others, cohorts, on

    def given(self) -> dict[str, Any]:
        """What was answered, as the action and its preview take it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in HIDDEN}

    def key_for_check(self) -> str:
        """The key it has, or a new one."""
        return str(self.cleaned_data.get("key") or uuid4())

    def said(self) -> list[tuple[str, str]]:
        """What was answered, in words, by the label of its box; what was left empty is left out."""
        return [
            (str(self.fields[name].label or name.replace("_", " ").capitalize()), in_words(value))
            for name, value in self.given().items()
            if value not in (None, "")
        ]


def sent_again(given: dict[str, Any]) -> dict[str, str]:
    """Answers as a form sends them: days in ISO form, rows by their public id."""
    return {name: _written(value) for name, value in given.items() if value not in (None, "")}


def in_words(value: Any) -> str:
    """An answer as people read it."""
    match value:
        case date():
            return say(value)
        case Enrolment():
            return value.programme.name
        case Cohort():
            return f"{value.name}, {say(value.start_date)} to {say(value.planned_end_date)}"
        case _:
            return str(value)


def _written(value: Any) -> str:
    return str(value.public_id) if isinstance(value, Enrolment | Cohort) else str(value)


def _reason() -> forms.CharField:
    return forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept in the history.",
        error_messages={"required": "Say why, for the history."},
    )


def _reason_if_any() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept in the history.",
    )


class RedateForm(MoveForm):
    """Other dates for what has not begun."""

    start_date = DayField(label="Start", error_messages={"required": "Give the start."})
    planned_end_date = DayField(label="Planned end", error_messages={"required": "Give the planned end."})
    reason = _reason_if_any()


class EndForm(MoveForm):
    """Another planned end of what runs."""

    planned_end_date = DayField(label="Planned end", error_messages={"required": "Give the planned end."})
    reason = _reason_if_any()


class ReturnForm(MoveForm):
    """When a break ends and the planned end that follows; neither when it is not known."""

    return_on = DayField(
        label="Return date",
        required=False,
        help_text="The first day back. Leave it empty while it is not known: plans that come later wait for it.",
    )
    planned_end_date = DayField(
        label="New planned end",
        required=False,
        help_text="Needed with a return date; HR confirms it again when the break ends. For example, 4 May 2027",
    )
    reason = _reason_if_any()

    def clean(self) -> dict[str, Any]:
        """A planned end belongs to a return date."""
        data = super().clean() or {}
        if data.get("return_on") and not data.get("planned_end_date") and "planned_end_date" not in self.errors:
            self.add_error("planned_end_date", "Give the new planned end as well.")
        if data.get("planned_end_date") and not data.get("return_on") and "return_on" not in self.errors:
            self.add_error("return_on", "Give the return date too, or leave both empty.")
        return data


class BreakForm(ReturnForm):
    """Why the apprenticeship stands still, and until when, if that is known."""

    reason = _reason()


class WithdrawForm(MoveForm):
    """The last day of learning, which counts, and why."""

    ended_on = DayField(
        label="Last day of learning",
        help_text="This day still counts. On or before the start means they never attended. For example, 4 May 2026",
        error_messages={"required": "Give the last day of learning."},
    )
    reason = _reason()


class CompleteForm(MoveForm):
    """The actual finish."""

    ended_on = DayField(
        label="Actual finish",
        help_text="For the apprenticeship, the end of the assessment. For example, 4 May 2026",
        error_messages={"required": "Give the day it was finished."},
    )


class CorrectForm(MoveForm):
    """Another last day, or another finish, of what is closed."""

    ended_on = DayField(label="The right day", error_messages={"required": "Give the day it ended."})
    reason = _reason()


class TakeUpForm(MoveForm):
    """Until when it runs again, and why."""

    planned_end_date = DayField(
        label="Planned end",
        required=False,
        help_text="Leave this empty to keep the planned end it had. For example, 4 May 2027",
    )
    reason = _reason()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        end = self.enrolment.planned_end_date if self.enrolment else None
        if end and end < self.on:  # nobody can go back to it
            asked = self.fields["planned_end_date"]
            asked.required = True
            asked.help_text = f"The planned end it had, {say(end)}, has passed: give a new one. For example, 4 May 2027"
            asked.error_messages["required"] = "Give the planned end."


class CancelForm(MoveForm):
    """Why it will not happen."""

    reason = _reason()


class QueueForm(MoveForm):
    """What it follows from now on, if anything; nothing that follows it, however far."""

    behind = forms.ChoiceField(
        required=False,
        help_text="Its dates then come by themselves, once the end of the other programme is known.",
        error_messages=NOT_LISTED,
    )
    reason = _reason_if_any()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        live = [other for other in self.others if other.status in Enrolment.LIVE and not self._is_behind(other)]
        choice = self.fields["behind"]
        assert isinstance(choice, forms.ChoiceField)
        nothing = ("", "Nothing: HR gives the dates later")
        choice.choices = [nothing, *((str(e.public_id), f"{e.programme.name}, {e.reference}") for e in live)]

    def _is_behind(self, other: Enrolment) -> bool:
        return self.enrolment is not None and self.enrolment.pk in chain_ahead(other, self.others)

    def clean_behind(self) -> Enrolment | None:
        """The enrolment that was chosen."""
        chosen = self.cleaned_data["behind"]
        return next((other for other in self.others if str(other.public_id) == chosen), None)


class CohortForm(MoveForm):
    """Which cohort of the same programme."""

    cohort = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose a cohort.", **NOT_LISTED})
    reason = _reason_if_any()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offered = {str(cohort.public_id): cohort for cohort in self.cohorts()}
        choice = self.fields["cohort"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(public_id, cohort_line(cohort)) for public_id, cohort in self.offered.items()]

    def clean_cohort(self) -> Cohort:
        """The cohort that was chosen."""
        return self.offered[self.cleaned_data["cohort"]]


class UndoForm(MoveForm):
    """Nothing to fill in."""
