"""The pages of sending out: foreseen before it is sent, sent once, how far it is, and what the asked person sees."""

import csv
import io
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessment.actions import Answered, answer, begin, submit
from assessment.models import Asked, Response, Sending
from enrolment.actions import sendings as actions
from people import clock
from people.models import Employee, Notice
from tests.enrolment.test_hr_enrol import text
from tests.enrolment.test_sendings import ANSWERS
from tests.factories import DepartmentFactory, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "/questionnaire/sendings/new/"


@pytest.fixture
def on():
    return clock.today()


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


@pytest.fixture
def client(hr):
    browser = Client()
    browser.force_login(hr)
    return browser


@pytest.fixture
def sales():
    return DepartmentFactory(name="Sales")


def filled(sales, on, **more):
    """The form for a whole department."""
    due_on = (on + timedelta(days=7)).isoformat()
    return {"whom": "search", "departments": str(sales.public_id), "due_on": due_on, "check": "yes", **more}


def kept(page):
    """What the check page sends again."""
    form = re.search(r'<form method="post" action="/questionnaire/sendings/new/".*?</form>', page, re.DOTALL)
    assert form
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    return {name: value for name, value in pairs if name != "csrfmiddlewaretoken"}


def sending_to(people, hr, on):
    how = {"to": "department Sales", "due_on": on + timedelta(days=7), "by": hr, "on": on}
    return actions.send([person.pk for person in people], **how)[0].subject.sending


def test_it_is_foreseen_and_then_sent_once(client, sales, on):
    asked = EmployeeFactory(department=sales, given_names="Ada", family_name="Ash")
    silent = EmployeeFactory(department=sales, given_names="Ben", family_name="Birch", email="")
    EmployeeFactory(department=sales, given_names="Cat", family_name="Cole", employed_until=on - timedelta(days=1))
    EmployeeFactory(given_names="Dan", family_name="Dale")
    page = client.post(NEW, filled(sales, on))
    said = text(page)
    assert "Send it to 2 people?" in said
    assert "Ada Ash" in said
    assert "Cat Cole" in said
    assert "1 : Has left." in said or "1: Has left." in said
    assert "Dan Dale" not in said
    assert f"Ben Birch, {silent.staff_number}" in said
    assert not Sending.objects.exists()
    again = {**kept(page.content.decode()), "send": "yes"}
    answer_1, answer_2 = client.post(NEW, again), client.post(NEW, again)
    sending = Sending.objects.get()
    assert answer_1.url == answer_2.url == reverse("enrolment:sending", args=[sending.public_id])
    assert set(sending.asked.values_list("employee", flat=True)) == {asked.pk, silent.pk}
    assert sending.to == "Sales"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"whom": ""}, "Choose whom to ask."),
        ({"due_on": ""}, "Give the day to answer by."),
        ({"due_on": "2020-01-01"}, "Give a day that has not gone."),
        ({"whom": "numbers"}, "Give at least one staff number."),
        ({"whom": "numbers", "staff_numbers": "T-none"}, "Nobody has these staff numbers: T-none."),
        ({"whom": "search", "staff_numbers": "T-1"}, "You gave staff numbers: choose them here, or take them away."),
        ({"departments": str(uuid.uuid4())}, "This department is no longer there."),
    ],
)
def test_what_is_wrong_is_said(client, sales, on, given, sentence):
    page = client.post(NEW, {**filled(sales, on), **given})
    assert sentence in text(page)
    assert "<title>Error: " in page.content.decode()
    assert not Sending.objects.exists()


def test_more_than_fifty_need_a_second_yes(client, sales, on):
    for _ in range(51):
        EmployeeFactory(department=sales)
    page = client.post(NEW, filled(sales, on))
    assert "Yes, send it to 51 people" in text(page)
    again = {**kept(page.content.decode()), "send": "yes"}
    refused = client.post(NEW, again)
    assert "Tick this to send it to so many people." in text(refused)
    assert not Sending.objects.exists()
    assert client.post(NEW, {**again, "sure": "on"}).status_code == 302
    assert Asked.objects.count() == 51


def test_the_people_page_brings_whom_it_shows(client, sales, on):
    ada = EmployeeFactory(department=sales, staff_number="A-1")
    EmployeeFactory(staff_number="B-2")
    page = client.post(NEW, {"chosen": str(ada.public_id)}).content.decode()
    assert re.search(r"<textarea[^>]*>\s*A-1\s*</textarea>", page)
    page = client.post(NEW, {"all": "yes", "q": "A-1", "department": str(sales.public_id)}).content.decode()
    assert re.search(rf'value="{sales.public_id}"[^>]* checked', page)
    assert re.search(r'name="q"[^>]*value="A-1"|value="A-1"[^>]*name="q"', page)
    people = client.get("/people/").content.decode()
    assert people.count(f'formaction="{NEW}"') == 2


