"""Answers from a file: what each row comes to, that it is as if people had sent them, and that a job resumes."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client

from assessment import queries
from assessment.actions import Answered, Decision, answer, begin, drafts, place, submit, versions
from assessment.actions.recording import Given, record
from assessment.models import Placement, Questionnaire, Recommendation, Response
from enrolment.actions import outcomes
from enrolment.actions import responses as actions
from enrolment.actions.batches import begin as begin_batch
from enrolment.answers import OUTCOMES, AnswersRow
from enrolment.imports import apply_batch
from enrolment.imports.responses import check_responses, load_responses, read_responses
from enrolment.models import Batch
from enrolment.tasks import resume_batches
from people.clock import now
from people.models import Employee, User
from tests.factories import TODAY, EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
HEADER = ("staff_number", "role", "does", "stage", "need")
SETS = ("senior_leader", "sets_direction", "exploring", "understand")
IMPROVES = ("operations", "improves_work", "exploring", "build")
KEYS = ["row", "staff_number", "outcome", "code", "message", "clashes_with", "earliest_start", "warnings"]


def answers_file(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> bytes:
    """A file with these rows: a staff number, then the answers in the order of the questions."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def load(*rows: tuple[str, ...]) -> list[AnswersRow]:
    """Load rows as the command does."""
    return load_responses(answers_file(*rows), file_name="answers.csv", by=None, on=TODAY)


def came_to(*rows: tuple[str, ...]) -> list[str]:
    """The outcome of each row, with its code if it was refused."""
    return [f"{row.outcome} {row.code}".strip() for row in load(*rows)]


def written() -> tuple[int, int]:
    """How many responses and recommendations there are."""
    return Response.objects.count(), Recommendation.objects.count()


@pytest.fixture(autouse=True)
def person(db: None) -> Employee:
    """Staff number 1, for whom most rows are."""
    return EmployeeFactory(staff_number="1")


def test_a_row_is_as_if_the_person_had_sent_these_answers(person: Employee) -> None:
    """The same proof as the page's action gives somebody with the same answers."""
    assert came_to(("1", *SETS)) == ["created"]
    made = Recommendation.objects.select_related("response").get(employee=person)
    assert made.response.answers == dict(zip(HEADER[1:], SETS, strict=True))
    assert (made.response.started_on, made.response.submitted_on, made.made_on) == (TODAY, TODAY, TODAY)
    assert made.response.submitted_at is not None
    assert (made.response.answered_by, made.response.is_on_behalf, made.is_latest) == (None, True, True)
    other = EmployeeFactory()
    [response] = begin([other], by=None, on=TODAY)
    answer([Answered(response, made.response.answers)], by=None)
    [sent] = submit([response], by=None, on=TODAY)
    assert isinstance(sent, Recommendation)
    proof = ("programme_id", "rule_id", "because", "answers_used", "lost", "runner_up_id", "smallest_change")
    assert [getattr(made, name) for name in proof] == [getattr(sent, name) for name in proof]


def test_the_same_file_again_changes_nothing_and_other_answers_count_from_now(person: Employee) -> None:
    """What was answered before stays, without being the latest; the decision on it stays too."""
    load(("1", *SETS))
    hr = UserFactory(is_hr=True)
    first = Recommendation.objects.get()
    place([Decision(person, programme("ai-leadership-literacy"), first)], by=hr, on=TODAY)
    assert came_to(("1", *SETS)) == ["unchanged"]
    assert written() == (1, 1)
    [row] = load(("1", *IMPROVES))
    assert (row.outcome, row.code) == ("updated", "")
    assert row.message == "Answered otherwise on 15 June 2026; these answers count from now."
    assert written() == (2, 2)
    latest = Recommendation.objects.get(is_latest=True)
    assert latest.programme == programme("ai-practitioner")
    assert not latest.is_decided
    assert Placement.objects.get().recommendation == first
    assert came_to(("1", *IMPROVES)) == ["unchanged"]


def test_answers_under_way_are_not_lost(person: Employee) -> None:
    """They can still be sent, and then they are the latest."""
    [response] = begin([person], by=None, on=TODAY)
    answer([Answered(response, {"role": "other"})], by=None)
    [row] = load(("1", *SETS))
    assert row.outcome == "created"
    assert row.message == "Answers begun in Waypoint and not sent stay as they are."
    response.refresh_from_db()
    assert (response.answers, response.submitted_on) == ({"role": "other"}, None)
    assert load(("1", *SETS))[0].message == ""
    answer([Answered(response, dict(zip(HEADER[1:], IMPROVES, strict=True)))], by=None)
    submit([response], by=None, on=TODAY)
    assert Recommendation.objects.get(is_latest=True).response == response


