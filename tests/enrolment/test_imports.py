"""Loading people from a file: what is written, a repeat that changes nothing, a killed worker whose file goes on."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from enrolment.actions import outcomes
from enrolment.actions import people as actions
from enrolment.actions.batches import begin as begin_import
from enrolment.actions.people import OUTCOMES
from enrolment.imports import apply_batch, check_people, load_people
from enrolment.imports import people as imports
from enrolment.models import Batch, BatchRow
from enrolment.queries.batches import is_waiting
from enrolment.tasks import resume_batches
from people.models import Department, Employee
from tests.factories import TODAY, DepartmentFactory, EmployeeFactory
from tests.people.files import organisation, people_file

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "people-clean.csv"


def load(content: bytes) -> Counter[str]:
    """Load a file here and now; how many of each outcome."""
    return Counter(row.outcome for row in load_people(content, file_name="people.csv", by=None, on=TODAY))


def as_file(content: bytes) -> list[tuple[str, ...]]:
    """What a file says, row by row."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    return sorted(tuple(row.values()) for row in rows)


def as_stored() -> list[tuple[str, ...]]:
    """What the database says, as the file would."""
    people = Employee.objects.select_related("department", "manager")
    return sorted(
        (
            person.staff_number,
            person.given_names,
            person.family_name,
            person.email,
            person.job_title,
            person.department.name if person.department else "",
            person.manager.staff_number if person.manager else "",
            str(person.date_of_birth or ""),
            str(person.employed_from or ""),
            str(person.employed_until or ""),
        )
        for person in people
    )


def loads_whole(content: bytes, people: int) -> None:
    """Everybody of a file is there as it says, and loading it again changes nothing."""
    assert load(content) == {"created": people}
    assert as_stored() == as_file(content)
    before = dict(Employee.objects.values_list("id", "public_id"))
    assert load(content) == {"unchanged": people}
    assert dict(Employee.objects.values_list("id", "public_id")) == before
    assert as_stored() == as_file(content)


def test_two_thousand_people_load_whole_and_again_unchanged():
    loads_whole(organisation(2000), 2000)
    assert Department.objects.count() == 49


def test_a_real_organisation_loads_whole():
    if not REAL.exists():
        pytest.skip("The folder ../shared/data is not beside this repository.")
    loads_whole(REAL.read_bytes(), 2031)


def test_what_changed_is_updated_and_named_and_others_are_left_alone():
    other = EmployeeFactory(staff_number="other")
    load(people_file({"staff_number": "1", "job_title": "Analyst", "department": "Finance"}))
    [row] = load_people(
        people_file(
            {"staff_number": "1", "job_title": "Lead", "department": "FINANCE", "manager_staff_number": "other"}
        ),
        file_name="x",
        by=None,
        on=TODAY,
    )
    assert (row.outcome, row.sentence) == ("updated", "Changed: job title Analyst → Lead; manager none → other.")
    person = Employee.objects.get(staff_number="1")
    assert (person.job_title, person.manager, str(person.department)) == ("Lead", other, "Finance")
    assert load(people_file({"staff_number": "1"}, header=("staff_number", "given_names", "family_name"))) == {
        "unchanged": 1
    }
    assert load(people_file({"staff_number": "1"})) == {"updated": 1}
    person.refresh_from_db()
    assert (person.job_title, person.manager, person.department) == ("", None, None)


def test_bad_rows_do_not_stop_the_others_and_are_kept_with_their_reasons():
    content = people_file(
        {"staff_number": "1", "date_of_birth": "1/2/1980"},
        {"staff_number": "2", "manager_staff_number": "404"},
        {"staff_number": "3", "manager_staff_number": "4"},
        {"staff_number": "4", "manager_staff_number": "3"},
    )
    rows = load_people(content, file_name="x", by=None, on=TODAY)
    assert [(row.outcome, row.code) for row in rows] == [
        ("refused", "bad_date"),
        ("created", "unknown_manager"),
        ("created", ""),
        ("created", "manager_loop"),
    ]
    kept = BatchRow.objects.values_list("row", "name", "outcome", "code")
    assert set(kept) == {
        (2, "Ada Byron", "refused", "bad_date"),
        (3, "Ada Byron", "created", "unknown_manager"),
        (4, "Ada Byron", "created", ""),
        (5, "Ada Byron", "created", "manager_loop"),
    }
    assert Employee.objects.get(staff_number="3").manager == Employee.objects.get(staff_number="4")
    assert load(content) == {"refused": 1, "unchanged": 3}


