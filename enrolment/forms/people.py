"""What HR gives to find people and to load them."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from people.models import Department

MOST_MEGABYTES = 32
MOST_PEOPLE = 250_000  # more than this keeps a page waiting too long; the command takes them
MOST_ENROLMENTS = 20_000  # each is judged against all that its person is on; the command takes more
MOST_RESPONSES = 100_000  # what each row comes to is looked up while the page waits; the command takes more


class PeopleSearch(forms.Form):
    """Words that all have to be found, and a department."""

    q = forms.CharField(label="Name, number, e-mail, title or department", max_length=200, required=False)
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"),
        to_field_name="public_id",
        required=False,
        empty_label="All departments",
        error_messages={"invalid_choice": "There is no such department. Choose one of the list."},
    )


class PeopleUpload(forms.Form):
    """A file of people."""

    command = "import_people"

    file = forms.FileField(
        label="Your people file",
        help_text=f"A CSV file in UTF-8, at most {MOST_MEGABYTES} MB.",
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