def test_answers_to_an_earlier_version_are_answered_again() -> None:
    """A response belongs to its version: the same words mean an answer to the new one."""
    load(("1", *SETS))
    hr = UserFactory(is_hr=True)
    draft = versions.draft(by=hr, on=TODAY, reason="Other words.")
    how: dict[str, Any] = {"by": hr, "on": TODAY}
    named = drafts.rename(draft, "Other words", revision=draft.revision, by=hr, on=TODAY)
    checked = versions.check(named, revision=named.revision, reason="", **how)
    new = versions.publish(checked, revision=checked.revision, reason="Agreed.", **how)
    [row] = load(("1", *SETS))
    assert row.outcome == "updated"
    assert row.message == "Answered an earlier version before; these answers count from now."
    assert Recommendation.objects.get(is_latest=True).response.questionnaire == new


@pytest.mark.parametrize("said", [str.upper, str.title, lambda text: f"  {text.replace(' ', '   ')} "])
def test_an_answer_is_given_by_its_code_or_by_its_words(said: Callable[[str], str]) -> None:
    """Whatever their capitals and spaces."""
    words = [option_label(code, option) for code, option in zip(HEADER[1:], SETS, strict=True)]
    assert words[2] == "We are exploring"
    assert came_to(("1", *map(said, words))) == ["created"]
    assert came_to(("1", *map(said, SETS))) == ["unchanged"]
    assert Response.objects.get().answers == dict(zip(HEADER[1:], SETS, strict=True))


def option_label(question: str, option: str) -> str:
    """The words of an answer of the published version."""
    found = queries.published().option(question, option)
    assert found is not None
    return found.label


def test_columns_stand_in_any_order_and_capitals() -> None:
    """And the reasons of a file of refused rows may stand before them."""
    content = answers_file((*SETS[::-1], "1"), header=("Need", "STAGE", "does", "role", "Staff_Number"))
    assert [r.outcome for r in load_responses(content, file_name="x", by=None, on=TODAY)] == ["created"]
    content = answers_file(("2", "unknown_option", "Why.", "1", *SETS), header=("row", "code", "reason", *HEADER))
    assert [r.outcome for r in load_responses(content, file_name="x", by=None, on=TODAY)] == ["unchanged"]


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        (("404", *SETS), "unknown_employee", "Nobody has the staff number 404."),
        (("", *SETS), "staff_number_missing", "The staff number is missing."),
        (("2", *SETS), "not_employed", "left on 14 June 2026."),
        (("1", "king", *SETS[1:]), "unknown_option", "“king” is no answer to “Your role”."),
        (("1", "", *SETS[1:]), "answer_missing", "The answer to “Your role” is missing."),
        (("1", *SETS[:3]), "answer_missing", "is missing."),
        (("1", *SETS, "more"), "too_many_cells", "The row has 6 cells and the header 5."),
    ],
)
def test_a_refused_row_says_why_and_leaves_nothing_behind(row: tuple[str, ...], code: str, words: str) -> None:
    """And never stops the others."""
    EmployeeFactory(staff_number="2", employed_until=TODAY.replace(day=14))
    EmployeeFactory(staff_number="3", employed_until=TODAY)
    refused, taken = load(row, ("3", *SETS))
    assert (refused.outcome, refused.code, taken.outcome) == ("refused", code, "created")
    assert words in refused.message
    assert written() == (1, 1)


def test_of_two_rows_about_one_person_the_first_counts(person: Employee) -> None:
    """Also where the first is refused: which of them is right is for whoever made the file."""
    _, twice = load(("1", *SETS), ("1", *IMPROVES))
    assert (twice.code, twice.row) == ("duplicate_staff_number", 3)
    assert twice.message == "Staff number 1 is in row 2 already, which counts."
    assert Response.objects.get().answers["role"] == "senior_leader"
    assert came_to(("1", "king", *SETS[1:]), ("1", *IMPROVES)) == [
        "refused unknown_option",
        "refused duplicate_staff_number",
    ]


def test_words_that_two_options_share_stand_for_neither(person: Employee) -> None:
    """A code that is another option's words is the code."""
    hr = UserFactory(is_hr=True)
    draft = versions.draft(by=hr, on=TODAY, reason="Same words.")
    options = draft.questions.get(code="role").options
    options.filter(code__in=["operations", "other"]).update(label="Something")
    options.filter(code="finance_admin").update(label="other")
    read = queries.version(Questionnaire.objects.get(pk=draft.pk))
    content = answers_file(("1", "something", *SETS[1:]), ("2", "Other", *SETS[1:]))
    shared, coded = read_responses(content, read)
    assert shared.code == "unknown_option"
    assert coded.answers is not None
    assert coded.answers["role"] == "other"


