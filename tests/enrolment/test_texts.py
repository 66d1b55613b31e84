"""HR writes the texts of letters: versions, the original, previews, trials, and what is written already."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from enrolment import notices
from enrolment.actions.texts import TextWish, carry_out, write_texts
from enrolment.models import Enrolment, NoticeText
from enrolment.rules.letters import LETTERS, original
from people.actions.notices import tell
from people.clock import now, today
from people.models import Notice
from programmes.models import Programme
from tests.factories import EmployeeFactory, EnrolmentFactory, UserFactory

pytestmark = pytest.mark.django_db
BODY = "Dear {{ person.given_names }},\n\n{{ enrolment.programme.name }} is yours.\n\n{{ site }}/my-programme/"


@pytest.fixture
def hr(client):
    """HR, signed in."""
    client.user = UserFactory(is_hr=True)
    client.force_login(client.user)
    return client


def address(kind: str = "enrolled", name: str = "text") -> str:
    """The page of one kind's text."""
    return reverse(f"enrolment:{name}", args=[kind])


def given(do: str, **more) -> dict[str, object]:
    """What the form sends."""
    return {"headline": "Yours", "body": BODY, "person": "", "reason": "Warmer.", "after": "0", "do": do, **more}


def write(body: str = BODY, *, kind: str = "enrolled", **more) -> NoticeText:
    """A version of a text, by HR."""
    wish = TextWish(kind, "Yours", body, **more)
    made = write_texts([wish], by=UserFactory(is_hr=True), on=today(), reason="Warmer.")[0].or_error().text
    assert made
    return made


def planned() -> Enrolment:
    """Somebody who starts in two months."""
    start = today() + timedelta(60)
    programme = Programme.objects.get(code="ai-governance")
    return EnrolmentFactory(programme=programme, start_date=start, planned_end_date=start + timedelta(40))


def told(count: int = 1) -> list[Enrolment]:
    """People who have been told of a start, in letters that have not left."""
    rows = [planned() for _ in range(count)]
    tell(notices.enrolled(rows, on=today()), is_first=True)
    return rows


def test_every_kind_is_listed_with_what_it_is_for(hr):
    page = hr.get(reverse("enrolment:texts")).content.decode()
    for kind, letter in LETTERS.items():
        assert address(kind) in page
        assert letter.purpose in page


def test_saving_keeps_who_when_and_why_and_the_next_letter_has_the_words(hr):
    assert hr.post(address(), given("save")).status_code == 302
    text = NoticeText.objects.get()
    assert (text.kind, text.version, text.by, text.reason, text.on) == ("enrolled", 1, hr.user, "Warmer.", today())
    row = planned()
    letter = notices.enrolled([row], on=today())[0]
    assert letter.headline == "Yours"
    assert letter.body.startswith(f"Dear {row.employee.given_names},\n\n{row.programme.name} is yours.")
    page = hr.get(address()).content.decode()
    assert "Your own text holds, version 1" in page
    assert "Warmer." in page


def test_a_mistake_is_refused_with_its_line_and_nothing_is_written(hr):
    answer = hr.post(address(), given("save", body=BODY + "\n{{ enrolment.programm.name }}"))
    page = answer.content.decode()
    assert "Line 6: “enrolment.programm.name” is not known here. Did you mean “enrolment.programme.name”?" in page
    assert "{% load" not in page
    refused = hr.post(address(), given("save", body=BODY + "\n{% load static %}"))
    assert refused.context["form"].errors.as_data()["body"][0].code == "unknown_tag"
    assert hr.post(address(), given("save", reason="")).context["form"].has_error("reason", "reason_missing")
    assert not NoticeText.objects.exists()


def test_the_action_refuses_what_the_form_refuses():
    by = UserFactory(is_hr=True)
    for wish, code in (
        (TextWish("enrolled", "x", "{{ nothing }}"), "broken_text"),
        (TextWish("enrolled", *original("enrolled")), "unchanged"),
        (TextWish("enrolled", is_original=True), "unchanged"),
        (TextWish("enrolled", "Yours", BODY, after=3), "changed_meanwhile"),
    ):
        outcome = write_texts([wish], by=by, on=today(), reason="Why not")[0]
        assert outcome.refusal
        assert outcome.refusal.code == code
    assert not NoticeText.objects.exists()


def test_two_writers_do_not_overwrite_each_other(hr):
    assert hr.post(address(), given("save")).status_code == 302
    late = hr.post(address(), given("save", headline="Mine"))
    assert late.context["form"].has_error("__all__", "changed_meanwhile")
    assert NoticeText.objects.get().headline == "Yours"


