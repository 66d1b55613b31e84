"""A file of enrolments as a job: foreseen, killed and resumed, loaded twice; and the command that loads one."""

import io
import json
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from enrolment.actions import history as actions
from enrolment.actions import outcomes
from enrolment.actions.batches import begin
from enrolment.entries import OUTCOMES
from enrolment.imports import apply_batch
from enrolment.imports.enrolments import check_enrolments, load_enrolments
from enrolment.models import Batch, Enrolment, EnrolmentEvent
from enrolment.tasks import resume_batches
from people.models import Notice
from tests.enrolment.files import DAY, OTHER, UNIT, enrolments_file, load, row
from tests.factories import TODAY, CohortFactory, EmployeeFactory, programme

pytestmark = pytest.mark.django_db
KEYS = ["row", "staff_number", "outcome", "code", "message", "clashes_with", "earliest_start", "warnings"]


@pytest.fixture(autouse=True)
def person(db: None) -> object:
    """Staff number 1, for whom most rows are."""
    return EmployeeFactory(staff_number="1")


def crowd(people: int) -> bytes:
    """A file over many people, each twice and some three times, their rows far apart; some rows cannot be taken."""
    for number in range(people):
        EmployeeFactory(staff_number=f"P{number:04}")
    first = [
        row("2026-05-04", "2026-05-31", "completed", staff_number=f"P{number:04}", ended_on="2026-05-31")
        for number in range(people)
    ]
    second = [
        row("2026-06-01", "2026-06-28", "active", programme=OTHER, staff_number=f"P{number:04}")
        for number in reversed(range(people))
    ]
    third = [
        row("2026-06-28", "2026-07-20", programme="ai-leadership-literacy", staff_number=f"P{number:04}")
        for number in range(0, people, 4)
    ]
    return enrolments_file(*first, *second, *third, row("2026-09-07", "2026-10-04", staff_number="404"))


def test_checking_a_file_records_nothing_and_foresees_what_applying_does():
    cohort = CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
    EmployeeFactory(staff_number="2")
    content = enrolments_file(row(cohort="Autumn"), row(cohort="Autumn", staff_number="2"), row("2026-01-01"))
    batch = check_enrolments(content, file_name="sample.csv", by=None, on=TODAY)
    assert not Enrolment.objects.exists()
    assert not EnrolmentEvent.objects.exists()
    foreseen = {"created": 1, "updated": 0, "unchanged": 0, "queued": 0, "waiting": 1, "refused": 1}
    assert batch.counts == foreseen
    assert list(batch.counts) == list(OUTCOMES) or set(batch.counts) == set(OUTCOMES)
    begin([batch], on=TODAY)
    assert apply_batch(batch.pk) == 3
    batch.refresh_from_db()
    assert (batch.status, batch.counts) == ("applied", foreseen)
    assert Enrolment.objects.filter(cohort=cohort).count() == 2
    assert apply_batch(batch.pk) == 0


def test_seats_that_one_chunk_foresees_are_taken_for_the_next(monkeypatch):
    monkeypatch.setattr(outcomes, "CHUNK", 1)
    CohortFactory(name="Autumn", programme=programme(UNIT), seats=1)
    EmployeeFactory(staff_number="2")
    content = enrolments_file(row(cohort="Autumn"), row(cohort="Autumn", staff_number="2"))
    batch = check_enrolments(content, file_name="x", by=None, on=TODAY)
    assert (batch.counts["created"], batch.counts["waiting"]) == (1, 1)


class Killed(BaseException):
    """A worker that goes away without a word."""


@pytest.mark.parametrize("survived", [0, 1, 2, 3], ids=["first", "second", "middle", "last"])
def test_a_killed_workers_file_is_finished_with_the_same_counts(monkeypatch, survived):
    """The worker goes away inside a chunk, before its transaction ends; another begins where it stopped."""
    monkeypatch.setattr(outcomes, "CHUNK", 10)
    content = crowd(39)  # and one row about nobody: four chunks of ten people
    batch = check_enrolments(content, file_name="sample.csv", by=None, on=TODAY)
    foreseen = batch.counts
    assert (foreseen["created"], foreseen["refused"]) == (78, 11)
    begin([batch], on=TODAY)
    chunks, advance = iter(range(9)), actions._advance

    def die(rows, batch):
        if next(chunks) == survived:
            raise Killed
        advance(rows, batch)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_advance", die)
        with pytest.raises(Killed):
            apply_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.status == "applying"
    assert Enrolment.objects.count() == 20 * survived
    assert resume_batches() == 89 - batch.done
    done = Batch.objects.get(pk=batch.pk)
    assert (done.status, done.done, done.counts) == ("applied", 89, foreseen)
    assert done.rows.count() == 89
    assert Enrolment.objects.count() == 78
    assert Counter(Enrolment.objects.values_list("status", flat=True)) == {"completed": 39, "active": 39}
    again = load_enrolments(content, file_name="x", by=None, on=TODAY)
    assert Counter(each.outcome for each in again) == {"unchanged": 78, "refused": 11}


