"""A learner's page: the programme in one sentence with why, dates and what comes next; kind where nothing is yet."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from assessment.models import Placement, Questionnaire, Recommendation, Response
from enrolment.models import Enrolment
from enrolment.queries.learner import standing
from people.models import Notice, Policy
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
DAY = timedelta(days=1)
BECAUSE = "You said that you decide on AI, so you get most from learning to govern it."


@pytest.fixture
def ada():
    """A learner with an account."""
    return EmployeeFactory(user=UserFactory())


def recommended(employee, code="ai-governance") -> Recommendation:
    """What the rules say of somebody."""
    response = Response.objects.create(
        questionnaire=Questionnaire.objects.get(status="published"), employee=employee, started_on=TODAY
    )
    Response.objects.filter(pk=response.pk).update(submitted_on=TODAY, submitted_at="2026-06-15T09:00:00Z")
    return Recommendation.objects.create(
        response=response, employee=employee, programme=programme(code), because=BECAUSE, made_on=TODAY
    )


def placed(employee, code="ai-governance", **more) -> Placement:
    """A decision that agrees with what was recommended."""
    return PlacementFactory(
        employee=employee, programme=programme(code), recommendation=recommended(employee, code), **more
    )


def enrolled(employee, code="ai-governance", start=TODAY, days=28, status=S.ACTIVE, **more) -> Enrolment:
    """An enrolment as a row."""
    return EnrolmentFactory(
        employee=employee,
        programme=programme(code),
        status=status,
        start_date=start,
        planned_end_date=start + (days - 1) * DAY,
        **more,
    )


def test_what_runs_is_one_sentence_with_why_dates_and_what_comes_next(ada):
    placement = placed(ada)
    enrolled(ada, placement=placement)
    assert standing(ada, TODAY).sentence == (
        "You are on Adopting and Governing AI Systems, from 15 June 2026 to 12 July 2026, because you said that you "
        "decide on AI, so you get most from learning to govern it; Delivering AI-Enabled Transformation often comes "
        "next, from 13 July 2026 at the earliest."
    )


def test_what_comes_next_is_named_with_the_planners_day(ada):
    """The same day as on the page that the sentence leads to: here the notice period makes it later."""
    enrolled(ada)
    Policy.objects.filter(pk=1).update(notice_days=60)
    assert standing(ada, TODAY).sentence.endswith("often comes next, from 14 August 2026 at the earliest.")


def test_a_placement_without_an_enrolment_has_dates_to_follow(ada):
    placed(ada)
    sentence = standing(ada, TODAY).sentence
    assert sentence.startswith("You are placed on Adopting and Governing AI Systems, dates to follow, because you said")


def test_none_for_now_gives_hrs_reason(ada):
    PlacementFactory(employee=ada, programme=None, is_agreed=False, reason="On secondment until spring.")
    assert standing(ada, TODAY).sentence == (
        "HR decided on 15 June 2026 that there is no programme for you now. HR's reason: “On secondment until spring”."
    )


def test_a_decision_of_its_own_gives_hrs_reason(ada):
    PlacementFactory(employee=ada, programme=programme("ai-governance"), is_agreed=False, reason="Fits her work.")
    assert standing(ada, TODAY).sentence == (
        "You are placed on Adopting and Governing AI Systems, dates to follow. HR's reason: “Fits her work”."
    )


def test_a_plan_behind_another_programme_is_what_comes_next(ada):
    enrolled(ada)
    enrolled(ada, "ai-transformation", start=TODAY + 60 * DAY, status=S.PLANNED)
    assert standing(ada, TODAY).sentence.endswith(
        "; next comes Delivering AI-Enabled Transformation, from 14 August 2026."
    )


def test_a_newer_placement_is_what_comes_next_while_another_runs(ada):
    enrolled(ada, "ai-leadership-literacy")
    placed(ada)
    assert standing(ada, TODAY).sentence.endswith("; next comes Adopting and Governing AI Systems, dates to follow.")


def test_an_overdue_programme_promises_no_day(ada):
    enrolled(ada, start=TODAY - 60 * DAY)
    sentence = standing(ada, TODAY).sentence
    assert "its planned end, 13 May 2026, has passed" in sentence
    assert "once this one is closed" in sentence


def test_a_nomination_that_led_here_is_the_reason_and_its_words_stay_with_hr(ada):
    enrolment = enrolled(ada, status=S.PLANNED, start=TODAY + DAY)
    NominationFactory(
        employee=ada,
        programme=enrolment.programme,
        status="approved",
        enrolment=enrolment,
        reason="Between us: needs a push.",
        nominated_by=EmployeeFactory(given_names="Grace", family_name="Hopper", user=UserFactory()).user,
    )
    sentence = standing(ada, TODAY).sentence
    assert "because Grace Hopper nominated you and HR agreed" in sentence
    assert "push" not in sentence


def test_a_completed_programme_is_spoken_of_until_hr_decides_anew(ada):
    enrolled(ada, start=date(2026, 5, 1), status=S.COMPLETED, ended_on=date(2026, 5, 28))
    assert standing(ada, TODAY).sentence.startswith("You completed Adopting and Governing AI Systems on 28 May 2026")
    placed(ada, "ai-transformation")
    assert standing(ada, TODAY).sentence.startswith("You are placed on Delivering AI-Enabled Transformation")


@pytest.mark.parametrize(("last", "words"), [(10, "on 25 June 2026"), (0, "before it began")])
def test_a_programme_that_was_left_is_over_and_promises_no_dates(ada, last, words):
    left = enrolled(ada, placement=placed(ada), status=S.WITHDRAWN, ended_on=TODAY + last * DAY)
    on = TODAY + 20 * DAY
    assert standing(ada, on).sentence == f"You left Adopting and Governing AI Systems {words}."
    Placement.objects.update(is_current=False)
    PlacementFactory(employee=ada, programme=programme("ai-transformation"), decided_on=on)
    assert standing(ada, on).sentence.startswith(
        "You are placed on Delivering AI-Enabled Transformation, dates to follow"
    )
    assert left.employee == ada


def test_the_page_shows_the_time_line_the_decision_and_what_was_told(client, ada):
    enrolment = enrolled(ada, placement=placed(ada))
    Notice.objects.create(
        employee=ada,
        kind="enrolled",
        subject=enrolment.public_id,
        due_on=TODAY,
        headline="You are enrolled",
        body="From and to.",
        status="sent",
        sent_at="2026-06-15T09:00:00Z",
    )
    client.force_login(ada.user)
    page = client.get(reverse("enrolment:my_programme")).content.decode()
    for words in ("Your programmes over time", "as the rules recommended", "You are enrolled", enrolment.reference):
        assert words in page


def test_kind_words_where_nothing_is_decided(client, ada):
    client.force_login(ada.user)
    url = reverse("enrolment:my_programme")
    assert "Nothing is decided for you yet" in client.get(url).content.decode()
    response = Response.objects.create(
        questionnaire=Questionnaire.objects.get(status="published"), employee=ada, started_on=TODAY
    )
    assert "Carry on" in client.get(url).content.decode()
    response.delete()
    recommended(ada)
    assert "somebody in HR decides, and you read it here" in client.get(url).content.decode()


def test_an_account_without_a_record_is_told_so(client):
    client.force_login(UserFactory(is_hr=True))
    assert "belongs to no employee record" in client.get(reverse("enrolment:my_programme")).content.decode()


def test_a_later_decision_about_what_comes_next_does_not_hide_why_this_one_runs(ada):
    enrolled(ada, placement=placed(ada, is_current=False))
    enrolled(ada, "ai-transformation", start=TODAY + 60 * DAY, status=S.PLANNED)
    PlacementFactory(employee=ada, programme=programme("ai-transformation"), is_agreed=False, reason="Nominated: Hush.")
    found = standing(ada, TODAY)
    assert "because you said that you decide on AI" in found.sentence
    assert found.sentence.endswith("; next comes Delivering AI-Enabled Transformation, from 14 August 2026.")
    assert found.reason == ""


def test_what_was_never_attended_is_listed_and_a_break_without_return_has_no_end(client, ada):
    enrolled(ada, status=S.WITHDRAWN, ended_on=TODAY)
    enrolled(ada, "ai-transformation", status=S.PAUSED)
    client.force_login(ada.user)
    bars = client.get(reverse("enrolment:my_programme")).context["timeline"].listed
    assert {bar.status: (bar.start, bar.end) for bar in bars} == {"withdrawn": (None, None), "paused": (TODAY, None)}
