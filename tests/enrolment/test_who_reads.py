"""Words are written for who reads them: nobody reads of themself as somebody else, or is thanked for another's yes."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessment.models import Questionnaire, Recommendation, Response
from enrolment import notices
from enrolment.actions.progression import Acceptance, accept
from enrolment.actions.second_looks import Asking, ask_second_look
from enrolment.models import Enrolment, Nomination
from enrolment.queries.learner import standing
from people.clock import today
from people.models import Employee, Notice, User
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
S = Enrolment.Status


@pytest.fixture
def boss() -> Employee:
    return EmployeeFactory(given_names="Emily", family_name="McCarthy", user=UserFactory())


@pytest.fixture
def nadia(boss: Employee) -> Employee:
    return EmployeeFactory(given_names="Nadia", family_name="Ali", user=UserFactory(), manager=boss)


def nominated(person: Employee, by: User | None, **more: object) -> Nomination:
    """A nomination for the unit on governing."""
    return NominationFactory(employee=person, programme=programme("ai-governance"), nominated_by=by, **more)


def letter(kind: str, to: Employee, about: Nomination) -> Notice:
    """What somebody would read."""
    return notices.nomination(kind, [(to, about)], due=TODAY)[0]


def test_who_said_yes_reads_that_they_asked(nadia: Employee, boss: Employee) -> None:
    own = nominated(nadia, nadia.user)
    said = letter("nomination_expires", nadia, own)
    assert "You asked for Adopting and Governing AI Systems, your next step. HR has not decided" in said.body
    assert "you can ask again then." in said.body
    assert "nominat" not in said.body.replace("/my-nominations/", "")
    said = letter("nomination_expires", boss, own)
    assert "Nadia Ali asked for Adopting and Governing AI Systems, the next step. HR" in said.body
    assert "you can ask for it again" in letter("nomination_expired", nadia, own).body


def test_who_was_nominated_reads_by_whom(nadia: Employee, boss: Employee) -> None:
    theirs = nominated(nadia, boss.user)
    said = letter("nomination_expires", nadia, theirs)
    assert "Emily McCarthy nominated you for Adopting and Governing AI Systems. HR" in said.body
    assert "you can be nominated again then." in said.body
    assert "Emily McCarthy can nominate you again" in letter("nomination_expired", nadia, theirs).body


@pytest.mark.parametrize("kind", ["nomination_expires", "nomination_word"])
def test_only_who_nominated_reads_that_they_did(nadia: Employee, boss: Employee, kind: str) -> None:
    assert "You nominated Nadia Ali for" in letter(kind, boss, nominated(nadia, boss.user)).body
    deputy = EmployeeFactory(given_names="Grace", family_name="Hopper", user=UserFactory())
    other = nominated(EmployeeFactory(given_names="Nadia", family_name="Ali", manager=boss), deputy.user)
    assert "Grace Hopper nominated Nadia Ali for" in letter(kind, boss, other).body


@pytest.mark.parametrize("kind", ["nomination_expires", "nomination_expired", "wish_expires", "wish_expired"])
def test_a_headline_names_whom_a_manager_reads_of(nadia: Employee, boss: Employee, kind: str) -> None:
    more: dict[str, object] = {"asked_on": TODAY, "status": "asked", "reason": ""} if kind.startswith("wish") else {}
    about = nominated(nadia, boss.user, **more)
    assert "Nadia Ali" in letter(kind, boss, about).headline
    own = letter(kind, nadia, about).headline
    assert "Nadia" not in own
    assert " your " in f" {own.lower()} "


def finished(person: Employee) -> Enrolment:
    """Somebody who finished the first unit three days ago."""
    return EnrolmentFactory(
        employee=person,
        programme=programme("ai-leadership-literacy"),
        status=S.COMPLETED,
        start_date=today() - timedelta(40),
        planned_end_date=today() - timedelta(3),
        ended_on=today() - timedelta(3),
    )


def read(client: Client, row: Enrolment, by: User | None) -> str:
    """The page of the next step on one line."""
    assert by
    client.force_login(by)
    return " ".join(client.get(reverse("enrolment:next_step", args=[row.public_id])).content.decode().split())


def test_the_page_says_you_to_who_said_yes_and_a_second_yes_too(
    client: Client, nadia: Employee, boss: Employee
) -> None:
    row = finished(nadia)
    assert nadia.user
    yes = [Acceptance(row, "ai-governance")]
    assert accept(yes, by=nadia.user, on=today())[0].is_done
    assert "You said yes to Adopting and Governing AI Systems on" in read(client, row, nadia.user)
    assert "Nadia Ali said yes to Adopting and Governing AI Systems on" in read(client, row, boss.user)
    refusal = accept(yes, by=nadia.user, on=today())[0].refusal
    assert refusal
    assert refusal.message.startswith("You are already nominated for Adopting and Governing AI Systems")


def test_the_page_says_who_nominated_where_the_manager_did(client: Client, nadia: Employee, boss: Employee) -> None:
    row = finished(nadia)
    assert boss.user
    assert accept([Acceptance(row, "ai-governance")], by=boss.user, on=today())[0].is_done
    assert "Emily McCarthy nominated you for Adopting" in read(client, row, nadia.user)
    assert "Emily McCarthy nominated Nadia Ali for Adopting" in read(client, row, UserFactory(is_hr=True))


def test_the_page_says_you_to_who_asked(client: Client, nadia: Employee) -> None:
    row = finished(nadia)
    nominated(nadia, nadia.user, status="asked", asked_on=TODAY, reason="")
    assert "You asked for Adopting and Governing AI Systems on" in read(client, row, nadia.user)
    assert "Your manager answers." in read(client, row, nadia.user)
    assert "Nadia Ali asked for Adopting and Governing AI Systems on" in read(client, row, UserFactory(is_hr=True))


def test_the_reason_to_begin_is_none_to_finish(nadia: Employee, boss: Employee) -> None:
    response = Response.objects.create(
        questionnaire=Questionnaire.objects.published().get(), employee=nadia, started_on=TODAY
    )
    said = Recommendation.objects.create(
        response=response, employee=nadia, programme=programme("ai-governance"), because="You lead.", made_on=TODAY
    )
    row = EnrolmentFactory(
        employee=nadia,
        programme=programme("ai-governance"),
        status=S.COMPLETED,
        start_date=date(2026, 5, 1),
        planned_end_date=date(2026, 5, 28),
        ended_on=date(2026, 5, 28),
        placement=PlacementFactory(employee=nadia, programme=programme("ai-governance"), recommendation=said),
    )
    sentence = standing(nadia, TODAY).sentence
    assert sentence.startswith("You completed Adopting and Governing AI Systems on 28 May 2026; Delivering AI-Enabled")
    assert sentence.endswith(". You were placed on it because you lead.")
    nominated(nadia, nadia.user, status="approved", enrolment=row)
    assert "because you asked for it as your next step and HR agreed." in standing(nadia, TODAY).sentence
    Nomination.objects.update(nominated_by=boss.user)
    assert "because Emily McCarthy nominated you and HR agreed." in standing(nadia, TODAY).sentence


def test_a_second_look_names_its_asker_once(client: Client, nadia: Employee, boss: Employee) -> None:
    PlacementFactory(employee=nadia, programme=programme("ai-governance"), decided_by=UserFactory(is_hr=True))
    reviewer = EmployeeFactory(user=UserFactory(is_hr=True))
    assert nadia.user
    assert boss.user
    look = ask_second_look([Asking(nadia, "I lead nobody.")], by=nadia.user, on=TODAY)[0].subject.look
    assert look
    body = Notice.objects.get(employee=reviewer, kind="second_look_asked").body
    assert "Nadia Ali asks for a second look at what was recommended and decided for them." in body
    look.asked_by = boss.user
    assert "Emily McCarthy asks for a second look at what was recommended and decided for Nadia Ali." in (
        notices.second_look_asked([look], on=TODAY)[0].body
    )
    assert reviewer.user
    client.force_login(reviewer.user)
    page = client.get(reverse("enrolment:second_looks")).content.decode()
    assert "themself" not in page
    assert ">the learner<br>" in page.replace("<div>", ">")
