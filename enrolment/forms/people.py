"""What HR gives to find people and to load them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from people.forms import DayField
from people.models import Department
from people.reading import FACTS, Question

if TYPE_CHECKING:
    from enrolment.queries.files import Matching

MOST_MEGABYTES = 32
MOST_PEOPLE = 250_000  # more than this keeps a page waiting too long; the command takes them
MOST_ENROLMENTS = 20_000  # each is judged against all that its person is on; the command takes more
MOST_RESPONSES = 100_000  # what each row comes to is looked up while the page waits; the command takes more


class PeopleSearch(forms.Form):
    """Words that all have to be found, and a department."""

    q = forms.CharField(label="Name, number, e-mail, title or department", max_length=200, required=False)
    department = forms.ModelChoiceField(
        Department.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="All departments",
        error_messages={"invalid_choice": "There is no such department. Choose one of the list."},
    )

    def __init__(self, *args: Any, departments: QuerySet[Department], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = departments


class PeopleUpload(forms.Form):
    """A file of people."""

    command = "import_people"

    file = forms.FileField(
        label="Your people file",
        help_text=f"A CSV file or an Excel workbook (.xlsx), at most {MOST_MEGABYTES} MB.",
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Its first row names the columns, and each row below is one person.",
        },
    )

    def clean_file(self) -> UploadedFile:
        """The file, unless it is too large to be read while somebody waits."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size and file.size > MOST_MEGABYTES * 1024 * 1024:
            raise ValidationError(
                f"The file has {file.size / 1024 / 1024:.0f} MB and at most {MOST_MEGABYTES} MB can be read here. "
                f"Split it, or ask whoever runs Waypoint to load it with the command {self.command}.",
                code="file_too_large",
            )
        return file


class ColumnsForm(forms.Form):
    """What each column of a file is, what has to be asked of its days, and the name of its source."""

    source = forms.CharField(
        label="Name of this source",
        max_length=80,
        help_text="For example, Payroll export. The next file with the same columns is read in the same way.",
        error_messages={"required": "Give the source a name."},
    )

    def __init__(self, *given: Any, matching: Matching, questions: Sequence[Question], **options: Any) -> None:
        super().__init__(*given, **options)
        choices = [("", "Leave this column out"), *FACTS.items()]
        for at, name in enumerate(matching.table.columns):
            seen = "; ".join(text[:60] for text in matching.samples[at])
            self.fields[f"column-{at}"] = forms.ChoiceField(
                label=name[:80],
                label_suffix="",  # each is answered, if only with “Leave this column out”
                choices=choices,
                required=False,
                initial=matching.facts[at] if at < len(matching.facts) else "",
                help_text=f"For example: {seen}" if seen else "No cell of this column holds anything.",
            )
        for question in questions:
            self.fields[question.name] = forms.ChoiceField(
                label=f"How are the days in “{question.column[:60]}” written, such as {question.example[:20]}?",
                choices=list(question.choices.items()),
                widget=forms.RadioSelect,
                error_messages={"required": "Say how the days are written: the file does not show it."},
            )
        self.order_fields([question.name for question in questions] + ["source"])

    def facts(self) -> list[str]:
        """Column by column, the fact that was chosen."""
        chosen = [name for name in self.fields if name.startswith("column-")]
        return [self.cleaned_data.get(name, "") for name in chosen]


class WholeForm(forms.Form):
    """Whether the file is the whole organisation, and the last day of those who are not in it."""

    leave_on = DayField(
        label="Last day of the people who are not in the file",
        help_text="Only if this file has everybody. For example, 4 May 2026. Empty: people who are not in it stay.",
        required=False,
    )


class EnrolmentsUpload(PeopleUpload):
    """A file of enrolments."""

    command = "import_enrolments"
    file = forms.FileField(
        label="Your enrolments file",
        help_text=f"A CSV file in UTF-8 with at most {MOST_ENROLMENTS:,} rows.",
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Its first row names the columns, and each row below is one enrolment.",
        },
    )


class ResponsesUpload(PeopleUpload):
    """A file of answers."""

    command = "import_responses"
    file = forms.FileField(
        label="Your file of answers",
        help_text=f"A CSV file in UTF-8 with at most {MOST_RESPONSES:,} rows.",
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Its first row names the columns, and each row below is one person.",
        },
    )
