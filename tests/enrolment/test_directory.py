"""HR writes records of people: every field, what a change touches, somebody new, and what is refused."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client

from enrolment.actions.directory import Edit, save_records
from enrolment.models import Enrolment
from people import clock
from people.entries import COLUMNS
from people.models import Department, Employee, PersonChange
from people.queries import stored
from tests.factories import (
    TODAY,
    DepartmentFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def hr(client: Client) -> Client:
    """A browser in which somebody of HR has signed in."""
    client.force_login(UserFactory(is_hr=True, email="hr@sample.example"))
    return client


@pytest.fixture
def ada():
    """Somebody whose facts are all known."""
    return EmployeeFactory(
        staff_number="A1", given_names="Ada", family_name="Byron", email="ada@sample.example",
        department=DepartmentFactory(name="Finance"), manager=EmployeeFactory(staff_number="M1", family_name="Boss"),
        employed_until=None,
    )  # fmt: skip


def text(answer) -> str:
    """The page's words, spaces made one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def form_of(browser: Client, address: str) -> dict[str, str]:
    """What the form of a page begins with."""
    form = browser.get(address).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def confirmed(browser: Client, address: str, given: dict[str, str]) -> str:
    """Send a form, look at what it touches, confirm that; the words of the page that one is led to."""
    answers = browser.post(address, given).context["answers"]
    return text(browser.post(address, {**answers, "confirm": "yes"}, follow=True))


def edited(person: Employee, **given):
    """The edit of a record by these columns."""
    facts = dict(zip(COLUMNS, stored([person.staff_number])[person.staff_number].facts, strict=True))
    number = given.pop("staff_number", person.staff_number)
    return Edit(number, tuple((facts | given).values()), person)


def refused(edit, by) -> str:
    """The code of the refusal of an edit."""
    refusal = save_records([edit], by=by, on=TODAY)[0].refusal
    return refusal.code if refusal else ""


def test_every_field_is_edited_and_history_says_what_became_what(hr, ada):
    DepartmentFactory(name="Data")
    EmployeeFactory(staff_number="M2", given_names="Mia", family_name="Only One")
    address = f"/people/{ada.public_id}/edit/"
    given = form_of(hr, address) | {
        "staff_number": "A2", "given_names": "Ada M", "family_name": "King", "email": "king@sample.example",
        "job_title": "Lead", "department": "Data", "manager_staff_number": "Only One, Mia",
        "date_of_birth": "2 April 1986", "employed_from": "2 January 2016", "employed_until": "", "reason": "Married",
    }  # fmt: skip
    answer = hr.post(address, given, follow=True)
    assert answer.redirect_chain == [(f"/people/{ada.public_id}/", 302)]
    fresh = Employee.objects.get(pk=ada.pk)
    assert (fresh.staff_number, fresh.name, fresh.email, fresh.job_title) == (
        "A2", "Ada M King", "king@sample.example", "Lead",
    )  # fmt: skip
    assert stored(["A2"])["A2"].facts[4:6] == ("Data", "M2")
    assert (fresh.date_of_birth, fresh.employed_from) == (date(1986, 4, 2), date(2016, 1, 2))
    rows = PersonChange.objects.filter(person=ada.public_id)
    assert set(rows.values_list("by__email", "on", "reason")) == {("hr@sample.example", clock.today(), "Married")}
    assert sorted(column for row in rows for column, _, _ in row.changes) == [
        "date_of_birth", "department", "email", "employed_from", "family_name", "given_names", "job_title",
        "manager_staff_number", "staff_number",
    ]  # fmt: skip
    page = text(answer)
    assert "Family name: Byron → to King" in page
    assert "Date of birth: 1 March 1985 → to 2 April 1986" in page
    assert "by hr@sample.example" in page
    assert "Married" in page


def test_the_person_and_their_manager_do_not_read_what_became_of_the_record(ada, client):
    ada.user = UserFactory()
    ada.save()
    save_records([edited(ada, date_of_birth=date(1986, 4, 2))], by=None, on=TODAY, reason="A secret")
    client.force_login(ada.user)
    page = text(client.get(f"/people/{ada.public_id}/"))
    assert "Record changed" not in page
    assert "A secret" not in page


def test_nothing_changed_leaves_no_trace(hr, ada):
    address = f"/people/{ada.public_id}/edit/"
    assert "Nothing was changed" in text(hr.post(address, form_of(hr, address), follow=True))
    assert not PersonChange.objects.exists()


def test_a_plan_that_would_not_be_legal_is_named_with_the_planners_word_before_anything_is_saved(hr, ada):
    start = clock.today() + 30 * DAY
    EnrolmentFactory(
        employee=ada, programme=programme("ai-governance"), start_date=start, planned_end_date=start + 27 * DAY
    )
    address = f"/people/{ada.public_id}/edit/"
    joins = start + 10 * DAY
    given = form_of(hr, address) | {"employed_from": joins.isoformat()}
    page = text(hr.post(address, given))
    assert "would not be allowed any more" in page
    assert f"The earliest start would be {joins.day} {joins:%B} {joins.year}." in page
    assert not PersonChange.objects.exists()
    assert "What this touches" in text(hr.post(address, given | {"confirm": "yes"})), "not before it was seen"
    confirmed(hr, address, given)
    assert Employee.objects.get(pk=ada.pk).employed_from == joins
    assert Enrolment.objects.get().status == "planned"


