"""Undoing files of people with whole trees of managers, over several chunks: nothing is left of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolment.actions import outcomes
from enrolment.actions.batches import begin
from enrolment.actions.undo import keep_undo
from enrolment.imports import apply_batch, check_people
from enrolment.models import Batch
from people.clock import now
from people.models import Employee, PersonChange
from tests.factories import TODAY, UserFactory
from tests.people.files import people_file

COLUMNS = ("staff_number", "given_names", "family_name", "email", "job_title", "manager__staff_number")


def applied(batch: Batch) -> Batch:
    """A checked job, done."""
    begin([batch])
    apply_batch(batch.pk)
    return Batch.objects.get(pk=batch.pk)


def load(managers: dict[int, int], **facts: str) -> Batch:
    """A file of these people, each with the number of their manager (0: none), applied."""
    rows = ({"staff_number": f"{n}", "manager_staff_number": f"{m or ''}", **facts} for n, m in managers.items())
    return applied(check_people(people_file(*rows), file_name="p.csv", by=None, on=TODAY))


def undo(batch: Batch) -> Batch:
    """The file taken back."""
    return applied(keep_undo(batch, by=None, on=TODAY, now=now()))


def everybody() -> list[tuple[str, ...]]:
    """All people with what a file says of them."""
    return sorted(Employee.objects.order_by().values_list(*COLUMNS))


@pytest.mark.django_db
class TestAFileWithManagers:
    def test_a_manager_and_their_reports_are_taken_back_together(self):
        batch = load({1: 0, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4})
        job = undo(batch)
        assert job.counts == {"restored": 0, "removed": 6, "refused": 0}
        assert not Employee.objects.exists()
        assert PersonChange.objects.filter(kind=PersonChange.Kind.REMOVED).count() == 6

    def test_a_chain_of_managers_longer_than_a_chunk_is_taken_back_whole(self):
        load({9001: 0})
        before = everybody()
        chain = {n: n - 1 for n in range(1, 621)}
        batch = load(chain | {1: 9001})
        assert batch.counts["created"] == 620
        assert undo(batch).counts == {"restored": 0, "removed": 620, "refused": 0}
        assert everybody() == before

    def test_what_was_foreseen_is_what_happens(self):
        """Somebody stays because of their account; so does everybody above them, in whatever chunk."""
        batch = load({n: n // 2 for n in range(1, 1101)})
        Employee.objects.filter(staff_number="1090").update(user=UserFactory())
        job = keep_undo(batch, by=None, on=TODAY, now=now())
        foreseen = dict(job.counts)
        above = {1090 >> step for step in range(11)}
        assert foreseen == {"restored": 0, "removed": 1100 - len(above), "refused": len(above)}
        assert applied(job).counts == foreseen
        left = set(Employee.objects.order_by().values_list("staff_number", flat=True))
        assert left == {str(number) for number in above}


@st.composite
def trees(draw: st.DrawFn, numbers: list[int]) -> dict[int, int]:
    """People in any order, each below nobody or below somebody who comes earlier."""
    order = draw(st.permutations(numbers))
    return {n: draw(st.sampled_from([0, *order[:place]])) for place, n in enumerate(order)}


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_apply_and_undo_leave_any_tree_of_managers_as_it_was(monkeypatch, data):
    """Some are here before, under managers of their own; a file of everybody turns the tree about, over chunks of 5."""
    monkeypatch.setattr(outcomes, "CHUNK", 5)
    Employee.objects.update(manager=None)
    Employee.objects.all().delete()
    here = data.draw(st.integers(0, 12), label="here before")
    if here:
        load(data.draw(trees(list(range(1, here + 1))), label="before"))
    before = everybody()
    batch = load(data.draw(trees(list(range(1, here + data.draw(st.integers(1, 20)) + 1))), label="file"))
    assert batch.counts["refused"] == 0
    job = undo(batch) if batch.changes.exists() else batch
    assert job.counts["refused"] == 0
    assert everybody() == before
