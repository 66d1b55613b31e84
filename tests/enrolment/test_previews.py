"""The preview of a text: about what could truly be sent, as whoever would get it reads it; else it is a sample."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessment.models import Asked, Complaint, Questionnaire, Recommendation, Response, SecondLook, Sending
from enrolment.actions.texts import preview
from enrolment.models import Enrolment, Nomination, Statement
from enrolment.notices import Wording
from enrolment.queries.previews import FITS, WAITS, preview_of
from enrolment.rules.letters import LETTERS, original
from people.models import Employee
from tests.factories import (
    TODAY,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
S, N = Enrolment.Status, Nomination.Status
DAY = timedelta(1)


@pytest.fixture
def boss() -> Employee:
    return EmployeeFactory(given_names="Emily", family_name="McCarthy", user=UserFactory())


@pytest.fixture
def amara(boss: Employee) -> Employee:
    return EmployeeFactory(given_names="Amara", family_name="Hassan", user=UserFactory(), manager=boss)


@pytest.fixture
def mei() -> Employee:
    """Somebody in HR."""
    return EmployeeFactory(given_names="Mei", family_name="Kelly", user=UserFactory(is_hr=True))


def seen(kind: str, person: Employee, on: date = TODAY) -> tuple[str, str, Employee | None]:
    """Headline, body and reader (none: a sample) of a kind's original text."""
    return preview(kind, Wording(*original(kind)), person, on=on)


def on_programme(person: Employee, status: str, first: int, last: int, code: str = "ai-governance") -> Enrolment:
    """A record from and to so many days from now."""
    days = {"start_date": TODAY + first * DAY, "planned_end_date": TODAY + last * DAY}
    ended = days["planned_end_date"] if status == S.COMPLETED else None
    return EnrolmentFactory(employee=person, programme=programme(code), status=status, ended_on=ended, **days)


def nominated(person: Employee, status: str = N.SUBMITTED, **more: object) -> Nomination:
    """A nomination by the manager."""
    assert person.manager
    by = {"programme": programme("ai-governance"), "nominated_by": person.manager.user, **more}
    return NominationFactory(employee=person, status=status, **by)


def test_every_kind_knows_what_fits_it() -> None:
    of = {kind: letter.about for kind, letter in LETTERS.items()}
    assert set(FITS) == {kind for kind, about in of.items() if about in ("enrolment", "reminder")}
    assert set(WAITS) == {kind for kind, about in of.items() if about == "nomination"}


@pytest.mark.parametrize("kind", LETTERS)
def test_who_has_nothing_gets_a_sample_that_says_everything(kind: str) -> None:
    headline, body, reader = seen(kind, EmployeeFactory(given_names="Zora", family_name="Neale"))
    assert reader is None
    assert "Zora" in body
    for part in (headline, body):
        assert "  " not in part
        assert " ." not in part
        assert " :" not in part


@pytest.mark.parametrize("kind", [kind for kind, each in FITS.items() if kind not in ("called_off", "queued")])
@pytest.mark.parametrize("status", ["planned", "active", "overdue", "completed"])
def test_an_enrolment_is_spoken_of_only_as_it_stands(amara: Employee, kind: str, status: str) -> None:
    days = {"planned": (10, 300), "active": (-100, 400), "overdue": (-60, -2), "completed": (-60, -30)}[status]
    code = "ai-practitioner" if status == "active" else "ai-governance"
    row = on_programme(amara, status, *days, code)
    fit = {
        "planned": {"enrolled", "team_enrolled", "moved", "starts_soon"},
        "active": {"enrolled", "team_enrolled", "moved", "started", "review", "progression", "next_asked"},
        "overdue": {"to_close"},
        "completed": {"finished", "can_start", "next_asked"},
    }[status]
    found = preview_of(kind, amara, on=TODAY)
    assert (found is not None) == (kind in fit)
    if found:
        assert found.about == row
        assert found.reader == (amara.manager if kind in ("team_enrolled", "can_start", "to_close") else amara)


def test_a_review_that_is_previewed_lies_ahead(amara: Employee) -> None:
    on_programme(amara, S.ACTIVE, -300, 200, "ai-practitioner")
    found = preview_of("review", amara, on=TODAY)
    assert found
    assert found.day
    assert TODAY <= found.day < TODAY + 100 * DAY
    assert preview_of("training_plan", amara, on=TODAY) is None, "its day has gone"
    assert preview_of("review", amara, on=TODAY + 190 * DAY) is None, "none is left before the end"
    Enrolment.objects.update(start_date=TODAY - 10 * DAY)
    found = preview_of("training_plan", amara, on=TODAY)
    assert found
    assert found.day == TODAY + 32 * DAY


