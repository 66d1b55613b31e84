"""Roles, deputies and departments are given by whom they are theirs to give, and every change is kept."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from enrolment.imports import load_people
from people.actions.given import (
    LONGEST_WINDOW,
    Place,
    Roles,
    Window,
    arrange_departments,
    end_deputies,
    give_deputies,
    give_roles,
)
from people.actions.results import Result
from people.models import Department, Employee, User
from people.reach import acts_for, acts_for_everybody, has_line, reads_everybody
from people.roles import Delegation, DepartmentChange, HrDepartment, RoleChange
from tests.factories import TODAY, DepartmentFactory, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(1)


@pytest.fixture
def administrator() -> User:
    """Who gives roles."""
    return UserFactory(is_administrator=True)


def fresh(user: User) -> User:
    """An account as another request loads it."""
    return User.objects.get(pk=user.pk)


def give(user: User, *roles: str, by: User, departments: tuple[Department, ...] | None = None) -> Result[User]:
    """One gift."""
    (given,) = give_roles([Roles(user, frozenset(roles), departments)], by=by, on=TODAY)
    return given


def test_roles_are_given_taken_and_remembered(administrator: User) -> None:
    user, sales = UserFactory(), DepartmentFactory(name="Sales")
    assert give(user, "hr", by=administrator, departments=(sales,)).is_done
    assert not acts_for_everybody(fresh(user))
    assert give(user, "hr", "auditor", by=administrator).is_done
    assert acts_for_everybody(fresh(user))
    assert give(user, by=administrator).is_done
    assert not reads_everybody(fresh(user))
    said = [(c.name, c.before, c.after, c.by) for c in RoleChange.objects.order_by("id")]
    assert said == [
        ("hr", "", "Sales", administrator),
        ("hr", "Sales", "the whole organisation", administrator),
        ("auditor", "", "yes", administrator),
        ("hr", "the whole organisation", "", administrator),
        ("auditor", "yes", "", administrator),
    ]


def test_the_same_roles_again_change_nothing(administrator: User) -> None:
    user = UserFactory(is_hr=True)
    assert give(user, "hr", by=administrator).is_done
    assert not RoleChange.objects.exists()


def test_what_is_refused(administrator: User) -> None:
    user, other = UserFactory(), UserFactory(is_administrator=True)
    assert give(administrator, "hr", by=administrator).code == "own_account"
    assert give(user, "king", by=administrator).code == "unknown_role"
    assert give(user, "hr", by=administrator, departments=()).code == "no_department"
    assert give(other, by=administrator).is_done
    User.objects.filter(pk=administrator.pk).update(is_administrator=False)
    User.objects.filter(pk=other.pk).update(is_administrator=True)
    assert give(other, "auditor", by=administrator).code == "last_administrator"
    with pytest.raises(PermissionDenied):
        give(user, "hr", by=UserFactory(is_hr=True))


def test_two_who_end_each_other_leave_one(administrator: User) -> None:
    """In one call, as in two: the last stays."""
    second = UserFactory(is_administrator=True)
    third = UserFactory(is_administrator=True)
    gone = give_roles([Roles(second, frozenset()), Roles(third, frozenset())], by=administrator, on=TODAY)
    assert [each.code for each in gone] == ["", ""]
    assert User.objects.filter(is_administrator=True).get() == administrator


def test_a_narrowed_account_without_departments_reaches_nobody(administrator: User) -> None:
    """That its last department goes widens nothing."""
    user, person = UserFactory(is_hr=True, is_narrowed=True), EmployeeFactory(department=DepartmentFactory())
    assert not acts_for(user, person)
    assert not Employee.objects.visible_to(user).exists()
    HrDepartment.objects.create(user=user, department=person.department)
    assert acts_for(fresh(user), person)


def test_hr_of_a_department_is_hr_of_all_below_it() -> None:
    top, other = DepartmentFactory(), DepartmentFactory()
    below = DepartmentFactory(parent=DepartmentFactory(parent=top))
    user = UserFactory(is_hr=True, is_narrowed=True)
    HrDepartment.objects.create(user=user, department=top)
    here, there, nowhere = (EmployeeFactory(department=each) for each in (below, other, None))
    assert list(Employee.objects.handled_by(user)) == [here]
    assert [acts_for(user, person) for person in (here, there, nowhere)] == [True, False, False]


def team() -> tuple[Employee, Employee, Employee]:
    """A manager with somebody in their team, and a colleague."""
    manager, colleague = EmployeeFactory(user=UserFactory()), EmployeeFactory(user=UserFactory())
    return manager, colleague, EmployeeFactory(manager=manager)


def test_a_deputy_sees_the_team_on_their_days_only(monkeypatch: pytest.MonkeyPatch) -> None:
    manager, deputy, report = team()
    from people.clock import today

    on = today()  # the window opens and closes by the database's own day
    assert manager.user is not None
    assert deputy.user is not None
    (given,) = give_deputies([Window(manager, deputy, on, on + DAY)], by=manager.user, on=on)
    assert given.is_done
    assert has_line(deputy.user)
    assert list(Employee.objects.managed_by(deputy.user)) == [report]
    Delegation.objects.update(first_day=on + DAY)
    assert not has_line(deputy.user)
    Delegation.objects.update(first_day=on)
    assert end_deputies([given.subject], by=deputy.user, on=on)[0].is_done
    again = User.objects.get(pk=deputy.user.pk)  # an account that is loaded once sees one answer throughout
    assert not Employee.objects.managed_by(again).exists()
    assert end_deputies([given.subject], by=deputy.user, on=on)[0].code == "already_over"


def test_which_deputies_are_refused() -> None:
    manager, deputy, report = team()
    leaver = EmployeeFactory(employed_until=TODAY + DAY)
    assert manager.user is not None
    assert deputy.user is not None
    by, days = manager.user, (TODAY, TODAY + 3 * DAY)
    wanted = [
        Window(manager, manager, *days),
        Window(manager, deputy, TODAY + DAY, TODAY),
        Window(manager, deputy, TODAY - 9 * DAY, TODAY - DAY),
        Window(manager, deputy, TODAY, TODAY + LONGEST_WINDOW * DAY),
        Window(manager, leaver, *days),
        Window(deputy, report, *days),
        Window(manager, deputy, *days),
        Window(manager, deputy, TODAY + 3 * DAY, TODAY + 4 * DAY),
    ]
    codes = [given.code for given in give_deputies(wanted, by=by, on=TODAY)]
    assert codes == [
        *("own_deputy", "end_before_start", "already_over", "too_long", "left", "not_yours", "", "already_deputy"),
    ]
    window = Delegation.objects.get()
    assert end_deputies([window], by=UserFactory(), on=TODAY)[0].code == "not_yours"
    assert end_deputies([window], by=UserFactory(is_hr=True), on=TODAY)[0].is_done


def test_of_strangers_a_refusal_tells_no_name_and_no_last_day() -> None:
    manager, _, report = team()
    stranger = EmployeeFactory(employed_until=TODAY + DAY)
    Employee.objects.filter(pk=report.pk).update(employed_until=TODAY + DAY)
    assert manager.user is not None
    wanted = [Window(manager, each, TODAY, TODAY + 3 * DAY) for each in (stranger, report)]
    unknown, known = give_deputies(wanted, by=manager.user, on=TODAY)
    assert (unknown.code, known.code) == ("left", "left")
    assert stranger.given_names not in unknown.message
    assert "work here" not in unknown.message
    assert report.given_names in known.message


def test_hr_of_departments_reaches_nobody_else_by_being_deputy() -> None:
    hr = UserFactory(is_hr=True, is_narrowed=True)
    manager = EmployeeFactory(user=UserFactory(), department=DepartmentFactory())
    HrDepartment.objects.create(user=hr, department=manager.department)
    own, colleague = EmployeeFactory(user=hr), EmployeeFactory()
    wanted = [Window(manager, each, TODAY, TODAY + DAY) for each in (own, colleague)]
    assert [given.code for given in give_deputies(wanted, by=hr, on=TODAY)] == ["not_yours", ""]
    assert manager.user is not None
    assert give_deputies(wanted[:1], by=manager.user, on=TODAY)[0].is_done


def arrange(name: str, parent: Department | None = None, row: Department | None = None) -> Result[Department | None]:
    """One department, by HR of the whole organisation."""
    (given,) = arrange_departments([Place(name, parent, row)], by=UserFactory(is_hr=True), on=TODAY)
    return given


def test_departments_are_added_renamed_and_moved() -> None:
    made = arrange("  Field   services ").subject
    assert made is not None
    top = arrange("Services").subject
    assert arrange("Field work", top, made).is_done
    made.refresh_from_db()
    assert (made.name, made.parent) == ("Field work", top)
    said = [(c.name, c.before, c.after) for c in DepartmentChange.objects.filter(department=made).order_by("id")]
    assert said == [
        ("added", "", "Field services"),
        ("renamed", "Field services", "Field work"),
        ("moved", "", "Services"),
    ]


def test_departments_stay_a_tree_with_names_of_their_own() -> None:
    top = DepartmentFactory(name="Services")
    below = DepartmentFactory(name="Field work", parent=top)
    assert arrange("Services", below, top).code == "loop"
    assert arrange("Services", top, top).code == "loop"
    assert arrange("FIELD WORK").code == "name_taken"
    assert arrange(" ").code == "name_missing"
    assert Department.objects.count() == 2
    assert not DepartmentChange.objects.exists()
    with pytest.raises(PermissionDenied):
        arrange_departments([Place("New")], by=UserFactory(is_hr=True, is_narrowed=True), on=TODAY)


def test_no_name_of_a_department_turns_the_direction_of_reading() -> None:
    made = arrange("Au\u202edit\u2066").subject
    assert made is not None
    assert made.name == "Audit"
    assert arrange("\u200faudit").code == "name_taken"
    assert arrange("\u202e \u2069").code == "name_missing"
    file = "staff_number,given_names,family_name,department\n1,Ada,Byron,Sa\u202eles\n2,Ann,Bell,\u2066AUDIT\n"
    load_people(file.encode(), file_name="p.csv", by=None, on=TODAY)
    assert sorted(Department.objects.values_list("name", flat=True)) == ["Audit", "Sales"]