def test_back_to_the_original_in_one_click_keeps_every_version(hr):
    write()
    assert hr.post(address(name="text_original")).status_code == 302
    assert [row.is_original for row in NoticeText.objects.order_by("version")] == [False, True]
    assert notices.wordings(["enrolled"])["enrolled"] == original("enrolled")
    assert hr.get(f"{address()}?version=1").context["form"].initial["headline"] == "Yours"


def test_a_preview_is_of_a_real_person_and_saves_nothing(hr):
    row = told()[0]
    seen = hr.post(address(), given("preview", person=row.employee.staff_number)).context["seen"]
    assert seen["is_real"]
    assert seen["body"].startswith(f"Dear {row.employee.given_names},\n\n{row.programme.name} is yours.")
    assert not NoticeText.objects.exists()


def test_a_preview_of_who_has_nothing_such_is_a_sample(hr):
    person = EmployeeFactory(given_names="Zora")
    seen = hr.post(address(), given("preview", person=person.staff_number)).context["seen"]
    assert not seen["is_real"]
    assert "Dear Zora,\n\nAI Leadership Literacy is yours." in seen["body"]
    nobody = hr.post(address(), given("preview")).context["seen"]
    assert "Dear Amara" in nobody["body"]
    assert hr.post(address(), given("preview", person="No One")).context["form"].has_error("person", "unknown_employee")


def test_two_of_a_name_are_told_apart(hr):
    for number in (1, 2):
        EmployeeFactory(given_names="Zora", family_name="Twin", staff_number=f"TWIN{number}")
    form = hr.post(address(), given("preview", person="Zora Twin")).context["form"]
    assert form.has_error("person", "many_found")
    assert "TWIN1; Zora Twin, TWIN2" in form.errors["person"][0]


@pytest.mark.parametrize("kind", LETTERS)
def test_the_original_of_every_kind_can_be_read_as_somebody(hr, kind):
    headline, body = original(kind)
    person = planned().employee
    data = given("preview", headline=headline, body=body, person=person.staff_number)
    seen = hr.post(address(kind), data).context["seen"]
    assert person.given_names in seen["body"]
    assert "{" not in seen["headline"] + seen["body"]


def test_a_trial_goes_to_oneself_and_to_no_ledger(hr):
    row = told()[0]
    before = Notice.objects.count()
    hr.post(address(), given("trial", person=row.employee.staff_number))
    (sent,) = mail.outbox
    assert sent.to == [hr.user.email]
    assert sent.subject == "Trial: Yours"
    assert row.programme.name in sent.body
    assert Notice.objects.count() == before
    assert not NoticeText.objects.exists()


def test_what_is_written_and_unsent_gets_the_new_words_and_keeps_its_day(hr):
    rows = told(3)
    mine = Notice.objects.get(employee=rows[0].employee)
    Notice.objects.filter(employee=rows[1].employee).update(status="held")
    Notice.objects.filter(employee=rows[2].employee).update(status="sent", sent_at=now())
    assert "2 messages are written and not sent yet" in hr.get(address()).content.decode()
    write()
    assert carry_out(on=today(), now=now()) == 2
    after = {row.employee_id: row for row in Notice.objects.all()}
    assert after[rows[0].employee_id].body.startswith(f"Dear {rows[0].employee.given_names},")
    assert after[rows[0].employee_id].due_on == mine.due_on
    assert after[rows[1].employee_id].headline == "Yours"
    assert after[rows[1].employee_id].status == "held"
    assert after[rows[2].employee_id].headline != "Yours"
    assert carry_out(on=today(), now=now()) == 0
    assert not NoticeText.objects.get().is_carried_out, "what was being written when it came may still follow"


def test_a_version_is_carried_out_once_it_is_some_minutes_old():
    told()
    write()
    later = now() + timedelta(minutes=6)
    assert carry_out(on=today(), now=later) == 1
    assert NoticeText.objects.get().is_carried_out
    assert carry_out(on=today(), now=later) == 0


def test_a_batch_asks_once_for_its_text(django_assert_num_queries):
    rows = [planned() for _ in range(5)]
    with django_assert_num_queries(1):
        assert len(notices.enrolled(rows, on=today())) == 5
    with django_assert_num_queries(0):
        assert notices.enrolled([], on=today()) == []


@pytest.mark.parametrize("role", [{}, {"is_administrator": True}])
def test_only_hr_writes(client, role):
    client.force_login(UserFactory(**role))
    assert client.post(address(), given("save")).status_code == 403
    assert client.post(address(name="text_original")).status_code == 403
    assert client.get(address("nonsense")).status_code in (403, 404)
    assert not NoticeText.objects.exists()
