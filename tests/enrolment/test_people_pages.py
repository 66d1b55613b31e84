"""The pages about people: finding them, one person's story, giving access, and loading a file in the browser."""

import csv
import io
import re
from datetime import date

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from enrolment.models import Batch, Enrolment, EnrolmentEvent
from enrolment.tasks import resume_batches
from people import clock
from people.models import Employee, Notice, User
from tests.factories import (
    DepartmentFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    UserFactory,
    programme,
)
from tests.people.files import organisation, people_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr(client: Client) -> Client:
    """A browser in which somebody of HR has signed in."""
    client.force_login(UserFactory(is_hr=True))
    return client


def text(answer) -> str:
    """The page's words, spaces made one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def upload(browser: Client, content: bytes, name: str = "people.csv"):
    """Choose a file and press the button."""
    return browser.post("/people/import/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_nobody_yet_is_an_invitation_to_load(hr):
    assert "Import your people" in text(hr.get("/people/"))


def test_people_are_found_and_narrowed_to_a_department(hr):
    finance = DepartmentFactory(name="Finance")
    EmployeeFactory(given_names="Ada", department=finance)
    EmployeeFactory(given_names="Grace")
    assert "Grace" not in text(hr.get("/people/?q=ada"))
    assert "Grace" not in text(hr.get(f"/people/?department={finance.public_id}"))
    assert "Ada" in text(hr.get("/people/?q=finance"))
    assert "Nobody matches" in text(hr.get("/people/?q=grace+finance"))
    assert hr.get("/people/?department=nonsense&after=nonsense&before=1").status_code == 200


def test_pages_keep_what_was_searched(hr):
    EmployeeFactory.create_batch(60, job_title="Analyst")
    first = hr.get("/people/?q=analyst")
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert following
    second = hr.get("/people/" + following[1].replace("&amp;", "&"))
    assert second.content.decode().count('scope="row"') == 10
    assert 'rel="prev"' in second.content.decode()


def test_the_whole_number_comes_first_and_once(hr):
    EmployeeFactory.create_batch(60, job_title="Grade 77", family_name="Aa")
    EmployeeFactory(staff_number="77", given_names="Zelda", family_name="Zz")
    first = hr.get("/people/?q=77")
    assert re.findall(r"Zelda|Aa", text(first))[0] == "Zelda"
    assert text(first).count("Exactly what you looked for") == 1
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert following
    second = hr.get("/people/" + following[1].replace("&amp;", "&"))
    assert (first.content.decode().count('scope="row"'), second.content.decode().count('scope="row"')) == (51, 10)
    assert "Zelda" not in text(second)


def test_access_and_mail_are_not_promised_to_who_has_no_email(hr):
    ada = EmployeeFactory(given_names="Ada", email="")
    words = text(hr.get(f"/people/{ada.public_id}/"))
    assert "Ada has no e-mail, so cannot be given access." in words
    assert "Ada has no e-mail, so nothing is mailed." in words
    assert "Give access" not in words


@pytest.fixture
def team() -> dict[str, Employee]:
    """A manager and a learner with accounts; the learner with an enrolment, its history, a nomination and a notice."""
    manager = EmployeeFactory(given_names="Mona", user=UserFactory())
    learner = EmployeeFactory(given_names="Lena", manager=manager, user=UserFactory())
    enrolment = EnrolmentFactory(
        employee=learner,
        programme=programme("ai-governance"),
        status=Enrolment.Status.ACTIVE,
        start_date=clock.today(),
        planned_end_date=date(2199, 1, 1),
    )
    EnrolmentEvent.objects.create(
        subject=enrolment, move="enrol", to_status="planned", on=clock.today(), reason="A reason for HR"
    )
    NominationFactory(employee=learner, programme=programme("ai-practitioner"), nominated_by=manager.user)
    Notice.objects.create(
        employee=learner,
        kind="enrolled",
        subject=enrolment.public_id,
        due_on=clock.today(),
        headline="A headline for Lena",
        body="…",
        status="sent",
        sent_at=clock.now(),
    )
    return {"manager": manager, "learner": learner}


def test_hr_sees_the_whole_story_and_can_act(hr, team):
    words = text(hr.get(f"/people/{team['learner'].public_id}/"))
    for said in ("Adopting and Governing", "A headline for Lena", "A reason for HR", "Mona", "Enrolled on"):
        assert said in words
    assert "Answer the questionnaire for Lena" in words


def test_the_list_says_who_is_on_what(hr, team):
    assert "Adopting and Governing" in text(hr.get("/people/"))


def test_a_manager_reads_less_and_cannot_act(client, team):
    client.force_login(team["manager"].user)
    words = text(client.get(f"/people/{team['learner'].public_id}/"))
    assert "Adopting and Governing" in words
    for hidden in ("A headline for Lena", "A reason for HR", "Answer the questionnaire", "Date of birth", "Signing in"):
        assert hidden not in words


def test_others_find_nothing(client, team):
    client.force_login(UserFactory())
    assert client.get(f"/people/{team['learner'].public_id}/").status_code == 404
    client.force_login(team["learner"].user)
    assert client.get(f"/people/{team['manager'].public_id}/").status_code == 404
    assert client.get("/people/").status_code == 403


def test_hr_gives_access_once_and_the_invitation_leads_to_a_password(hr):
    ada = EmployeeFactory(email="Ada@example.org")
    answer = hr.post(f"/people/{ada.public_id}/access/", follow=True)
    assert "ada@example.org gets an invitation" in text(answer)
    ada.refresh_from_db()
    assert ada.user is not None
    assert (ada.user.email, ada.user.has_usable_password()) == ("ada@example.org", False)
    [sent] = mail.outbox
    link = re.search(r"http\S+/invitation/\S+", str(sent.body))
    assert link
    guest = Client()
    assert "Choose a password" in text(guest.post(link[0], follow=True))
    assert "assword" in text(guest.get("/accounts/password/set/"))
    hr.post(f"/people/{ada.public_id}/access/")
    assert (len(mail.outbox), User.objects.count()) == (2, 2)


@pytest.mark.parametrize("case", ["missing", "shared", "taken"])
def test_access_is_refused_with_a_sentence(hr, case):
    ada = EmployeeFactory(email="" if case == "missing" else "ada@example.org")
    if case == "shared":
        EmployeeFactory(email="ADA@example.org")
    if case == "taken":
        UserFactory(email="ada@example.org")
    words = text(hr.post(f"/people/{ada.public_id}/access/", follow=True))
    expected = {"missing": "has no e-mail", "shared": "of 2 people", "taken": "has an account already"}
    assert expected[case] in words
    ada.refresh_from_db()
    assert ada.user is None
    assert not mail.outbox


def test_a_file_is_checked_applied_and_reported(hr):
    content = people_file(
        {"staff_number": "1"},
        {"staff_number": "2", "email": "=x"},
        {"staff_number": "3", "given_names": "=1+1", "email": "x"},
    )
    checked = upload(hr, content)
    words = text(checked)
    assert "Nothing is written yet" in words
    assert "not an e-mail" in words
    assert not Employee.objects.exists()
    batch = Batch.objects.get()
    following = hr.post(f"/people/import/{batch.public_id}/", follow=True)
    assert "already as the file says" not in text(following)
    assert 'hx-trigger="every 2s"' in following.content.decode()
    assert f'<a href="/people/import/{batch.public_id}/">See how far it is now</a>' in following.content.decode()
    hr.post(f"/people/import/{batch.public_id}/")
    assert resume_batches() == 3
    done = hr.get(f"/people/import/{batch.public_id}/")
    assert "People loaded" in text(done)
    assert "hx-trigger" not in done.content.decode()
    refused = hr.get(f"/people/import/{batch.public_id}/refused.csv").getvalue().decode("utf-8-sig")
    lines = refused.splitlines()
    assert lines[0].startswith("row,code,reason,staff_number,")
    assert lines[1].startswith("3,bad_email,")
    assert ",2,Ada,Byron,'=x," in lines[1]
    assert lines[2].startswith("4,bad_email,")
    assert ",3,'=1+1,Byron,x," in lines[2]
    assert Employee.objects.get().staff_number == "1"


STRANGE = (
    b"staff_number,given_names,family_name,email\n"
    b"1,Ada,Byron,ada@example.org\n"
    b"1,Grace,Hopper,grace@example.org\n"  # twice
    b"3,Ada,Byron,,more,and,more\n"  # too many cells
    b"-4,-Ann,+Byron,x\n"  # what a spreadsheet takes for formulas
    b"5,A\0da,Byron,\n"
    b'6,"Ada,Byron,\n'  # never closed
    b"7,Alan,Turing,ADA@example.org\n"  # somebody else's
    b"8,,Byron\n"  # ends early
    b'=9,A"da,"By"ron,\n'
)


def load(browser: Client, content: bytes) -> tuple[str, dict[str, int]]:
    """Load a file wholly; its refused rows, and how many of each outcome."""
    upload(browser, content)
    batch = Batch.objects.latest("id")
    browser.post(f"/people/import/{batch.public_id}/")
    resume_batches()
    batch.refresh_from_db()
    answer = browser.get(f"/people/import/{batch.public_id}/refused.csv")
    return answer.getvalue().decode(), batch.counts


def test_the_refused_rows_loaded_as_they_stand_write_nobody(hr):
    refused, counts = load(hr, STRANGE)
    assert (counts["created"], counts["refused"]) == (1, 8)
    again, counts = load(hr, refused.encode())
    assert (counts["created"], counts["updated"], counts["refused"]) == (0, 0, 8)
    assert again.count("\n") == refused.count("\n") == 9
    assert again.startswith("\ufeffrow,code,reason,staff_number,given_names,family_name,email\r\n")
    assert Employee.objects.get().given_names == "Ada"


def test_the_refused_rows_keep_every_cell_and_load_once_corrected(hr):
    refused, _ = load(hr, STRANGE)
    rows = list(csv.reader(io.StringIO(refused.removeprefix("\ufeff"))))
    by_row = {row[0]: row for row in rows}
    assert by_row["3"][3:] == ["", "Grace", "Hopper", "grace@example.org"]
    assert "Staff number 1 is in row 2 already. It is left out here" in by_row["3"][2]
    assert by_row["4"][3:] == ["3", "Ada", "Byron", "", "more", "and", "more"]
    assert by_row["5"][3:] == ["'-4", "'-Ann", "'+Byron", "x"]
    assert by_row["6"][4] == "A\ufffdda"
    assert by_row["7"][3:] == ['6,"Ada,Byron,']
    assert by_row["9"][3:] == ["8", "", "Byron"]
    assert by_row["10"][3:] == ['\'=9,A"da,"By"ron,']
    by_row["3"][3], by_row["5"][6] = "2", "ann@example.org"
    out = io.StringIO()
    csv.writer(out).writerows([rows[0], by_row["3"], by_row["5"]])
    _, counts = load(hr, out.getvalue().encode())
    assert counts["created"] == 2
    assert Employee.objects.get(staff_number="-4").name == "-Ann +Byron"
    assert Employee.objects.get(staff_number="2").name == "Grace Hopper"


def test_the_refused_rows_come_once_the_others_are_loaded(hr):
    upload(
        hr,
        people_file({"staff_number": "1", "email": "a@example.org"}, {"staff_number": "2", "email": "a@example.org"}),
    )
    batch = Batch.objects.get()
    assert "Load those first" in text(hr.get(f"/people/import/{batch.public_id}/"))
    assert hr.get(f"/people/import/{batch.public_id}/refused.csv").status_code == 404


def test_the_check_says_who_is_new_and_what_becomes_of_whom(hr):
    EmployeeFactory(staff_number="1", given_names="Ada", family_name="Byron", job_title="Analyst", email="")
    upload(
        hr,
        people_file(
            {"staff_number": "1", "job_title": "Lead", "department": "Legal"},
            {"staff_number": "2", "given_names": "Grace", "department": "Finance"},
        ),
    )
    place = f"/people/import/{Batch.objects.get().public_id}/"
    words = text(hr.get(place))
    assert "job title Analyst → Lead" in words
    assert "2 new departments: Finance, Legal." in words
    assert "Ada Byron" in words
    assert "Grace" not in words
    assert 'href="?show=created#rows"' in hr.get(place).content.decode()
    assert "Grace Byron" in text(hr.get(place + "?show=created"))


def test_a_file_behind_another_says_that_it_waits(hr):
    for number in "12":
        upload(hr, people_file({"staff_number": number}))
        hr.post(f"/people/import/{Batch.objects.latest('id').public_id}/")
    Batch.objects.filter(pk=Batch.objects.earliest("id").pk).update(done=1)
    words = text(hr.get(f"/people/import/{Batch.objects.latest('id').public_id}/"))
    assert "Waiting for another file to finish." in words
    assert "people done" not in words


def test_the_same_file_again_says_that_nothing_changes(hr):
    content = organisation(60)
    for _ in range(2):
        upload(hr, content)
        batch = Batch.objects.get(status="checked")
        hr.post(f"/people/import/{batch.public_id}/")
        resume_batches()
    words = text(hr.get(f"/people/import/{batch.public_id}/"))
    assert "Nothing changed: all 60 people are already as the file says." in words


def test_the_rows_to_look_at_come_fifty_at_a_time(hr):
    upload(hr, people_file(*({"staff_number": str(n), "email": "x"} for n in range(70))))
    batch = Batch.objects.get()
    first = hr.get(f"/people/import/{batch.public_id}/?show=refused").content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = hr.get(f"/people/import/{batch.public_id}/{following[1].replace('&amp;', '&')}").content.decode()
    assert (first.count('scope="row"'), second.count('scope="row"')) == (50, 20)


def test_a_file_that_is_none_is_said_beside_the_box(hr):
    answer = upload(hr, b"\x89PNG\r\n")
    assert answer.content.decode().count("<title>Error: ") == 1
    assert "This is a picture" in text(answer)
    assert "Choose a file." in text(hr.post("/people/import/"))
    assert not Batch.objects.exists()


def test_a_file_too_large_is_said_so(hr, monkeypatch):
    monkeypatch.setattr("enrolment.forms.people.MOST_MEGABYTES", 0)
    assert "at most 0 MB can be read here" in text(upload(hr, people_file({"staff_number": "1"})))


def test_the_empty_file_has_every_column_and_loads_as_it_is(hr):
    content = hr.get("/people/import/people.csv").content
    assert "nobody below it" in text(upload(hr, content))


def test_add_user_makes_an_account_links_the_person_and_adds_roles(capsys):
    ada = EmployeeFactory(email="Ada@example.org")
    call_command("add_user", "ADA@example.org", "--role", "hr")
    said = capsys.readouterr().out
    assert "ada@example.org has an account now, with the role hr." in said
    assert re.search(r"http\S+/invitation/\S+", said)
    ada.refresh_from_db()
    assert ada.user is not None
    assert (ada.user.is_hr, ada.user.is_administrator) == (True, False)
    call_command("add_user", "ada@example.org", "--role", "hr", "--role", "administrator", "--json")
    assert '"created": false' in (said := capsys.readouterr().out)
    assert '"added": ["administrator"]' in said
    assert User.objects.count() == 1


def test_add_user_refuses_what_is_no_email_and_links_nobody_who_shares_one():
    with pytest.raises(CommandError):
        call_command("add_user", "nonsense")
    EmployeeFactory.create_batch(2, email="two@example.org")
    call_command("add_user", "two@example.org", "--role", "hr")
    assert not Employee.objects.exclude(user=None).exists()
