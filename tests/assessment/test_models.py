"""What the database refuses: two of what may exist once, and any change of a published questionnaire."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from assessment.models import Option, Placement, Question, Questionnaire, Recommendation, Response, Rule
from people import clock
from tests.factories import TODAY, EmployeeFactory, UserFactory, programme


def refused(sql, *values):
    """Whether the database refuses a statement."""
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(sql, values)


@pytest.fixture
def published(db):
    return Questionnaire.objects.get(status="published")


@pytest.mark.parametrize("part", ["question", "option", "rule"])
def test_a_part_of_a_published_questionnaire_never_changes(published, part):
    refused(f"UPDATE assessment_{part} SET position = position + 100")
    refused(f"DELETE FROM assessment_{part}")


def test_nothing_is_added_to_a_published_questionnaire(published):
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(questionnaire=published, position=9, code="more", text="More?", short="More")
    with pytest.raises(IntegrityError), transaction.atomic():
        Option.objects.create(question=published.questions.first(), position=99, code="more", label="More")
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.create(
            questionnaire=published, position=99, conditions={}, programme=programme("ai-governance"), because="All."
        )


def test_a_retired_questionnaire_does_not_change_either(published):
    Questionnaire.objects.filter(pk=published.pk).update(status="retired")
    refused("UPDATE assessment_rule SET because = 'Otherwise.'")


def test_a_draft_changes_freely(db):
    draft = Questionnaire.objects.create(version=2, name="Next")
    question = Question.objects.create(questionnaire=draft, position=1, code="role", text="Role?", short="Role")
    option = Option.objects.create(question=question, position=1, code="other", label="Other")
    Option.objects.filter(pk=option.pk).update(label="Something else")
    question.delete()
    assert not draft.questions.exists()


def test_one_questionnaire_is_published_at_a_time(published):
    with pytest.raises(ValidationError):
        Questionnaire(version=2, name="Next", status="published").full_clean()
    refused(
        "INSERT INTO assessment_questionnaire (public_id, version, name, status)"
        " VALUES (gen_random_uuid(), 2, 'Next', 'published')"
    )


def response(published, employee, **facts):
    """A response as a row, past the actions."""
    return Response(questionnaire=published, employee=employee, started_on=TODAY, **facts)


def test_one_response_is_under_way_for_each_person(published):
    employee = EmployeeFactory()
    response(published, employee).save()
    with pytest.raises(ValidationError):
        response(published, employee).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        response(published, employee).save()
    response(published, employee, submitted_on=TODAY, submitted_at=clock.now()).save()


def test_a_response_is_sent_on_a_day_and_at_a_moment(published):
    employee = EmployeeFactory()
    with pytest.raises(ValidationError):
        response(published, employee, submitted_on=TODAY).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        response(published, employee, submitted_at=clock.now()).save()


def test_one_recommendation_is_the_latest_of_each_person(published):
    employee = EmployeeFactory()
    sent = {"submitted_on": TODAY, "submitted_at": clock.now()}
    first, second = (response(published, employee, **sent) for _ in range(2))
    first.save()
    second.save()
    Recommendation.objects.create(response=first, employee=employee, because="So.", made_on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recommendation.objects.create(response=second, employee=employee, because="So.", made_on=TODAY)
    Recommendation.objects.create(response=second, employee=employee, because="So.", made_on=TODAY, is_latest=False)


def test_one_placement_is_current_for_each_person(db):
    employee = EmployeeFactory()
    Placement.objects.create(employee=employee, is_agreed=True, decided_on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Placement.objects.create(employee=employee, is_agreed=True, decided_on=TODAY)


def test_a_decision_of_ones_own_has_a_reason(db):
    employee = EmployeeFactory()
    with pytest.raises(ValidationError) as refusal:
        Placement(employee=employee, is_agreed=False, decided_on=TODAY).full_clean()
    assert "reason_missing" in {error.code for errors in refusal.value.error_dict.values() for error in errors}
    with pytest.raises(IntegrityError), transaction.atomic():
        Placement.objects.create(employee=employee, is_agreed=False, decided_on=TODAY)


def test_who_may_see_a_response(published):
    manager = EmployeeFactory(user=UserFactory())
    learner = EmployeeFactory(user=UserFactory(), manager=manager)
    colleague = EmployeeFactory(user=UserFactory(), manager=manager)
    mine = response(published, learner)
    mine.save()
    seen = [
        Response.objects.visible_to(user).filter(pk=mine.pk).exists()
        for user in (learner.user, manager.user, UserFactory(is_hr=True), colleague.user)
    ]
    assert seen == [True, True, True, False]