def test_checking_a_file_writes_nobody_and_foresees_what_applying_does():
    EmployeeFactory(staff_number="1")
    content = people_file({"staff_number": "1"}, {"staff_number": "2"}, {"staff_number": "3", "email": "x"})
    batch = check_people(content, file_name="people.csv", by=None, on=TODAY)
    assert Employee.objects.count() == 1
    foreseen = batch.counts
    assert foreseen == {"created": 1, "updated": 1, "unchanged": 0, "refused": 1, "remarked": 0}
    assert begin_import([batch]) == 1
    assert begin_import([batch]) == 0
    assert apply_batch(batch.pk) == 3
    batch.refresh_from_db()
    assert (batch.status, batch.done, batch.counts) == ("applied", 3, foreseen)
    assert batch.rows.count() == 3
    assert apply_batch(batch.pk) == 0


class Killed(BaseException):
    """A worker that goes away without a word."""


@pytest.mark.parametrize("survived", [0, 1, 3, 6], ids=["first", "second", "middle", "last"])
def test_a_killed_workers_file_is_finished_with_the_same_counts(monkeypatch, survived):
    """The worker goes away inside a chunk, before its transaction ends; another begins where it stopped."""
    monkeypatch.setattr(outcomes, "CHUNK", 50)
    EmployeeFactory(staff_number="100003", email="person.9@example.org")  # exchanged by the file
    text = organisation(320).decode().replace("person.7@", "person.8@").replace(",100002,", ",404,")
    batch = check_people(text.encode(), file_name="people.csv", by=None, on=TODAY)
    begin_import([batch])
    chunks = iter(range(100))
    advance = actions._advance

    def die(rows, batch):
        if next(chunks) == survived:
            raise Killed
        advance(rows, batch)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_advance", die)
        with pytest.raises(Killed):
            apply_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.done, batch.status) == (50 * survived, "applying")
    assert Employee.objects.count() <= 50 * survived + 1
    assert apply_batch(batch.pk) == 320 - 50 * survived
    done = Batch.objects.get(pk=batch.pk)
    assert (done.status, done.done) == ("applied", 320)
    assert done.counts == {"created": 318, "updated": 1, "unchanged": 0, "refused": 1, "remarked": 16}
    assert done.rows.count() == 320
    assert Employee.objects.count() == 319


def test_a_chunk_that_the_database_refuses_is_said_so_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(outcomes, "CHUNK", 2)
    content = people_file(*({"staff_number": str(number)} for number in range(5)))
    batch = check_people(content, file_name="people.csv", by=None, on=TODAY)
    begin_import([batch])
    save, calls = actions.save_people, iter(range(9))

    def refuse(entries, **how):
        if next(calls) == 1:
            raise IntegrityError
        return save(entries, **how)

    monkeypatch.setattr(actions, "save_people", refuse)
    assert apply_batch(batch.pk) == 5
    batch.refresh_from_db()
    assert (batch.status, batch.counts["created"], batch.counts["refused"]) == ("applied", 3, 2)
    assert set(batch.rows.filter(outcome="refused").values_list("code", flat=True)) == {"not_done"}


def test_a_file_that_breaks_does_not_stop_those_behind_it(caplog):
    broken = check_people(people_file({"staff_number": "1"}), file_name="first.csv", by=None, on=TODAY)
    whole = check_people(people_file({"staff_number": "2"}), file_name="second.csv", by=None, on=TODAY)
    begin_import([broken, whole])
    Batch.objects.filter(pk=broken.pk).update(content=b"PK\x03\x04")
    assert resume_batches() == 1
    whole.refresh_from_db()
    assert whole.status == "applied"
    assert f"batch {broken.pk} could not be applied" in caplog.text