def test_what_comes_next_is_not_the_programme_itself(amara: Employee) -> None:
    on_programme(amara, S.PLANNED, 60, 90, "ai-transformation")
    assert preview_of("progression", amara, on=TODAY) is None
    on_programme(amara, S.ACTIVE, -10, 20)
    headline, body, _ = seen("progression", amara)
    assert headline == "What comes after Adopting and Governing AI Systems"
    assert "Next for you: Delivering AI-Enabled Transformation" in body


def test_a_manager_reads_what_goes_to_managers(amara: Employee) -> None:
    on_programme(amara, S.PLANNED, 10, 40)
    _, body, reader = seen("team_enrolled", amara)
    assert reader == amara.manager
    assert body.startswith("Hello Emily,\n\nAmara Hassan is enrolled")
    Employee.objects.filter(pk=amara.pk).update(manager=None)
    amara.refresh_from_db()
    assert seen("team_enrolled", amara)[2] is None, "nobody would read it"


@pytest.mark.parametrize(
    ("kind", "status", "more", "reader"),
    [
        ("nomination_asked", N.SUBMITTED, {}, "Amara"),
        ("nomination_word", N.SUBMITTED, {"word": "not_now", "word_on": TODAY}, "Emily"),
        ("nomination_waits", N.SUBMITTED, {}, "Mei"),
        ("nomination_escalated", N.SUBMITTED, {}, "Mei"),
        ("nomination_expires", N.SUBMITTED, {}, "Emily"),
        ("nomination_expired", N.EXPIRED, {"decided_on": TODAY}, "Emily"),
        ("nomination_declined", N.DECLINED, {"answer": "No seat.", "decided_on": TODAY}, "Emily"),
        ("nomination_not_this_time", N.DECLINED, {"answer": "No seat.", "decided_on": TODAY}, "Amara"),
        ("wish", N.ASKED, {"asked_on": TODAY, "reason": ""}, "Emily"),
        ("wish_waits", N.ASKED, {"asked_on": TODAY, "reason": ""}, "Emily"),
        ("wish_expires", N.ASKED, {"asked_on": TODAY, "reason": ""}, "Amara"),
        ("wish_expired", N.EXPIRED, {"asked_on": TODAY, "reason": "", "decided_on": TODAY}, "Amara"),
        ("wish_turned_down", N.TURNED_DOWN, {"asked_on": TODAY, "answer": "No.", "reason": ""}, "Amara"),
        ("wish_granted", N.SUBMITTED, {"asked_on": TODAY}, "Amara"),
    ],
)
def test_a_nomination_is_spoken_of_only_as_it_stands(
    amara: Employee, mei: Employee, kind: str, status: str, more: dict[str, object], reader: str
) -> None:
    other = N.RETRACTED if kind != "nomination_left" else N.SUBMITTED
    nominated(amara, other)
    assert preview_of(kind, amara, on=TODAY) is None
    about = nominated(amara, status, **more)
    found = preview_of(kind, amara, on=TODAY)
    assert found
    assert (found.about, found.reader.given_names) == (about, reader)
    assert seen(kind, amara)[1].startswith(f"Hello {reader},")


def test_a_word_is_never_left_out(amara: Employee) -> None:
    nominated(amara)
    headline, body, reader = seen("nomination_word", amara)
    assert reader is None
    assert headline == "Amara Hassan says not now to Adopting and Governing AI Systems"
    assert "You nominated Amara Hassan for" in body


def test_that_the_nominee_left_is_for_who_nominated(amara: Employee) -> None:
    nominated(amara, N.EXPIRED, decided_on=TODAY)
    assert preview_of("nomination_left", amara, on=TODAY) is None
    Employee.objects.filter(pk=amara.pk).update(employed_until=TODAY - DAY)
    amara.refresh_from_db()
    assert seen("nomination_left", amara)[1].startswith("Hello Emily,\n\nAmara Hassan has left")