def test_a_chunk_that_the_database_refuses_is_said_so_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(outcomes, "CHUNK", 10)
    content = crowd(25)
    write, calls = actions.create, iter(range(9))

    def refuse(made):
        if next(calls) == 1:
            raise IntegrityError
        write(made)

    monkeypatch.setattr(actions, "create", refuse)
    rows = load_enrolments(content, file_name="x", by=None, on=TODAY)
    assert Counter(each.code for each in rows if each.outcome == "refused")["not_done"] == 22
    batch = Batch.objects.get()
    assert (batch.status, batch.done, batch.counts["created"]) == ("applied", len(rows), 30)


class SameFileTwice(TestCase):
    """Whatever a file says, loading it again changes nothing, and what it holds never overlaps."""

    days = st.integers(-60, 90).map(lambda days: TODAY + days * DAY)
    near = st.integers(-2, 6).map(lambda days: TODAY + days * DAY)
    lines = st.lists(
        st.fixed_dictionaries(
            {
                "staff_number": st.sampled_from(["7", "8", "9"]),
                "programme": st.sampled_from([UNIT, OTHER, "ai-leadership-literacy"]),
                "when": st.tuples(st.sampled_from(["dates", "dates", "cohort", "neither"]), days, st.integers(0, 40)),
                "status": st.sampled_from(["", "", "active", "completed", "withdrawn", "cancelled", "queued"]),
                "ended": days,
            }
        ),
        max_size=14,
    )
    rivals = st.lists(  # rows that often name the same record
        st.fixed_dictionaries(
            {
                "staff_number": st.just("7"),
                "programme": st.sampled_from([UNIT, OTHER]),
                "when": st.tuples(st.sampled_from(["dates", "dates", "cohort", "neither"]), near, st.integers(0, 4)),
                "status": st.sampled_from(
                    ["", "", "active", "paused", "completed", "withdrawn", "cancelled", "queued"]
                ),
                "ended": near,
            }
        ),
        min_size=2,
        max_size=5,
    )

    @given(lines | rivals)
    @example(
        [
            {"staff_number": "7", "programme": OTHER, "when": ("dates", TODAY, days), "status": "", "ended": TODAY}
            for days in (0, 1)
        ]
    )
    @example(
        [
            {"staff_number": "7", "programme": UNIT, "when": when, "status": status, "ended": TODAY}
            for when, status in ((("cohort", TODAY, 0), "active"), (("dates", TODAY + 3 * DAY, 3), ""))
        ]
    )
    @settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
    def test_the_same_file_again_changes_nothing(self, lines: list[dict[str, object]]) -> None:
        for number in "789":
            EmployeeFactory(staff_number=number)
        days = {"start_date": TODAY + 3 * DAY, "planned_end_date": TODAY + 6 * DAY}
        CohortFactory(name="Autumn", programme=programme(UNIT), seats=1, **days)
        rows = [as_row(line) for line in lines]
        if not rows:
            return
        first = load(*rows)
        before = snapshot()
        second = load(*rows)
        assert {each.outcome for each in second} <= {"unchanged", "refused"}
        assert snapshot() == before
        for one, other in zip(first, second, strict=True):
            assert one.outcome == "refused" or other.outcome == "unchanged", (one, other)