def test_a_sending_says_how_far_it_is(client, hr, on):
    ada, ben = EmployeeFactory(family_name="Ash"), EmployeeFactory(family_name="Birch")
    sending = sending_to([ada, ben], hr, on)
    [response] = begin([ada], by=None, on=on)
    answer([Answered(response, ANSWERS)], by=None)
    submit([response], by=None, on=on)
    address = reverse("enrolment:sending", args=[sending.public_id])
    said = text(client.get(address))
    assert re.search(r"Sent 2 100% Opened 1 50% Answered 1 50% Recommendation decided 0 0%", said)
    assert "1 of 2" in text(client.get("/questionnaire/sendings/"))
    said = text(client.get(address, {"show": "not_opened"}))
    assert ben.name in said
    assert ada.name not in said
    file = b"".join(client.get(address, {"show": "answered", "format": "csv"}).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [(row["staff_number"], row["state"], row["answered_on"]) for row in rows] == [
        (ada.staff_number, "answered", on.isoformat())
    ]


def test_a_file_runs_no_formula(client, hr, on):
    sending = sending_to([EmployeeFactory(given_names="=1+1")], hr, on)
    address = reverse("enrolment:sending", args=[sending.public_id])
    file = b"".join(client.get(address, {"format": "csv"}).streaming_content).decode()
    assert ",'=1+1," in file


def test_people_come_fifty_a_page(client, hr, on):
    people = [EmployeeFactory(family_name=f"P{number:03}") for number in range(60)]
    sending = sending_to(people, hr, on)
    address = reverse("enrolment:sending", args=[sending.public_id])
    page = client.get(address, {"show": "not_opened"}).content.decode()
    assert [person.family_name in page for person in people] == [True] * 50 + [False] * 10
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    page = client.get(address + following[1].replace("&amp;", "&")).content.decode()
    assert [person.family_name in page for person in people] == [False] * 50 + [True] * 10


def test_the_rest_is_reminded_by_a_button_once_a_day(client, hr, on):
    people = [EmployeeFactory(), EmployeeFactory()]
    sending = sending_to(people, hr, on)
    address = reverse("enrolment:sending", args=[sending.public_id])
    assert "Nobody is left to remind today" in text(client.get(address))
    Sending.objects.update(sent_on=on - timedelta(days=1))
    assert "Remind the rest (2)" in text(client.get(address))
    assert "2 people are reminded." in text(client.post(f"{address}remind/", follow=True))
    assert "was told today" in text(client.post(f"{address}remind/", follow=True))
    assert Notice.objects.filter(kind="questionnaire_reminder").count() == 2


def test_it_is_ended_and_taken_up_again(client, hr, on):
    sending = sending_to([EmployeeFactory()], hr, on)
    address = reverse("enrolment:sending", args=[sending.public_id])
    said = text(client.post(f"{address}end/", follow=True))
    assert "nobody is asked or reminded any more" in said
    assert "Ask nobody any more" not in said
    assert "are asked again" in text(client.post(f"{address}resume/", follow=True))


class TestAsked:
    @pytest.fixture
    def learner(self):
        return EmployeeFactory(user=UserFactory())

    @pytest.fixture
    def browser(self, learner):
        browser = Client()
        browser.force_login(learner.user)
        return browser

    def test_the_link_in_the_letter_leads_to_sign_in_and_then_there(self, learner, hr, on):
        sending_to([learner], hr, on)
        link = re.search(r"https?://[^/]+(/\S+)", Notice.objects.get(employee=learner).body)
        assert link
        answered = Client().get(link[1])
        assert answered.status_code == 302
        assert answered["Location"].endswith(f"?next={link[1]}")

    def test_opening_the_link_changes_nothing(self, learner, browser, hr, on):
        sending_to([learner], hr, on)
        for _ in range(2):
            assert "Your employer asks you to answer the questionnaire by" in text(browser.get("/questionnaire/"))
        assert not Response.objects.exists()

    def test_my_programme_says_it_until_it_is_answered(self, learner, browser, hr, on):
        asks = "Your employer asks you to answer the questionnaire by"
        assert asks not in text(browser.get("/my-programme/"))
        sending = sending_to([learner], hr, on)
        assert asks in text(browser.get("/my-programme/"))
        browser.post("/questionnaire/")
        response = Response.objects.get(sending=sending, employee=learner)
        assert asks in text(browser.get("/my-programme/"))
        Sending.objects.update(sent_on=on - timedelta(days=9), due_on=on - timedelta(days=1))
        assert "Your employer asked you" in text(browser.get("/my-programme/"))
        answer([Answered(response, ANSWERS)], by=learner.user)
        browser.post(reverse("assessment:check", args=[response.public_id]))
        assert "Your employer" not in text(browser.get("/my-programme/"))

    def test_what_is_answered_is_kept_at_each_page_and_carried_on_with(self, learner, browser, hr, on):
        sending_to([learner], hr, on)
        first = browser.post("/questionnaire/").url
        second = browser.post(first, {"role": "operations"}).url
        assert Response.objects.get(employee=learner).answers == {"role": "operations"}
        later = Client()
        later.force_login(learner.user)
        assert f'href="{second}"' in later.get("/questionnaire/").content.decode()
        assert later.post("/questionnaire/")["Location"] == second
        assert Response.objects.count() == 1


def test_an_administrator_reads_and_sends_nothing(hr, on):
    sending = sending_to([EmployeeFactory()], hr, on)
    browser = Client()
    browser.force_login(UserFactory(is_administrator=True))
    page = browser.get(reverse("enrolment:sending", args=[sending.public_id])).content.decode()
    assert "<button" not in page.partition("<main")[2].partition("</main>")[0].replace(
        '<button class="btn btn-secondary" type="submit">Show</button>', ""
    )
    assert Employee.objects.count() == 1
    assert "Send the questionnaire" not in text(browser.get("/questionnaire/sendings/"))