def test_a_check_foresees_the_departments_that_would_be_made():
    DepartmentFactory(name="Estates")
    names = ("Finance", "FINANCE", "estates", "", "Legal")
    rows = ({"staff_number": str(n), "department": name} for n, name in enumerate(names))
    batch = check_people(
        people_file(*rows, {"staff_number": "", "department": "Refused"}), file_name="x", by=None, on=TODAY
    )
    assert [name.lower() for name in batch.counts["new_departments"]] == ["finance", "legal"]


def test_a_file_waits_while_another_is_not_finished():
    first, second = (
        check_people(people_file({"staff_number": number}), file_name="x", by=None, on=TODAY) for number in "12"
    )
    assert not is_waiting(second)
    begin_import([first, second])
    Batch.objects.filter(pk=first.pk).update(done=1)
    first, second = Batch.objects.order_by("id")
    assert (is_waiting(first), is_waiting(second)) == (False, True)
    resume_batches()
    assert not is_waiting(Batch.objects.get(pk=second.pk))


def test_the_command_reads_no_device_and_no_giant(tmp_path, monkeypatch):
    with pytest.raises(CommandError, match="not a regular file") as refused:
        call_command("import_people", "/dev/zero")
    assert refused.value.returncode == 2
    giant = tmp_path / "giant.csv"
    with giant.open("wb") as file:
        file.truncate(300 * 1024 * 1024)  # takes no room on the disk
    with pytest.raises(CommandError, match="more than 256 MB") as refused:
        call_command("import_people", str(giant))
    assert refused.value.returncode == 2


def test_two_files_are_not_applied_at_once(monkeypatch):
    batch = check_people(people_file({"staff_number": "1"}), file_name="x", by=None, on=TODAY)
    begin_import([batch])
    monkeypatch.setattr(imports, "turn", busy)
    assert apply_batch(batch.pk) is None
    assert not Employee.objects.exists()


class busy:  # noqa: N801  stands where a function is called
    """Somebody else has the turn."""

    def __enter__(self) -> bool:
        return False

    def __exit__(self, *problem: object) -> None:
        return None


def command(content: bytes, tmp_path: Path, *more: str) -> tuple[int, str]:
    """What the command exits with and says."""
    path, out = tmp_path / "people.csv", io.StringIO()
    path.write_bytes(content)
    try:
        call_command("import_people", str(path), "--on", "2026-06-15", *more, stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_answers_in_json_with_every_key(tmp_path):
    status, out = command(people_file({"staff_number": "1"}, {"staff_number": "", "email": "x"}), tmp_path, "--json")
    answer = json.loads(out)
    assert status == 1
    assert answer["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}
    assert list(answer["counts"]) == list(OUTCOMES)
    good, bad = answer["rows"]
    blank = {"message": None, "code": None, "clashes_with": None, "earliest_start": None, "warnings": None}
    assert good == {"row": 2, "staff_number": "1", "outcome": "created", **blank}
    assert (bad["row"], bad["staff_number"], bad["code"]) == (3, None, "staff_number_missing")


def test_the_command_says_in_words_what_happened(tmp_path):
    content = organisation(30)
    assert command(content, tmp_path) == (0, "30 created, 0 updated, 0 unchanged, 0 refused.\n")
    assert command(content, tmp_path) == (0, "Nothing changed: all 30 people are already as the file says.\n")
    status, out = command(people_file({"staff_number": "1", "manager_staff_number": "2"}), tmp_path)
    assert status == 0
    assert "Row 2, staff number 1: created (unknown_manager)." in out


def test_the_command_refuses_what_it_cannot_read(tmp_path):
    for content in (b"", b"\x89PNG", b"a;b"):
        with pytest.raises(CommandError) as refused:
            command(content, tmp_path)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="cannot be read") as refused:
        call_command("import_people", str(tmp_path / "nowhere.csv"))
    assert refused.value.returncode == 2