def test_the_action_refuses_what_its_version_does_not_offer(person: Employee) -> None:
    """Whoever calls it."""
    version = queries.published()
    whole = dict(zip(HEADER[1:], SETS, strict=True))
    given = [Given(person, whole | {"role": "king"}), Given(person, {"role": "other"})]
    codes = [result.code for result in record(given, version=version, by=None, on=TODAY)]  # type: ignore[union-attr]
    assert codes == ["unknown_answer", "answers_missing"]
    assert written() == (0, 0)
    user = UserFactory()
    person.user = user
    person.save()
    record([Given(person, whole)], version=version, by=user, on=TODAY)
    assert not Response.objects.get().is_on_behalf


def crowd(people: int) -> bytes:
    """A file over many people, the first of whom is unknown."""
    for number in range(people):
        EmployeeFactory(staff_number=f"P{number:04}")
    rows = [(f"P{number:04}", *(SETS if number % 2 else IMPROVES)) for number in range(people)]
    return answers_file(("404", *SETS), *rows)


def test_checking_a_file_records_nothing_and_foresees_what_applying_does() -> None:
    """Pressing twice is once."""
    content = answers_file(("1", *SETS), ("404", *SETS))
    batch = check_responses(content, file_name="answers.csv", by=None, on=TODAY)
    assert written() == (0, 0)
    foreseen = {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}
    assert batch.counts == foreseen
    assert begin_batch([batch], on=TODAY) == 1
    assert apply_batch(batch.pk) == 2
    batch.refresh_from_db()
    assert (batch.status, batch.counts) == ("applied", foreseen)
    assert written() == (1, 1)
    assert begin_batch([batch], on=TODAY) == 0
    assert apply_batch(batch.pk) == 0
    assert written() == (1, 1)


class Killed(BaseException):
    """A worker that goes away without a word."""


@pytest.mark.parametrize("survived", [0, 1, 3], ids=["first", "second", "last"])
def test_a_killed_workers_file_is_finished_with_the_same_counts(monkeypatch: Any, survived: int) -> None:
    """The worker goes away inside a chunk, before its transaction ends; another begins where it stopped."""
    monkeypatch.setattr(outcomes, "CHUNK", 10)
    batch = check_responses(crowd(35), file_name="answers.csv", by=None, on=TODAY)
    foreseen = batch.counts
    begin_batch([batch], on=TODAY)
    chunks, advance = iter(range(9)), actions._advance

    def die(rows: Any, batch: Batch) -> None:
        if next(chunks) == survived:
            raise Killed
        advance(rows, batch)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_advance", die)
        with pytest.raises(Killed):
            apply_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("applying", 10 * survived)
    assert Response.objects.count() == max(10 * survived - 1, 0)
    assert resume_batches() == 36 - batch.done
    batch.refresh_from_db()
    assert (batch.status, batch.done, batch.counts) == ("applied", 36, foreseen)
    assert foreseen == {"created": 35, "updated": 0, "unchanged": 0, "refused": 1}
    assert written() == (35, 35)
    assert batch.rows.count() == 36


def test_a_chunk_that_the_database_refuses_is_said_so_and_the_next_goes_on(monkeypatch: Any) -> None:
    """And nothing of that chunk is recorded."""
    monkeypatch.setattr(outcomes, "CHUNK", 10)
    content, calls = crowd(24), iter(range(9))

    def refuse(given: Any, **how: Any) -> Any:
        if next(calls) == 1:
            raise IntegrityError
        return record(given, **how)

    monkeypatch.setattr(actions, "record", refuse)
    rows = load_responses(content, file_name="x", by=None, on=TODAY)
    assert Counter(row.code for row in rows) == {"": 14, "not_done": 10, "unknown_employee": 1}
    batch = Batch.objects.get()
    assert (batch.status, batch.done, batch.counts["created"]) == ("applied", 25, 14)
    assert written() == (14, 14)


def test_answers_older_than_the_latest_do_not_replace_them() -> None:
    """A day may be given, as for a file that was late; what the person said since counts."""
    assert came_to(("1", *SETS)) == ["created"]
    rows = load_responses(answers_file(("1", *IMPROVES)), file_name="x", by=None, on=TODAY - timedelta(days=9))
    assert [(row.outcome, row.code) for row in rows] == [("refused", "answered_later")]
    assert written() == (1, 1)


def published_anew(rename: str) -> None:
    """Another version with the same questions, other words."""
    hr = UserFactory(is_hr=True)
    draft = versions.draft(by=hr, on=TODAY, reason="Later.")
    draft = drafts.rename(draft, rename, revision=draft.revision, by=hr, on=TODAY)
    draft = versions.check(draft, revision=draft.revision, by=hr, on=TODAY)
    versions.publish(draft, revision=draft.revision, by=hr, on=TODAY, reason="Agreed.")


