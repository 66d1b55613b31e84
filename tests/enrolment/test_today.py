"""What Today asks: only what its reader may see, each heap in one walk, and by the index that was made for it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessment.actions import Decision, place
from assessment.models import Recommendation
from enrolment.models import Batch, Enrolment, Nomination
from enrolment.queries.today import COUNT_TO, FEW, dates_to_follow, heaps, next_undecided, undecided
from people.models import UNHEARD, Employee, Notice
from people.roles import HrDepartment
from tests.enrolment.test_hr_enrol import recommended
from tests.factories import (
    TODAY,
    DepartmentFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


def late(number: int) -> list[Enrolment]:
    """Enrolments that nobody has closed, those longest overdue last."""
    return [
        EnrolmentFactory(
            programme=programme("ai-governance"),
            status="overdue",
            start_date=TODAY - timedelta(200),
            planned_end_date=TODAY - timedelta(1 + place),
        )
        for place in range(number)
    ]


def test_a_heap_shows_its_first_few_in_order_and_counts_the_rest(hr):
    made = late(FEW + 2)
    heap = heaps(hr, on=TODAY)["to_close"]
    assert heap.rows == made[::-1][:FEW]
    assert (heap.count, heap.has_more) == (FEW + 2, True)
    whole = heaps(hr, on=TODAY, whole="to_close")["to_close"]
    assert (whole.rows, whole.has_more) == (made[::-1], False)


def test_what_no_rule_fits_is_decided_first_then_the_oldest(hr):
    first, later, by_hand, newest = (recommended(code) for code in ("ai-governance", "ai-governance", None, None))
    for made, days in ((first, 9), (later, 5), (by_hand, 3), (newest, 1)):
        Recommendation.objects.filter(pk=made.pk).update(made_on=TODAY - timedelta(days))
    heap = heaps(hr, on=TODAY)["undecided"]
    assert (heap.rows, heap.count, heap.has_more) == ([by_hand, newest, first, later], 4, False)
    assert next_undecided(UserFactory(is_hr=True), TODAY) == by_hand


def test_leavers_and_oneself_need_no_decision_of_ours(hr):
    """Who has left is placed nowhere; what HR would decide about themself is a colleague's to decide."""
    waits, left, own = (recommended("ai-governance") for _ in range(3))
    placed = PlacementFactory(employee=EmployeeFactory(), programme=programme("ai-governance"))
    Employee.objects.filter(pk__in=[left.employee_id, placed.employee_id]).update(employed_until=TODAY - timedelta(1))
    Employee.objects.filter(pk=own.employee_id).update(user=hr)
    found = heaps(hr, on=TODAY)
    assert (found["undecided"].rows, found["placed"].rows) == ([waits], [])
    assert set(heaps(UserFactory(is_hr=True), on=TODAY)["undecided"].rows) == {waits, own}
    Recommendation.objects.filter(pk=waits.pk).update(is_decided=True)
    assert next_undecided(hr, TODAY) is None
    (refused,) = place([Decision(left.employee, None, left, reason="Too late.")], by=hr, on=TODAY)
    assert isinstance(refused, ValidationError)
    assert refused.code == "left"


def test_a_heap_of_two_parts_is_cut_and_counted_as_one(hr):
    made = [recommended(code) for code in [None] * 3 + ["ai-governance"] * COUNT_TO]
    heap = heaps(hr, on=TODAY)["undecided"]
    assert (heap.rows, heap.count, heap.has_more) == (made[:FEW], f"{COUNT_TO}+", True)


def test_a_long_heap_is_counted_to_a_hundred(hr):
    late(COUNT_TO + 1)
    assert heaps(hr, on=TODAY)["to_close"].count == f"{COUNT_TO}+"


def test_a_heap_is_found_and_counted_in_one_walk(hr):
    late(2)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        heaps(hr, on=TODAY)
    anti_joins = [query["sql"] for query in asked if "NOT EXISTS" in query["sql"].upper()]
    assert len(anti_joins) <= 1


def test_everybody_sees_the_heaps_of_their_people_only(hr):
    mine, _ = late(2)
    manager = UserFactory()
    mine.employee.manager = EmployeeFactory(user=manager)
    mine.employee.save()
    here = UserFactory(is_hr=True, is_narrowed=True)
    mine.employee.department = DepartmentFactory()
    mine.employee.save()
    HrDepartment.objects.create(user=here, department=mine.employee.department)
    assert heaps(here, on=TODAY)["to_close"].rows == [mine]
    for other in (manager, UserFactory(), UserFactory(is_administrator=True)):  # a manager has a page of the team
        assert heaps(other, on=TODAY)["to_close"].rows == []
    assert len(heaps(hr, on=TODAY)["to_close"].rows) == 2


def test_files_are_for_hr_of_everybody_and_auditors(hr):
    batch = Batch.objects.create(kind="people", file_name="x", content=b"", status="checked", made_on=TODAY)
    narrowed, administrator = UserFactory(is_hr=True, is_narrowed=True), UserFactory(is_administrator=True)
    for user in (hr, UserFactory(is_auditor=True)):
        assert list(Batch.objects.visible_to(user)) == [batch]
    for user in (narrowed, administrator, UserFactory()):
        assert not Batch.objects.visible_to(user).exists()
    Batch.objects.update(made_by=narrowed)
    assert list(Batch.objects.visible_to(narrowed)) == [batch]
    assert not Batch.objects.visible_to(AnonymousUser()).exists()


def test_a_manager_sees_a_nomination_once_whatever_the_reasons():
    manager = UserFactory()
    report = EmployeeFactory(manager=EmployeeFactory(user=manager))
    both = NominationFactory(programme=programme("ai-governance"), employee=report, nominated_by=manager)
    theirs = NominationFactory(programme=programme("ai-transformation"), employee=report)
    made = NominationFactory(programme=programme("ai-governance"), nominated_by=manager)
    NominationFactory(programme=programme("ai-governance"))
    assert sorted(Nomination.objects.visible_to(manager).open().values_list("pk", flat=True)) == [
        both.pk,
        theirs.pk,
        made.pk,
    ]


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: undecided(TODAY), "recommendation_waiting"),
        (lambda: dates_to_follow(TODAY), "placement_awaits_dates"),
        (lambda: Notice.objects.filter(**UNHEARD).order_by("-due_on", "-id"), "notice_unheard_by_day"),
        (lambda: Employee.objects.filter(department=1).order_by("id"), "employee_by_department"),
        (lambda: Nomination.objects.order_by("-nominated_on", "-id"), "nomination_by_day"),
        (lambda: Nomination.objects.open().order_by("nominated_on", "id"), "nomination_by_status"),
        (lambda: Nomination.objects.filter(status="approved").order_by("-nominated_on", "-id"), "nomination_by_status"),
    ],
)
def test_long_lists_walk_along_their_index(rows, index):
    with connection.cursor() as cursor:  # as if the tables were long
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
    assert index in rows()[:50].explain()