@pytest.mark.django_db
def test_who_finished_before_their_cohort_began_is_told_and_holds_up_nobody() -> None:
    """The start is the cohort's, so the row alone does not show it."""
    for number in "78":
        EmployeeFactory(staff_number=number)
    CohortFactory(name="Autumn", programme=programme(UNIT), start_date=TODAY - 40 * DAY)
    over = {"programme": UNIT, "status": "completed", "cohort": "Autumn"}
    early, fine = load(
        {"staff_number": "7", "ended_on": TODAY - 41 * DAY, **over}, {"staff_number": "8", "ended_on": TODAY, **over}
    )
    assert (early.outcome, early.code) == ("refused", "end_before_start")
    assert early.message.startswith("The actual finish is before the start")
    assert fine.outcome == "created"


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 5])
@pytest.mark.parametrize("second", [{"planned_end_date": 2}, {"cohort": "Autumn"}, {"status": "cancelled"}])
def test_no_row_takes_back_what_another_of_the_file_says(days: int, second: dict[str, object]) -> None:
    """Two rows of one file that name one record: loaded again, they would change it to and fro."""
    EmployeeFactory(staff_number="7")
    start = TODAY + days * DAY
    CohortFactory(name="Autumn", programme=programme(UNIT), start_date=start, planned_end_date=start + 9 * DAY)
    one = {"staff_number": "7", "programme": UNIT, "start_date": start, "planned_end_date": start + DAY}
    other = one | second
    if "planned_end_date" in second:
        other["planned_end_date"] = start + 2 * DAY
    if "cohort" in second:
        other |= {"start_date": "", "planned_end_date": ""}
    first = load(one, other)
    before = snapshot()
    assert first[0].outcome == "created"
    again = load(one, other)
    assert snapshot() == before
    if second == {"status": "cancelled"}:  # it says how it went on
        assert [row.outcome for row in again] == ["unchanged", first[1].outcome.replace("updated", "unchanged")]
        return
    code = "move_not_allowed" if days == 0 and "cohort" in second else "said_otherwise"  # what runs stays in its cohort
    assert [(row.outcome, row.code) for row in (first[1], *again)] == [
        ("refused", code),
        ("unchanged", ""),
        ("refused", code),
    ]
    if code == "said_otherwise":
        assert first[1].message == "Row 2 says otherwise of the same programme and start. Keep one of them."


def as_row(line: dict[str, object]) -> dict[str, object]:
    """A drawn line as a row of a file."""
    how, start, length = line["when"]  # type: ignore[misc]
    end = start + length * DAY  # type: ignore[has-type]
    has_ended = line["status"] in ("completed", "withdrawn")
    return {
        "staff_number": line["staff_number"],
        "programme": line["programme"],
        "status": line["status"],
        "start_date": start if how == "dates" else "",  # type: ignore[has-type]
        "planned_end_date": end if how == "dates" else "",  # type: ignore[has-type]
        "cohort": "Autumn" if how == "cohort" else "",  # type: ignore[has-type]
        "ended_on": line["ended"] if has_ended else "",
    }


def snapshot() -> tuple[list[Any], int, int]:
    """All that is recorded, and how much was said of it."""
    records = list(
        Enrolment.objects.order_by("id").values_list("id", "status", "start_date", "held", "seat", "ended_on")
    )
    return records, EnrolmentEvent.objects.count(), Notice.objects.count()


def command(content: bytes, tmp_path, *more: str) -> tuple[int, str]:
    """What the command exits with and says."""
    path, out = tmp_path / "enrolments.csv", io.StringIO()
    path.write_bytes(content)
    try:
        call_command("import_enrolments", str(path), "--on", TODAY.isoformat(), *more, stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_answers_in_json_with_every_key(tmp_path):
    content = enrolments_file(row("2026-09-07", "2026-10-04"), row("2026-10-04", "2026-10-31", programme=OTHER))
    status, out = command(content, tmp_path, "--json")
    answer = json.loads(out)
    assert status == 1
    assert answer["counts"] == {**dict.fromkeys(OUTCOMES, 0), "created": 1, "refused": 1}
    assert [list(each) for each in answer["rows"]] == [KEYS, KEYS]
    made, refused = answer["rows"]
    assert made == {**dict.fromkeys(KEYS), "row": 2, "staff_number": "1", "outcome": "created"}
    assert (refused["row"], refused["code"], refused["earliest_start"]) == (3, "clash", "2026-10-05")
    assert refused["clashes_with"][0]["shared_days"] == 1
    assert command(content, tmp_path, "--json")[0] == 1


def test_the_command_says_in_words_what_happened(tmp_path):
    content = enrolments_file(row("2026-09-07", "2026-10-04"))
    words = "1 created, 0 updated, 0 unchanged, 0 queued, 0 waiting, 0 refused.\n"
    assert command(content, tmp_path) == (0, words)
    assert command(content, tmp_path) == (0, "Nothing changed: all 1 enrolments are already as the file says.\n")
    status, out = command(enrolments_file(row("2026-09-07")), tmp_path)
    assert status == 1
    assert out.startswith("Row 2, staff number 1: refused (dates_missing).")


def test_the_command_refuses_what_it_cannot_read(tmp_path):
    for content in (b"", b"\x89PNG", b"a;b", b"staff_number\n1\n"):
        with pytest.raises(CommandError) as refused:
            command(content, tmp_path)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="cannot be read") as refused:
        call_command("import_enrolments", str(tmp_path / "nowhere.csv"))
    assert refused.value.returncode == 2
