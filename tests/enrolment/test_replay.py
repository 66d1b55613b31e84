"""Replay: where a draft would lead everybody who ever answered, who is behind it, and that publishing wants a yes."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from assessment import queries
from assessment.actions import Answered, answer, begin, drafts, submit, versions
from assessment.actions.drafts import RuleWords, save_rule
from assessment.models import Questionnaire
from assessment.queries.replay import replay, unaccepted
from enrolment.models import Enrolment
from enrolment.queries.replay import matrix, people
from people.models import Employee, User
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
IMPROVES = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}
SETS = {"role": "senior_leader", "does": "sets_direction", "stage": "exploring", "need": "understand"}
S = Enrolment.Status


@pytest.fixture
def hr() -> User:
    """Somebody who decides."""
    return UserFactory(is_hr=True)


def answered(person: Employee, answers: dict[str, str]) -> None:
    """Through the product's own actions."""
    [response] = begin([person], by=None, on=TODAY)
    answer([Answered(response, answers)], by=None)
    submit([response], by=None, on=TODAY)


@pytest.fixture
def draft(hr: User) -> Questionnaire:
    """A draft whose first row sends those who improve the work to a person; the published one placed them."""
    made = versions.draft(by=hr, on=TODAY, reason="Try it.")
    first = made.rules.order_by("position")[0]
    words = RuleWords(conditions=first.conditions, programme=None, because="A person looks at this.", row=first.pk)
    return save_rule(made, words, revision=made.revision, by=hr, on=TODAY)


def test_who_would_move_and_how_they_stand(draft: Questionnaire) -> None:
    """Three improve the work: one waits, one is on something, one is done; somebody else stays where they are."""
    waits, runs, done, leader = EmployeeFactory.create_batch(4)
    for person in (waits, runs, done):
        answered(person, IMPROVES)
    answered(leader, SETS)
    days: dict[str, Any] = {"start_date": TODAY, "planned_end_date": TODAY}
    EnrolmentFactory(employee=runs, programme=programme("ai-governance"), status=S.ACTIVE, **days)
    EnrolmentFactory(employee=done, programme=programme("ai-governance"), status=S.COMPLETED, ended_on=TODAY, **days)
    found = matrix(queries.version(draft))
    way = "ai-practitioner", None
    assert dict(found.cells[way].states) == {"not_started": 1, "in_flight": 1, "finished": 1}
    assert found.cells["ai-leadership-literacy", "ai-leadership-literacy"].total == 1
    assert {response.employee for response in people(way, found.cells[way])} == {waits, runs, done}
    assert replay(queries.version(draft)).moved == {way: 3}


def test_answers_that_no_longer_fit_are_counted_apart(draft: Questionnaire) -> None:
    """An answer that the draft does not offer any more leads nowhere."""
    answered(EmployeeFactory(), IMPROVES)
    for rule in draft.rules.all():
        if "build" in rule.conditions.get("need", []):
            rule.delete()
    draft.questions.get(code="need").options.get(code="build").delete()
    found = matrix(queries.version(draft))
    assert (found.unfit, found.cells) == ({"need": 1}, {})


def test_a_new_question_that_no_rule_asks_about_hides_nobody(draft: Questionnaire, hr: User) -> None:
    """They were never asked it, and whatever they would say, they lead to the same; a rule about it changes that."""
    answered(EmployeeFactory(), IMPROVES)
    words = drafts.QuestionWords("And?", "And", answers=("Yes", "No"))
    drafts.save_question(draft, words, revision=draft.revision, by=hr, on=TODAY)
    found = matrix(queries.version(draft))
    assert (found.unfit, [*found.cells]) == ({}, [("ai-practitioner", None)])
    assert replay(queries.version(draft)).moved == {("ai-practitioner", None): 1}
    draft.refresh_from_db()
    row = drafts.RuleWords({"and": ["yes"]}, programme("ai-governance"), "They said yes.")
    drafts.save_rule(draft, row, revision=draft.revision, by=hr, on=TODAY)
    draft.refresh_from_db()
    drafts.place_rule(draft, draft.rules.count(), 1, revision=draft.revision, by=hr, on=TODAY)
    assert matrix(queries.version(draft)).unfit == {"and": 1}
    assert replay(queries.version(draft)).unfit == {"and": 1}


def test_publishing_wants_a_yes_for_every_group(draft: Questionnaire, hr: User) -> None:
    """For the version as it stands, and for as many as they are now."""
    answered(EmployeeFactory(), IMPROVES)
    checked = versions.check(draft, revision=draft.revision, by=hr, on=TODAY, reason="")
    how: dict[str, Any] = {"revision": checked.revision, "by": hr, "on": TODAY}
    with pytest.raises(ValidationError) as refused:
        versions.publish(checked, reason="Ready.", **how)
    assert {error.code for error in refused.value.error_list} == {"not_ready"}
    way = "ai-practitioner", None
    with pytest.raises(ValidationError) as unknown:
        versions.accept(checked, [("ai-governance", None)], reason="Yes.", **how)
    assert unknown.value.code == "unknown_group"
    versions.accept(checked, [way], reason="We look at each of them.", **how)
    assert unaccepted(queries.version(checked)) == {}
    answered(EmployeeFactory(), IMPROVES)
    assert unaccepted(queries.version(checked)) == {way: 2}
    versions.accept(checked, [way], reason="We look at each of them.", **how)
    assert versions.publish(checked, reason="Ready.", **how).status == "published"


def test_the_page_shows_and_accepts(draft: Questionnaire, hr: User) -> None:
    """The matrix, the people behind it, and a yes to what is ticked, with its reason; nothing ticked is no yes."""
    person = EmployeeFactory()
    answered(person, IMPROVES)
    checked = versions.check(draft, revision=draft.revision, by=hr, on=TODAY, reason="")
    browser = Client()
    browser.force_login(hr)
    address = f"/questionnaire/versions/{draft.public_id}/replay/"
    said = browser.get(address).content.decode()
    assert person.name in said
    assert "1 not started" in said
    yes = {"revision": checked.revision, "reason": "Right so.", "way": "ai-practitioner/"}
    assert browser.post(address, {**yes, "reason": ""}).status_code == 200
    assert "Tick the groups" in browser.post(address, {**yes, "way": "ai-governance/"}).content.decode()
    assert unaccepted(queries.version(checked)) == {("ai-practitioner", None): 1}
    assert browser.post(address, yes).status_code == 302
    said = browser.get(address).content.decode()
    assert "Right so." in said
    assert "Accept the ticked groups" not in said, "nothing is left to accept"


def test_the_command_says_the_same(draft: Questionnaire, capsys: pytest.CaptureFixture[str]) -> None:
    """From the shell, as JSON."""
    answered(EmployeeFactory(), IMPROVES)
    call_command("replay", str(draft.version), "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["responses"] == 1
    assert said["ways"] == [
        {
            "before": "ai-practitioner",
            "after": None,
            "responses": 1,
            "people": {"not_started": 1, "in_flight": 0, "finished": 0},
        }
    ]
