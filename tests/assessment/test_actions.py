"""Beginning, answering, sending and deciding: what each leaves behind, and that a refusal leaves nothing."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessment.actions import Answered, Decision, answer, begin, place, submit
from assessment.models import Placement, Questionnaire, Recommendation, Response
from tests.factories import TODAY, EmployeeFactory, UserFactory, programme

IMPROVES = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}
UNITS = ("governance", "transformation")
NOBODY = {"role": "other", "does": "none_of_these", "stage": "not_sure", "need": "not_sure"}


@pytest.fixture
def hr(db):
    return UserFactory(is_hr=True)


@pytest.fixture
def learner(db):
    return EmployeeFactory(user=UserFactory())


def recommended(employee, answers=IMPROVES, by=None):
    """The recommendation that these answers get."""
    [response] = begin([employee], by=by, on=TODAY)
    answer([Answered(response, answers)], by=by)
    [recommendation] = submit([response], by=by, on=TODAY)
    assert isinstance(recommendation, Recommendation)
    return recommendation


def done[T](result: T | ValidationError) -> T:
    """What was made, where it was not refused."""
    assert not isinstance(result, ValidationError)
    return result


def code(result):
    """The code of a refusal."""
    assert isinstance(result, ValidationError)
    return result.code


class TestBegin:
    """A response under way is carried on with; it belongs to the version it began with."""

    def test_ones_own_is_recorded_as_ones_own(self, learner):
        [response] = begin([learner], by=learner.user, on=TODAY)
        assert (response.answered_by, response.is_on_behalf, response.started_on) == (learner.user, False, TODAY)
        assert response.questionnaire.status == "published"

    def test_somebody_elses_is_recorded_as_on_their_behalf(self, learner, hr):
        [response] = begin([learner], by=hr, on=TODAY)
        assert (response.answered_by, response.is_on_behalf) == (hr, True)

    def test_beginning_twice_gives_back_the_one_under_way(self, learner):
        [first] = begin([learner], by=learner.user, on=TODAY)
        [second] = begin([learner], by=learner.user, on=TODAY)
        assert first == second
        assert Response.objects.count() == 1

    def test_many_people_at_once_each_once(self, hr):
        people = [EmployeeFactory(), EmployeeFactory()]
        responses = begin([*people, people[0]], by=hr, on=TODAY)
        assert [response.employee for response in responses] == [*people, people[0]]
        assert Response.objects.count() == 2

    def test_it_stays_with_the_version_it_began_with(self, learner):
        [response] = begin([learner], by=learner.user, on=TODAY)
        Questionnaire.objects.filter(pk=response.questionnaire_id).update(status="retired")
        Questionnaire.objects.create(version=2, name="Next", status="published", published_on=TODAY)
        assert begin([learner], by=learner.user, on=TODAY)[0].questionnaire.version == 1
        answer([Answered(response, IMPROVES)], by=learner.user)
        made = done(submit([response], by=learner.user, on=TODAY)[0])
        assert made.programme == programme("ai-practitioner")


class TestAnswer:
    """Answers are kept as they are given."""

    def test_answers_are_added_and_changed_without_losing_the_others(self, learner):
        [response] = begin([learner], by=learner.user, on=TODAY)
        answer([Answered(response, {"role": "operations", "does": "sets_direction"})], by=learner.user)
        answer([Answered(response, {"does": "improves_work"})], by=learner.user)
        response.refresh_from_db()
        assert response.answers == {"role": "operations", "does": "improves_work"}

    @pytest.mark.parametrize("answers", [{"role": "emperor"}, {"age": "old"}])
    def test_what_is_not_offered_is_refused_and_leaves_nothing(self, learner, answers):
        [response] = begin([learner], by=learner.user, on=TODAY)
        [result] = answer([Answered(response, answers)], by=learner.user)
        assert code(result) == "unknown_answer"
        response.refresh_from_db()
        assert (response.answers, response.assumed) == ({"role": "technical_data"}, ["role"])  # an analyst, untouched

    def test_what_was_sent_stays(self, learner):
        response = recommended(learner, by=learner.user).response
        [result] = answer([Answered(response, {"role": "other"})], by=learner.user)
        assert code(result) == "response_sent"
        response.refresh_from_db()
        assert response.answers == IMPROVES


class TestSubmit:
    """Sending makes one recommendation with its proof."""

    def test_the_recommendation_keeps_its_whole_proof(self, learner):
        made = recommended(learner, by=learner.user)
        made.refresh_from_db()
        assert made.programme == programme("ai-practitioner")
        assert made.rule.position == 1
        assert made.because == made.rule.because
        assert made.answers_used == {"role": "operations", "does": "improves_work"}
        assert len(made.lost) == made.response.questionnaire.rules.count() - 1
        assert all(lost["ruled_out_by"] for lost in made.lost)
        assert made.runner_up
        assert made.runner_up != made.programme
        assert made.smallest_change["programme"] is None
        assert len(made.smallest_change["answers"]) == 1
        assert made.is_latest
        assert made.made_on == TODAY

    def test_the_response_is_closed_and_says_who_sent_it(self, learner, hr):
        response = recommended(learner, by=hr).response
        response.refresh_from_db()
        assert response.submitted_on == TODAY
        assert response.submitted_at
        assert (response.answered_by, response.is_on_behalf) == (hr, True)

    def test_answers_begun_on_behalf_and_sent_by_the_person_are_their_own(self, learner, hr):
        [response] = begin([learner], by=hr, on=TODAY)
        answer([Answered(response, IMPROVES)], by=hr)
        submit([response], by=learner.user, on=TODAY)
        response.refresh_from_db()
        assert (response.answered_by, response.is_on_behalf) == (learner.user, False)

    def test_where_nobody_fits_no_programme_is_recommended(self, learner):
        made = recommended(learner, NOBODY)
        assert (made.programme, made.rule) == (None, None)
        assert made.answers_used == {code: NOBODY[code] for code in ("role", "does")}
        assert made.runner_up

    def test_sending_twice_gives_back_the_same(self, learner):
        made = recommended(learner)
        assert submit([made.response], by=None, on=TODAY) == [made]
        assert Recommendation.objects.count() == 1

    def test_a_later_one_becomes_the_latest(self, learner):
        first, second = recommended(learner), recommended(learner, NOBODY)
        first.refresh_from_db()
        assert (first.is_latest, second.is_latest) == (False, True)

    def test_open_questions_refuse_and_leave_nothing(self, learner):
        [response] = begin([learner], by=learner.user, on=TODAY)
        answer([Answered(response, {"role": "operations"})], by=learner.user)
        assert code(submit([response], by=learner.user, on=TODAY)[0]) == "answers_missing"
        response.refresh_from_db()
        assert response.submitted_on is None
        assert not Recommendation.objects.exists()

    def test_one_that_is_refused_does_not_stop_the_others(self, hr):
        ready, not_ready = begin([EmployeeFactory(), EmployeeFactory()], by=hr, on=TODAY)
        answer([Answered(ready, IMPROVES)], by=hr)
        results = submit([not_ready, ready], by=hr, on=TODAY)
        assert code(results[0]) == "answers_missing"
        assert done(results[1]).programme == programme("ai-practitioner")

    def test_many_take_as_many_queries_as_one(self, hr):
        def queries(people):
            responses = begin(people, by=hr, on=TODAY)
            answer([Answered(response, IMPROVES) for response in responses], by=hr)
            with CaptureQueriesContext(connection) as captured:
                submit(responses, by=hr, on=TODAY)
            return len(captured)

        assert queries([EmployeeFactory()]) == queries([EmployeeFactory() for _ in range(20)])


class TestPlace:
    """HR decides; a newer decision replaces the current one."""

    def test_agreeing_needs_no_reason(self, learner, hr):
        made = recommended(learner)
        placement = done(place([Decision(learner, made.programme, made)], by=hr, on=TODAY)[0])
        placement.refresh_from_db()
        assert (placement.programme, placement.recommendation, placement.is_agreed) == (made.programme, made, True)
        assert (placement.decided_by, placement.decided_on, placement.is_current) == (hr, TODAY, True)
        assert not Recommendation.objects.undecided().exists()
        assert Recommendation.objects.get().is_decided

    @pytest.mark.parametrize("other", ["ai-governance", None])
    def test_deciding_otherwise_needs_a_reason(self, learner, hr, other):
        made = recommended(learner)
        chosen = programme(other) if other else None
        assert code(place([Decision(learner, chosen, made, "  ")], by=hr, on=TODAY)[0]) == "reason_missing"
        assert not Placement.objects.exists()
        placement = done(place([Decision(learner, chosen, made, "Moves to audit in May.")], by=hr, on=TODAY)[0])
        assert (placement.programme, placement.is_agreed) == (chosen, False)
        assert placement.reason == "Moves to audit in May."

    def test_where_nobody_fitted_a_decision_needs_a_reason(self, learner, hr):
        made = recommended(learner, NOBODY)
        decisions = [Decision(learner, None, made), Decision(learner, programme("ai-practitioner"), made)]
        assert {code(place([decision], by=hr, on=TODAY)[0]) for decision in decisions} == {"reason_missing"}

    def test_without_a_recommendation_a_decision_needs_a_reason(self, learner, hr):
        chosen = programme("ai-governance")
        assert code(place([Decision(learner, chosen)], by=hr, on=TODAY)[0]) == "reason_missing"
        placement = done(place([Decision(learner, chosen, reason="Agreed in the review.")], by=hr, on=TODAY)[0])
        assert placement.recommendation is None

    def test_nobody_decides_about_themself(self, learner):
        made = recommended(learner)
        assert code(place([Decision(learner, made.programme, made)], by=learner.user, on=TODAY)[0]) == "own_placement"
        assert not Placement.objects.exists()

    def test_the_same_decision_twice_is_made_once(self, learner, hr):
        made = recommended(learner)
        first = done(place([Decision(learner, made.programme, made)], by=hr, on=TODAY)[0])
        second = done(place([Decision(learner, made.programme, made)], by=hr, on=TODAY)[0])
        assert first == second
        assert Placement.objects.count() == 1

    def test_another_decision_on_what_is_decided_is_refused(self, learner, hr):
        made = recommended(learner)
        place([Decision(learner, made.programme, made)], by=hr, on=TODAY)
        [result] = place([Decision(learner, None, made, "Not now.")], by=UserFactory(is_hr=True), on=TODAY)
        assert isinstance(result, ValidationError)
        assert result.code == "already_decided"
        assert str(hr) in result.messages[0]

    def test_a_newer_decision_replaces_the_current_one(self, learner, hr):
        made = recommended(learner)
        first = done(place([Decision(learner, made.programme, made)], by=hr, on=TODAY)[0])
        second = done(place([Decision(learner, None, reason="On leave until autumn.")], by=hr, on=TODAY)[0])
        first.refresh_from_db()
        assert (first.is_current, second.is_current) == (False, True)

    def test_a_recommendation_that_was_replaced_is_not_decided_on(self, learner, hr):
        old = recommended(learner)
        recommended(learner, NOBODY)
        assert code(place([Decision(learner, old.programme, old)], by=hr, on=TODAY)[0]) == "recommendation_outdated"

    def test_a_recommendation_of_somebody_else_is_not_decided_on(self, learner, hr):
        made = recommended(EmployeeFactory())
        assert code(place([Decision(learner, made.programme, made)], by=hr, on=TODAY)[0]) == "recommendation_outdated"

    def test_many_at_once_each_with_its_own_outcome(self, hr):
        ann, ben = EmployeeFactory(), EmployeeFactory()
        first, second = recommended(ann), recommended(ben)
        results = place(
            [
                Decision(ben, None, second),
                Decision(ann, first.programme, first),
                Decision(ann, None, first, "Not now."),
            ],
            by=hr,
            on=TODAY,
        )
        assert [r.code if isinstance(r, ValidationError) else "done" for r in results] == [
            "reason_missing",
            "done",
            "already_decided",
        ]
        assert Placement.objects.get().employee == ann

    def test_several_about_one_person_are_judged_in_order_and_the_last_is_current(self, learner, hr):
        made = recommended(learner)
        one, other = (Decision(learner, programme(f"ai-{name}"), reason="Asked for.") for name in UNITS)
        agreed, first, second, again = place(
            [Decision(learner, made.programme, made), one, other, other], by=hr, on=TODAY
        )
        rows = Placement.objects.order_by("id")
        assert list(rows) == [agreed, first, second]
        assert again == second
        assert [row.is_current for row in rows] == [False, False, True]

    def test_the_same_decision_without_a_recommendation_is_made_once_by_one_person_on_one_day(self, learner, hr):
        same = Decision(learner, programme("ai-governance"), reason="Agreed in the review. ")
        first = done(place([same], by=hr, on=TODAY)[0])
        assert place([same], by=hr, on=TODAY) == [first]
        assert done(place([same], by=UserFactory(is_hr=True), on=TODAY)[0]) != first

    def test_none_waits_is_judged_when_it_is_decided(self, learner, hr):
        same = Decision(learner, programme("ai-governance"), reason="Agreed.", is_informed=True)
        first = done(place([same], by=hr, on=TODAY)[0])
        recommended(learner)
        assert place([same], by=hr, on=TODAY) == [first]
        changed = Decision(learner, None, reason="Not now.", is_informed=True)
        assert code(place([changed], by=hr, on=TODAY)[0]) == "recommendation_outdated"
        assert Placement.objects.get() == first