def test_too_young_leaving_and_a_new_manager_are_named(hr, ada):
    today = clock.today()
    start = today + 30 * DAY
    unit = programme("ai-governance")
    EnrolmentFactory(employee=ada, programme=unit, start_date=start, planned_end_date=start + 27 * DAY)
    NominationFactory(employee=ada, programme=programme("ai-transformation"))
    address = f"/people/{ada.public_id}/edit/"
    begun = form_of(hr, address)
    young = today.replace(year=today.year - 18, day=1)
    assert "is 19 on" in text(hr.post(address, begun | {"date_of_birth": young.isoformat()}))
    page = text(hr.post(address, begun | {"manager_staff_number": ""}))
    assert "The nomination for" in page
    assert "Without a line manager" in page
    page = text(hr.post(f"/people/{ada.public_id}/leave/", {"employed_until": (today + 5 * DAY).isoformat()}))
    assert "would not be allowed any more" in page
    assert "In the night after" in page
    page = text(hr.post(f"/people/{ada.public_id}/leave/", {"employed_until": (today - DAY).isoformat()}))
    assert "is called off, and its seat is free" in page
    assert "The nomination for" in page


def test_a_leaver_and_the_way_back_by_their_pages(hr, ada):
    yesterday = clock.today() - DAY
    address = f"/people/{ada.public_id}/leave/"
    EmployeeFactory(manager=ada)
    page = confirmed(hr, address, {"employed_until": yesterday.isoformat(), "reason": "Another job"})
    assert "Ada Byron left on" in page
    assert "1 person reports to them and needs another manager." in page
    assert Employee.objects.get(pk=ada.pk).left_on == clock.today()
    back = f"/people/{ada.public_id}/return/"
    page = text(hr.post(back, {"employed_from": "", "employed_until": ""}))
    assert "works here again" in page
    page = confirmed(hr, back, {"employed_from": "", "employed_until": ""})
    assert "Works here again, by hr@sample.example" in page
    assert Employee.objects.get(pk=ada.pk).left_on is None


def test_somebody_new_with_an_invitation(hr):
    given = {"staff_number": "N1", "given_names": "Noa", "family_name": "New", "email": "noa@sample.example"}
    page = text(hr.post("/people/add/", given | {"invite": "on", "reason": "Agency"}, follow=True))
    assert "Noa New is added." in page
    person = Employee.objects.get(staff_number="N1")
    assert person.user is not None
    assert [message.to for message in mail.outbox] == [["noa@sample.example"]]
    row = PersonChange.objects.get(person=person.public_id)
    assert (row.kind, row.reason) == ("joined", "Agency")
    assert "Give the e-mail" in text(hr.post("/people/add/", given | {"email": "", "invite": "on"}))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"staff_number": "M1"}, "staff_number_taken"),
        ({"staff_number": ""}, "staff_number_missing"),
        ({"given_names": ""}, "names_missing"),
        ({"email": "Taken@sample.example"}, "email_taken"),
        ({"manager_staff_number": "none"}, "unknown_manager"),
        ({"manager_staff_number": "A1"}, "manager_loop"),
        ({"manager_staff_number": "R2"}, "manager_loop"),
        ({"employed_until": date(2010, 1, 1)}, "end_before_start"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(ada, given, code):
    EmployeeFactory(email="taken@sample.example")
    EmployeeFactory(staff_number="R2", manager=EmployeeFactory(staff_number="R1", manager=ada))
    before = stored(["A1"])
    assert refused(edited(ada, **given), UserFactory(is_hr=True)) == code
    assert stored(["A1"]) == before
    assert not PersonChange.objects.exists()


def test_nobody_edits_themself_and_nobody_overwrites_what_they_have_not_read(hr, ada):
    own = UserFactory(is_hr=True)
    ada.user = own
    ada.save()
    assert refused(edited(ada, job_title="Boss"), own) == "own_record"
    address = f"/people/{ada.public_id}/edit/"
    begun = form_of(hr, address)
    save_records([edited(ada, job_title="Lead")], by=None, on=TODAY)
    page = text(hr.post(address, begun | {"job_title": "Head"}))
    assert "Somebody has changed this record since you opened it." in page
    assert Employee.objects.get(pk=ada.pk).job_title == "Lead"


def test_a_name_that_several_have_is_listed(hr, ada):
    EmployeeFactory(staff_number="X1", given_names="Max", family_name="Twice")
    EmployeeFactory(staff_number="X2", given_names="Max", family_name="Twice")
    address = f"/people/{ada.public_id}/edit/"
    page = text(hr.post(address, form_of(hr, address) | {"manager_staff_number": "Max Twice"}))
    assert "2 people are called so. Give the staff number: X1, X2." in page


def test_a_department_is_one_that_there_is(hr, ada):
    address = f"/people/{ada.public_id}/edit/"
    answer = hr.post(address, form_of(hr, address) | {"department": "Nowhere"})
    assert answer.context["form"].errors["department"]
    assert Department.objects.count() == 1


def test_a_last_day_before_the_first_is_refused_before_anything_is_shown(hr, ada):
    Employee.objects.filter(pk=ada.pk).update(employed_from=date(2020, 5, 4))
    address = f"/people/{ada.public_id}/leave/"
    answer = hr.post(address, {**form_of(hr, address), "employed_until": "1 January 1900"})
    assert answer.context["form"].errors == {
        "employed_until": ["Employment began on 4 May 2020: it cannot end before."]
    }
    assert "touched" not in answer.context


@pytest.mark.parametrize(("days", "offered"), [(-1, False), (0, True), (1, True)])
def test_who_has_left_is_not_offered_a_programme(hr, ada, days, offered):
    Employee.objects.filter(pk=ada.pk).update(employed_until=clock.today() + days * DAY)
    page = hr.get(f"/people/{ada.public_id}/").content.decode()
    assert (f"/people/{ada.public_id}/enrol/" in page) is offered
    assert (f"/people/{ada.public_id}/path/" in page) is offered
