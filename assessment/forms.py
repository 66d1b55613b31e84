"""One question as a form to answer; a question, an option, a rule as forms to write them; a version from a file."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessment.models import Option, Question
from assessment.queries import Version
from programmes.models import Programme

MOST_KILOBYTES = 1024
PERSON_DECIDES = "person"
DOES_NOT_MATTER = "Tick none where the answer does not matter."


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


class EditForm(forms.Form):
    """An edit of a version. It carries the ``revision`` that its page showed, so that nothing is overwritten unseen."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why", max_length=500, required=False, help_text="One sentence for the history of this version."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    @property
    def words(self) -> dict[str, Any]:
        """What was written, without the revision and the reason."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"revision", "reason"}}

    def refuse(self, error: ValidationError) -> None:
        """Add what an action refused, each sentence to its field."""
        found = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        for field, errors in found.items():
            for one in errors:
                self.add_error(field if field in self.fields else None, one)

    def show_again(self, revision: int) -> None:
        """A refused form from here on answers to the present revision; what was written into it stays."""
        answers = QueryDict(mutable=True)
        answers.update(self.data)
        answers["revision"] = str(revision)
        self.data = answers


class MoveForm(EditForm):
    """A move of a version: check, publish, discard. All but checking want a reason."""

    def __init__(self, *args: Any, needs_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_reason:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = "Say why: it stays in the history."


class ReasonForm(forms.Form):
    """Why something is begun."""

    reason = forms.CharField(
        label="What should change, and why?",
        max_length=500,
        help_text="One sentence for the history of this version.",
        error_messages={"required": "Say why: it stays in the history."},
    )


class NameForm(EditForm):
    """The name of a version."""

    name = forms.CharField(max_length=200, error_messages={"required": "Give it a name."})


class WriteQuestionForm(EditForm):
    """A question's words; a new one comes with its answers."""

    text = forms.CharField(label="Question", max_length=300, error_messages={"required": "Write the question."})
    short = forms.CharField(
        label="Short name",
        max_length=60,
        help_text="How tables call it. For example, Your role",
        error_messages={"required": "Give it a short name."},
    )
    hint = forms.CharField(label="Help", max_length=300, required=False, help_text="What helps people to choose.")
    answers = forms.CharField(
        label="Answers to choose from",
        help_text="One a line, at least two. You can write more about each afterwards.",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Give at least two answers, one a line."},
    )

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["answers"]

    def clean_answers(self) -> tuple[str, ...]:
        """Each line that says something, once."""
        lines = (line.strip() for line in self.cleaned_data["answers"].splitlines())
        found = tuple(dict.fromkeys(line for line in lines if line))
        if any(len(line) > 200 for line in found):
            raise ValidationError("An answer has at most 200 characters.", code="too_long")
        return found


class WriteOptionForm(EditForm):
    """An answer's words."""

    label = forms.CharField(label="Answer", max_length=200, error_messages={"required": "Write the answer."})
    hint = forms.CharField(label="Help", max_length=300, required=False, help_text="Shown below the answer.")
    phrase = forms.CharField(
        label="In a sentence",
        max_length=200,
        required=False,
        help_text="What follows “You said that”. For example, you lead a team",
    )
    job_titles = forms.CharField(
        label="Job titles",
        max_length=500,
        required=False,
        help_text="Whoever has one of these words in their job title finds this answer chosen, and can change it. "
        "Commas between them. For example, head of department, director",
    )


class WriteRuleForm(EditForm):
    """A row of the decision table: if these answers, then this programme or a person, because."""

    row = forms.IntegerField(required=False, widget=forms.HiddenInput)
    programme = forms.ChoiceField(
        label="Then",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose where this rule leads.", "invalid_choice": "Choose one of the list."},
    )
    because = forms.CharField(
        label="Because",
        max_length=400,
        help_text="The sentence that people read. For example, You said that you lead a team, so …",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, in a sentence for the person."},
    )

    def __init__(self, *args: Any, version: Version, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = Programme.objects.filter(withdrawn_on=None).order_by("position")
        choices = [(row.code, row.name) for row in programmes]
        self.fields["programme"].choices = [*choices, (PERSON_DECIDES, "A person decides")]  # type: ignore[attr-defined]
        self.questions = [question.code for question in version.questions]
        for question in version.questions:
            self.fields[f"if-{question.code}"] = forms.MultipleChoiceField(
                label=f"If “{question.short}” is one of",
                help_text=DOES_NOT_MATTER,
                choices=[(option.code, option.label) for option in question.options.all()],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                error_messages={"invalid_choice": "This answer is no longer there: look again at what is ticked."},
            )
        self.order_fields([*(f"if-{code}" for code in self.questions), "programme", "because", "reason"])

    @property
    def conditions(self) -> Mapping[str, list[str]]:
        """The options ticked, by question."""
        return {code: self.cleaned_data[f"if-{code}"] for code in self.questions}

    @property
    def leads_to(self) -> Programme | None:
        """The programme chosen; None: a person decides."""
        code = self.cleaned_data["programme"]
        return None if code == PERSON_DECIDES else Programme.objects.get(code=code)


class VersionUpload(ReasonForm):
    """A file that says a version of the questionnaire."""

    file = forms.FileField(
        label="Your file",
        help_text=f"A JSON file, at most {MOST_KILOBYTES} KB.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
    field_order = ("file", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Where it comes from, and why"

    def clean_file(self) -> UploadedFile:
        """The file, unless it is far larger than any questionnaire."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size and file.size > MOST_KILOBYTES * 1024:
            raise ValidationError(f"The file has more than {MOST_KILOBYTES} KB.", code="file_too_large")
        return file
