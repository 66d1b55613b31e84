"""What HR gives to find people and to load them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from people.models import Department

MOST_MEGABYTES = 32
MOST_PEOPLE = 250_000  # more than this keeps a page waiting too long; the command takes them
MOST_ENROLMENTS = 20_000  # each is judged against all that its person is on; the command takes more


class PeopleSearch(forms.Form):
    """Words that all have to be found, and a department."""

    q = forms.CharField(label="Name, number, e-mail, title or department", max_length=200, required=False)
    department = forms.ModelChoiceField(
        Department.objects.none(), to_field_name="public_id", required=False, empty_label="All departments"
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