def test_a_dispute_and_its_answer(amara: Employee, mei: Employee) -> None:
    row = on_programme(amara, S.ACTIVE, -10, 20)
    said = Statement.objects.create(
        enrolment=row, status="disputed", facts=[], said_on=TODAY, reason="I began a week later."
    )
    assert preview_of("record_answered", amara, on=TODAY) is None
    _, body, reader = seen("record_disputed", amara)
    assert reader == mei
    assert body.startswith("Hello Mei,\n\nAmara Hassan says")
    assert "I began a week later." in body
    Statement.objects.filter(pk=said.pk).update(
        status="answered", answer="Mended.", answered_by=mei.user, answered_on=TODAY
    )
    assert preview_of("record_disputed", amara, on=TODAY) is None
    assert "Mei Kelly answers:\n\nMended." in seen("record_answered", amara)[1]


def test_a_second_look_is_read_by_its_reviewer_then_by_who_asked(amara: Employee, mei: Employee) -> None:
    assert amara.user
    look = SecondLook.objects.create(
        reference="SL-1", employee=amara, asked_by=amara.user, words="Why?", asked_on=TODAY, due_on=TODAY,
        placement=PlacementFactory(employee=amara, programme=None),
    )  # fmt: skip
    assert preview_of("second_look_asked", amara, on=TODAY) is None, "nobody reviews it yet"
    SecondLook.objects.filter(pk=look.pk).update(reviewer=mei.user)
    assert seen("second_look_asked", amara)[1].startswith("Hello Mei,\n\nAmara Hassan asks for a second look")
    assert preview_of("second_look_closed", amara, on=TODAY) is None
    SecondLook.objects.filter(pk=look.pk).update(
        closed_on=TODAY, closed_by=mei.user, is_changed=False, outcome="It stays."
    )
    assert "It stays." in seen("second_look_closed", amara)[1]
    assert preview_of("second_look_asked", amara, on=TODAY) is None


def test_a_complaint_is_previewed_once_it_is_answered(amara: Employee, mei: Employee) -> None:
    assert amara.user
    row = Complaint.objects.create(
        reference="DC-1", made_by=amara.user, words="Delete it.", made_on=TODAY, due_on=TODAY
    )
    assert preview_of("complaint_answered", amara, on=TODAY) is None
    Complaint.objects.filter(pk=row.pk).update(answered_on=TODAY, answered_by=mei.user, answer="Deleted.")
    assert "Deleted." in seen("complaint_answered", amara)[1]


def test_answers_by_somebody_else_and_a_sending_that_asks_this_person(amara: Employee, mei: Employee) -> None:
    questionnaire = Questionnaire.objects.published().get()
    response = Response.objects.create(questionnaire=questionnaire, employee=amara, started_on=TODAY)
    Recommendation.objects.create(response=response, employee=amara, because="So.", made_on=TODAY)
    assert preview_of("recommended", amara, on=TODAY) is None, "they answered themself"
    Response.objects.update(is_on_behalf=True)
    assert preview_of("recommended", amara, on=TODAY) is not None
    assert mei.user
    sending = Sending.objects.create(due_on=TODAY, sent_by=mei.user, sent_on=TODAY)
    assert preview_of("questionnaire", amara, on=TODAY) is None, "they were not asked"
    Asked.objects.create(sending=sending, employee=amara)
    assert preview_of("questionnaire_due_soon", amara, on=TODAY) is not None
    assert preview_of("questionnaire_overdue", amara, on=TODAY) is None
    assert preview_of("questionnaire_overdue", amara, on=TODAY + DAY) is not None


def test_the_summary_for_hr_is_a_sample_of_what_it_says(amara: Employee) -> None:
    body = seen("digest_hr", amara)[1]
    assert "To close\n- Amara Nwosu" in body
    assert "Placed" not in body
    assert body.startswith("Hello Amara,")


def test_the_page_says_who_would_read_it_or_that_nothing_fits(client: Client, amara: Employee, mei: Employee) -> None:
    assert mei.user
    client.force_login(mei.user)
    headline, body = original("nomination_waits")
    data = {"do": "preview", "headline": headline, "body": body, "person": amara.staff_number, "after": 0}
    url = reverse("enrolment:text", args=["nomination_waits"])
    page = " ".join(client.post(url, data).content.decode().split())
    assert "A sample: nothing of Amara Hassan fits, so this message could not be sent about them now." in page
    nominated(amara)
    page = " ".join(client.post(url, data).content.decode().split())
    assert "As Mei Kelly would read it, about Amara Hassan." in page
    assert "Hello Mei," in page
