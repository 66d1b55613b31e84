"""Departments that nothing needs are deleted, and what was changed about them is still told."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from enrolment.queries.given import places, tree
from people.actions.given import Place, arrange_departments, delete_departments
from people.models import Department, User
from people.roles import DepartmentChange, HrDepartment
from tests.factories import TODAY, DepartmentFactory, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


def codes(by: User, *departments: Department) -> list[str]:
    return [result.code for result in delete_departments(departments, by=by, on=TODAY)]


def test_an_empty_department_goes_and_its_history_stays(hr: User) -> None:
    (made,) = arrange_departments([Place("COI - HR")], by=hr, on=TODAY)
    assert made.subject
    assert codes(hr, made.subject) == [""]
    assert not Department.objects.exists()
    said = [(c.name, c.was_called, c.before, c.by, c.department) for c in DepartmentChange.objects.order_by("id")]
    assert said == [("added", "COI - HR", "", hr, None), ("deleted", "COI - HR", "COI - HR", hr, None)]
    assert codes(hr, made.subject) == [""]  # gone already


def test_what_somebody_needs_stays(hr: User) -> None:
    peopled, named, top = (DepartmentFactory(name=name) for name in ("Peopled", "Named", "Top"))
    part = DepartmentFactory(name="Part", parent=top)
    EmployeeFactory(department=peopled, employed_from=None, employed_until=TODAY.replace(year=TODAY.year - 2))
    HrDepartment.objects.create(user=UserFactory(is_hr=True, is_narrowed=True), department=named)
    assert codes(hr, peopled, named, top) == ["in_use"] * 3
    assert Department.objects.count() == 4
    assert not DepartmentChange.objects.exists()
    assert codes(hr, part, top) == ["", ""]  # the part first, then what it belonged to


def test_the_tree_counts_who_has_not_left_in_each_department_and_not_below_it() -> None:
    top = DepartmentFactory(name="Top")
    part = DepartmentFactory(name="Part", parent=top)
    EmployeeFactory(department=part, employed_from=TODAY + DAY)
    EmployeeFactory(department=part, employed_until=TODAY)
    EmployeeFactory(department=part, employed_until=TODAY - DAY)
    assert [(b.department, b.depth, b.people) for b in tree(TODAY)] == [(top, 0, 0), (part, 1, 2)]
    assert places() == [(top, 0), (part, 1)]


def test_only_who_arranges_departments_deletes_them() -> None:
    empty = DepartmentFactory()
    for by in (UserFactory(is_hr=True, is_narrowed=True), UserFactory(is_auditor=True)):
        with pytest.raises(PermissionDenied):
            delete_departments([empty], by=by, on=TODAY)
    assert codes(UserFactory(is_administrator=True), empty) == [""]


def test_the_page_offers_what_nothing_needs_and_deletes_what_is_ticked(hr: User) -> None:
    empty, _, peopled = (DepartmentFactory(name=name) for name in ("Empty", "Other", "Peopled"))
    EmployeeFactory(department=peopled)
    browser, page = Client(), reverse("enrolment:departments")
    browser.force_login(hr)
    shown = browser.get(page)
    assert {b.department.name: b.is_deletable for b in shown.context["tree"]} == {
        "Empty": True,
        "Other": True,
        "Peopled": False,
    }
    html = shown.content.decode()
    assert f'value="{empty.public_id}"' in html
    assert f'value="{peopled.public_id}"' not in html
    chosen = [str(empty.public_id), str(peopled.public_id), "x"]
    after = browser.post(page, {"chosen": chosen}, follow=True).content.decode()
    assert "Deleted: Empty." in after
    assert "Peopled stays: somebody is in it" in after
    assert "deleted Empty" not in after  # the name first, as for every change
    assert "Empty deleted" in " ".join(after.split())
    assert set(Department.objects.values_list("name", flat=True)) == {"Other", "Peopled"}
    assert "Tick at least one department" in browser.post(page, {}, follow=True).content.decode()


def test_an_auditor_is_offered_no_deleting() -> None:
    DepartmentFactory()
    browser = Client()
    browser.force_login(UserFactory(is_auditor=True))
    assert "Delete" not in browser.get(reverse("enrolment:departments")).content.decode()
