"""Which programme, and on which days: a cohort's, or a start with a planned end. Also what giving dates later needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import cached_property

from enrolment.models import Enrolment
from enrolment.queries.enrolments import free_seats
from enrolment.rules import held
from people.forms import DayField
from people.rules import say
from programmes.models import Cohort, Programme
from programmes.rules import usual_end

NO_CHOICE = ("required", "invalid_choice")  # nothing, or nothing that is on the list


class DatesForm(forms.Form):
    """A cohort, or a start and a planned end (the usual one when left empty). ``programme`` is what the days are for.

    ``key`` is the one-time key that the check page gives, so that a repeated submit finds its first result.
    """

    cohort = forms.ChoiceField(
        required=False,
        label_suffix="",  # one of the two is needed, so neither is called optional
        help_text="Everybody in a cohort starts and ends together. Choose one here, or give a start below.",
        error_messages={
            "invalid_choice": "That cohort cannot be joined here, or not any more. Choose one of the list."
        },
    )
    start_date = DayField(
        label="Start",
        required=False,
        label_suffix="",
        help_text="Needed where no cohort is chosen. For example, 4 May 2026",
    )
    planned_end_date = DayField(
        label="Planned end", required=False, help_text="Leave this empty for the programme’s usual length."
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    no_cohort = "No cohort: the dates below"
    are_dates_needed = True

    def __init__(
        self, *args: Any, programmes: Sequence[Programme], cohorts: Callable[[], Iterable[Cohort]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.programmes = {programme.code: programme for programme in programmes}
        self.coming = cohorts
        self.is_clashing: Callable[[Cohort], bool] = lambda cohort: False
        choice = self.fields["cohort"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = self._cohort_choices  # asked for only where they are shown or one was chosen

    @cached_property
    def cohorts(self) -> dict[str, Cohort]:
        """The cohorts to choose from, by public id."""
        return {str(cohort.public_id): cohort for cohort in self.coming()}

    def _cohort_choices(self) -> list[tuple[str, Any]]:
        by_programme = groupby(self.cohorts.values(), key=lambda cohort: cohort.programme.name)
        grouped = [(name, [(str(c.public_id), self._line(c)) for c in group]) for name, group in by_programme]
        return [("", self.no_cohort), *grouped]

    def _line(self, cohort: Cohort) -> str:
        """A cohort among the choices, marked where what holds the person is in its way."""
        return cohort_line(cohort) + (" (clashes)" if self.is_clashing(cohort) else "")

    def chosen_programme(self) -> Programme | None:
        """What the days are for, once the form is clean."""
        raise NotImplementedError

    def chosen_cohort(self) -> Cohort | None:
        """The cohort, once the form is clean."""
        chosen = self.cleaned_data.get("cohort")
        return self.cohorts.get(chosen) if chosen else None

    def has_dates(self) -> bool:
        """Whether days were given in either way."""
        return bool(self.cleaned_data.get("cohort") or self.cleaned_data.get("start_date"))

    def clean(self) -> dict[str, Any]:
        """A cohort or dates, not both; a planned end is the usual one unless given."""
        data = super().clean() or {}
        programme, cohort = self.chosen_programme(), self.chosen_cohort()
        start, end = data.get("start_date"), data.get("planned_end_date")
        if cohort and programme and cohort.programme != programme:
            self.add_error("cohort", f"{cohort.name} is a cohort of {cohort.programme.name}.")
        if cohort and (start or end):
            self.add_error("cohort", "Choose a cohort or give dates, not both.")
        if end and not start and not cohort and "start_date" not in self.errors:
            self.add_error("start_date", "Give the start too.")
        elif self.are_dates_needed and not cohort and not start and not self.errors:
            self.add_error("cohort", "Choose a cohort, or give a start below.")
        return data

    def days(self) -> tuple[date, date]:
        """The first and the last day asked for, once the form is clean and has dates."""
        programme, cohort = self.chosen_programme(), self.chosen_cohort()
        if cohort:
            return cohort.start_date, cohort.planned_end_date
        start: date = self.cleaned_data["start_date"]
        assert programme is not None
        return start, self.cleaned_data.get("planned_end_date") or usual_end(programme, start)

    def key_given(self) -> UUID | None:
        """The one-time key of the check page, once the form is clean."""
        key: UUID | None = self.cleaned_data.get("key")
        return key

    def answers(self) -> dict[str, str]:
        """What was answered, as it is sent again by the check and clash pages, with the planned end worked out."""
        if not self.has_dates():
            return {}
        if cohort := self.chosen_cohort():
            return {"cohort": str(cohort.public_id)}
        start, end = self.days()
        return {"start_date": start.isoformat(), "planned_end_date": end.isoformat()}


GIVEN, EARLIEST, EARLIEST_COHORT, BEHIND = "given", "earliest", "earliest_cohort", "behind:"


class PlannedForm(DatesForm):
    """Days that somebody gives, or that the planner finds: ``how`` says which.

    ``seen`` is the fingerprint of what the check page showed of the planner's answer.
    """

    how = forms.ChoiceField(
        label="When",
        required=False,
        label_suffix="",  # one is chosen from the first
        initial=GIVEN,
        widget=forms.RadioSelect,
        help_text="You see the dates, and why none is earlier, before anything is recorded.",
        error_messages={"invalid_choice": "Choose one of these."},
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    field_order: tuple[str, ...] = ("how", "cohort", "start_date", "planned_end_date", "key", "seen")

    def __init__(self, *args: Any, history: Sequence[Enrolment] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.ahead = {f"{BEHIND}{e.public_id}": e for e in history if e.status in Enrolment.LIVE}
        choice = self.fields["how"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            (GIVEN, "In the cohort or on the dates that I give below"),
            (EARLIEST, "From the earliest legal start, for the usual length"),
            (EARLIEST_COHORT, "In the earliest cohort that fits"),
            *((value, _behind(record)) for value, record in self.ahead.items()),
        ]

    @property
    def asks_planner(self) -> bool:
        """Whether the planner gives the days."""
        return self.cleaned_data.get("how") not in ("", GIVEN, None)

    @property
    def is_in_cohort(self) -> bool:
        """Whether the planner looks through cohorts."""
        return bool(self.cleaned_data.get("how") == EARLIEST_COHORT)

    def chosen_ahead(self) -> Enrolment | None:
        """What it follows, once the form is clean."""
        return self.ahead.get(self.cleaned_data.get("how") or "")

    def clean(self) -> dict[str, Any]:
        """Days are given or left to the planner, not both."""
        self.are_dates_needed = not self.asks_planner
        data = super().clean()
        if self.asks_planner and (data.get("cohort") or data.get("start_date") or data.get("planned_end_date")):
            self.add_error("how", "Leave the cohort and the dates empty, or choose to give them.")
        return data

    def answers(self) -> dict[str, str]:
        """How the days come about, where the planner gives them."""
        return {**({"how": self.cleaned_data["how"]} if self.asks_planner else {}), **super().answers()}


class EnrolForm(PlannedForm):
    """One person onto one programme: which, and when. ``may_wait``: where the cohort is full, join its waiting list."""

    programme = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages=dict.fromkeys(NO_CHOICE, "Choose a programme.")
    )
    may_wait = forms.BooleanField(required=False, widget=forms.HiddenInput)
    field_order = ("programme", *PlannedForm.field_order, "may_wait")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["programme"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(programme.code, programme.name) for programme in self.programmes.values()]

    def chosen_programme(self) -> Programme | None:
        """The programme named."""
        return self.programmes.get(self.cleaned_data.get("programme") or "")

    def answers(self) -> dict[str, str]:
        """The programme as well."""
        waits = {"may_wait": "yes"} if self.cleaned_data.get("may_wait") else {}
        return {"programme": self.cleaned_data["programme"], **super().answers(), **waits}


class PlanForm(PlannedForm):
    """Days for an enrolment that is queued; its programme is settled."""

    def chosen_programme(self) -> Programme | None:
        """The only one it was made with."""
        return next(iter(self.programmes.values()))


def _behind(record: Enrolment) -> str:
    """What it could follow, with its end as it is known."""
    days = held(record)
    if days and days.last:
        return f"Behind {record.programme.name}, from the day after {say(days.last)}; it moves with it"
    return f"Behind {record.programme.name}, queued until its end is known"


def cohort_line(cohort: Cohort) -> str:
    """A cohort in a list of choices: name, days, seats left (it came with ``taken``)."""
    free = free_seats(cohort)
    seats = "full" if not free else f"{free} seat{'s' if free > 1 else ''} free"
    return f"{cohort.name}: {say(cohort.start_date)} to {say(cohort.planned_end_date)}, {seats}"
