"""One question as a form: its options are radio buttons, its field is named by the question's code."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessment.models import Option, Question


class QuestionForm(forms.Form):
    """Takes one answer. ``heading`` names the field whose legend is the page's h1."""

    def __init__(self, question: Question, *args: Any, **kwargs: Any) -> None:
        """Build the choices from the question's options, in their order."""
        super().__init__(*args, **kwargs)
        self.heading = question.code
        self.fields[question.code] = forms.ChoiceField(
            label=question.text,
            help_text=question.hint,
            choices=[(option.code, _label(option)) for option in question.options.all()],
            widget=forms.RadioSelect,
            error_messages={"required": "Choose one answer.", "invalid_choice": "Choose one of the answers."},
        )

    @property
    def given(self) -> dict[str, str]:
        """The answer, by the question's code."""
        return dict(self.cleaned_data)


def _label(option: Option) -> SafeString:
    if not option.hint:
        return format_html("{}", option.label)
    return format_html('{}<span class="d-block quiet">{}</span>', option.label, option.hint)
