"""Asking for a second look, reviewing one, naming who does; complaining about data use, and answering that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from enrolment.forms.nominations import NOT_LISTED, OnceForm
from people.models import User

LONG = forms.Textarea(attrs={"rows": 6})


class AskForm(OnceForm):
    """What looks wrong, in somebody's own words."""

    words = forms.CharField(
        label="What should we look at again?",
        widget=LONG,
        max_length=4000,
        help_text="In your own words. Whoever looks again reads it; so can you, the person it is about, their manager "
        "and HR.",
        error_messages={"required": "Say what looks wrong to you: whoever looks again begins with it."},
    )


class CloseForm(forms.Form):
    """What came of a second look, and whether the placement changes."""

    outcome = forms.CharField(
        label="What came of it",
        widget=LONG,
        max_length=4000,
        help_text="Whoever asked, and the person it is about, read this word for word.",
        error_messages={"required": "Write what came of it: the person reads it."},
    )
    is_changed = forms.ChoiceField(
        label="Does the decision change?",
        choices=[("no", "No, it stays as it is"), ("yes", "Yes; I decide next")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the decision changes."},
    )


class ReviewerForm(forms.Form):
    """Who in HR looks again, out of those who may."""

    reviewer = forms.ChoiceField(label="Who looks again", error_messages={"required": "Choose somebody.", **NOT_LISTED})

    def __init__(self, *args: Any, people: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {user.email: user for user in people}
        field = self.fields["reviewer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose somebody"), *((email, _load(user)) for email, user in self.people.items())]

    def chosen(self) -> User:
        """The account that was chosen, once the form is clean."""
        return self.people[self.cleaned_data["reviewer"]]


class ComplainForm(OnceForm):
    """What is wrong with how somebody's data are used, in their words."""

    words = forms.CharField(
        label="What is wrong with how your data are used?",
        widget=LONG,
        max_length=4000,
        help_text="In your own words: what was used, by whom or for what, and what you would like instead.",
        error_messages={"required": "Say what is wrong: the answer begins with it."},
    )


class AnswerForm(forms.Form):
    """The answer to a complaint."""

    answer = forms.CharField(
        label="Your answer",
        widget=LONG,
        max_length=4000,
        help_text="The person who complained reads this word for word.",
        error_messages={"required": "Write the answer: the person reads it."},
    )


def _load(user: User) -> str:
    """A name, and how many second looks this account has open."""
    return f"{user}, {getattr(user, 'open_reviews', 0)} open"
