"""Loading what people answered from a file: upload, look at what would happen, apply, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_safe

from assessment import queries
from enrolment.forms.people import MOST_RESPONSES, ResponsesUpload
from enrolment.imports.responses import check_responses
from enrolment.views.batches import Job, batch_page, refused_file
from enrolment.views.imports import Loader, template_file, upload
from people.access import everywhere_decides
from people.records import REASONS

RESPONSES = Loader(
    job=Job(
        kinds=("responses",),
        page="enrolment:responses_batch",
        refused_page="enrolment:responses_refused",
        again_page="enrolment:import_responses",
        list_page="enrolment:recommendations",
        back="Load answers",
        titles=("Check {}", "Loading {}", "Loaded {}"),
        stats=(
            ("created", "answered for the first time"),
            ("updated", "answered again"),
            ("unchanged", "already as the file says"),
            ("refused", "refused"),
        ),
        unit="people done",
        many="answers",
        done="Answers loaded",
        see="See the recommendations",
        apply="Load these answers",
        again="Choose another file",
        first="Load those first",
        refused=", correct them and load that file. Each row begins with its reason and is otherwise as you wrote it; "
        "a staff number that is in the file twice is left out, so that nobody gets somebody else’s answers.",
        nothing_new="Nothing would change: everybody’s answers are already as the file says.",
        nothing_taken="No row of this file can be taken. Correct it and choose it again.",
        row_titles={"refused": "Refused rows", "updated": "Answered again", "created": "Answered for the first time"},
        reasons=REASONS,
    ),
    title="Load answers",
    lead="Choose a file. The next page says what each row would come to; nothing is recorded before you agree.",
    back="Recommendations",
    noun="person",
    notes_title="What happens to the rows",
    notes=(
        "Each row counts as if the person had sent these answers today: the rules recommend, and a person decides.",
        "The same answers again change nothing. Others count from now; what was answered before stays in the history.",
        "Everybody whose answers are recorded is told what the rules recommend, by mail and on their page.",
        "Answers that somebody has begun in Waypoint and not sent stay as they are.",
        "Of two rows about one person the first counts; the other is refused.",
        "A row that cannot be taken never stops the others; each says what is wrong with it.",
    ),
    form=ResponsesUpload,
    check=partial(check_responses, most=MOST_RESPONSES),
    columns=(),
    template_page="enrolment:responses_template",
    template_name="answers.csv",
)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def import_responses(request: HttpRequest) -> HttpResponse:
    """Take a file of answers, judge it, and show what it would come to; nothing is recorded yet."""
    return upload(request, _loader())


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def responses_batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One file of answers. POST applies it, once."""
    return batch_page(request, RESPONSES.job, public_id)


@everywhere_decides
@require_safe
def responses_refused(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The refused answers, to correct."""
    return refused_file(request, RESPONSES.job, public_id, file_name="refused-answers.csv")


@everywhere_decides
@require_safe
def responses_template(request: HttpRequest) -> HttpResponse:
    """An empty file of answers with the columns of the published version."""
    return template_file(_loader())


def _loader() -> Loader:
    """With a column for each question of the version that people answer today; Http404 while none is published."""
    questions = [
        (question.code, f"“{question.text}” {_one_of([option.code for option in question.options.all()])}", True)
        for question in queries.published().questions
    ]
    return replace(RESPONSES, columns=(("staff_number", "Who answered", True), *questions))


def _one_of(codes: list[str]) -> str:
    return f"One of {', '.join(codes)}; or the words of the answer as people read them"
