"""Whom a manager reaches is the same, whether the line is named one by one or asked upwards from each person."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from enrolment.models import Nomination
from people import reach
from people.clock import today
from people.models import Department, Employee, User
from people.roles import Delegation, HrDepartment
from tests.factories import (
    DepartmentFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(params=["named", "asked upwards"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways: the second as if every line were very long."""
    if request.param == "asked upwards":
        monkeypatch.setattr(reach, "MOST_NAMED", 0)
    return request.param


def tree() -> dict[str, Employee]:
    """A head, two managers, their reports, and somebody who belongs to nobody."""
    head = EmployeeFactory(user=UserFactory())
    one, two = (EmployeeFactory(manager=head, user=UserFactory()) for _ in range(2))
    people: dict[str, Employee] = {"head": head, "one": one, "two": two, "alone": EmployeeFactory(user=UserFactory())}
    for name in ("a", "b"):
        people[name] = EmployeeFactory(manager=one)
    people["c"] = EmployeeFactory(manager=two)
    return people


def names(people: dict[str, Employee], found: list[Employee]) -> str:
    """Who they are, in one word."""
    return " ".join(sorted(name for name, person in people.items() if person in found))


def account(person: Employee) -> User:
    """The account as a request loads it."""
    assert person.user_id
    return User.objects.get(pk=person.user_id)


def test_the_whole_line_and_never_oneself(way):
    people = tree()
    said = {name: list(Employee.objects.managed_by(account(people[name]))) for name in ("head", "one", "two", "alone")}
    assert {name: names(people, found) for name, found in said.items()} == {
        "head": "a b c one two",
        "one": "a b",
        "two": "c",
        "alone": "",
    }
    seen = list(Employee.objects.visible_to(account(people["one"])))
    assert names(people, seen) == "a b one"
    assert set(Employee.objects.acted_for_by(account(people["one"]))) == set(seen)


def test_a_deputys_lines_are_two(way):
    people, on = tree(), today()
    window = {"first_day": on, "last_day": on + DAY, "made_on": on}
    Delegation.objects.create(from_employee=people["one"], to_employee=people["two"], **window)
    assert names(people, list(Employee.objects.managed_by(account(people["two"])))) == "a b c"


def test_a_loop_in_the_records_ends(way):
    people = tree()
    Employee.objects.filter(pk=people["head"].pk).update(manager=people["a"])
    assert names(people, list(Employee.objects.managed_by(account(people["one"])))) == "a b c head two"


def test_hr_of_a_department_with_a_line_sees_both(way):
    people = tree()
    user = account(people["two"])
    User.objects.filter(pk=user.pk).update(is_hr=True, is_narrowed=True)
    department: Department = DepartmentFactory()
    HrDepartment.objects.create(user=user, department=department)
    Employee.objects.filter(pk=people["alone"].pk).update(department=department)
    assert names(people, list(Employee.objects.visible_to(account(people["two"])))) == "alone c two"


def test_nominations_of_a_line_and_ones_own_are_seen_and_what_one_asks_for_oneself_is_not(way):
    people = tree()
    head = account(people["one"])
    unit = programme("ai-governance")
    of_line = NominationFactory(employee=people["a"], programme=unit, nominated_by=people["two"].user)
    by_head = NominationFactory(employee=people["c"], programme=unit, nominated_by=head)
    NominationFactory(employee=people["one"], programme=unit, nominated_by=head)
    NominationFactory(employee=people["alone"], programme=unit, nominated_by=people["two"].user)
    assert set(Nomination.objects.visible_to(head)) == {of_line, by_head}
    assert set(Nomination.objects.visible_to(account(people["alone"]))) == set()


def test_the_way_that_was_meant_was_taken(way):
    people = tree()
    user = account(people["head"])
    assert (reach.line_of(user).people is None) is (way == "asked upwards")
    assert ("people_is_below" in str(Employee.objects.managed_by(user).query)) is (way == "asked upwards")


def test_pages_of_a_very_long_line_add_nothing_up_and_say_so(way, client):
    people = tree()
    on = today()
    days = {"start_date": on, "planned_end_date": on + 27 * DAY}
    EnrolmentFactory(employee=people["a"], programme=programme("ai-governance"), status="active", **days)
    client.force_login(people["one"].user)
    is_long = way == "asked upwards"
    team, month = (client.get(reverse(f"enrolment:{name}")).content.decode() for name in ("my_team", "team_month"))
    assert people["a"].name in team
    assert people["a"].name in month
    assert ("Month by month" in team) is not is_long
    assert ("not added up for so many people" in month) is is_long


def test_a_short_line_is_found_by_its_own_rows():
    """However many people there are: the plan begins with the line."""
    people = tree()
    EmployeeFactory.create_batch(3)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Employee.objects.managed_by(account(people["one"])).explain()
    assert "people_employee_pkey" in plan
    assert "Filter" not in plan
