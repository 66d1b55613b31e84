"""What a second look is at: each decision beside what it answers; a nomination answers no recommendation."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessment.actions import Decision, place
from assessment.models import Placement, Recommendation
from enrolment.actions.second_looks import Asking, ask_second_look
from enrolment.models import Enrolment
from enrolment.queries.reviews import about, decisions
from people.models import Employee, User
from tests.enrolment.test_hr_enrol import recommended, text
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


@pytest.fixture
def first() -> User:
    return UserFactory(is_hr=True)


@pytest.fixture
def amara() -> Employee:
    return EmployeeFactory(user=UserFactory())


def decide(said: Recommendation, by: User) -> Placement:
    """HR agrees with a recommendation."""
    made = place([Decision(said.employee, said.programme, said)], by=by, on=TODAY)[0]
    assert isinstance(made, Placement)
    return made


def nominated_since(person: Employee, by: User) -> Placement:
    """HR approves a nomination for another programme, which places and enrols."""
    Placement.objects.filter(employee=person).update(is_current=False)
    made = PlacementFactory(
        employee=person,
        programme=programme("ai-transformation"),
        is_agreed=False,
        reason="Nominated: leads.",
        decided_by=by,
        decided_on=TODAY + timedelta(40),
    )
    row = EnrolmentFactory(
        employee=person, programme=made.programme, placement=made, status=Enrolment.Status.QUEUED
    )  # fmt: skip
    NominationFactory(employee=person, programme=made.programme, status="approved", enrolment=row)
    return made


def shown(person: Employee) -> list[tuple[str, Any]]:
    """How each decision stands to the recommendation, as asking shows it."""
    return [(each.how, each.placement) for each in decisions(*about(person))]


def test_a_nomination_is_not_the_answer_to_a_recommendation(client: Client, amara: Employee, first: User) -> None:
    said = recommended(person=amara)
    answer = decide(said, first)
    assert shown(amara) == [("Decided on it", answer)]
    other = nominated_since(amara, first)
    assert shown(amara) == [("Decided on it", answer), ("Decided since, after a nomination", other)]
    assert amara.user
    look = ask_second_look([Asking(amara, "Why?")], by=amara.user, on=TODAY)[0].subject.look
    assert look
    reviewer = UserFactory(is_hr=True)
    look.reviewer = reviewer
    look.save()
    pages = (
        (amara.user, reverse("enrolment:second_look", args=[look.public_id])),
        (reviewer, reverse("enrolment:second_look", args=[look.public_id])),
        (reviewer, reverse("enrolment:close_second_look", args=[look.public_id])),
    )
    for reader, url in pages:
        client.force_login(reader)
        page = text(client.get(url))
        assert f"Decided on it {answer.programme}, on 15 June 2026 by" in page
        assert "Decided since, after a nomination Delivering AI-Enabled Transformation, on 25 July 2026 by" in page


def test_what_was_decided_before_or_without_answers_is_said_so(amara: Employee, first: User) -> None:
    before = PlacementFactory(
        employee=amara, programme=None, decided_by=first, decided_on=TODAY - timedelta(400), is_agreed=True
    )
    assert shown(amara) == [("Decided", before)]
    said = recommended(person=amara)
    assert shown(amara) == [("Decided before it", before)]
    assert decisions(said, None) == []


def test_what_was_decided_after_the_look_is_not_what_it_is_at(amara: Employee, first: User) -> None:
    before = PlacementFactory(employee=amara, programme=None, decided_by=first, decided_on=TODAY)
    said = recommended(person=amara)
    Placement.objects.filter(pk=before.pk).update(is_current=False)
    later = PlacementFactory(employee=amara, programme=said.programme, recommendation=said, decided_by=first)
    Placement.objects.filter(pk=later.pk).update(decided_at="2199-01-01T00:00Z")
    fresh = Recommendation.objects.select_related("placement").get(pk=said.pk)
    assert [each.placement for each in decisions(fresh, before)] == [before]


def test_asking_shows_the_same(client: Client, amara: Employee, first: User) -> None:
    decide(recommended(person=amara), first)
    nominated_since(amara, first)
    assert amara.user
    client.force_login(amara.user)
    page = text(client.get(reverse("enrolment:ask_second_look", args=[amara.public_id])))
    assert "Decided on it" in page
    assert "Decided since, after a nomination" in page