def test_a_file_that_was_checked_against_another_version_comes_back_whole() -> None:
    """HR agreed to what the old rules made of it, also where the columns are the same."""
    batch = check_responses(answers_file(("1", *SETS), ("1", "king", *SETS[1:])), file_name="x", by=None, on=TODAY)
    begin_batch([batch], on=TODAY)
    Batch.objects.update(made_at=now() - timedelta(hours=1))  # a test's moments are all one
    published_anew("The same questions")
    assert apply_batch(batch.pk) == 2
    rows = Batch.objects.get().rows.order_by("row").values_list("row", "outcome", "code")
    assert list(rows) == [(2, "refused", "questionnaire_changed"), (3, "refused", "duplicate_staff_number")]
    assert written() == (0, 0)
    assert came_to(("1", *SETS)) == ["created"]


def test_nothing_can_be_answered_while_nothing_is_published() -> None:
    """A sentence, not an error."""
    Questionnaire.objects.published().update(status=Questionnaire.Status.RETIRED)
    with pytest.raises(ValidationError, match="No questionnaire is published"):
        load(("1", *SETS))


def command(content: bytes, tmp_path: Any, *more: str) -> tuple[int, str]:
    """What the command exits with and says."""
    path, out = tmp_path / "answers.csv", io.StringIO()
    path.write_bytes(content)
    try:
        call_command("import_responses", str(path), "--on", TODAY.isoformat(), *more, stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_answers_in_json_with_every_key(tmp_path: Any) -> None:
    """Every key, always, of rows and counts."""
    status, out = command(answers_file(("1", *SETS), ("404", *SETS)), tmp_path, "--json")
    answer = json.loads(out)
    assert status == 1
    assert answer["counts"] == {**dict.fromkeys(OUTCOMES, 0), "created": 1, "refused": 1}
    made, refused = answer["rows"]
    assert made == {**dict.fromkeys(KEYS), "row": 2, "staff_number": "1", "outcome": "created"}
    assert list(refused) == KEYS
    assert (refused["row"], refused["code"]) == (3, "unknown_employee")
    assert refused["message"] == "Nobody has the staff number 404."


def test_the_command_says_in_words_what_happened(tmp_path: Any) -> None:
    """Done is 0, refused rows are 1."""
    content = answers_file(("1", *SETS))
    assert command(content, tmp_path) == (0, "1 created, 0 updated, 0 unchanged, 0 refused.\n")
    assert command(content, tmp_path) == (0, "Nothing changed: the answers of all 1 people are as the file says.\n")
    assert Response.objects.get().submitted_on == TODAY
    status, out = command(answers_file(("1", "king", *SETS[1:])), tmp_path)
    assert status == 1
    assert out.startswith("Row 2, staff number 1: refused (unknown_option). “king” is no answer to “Your role”.")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG",
        b"a;b",
        b"staff_number\n1\n",
        answers_file(("1", *SETS[:3]), header=HEADER[:4]),
        answers_file(("1", *SETS, "x"), header=(*HEADER, "shoe_size")),
    ],
)
def test_the_command_refuses_a_file_whose_columns_are_not_the_questions(content: bytes, tmp_path: Any) -> None:
    """Bad usage is 2, and nothing of the file is recorded."""
    with pytest.raises(CommandError) as refused:
        command(content, tmp_path)
    assert refused.value.returncode == 2
    assert written() == (0, 0)
    assert not Batch.objects.exists()


def test_hr_loads_a_file_on_the_page(client: Client) -> None:
    """Look first, load, read who was refused; the rows come back as a file to correct."""
    client.force_login(UserFactory(is_hr=True))
    empty = client.get("/questionnaire/responses/answers.csv").content.decode("utf-8-sig")
    assert empty.strip() == ",".join(HEADER)
    page = client.get("/questionnaire/responses/").content.decode()
    assert "One of exploring, choosing, embedding, not_sure; or the words" in page
    file = SimpleUploadedFile("answers.csv", answers_file(("1", *SETS), ("404", *SETS)))
    checked = client.post("/questionnaire/responses/", {"file": file}, follow=True)
    assert "Nobody has the staff number 404." in checked.content.decode()
    assert written() == (0, 0)
    address = checked.request["PATH_INFO"]
    assert client.get(f"{address}refused.csv").status_code == 404
    done = client.post(address, follow=True).content.decode()
    assert "Answers loaded" in done
    assert written() == (1, 1)
    made = Response.objects.get()
    assert (made.answered_by, made.is_on_behalf) == (User.objects.get(), True)
    refused = b"".join(client.get(f"{address}refused.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert refused.splitlines()[1].startswith("3,unknown_employee,Nobody has the staff number 404.,404,senior_leader")
    client.post(address)
    assert written() == (1, 1)
