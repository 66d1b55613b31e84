"""What one move on many enrolments asks for, and what enrolling many people asks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property

from enrolment.forms.enrol import cohort_line
from enrolment.queries.bulk import MOST
from people.forms import DayField
from programmes.models import Cohort, Programme

type Coming = Callable[[], Iterable[Cohort]]
BETWEEN = re.compile(r"[\n\r,;\t]+")


def staff_numbers_in(text: str) -> Counter[str]:
    """The staff numbers of a text, one a line or with commas between them: each once, in order, with how often."""
    return Counter(filter(None, map(str.strip, BETWEEN.split(text))))


class CohortField(forms.ChoiceField):
    """A cohort that is still to start, by its public id; asked for only where it is shown or one was chosen."""

    def __init__(self, *, nothing: str, **options: Any) -> None:
        super().__init__(**options)
        self.nothing = nothing
        self.coming: Coming = list

    def look_in(self, coming: Coming) -> None:
        """Where the cohorts come from."""
        self.coming = coming
        self.choices = self._lines

    @cached_property
    def cohorts(self) -> dict[str, Cohort]:
        """The cohorts to choose from, by public id."""
        return {str(cohort.public_id): cohort for cohort in self.coming()}

    def _lines(self) -> list[tuple[str, Any]]:
        grouped = groupby(self.cohorts.values(), key=lambda cohort: cohort.programme.name)
        lines = [(name, [(str(c.public_id), cohort_line(c)) for c in group]) for name, group in grouped]
        return [("", self.nothing), *lines]


class ManyForm(forms.Form):
    """What a move on many is given; ``given`` says it as a batch keeps it."""

    def __init__(self, *args: Any, cohorts: Coming, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields.get("cohort")
        if isinstance(choice, CohortField):
            choice.look_in(cohorts)

    def given(self) -> dict[str, Any]:
        """Days as ISO text, a cohort by its row id."""
        given = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in self.cleaned_data.items()
        }
        choice = self.fields.get("cohort")
        if isinstance(choice, CohortField):
            given["cohort"] = choice.cohorts[given["cohort"]].pk
        return given


def _reason(*, is_needed: bool) -> forms.CharField:
    return forms.CharField(
        max_length=2000,
        required=is_needed,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept in the history of each.",
        error_messages={"required": "Say why, for the history."},
    )


class WithdrawMany(ManyForm):
    """One last day of learning for all, and why."""

    ended_on = DayField(label="Last day of learning", error_messages={"required": "Give the last day of learning."})
    reason = _reason(is_needed=True)


class CompleteMany(ManyForm):
    """One actual finish for all."""

    ended_on = DayField(label="Actual finish", error_messages={"required": "Give the day it was finished."})


class CancelMany(ManyForm):
    """Why they will not happen."""

    reason = _reason(is_needed=True)


class ExtendMany(ManyForm):
    """One later planned end for all."""

    planned_end_date = DayField(label="New planned end", error_messages={"required": "Give the new planned end."})


class CohortMany(ManyForm):
    """The cohort they go to, or whose waiting list they join."""

    cohort = CohortField(
        nothing="Choose a cohort",
        help_text="One that is still to start, of a programme that some of them are on.",
        error_messages={"required": "Choose a cohort."},
    )


class QueueMany(ManyForm):
    """Why they lose their dates."""

    reason = _reason(is_needed=False)


class EnrolManyForm(forms.Form):
    """Whom to enrol, on what, and when: one cohort, the same days for all, or as early as each of them can."""

    staff_numbers = forms.CharField(
        label="Staff numbers",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a line, or with commas between them.",
        error_messages={"required": "Give at least one staff number."},
    )
    programme = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose a programme."})
    cohort = CohortField(nothing="No cohort", required=False, help_text="Who finds it full joins its waiting list.")
    start_date = DayField(
        label="Start",
        required=False,
        help_text="The same for all. Without cohort and dates everybody starts as early as the rule lets them.",
    )
    planned_end_date = DayField(
        label="Planned end", required=False, help_text="Leave this empty for the programme’s usual length."
    )

    def __init__(self, *args: Any, programmes: Sequence[Programme], cohorts: Coming, **options: Any) -> None:
        super().__init__(*args, **options)
        self.programmes = {programme.code: programme for programme in programmes}
        choice, cohort = self.fields["programme"], self.fields["cohort"]
        assert isinstance(choice, forms.ChoiceField)
        assert isinstance(cohort, CohortField)
        choice.choices = [(programme.code, programme.name) for programme in programmes]
        cohort.look_in(cohorts)
        self.cohort = cohort
        self.repeated: list[tuple[str, int]] = []

    def clean_staff_numbers(self) -> list[str]:
        """Each number once, in the order given; ``repeated`` says which came how often."""
        typed = staff_numbers_in(self.cleaned_data["staff_numbers"])
        numbers = list(typed)
        self.repeated = [(number, count) for number, count in typed.items() if count > 1]
        if len(numbers) > MOST:
            raise ValidationError(f"Give at most {MOST:,} staff numbers, or load a file.", code="too_many")
        return numbers

    def clean(self) -> dict[str, Any]:
        """A cohort of this programme, or dates, or neither."""
        data = super().clean() or {}
        cohort, programme = self.chosen_cohort(), self.programmes.get(data.get("programme") or "")
        start, end = data.get("start_date"), data.get("planned_end_date")
        if cohort and programme and cohort.programme != programme:
            self.add_error("cohort", f"{cohort.name} is a cohort of {cohort.programme.name}.")
        if cohort and (start or end):
            self.add_error("cohort", "Choose a cohort or give dates, not both.")
        elif end and not start and "start_date" not in self.errors:
            self.add_error("start_date", "Give the start too.")
        return data

    def chosen_cohort(self) -> Cohort | None:
        """The cohort, once the field is clean."""
        chosen = self.cleaned_data.get("cohort")
        return self.cohort.cohorts.get(chosen) if chosen else None
