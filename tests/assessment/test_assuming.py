"""What a job title suggests: chosen beforehand, said to be assumed, decided by nobody but the person."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from assessment import actions, imports, queries
from assessment.models import Option, Recommendation, Response
from assessment.rules import suggested
from tests.factories import TODAY, EmployeeFactory, UserFactory

BUILT_IN = {o["code"]: o.get("job_titles", "") for o in imports.read()["questions"][0]["options"]}


@pytest.mark.parametrize(
    ("job_title", "answer"),
    [
        ("Director, Finance", "senior_leader"),
        ("DEPUTY  DIRECTOR", "senior_leader"),
        ("Head of Marketing", "senior_manager"),
        ("Head of Operations", "delivery_lead"),  # the longer words win over “head of”
        ("Senior Programme Manager", "delivery_lead"),
        ("Risk Manager", "assurance_lead"),
        ("Données: Data Scientist", "technical_data"),
        ("Directorate Support", ""),  # whole words only
        ("", ""),
        ("Beekeeper", ""),
    ],
)
def test_a_job_title_suggests_an_answer(job_title, answer):
    assert suggested(BUILT_IN, job_title) == answer


def test_words_of_one_length_that_disagree_suggest_nothing():
    offered = {"one": "risk lead", "two": "data lead", "three": "lead"}
    assert suggested(offered, "Risk Lead and Data Lead") == ""
    assert suggested(offered, "Lead") == "three"
    assert suggested({"one": "", "two": " , "}, "Lead") == ""


@given(st.text(max_size=60))
def test_any_title_is_answered_with_an_option_or_nothing(job_title):
    assert suggested(BUILT_IN, job_title) in {"", *BUILT_IN}


@pytest.fixture
def head(db):
    """Somebody whose title the built-in version knows, with an account."""
    return EmployeeFactory(job_title="Head of Marketing", user=UserFactory())


def test_the_built_in_version_has_them_in_the_database(db):
    stored = Option.objects.filter(question__questionnaire__version=1, question__code="role")
    assert dict(stored.values_list("code", "job_titles")) == BUILT_IN


def test_what_is_assumed_is_not_sent_until_the_person_has_looked_at_it(head):
    (response,) = actions.begin([head], by=head.user, on=TODAY)
    assert (response.answers, response.assumed, response.given) == ({"role": "senior_manager"}, ["role"], {})
    rest = {"does": "sets_direction", "stage": "exploring", "need": "understand"}
    actions.answer([actions.Answered(response, rest)], by=head.user)
    (refused,) = actions.submit([response], by=head.user, on=TODAY)
    assert isinstance(refused, ValidationError)
    assert refused.code == "answers_missing"
    actions.answer([actions.Answered(response, {"role": "senior_leader"})], by=head.user)
    response.refresh_from_db()
    assert (response.assumed, response.answers["role"]) == ([], "senior_leader")
    (made,) = actions.submit([response], by=head.user, on=TODAY)
    assert isinstance(made, Recommendation)
    assert made.response_id == response.pk


def test_the_page_says_what_is_assumed_and_from_what(client, head):
    client.force_login(head.user)
    first = client.post(reverse("assessment:questionnaire"), follow=True)
    page = first.content.decode()
    assert "We assumed an answer from your job title. Change it if it is wrong." in page
    (chosen,) = re.findall(r'<input type="radio"[^>]*checked[^>]*>', page)
    assert 'value="senior_manager"' in chosen
    response = Response.objects.get()
    check = reverse("assessment:check", args=[response.public_id])
    assert client.get(check).status_code == 302, "nothing is checked before it was looked at"
    client.post(reverse("assessment:question", args=[response.public_id, "role"]), {"role": "senior_manager"})
    again = client.get(reverse("assessment:question", args=[response.public_id, "role"]))
    assert "We assumed" not in again.content.decode()


def test_a_title_that_nobody_knows_leaves_everything_open(db):
    (response,) = actions.begin([EmployeeFactory(job_title="Beekeeper")], by=None, on=TODAY)
    assert (response.answers, response.assumed) == ({}, [])
    assert queries.version(response.questionnaire).table.unanswered(response.given)[0] == "role"
