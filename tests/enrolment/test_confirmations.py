"""Facts that no record proves: who confirmed what and when, for one start; a no is never lost."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolment import rules
from enrolment.actions.changes import redate
from enrolment.actions.confirmations import confirm_facts
from enrolment.models import Confirmation, Enrolment
from enrolment.queries.confirmations import findings, latest_of, not_met, to_confirm
from enrolment.queries.desk import desk
from enrolment.queries.today import heaps
from people import clock
from people.models import User
from tests.factories import TODAY, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
F = Confirmation.Fact
DAY = timedelta(days=1)


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


def planned(code: str = "ai-governance", start: date = TODAY + 10 * DAY, **facts: Any) -> Enrolment:
    days = 400 if code == "ai-practitioner" else 27
    return EnrolmentFactory(programme=programme(code), start_date=start, planned_end_date=start + days * DAY, **facts)


def states(enrolment: Enrolment) -> dict[str, str]:
    enrolment.refresh_from_db()
    return {finding.fact: finding.state for finding in findings(enrolment, [])}


def test_answers_are_kept_with_who_and_when(hr):
    """One row for each answer, for the start that it has now."""
    enrolment = planned()
    answers = {F.RIGHT_TO_WORK: True, F.LINE_MANAGER: True}
    (outcome,) = confirm_facts([enrolment], answers=answers, by=hr, on=TODAY)
    assert outcome.is_done
    row = Confirmation.objects.get(fact=F.RIGHT_TO_WORK)
    assert (row.is_met, row.for_start, row.confirmed_by, row.confirmed_on) == (True, enrolment.start_date, hr, TODAY)
    assert states(enrolment) == {F.LINE_MANAGER: "yes", F.RIGHT_TO_WORK: "yes", F.OTHER_FUNDING: "to_confirm"}


def test_the_latest_answer_counts_and_the_earlier_stays(hr):
    """A no that turns out to be a yes is another row."""
    enrolment = planned()
    for is_met in (False, True):
        confirm_facts([enrolment], answers={F.RIGHT_TO_WORK: is_met}, by=hr, on=TODAY)
    assert list(Confirmation.objects.order_by("id").values_list("is_met", flat=True)) == [False, True]
    assert states(enrolment)[F.RIGHT_TO_WORK] == "yes"


def test_the_same_answer_again_is_not_written_again(hr):
    """A repeated submit has one effect."""
    enrolment = planned()
    for _ in range(2):
        assert confirm_facts([enrolment], answers={F.RIGHT_TO_WORK: True}, by=hr, on=TODAY)[0].is_done
    assert Confirmation.objects.count() == 1


def test_a_start_that_moves_asks_again_and_back_again_knows(hr):
    """What was true for one start is nothing about another."""
    enrolment = planned()
    start, end = enrolment.start_date, enrolment.planned_end_date
    confirm_facts([enrolment], answers={F.RIGHT_TO_WORK: True}, by=hr, on=TODAY)
    assert start
    assert end
    redate([enrolment], start_date=start + DAY, planned_end_date=end + DAY, by=hr, on=TODAY)
    assert states(enrolment)[F.RIGHT_TO_WORK] == "to_confirm"
    redate([enrolment], start_date=start, planned_end_date=end, by=hr, on=TODAY)
    assert states(enrolment)[F.RIGHT_TO_WORK] == "yes"


def test_what_cannot_be_confirmed_is_refused_and_nothing_written(hr):
    """Without a start, closed, by somebody else, about oneself, or a fact that is on record."""
    queued = EnrolmentFactory(programme=programme("ai-governance"), status=S.QUEUED)
    closed = planned(start=TODAY - 60 * DAY, status=S.COMPLETED, ended_on=TODAY - 33 * DAY)
    own = planned(employee=EmployeeFactory(user=hr))
    cases = [
        (queued, F.RIGHT_TO_WORK, hr, "dates_missing"),
        (closed, F.RIGHT_TO_WORK, hr, "not_live"),
        (own, F.RIGHT_TO_WORK, hr, "own_enrolment"),
        (planned(), F.AGE, hr, "not_asked"),
        (planned(), F.HOURS_IN_ENGLAND, hr, "not_asked"),
        (planned(), F.RIGHT_TO_WORK, UserFactory(is_administrator=True), "move_not_allowed"),
    ]
    for enrolment, fact, by, code in cases:
        assert isinstance(enrolment, Enrolment)
        (outcome,) = confirm_facts([enrolment], answers={fact: True}, by=by, on=TODAY)
        assert outcome.refusal is not None
        assert outcome.refusal.code == code
    assert not Confirmation.objects.exists()


def test_many_at_once_are_judged_one_by_one(hr):
    """Good ones go through beside refused ones."""
    good, bad = planned(), EnrolmentFactory(programme=programme("ai-governance"), status=S.QUEUED)
    outcomes = confirm_facts([good, bad], answers={F.RIGHT_TO_WORK: True}, by=hr, on=TODAY)
    assert [outcome.is_done for outcome in outcomes] == [True, False]


def test_a_no_is_on_the_desk_until_it_is_a_yes(hr):
    """With ways out; another start is another question."""
    enrolment = planned()
    confirm_facts([enrolment], answers={F.RIGHT_TO_WORK: False}, by=hr, on=TODAY)
    (item,) = desk(hr, on=TODAY).items
    assert (item.matter.kind, item.subject) == ("not_met", enrolment)
    assert "right to work" in item.sentence
    assert {fix.name for fix in item.fixes} == {"move_to_days", "cancel"}
    moved = next(fix for fix in item.fixes if fix.name == "move_to_days")
    assert enrolment.start_date
    assert moved.start
    assert moved.start > enrolment.start_date
    confirm_facts([enrolment], answers={F.RIGHT_TO_WORK: True}, by=hr, on=TODAY)
    assert desk(hr, on=TODAY).items == []


def test_a_no_about_what_is_on_record_by_now_is_over(hr):
    """A manager was given meanwhile."""
    enrolment = planned()
    confirm_facts([enrolment], answers={F.LINE_MANAGER: False}, by=hr, on=TODAY)
    assert not_met().get() == enrolment
    enrolment.employee.manager = EmployeeFactory()
    enrolment.employee.save()
    assert not not_met().exists()


people = st.fixed_dictionaries({"birth": st.booleans(), "manager": st.booleans(), "completed": st.booleans()})


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people,
    st.sampled_from(["ai-governance", "ai-practitioner"]),
    st.integers(-1, 30),
    st.sets(st.sampled_from(list(F))),
    st.booleans(),
)
def test_the_list_is_what_the_rule_says(hr, facts, code, days, answered, is_for_this_start):
    """The database lists a plan exactly when a fact that applies has no answer for its start, within 28 days."""
    person = EmployeeFactory(
        date_of_birth=date(1990, 1, 1) if facts["birth"] else None,
        manager=EmployeeFactory() if facts["manager"] else None,
    )
    start = TODAY + days * DAY
    enrolment = planned(code, start, employee=person)
    others: list[Enrolment] = []
    if facts["completed"]:
        begun = TODAY - 90 * DAY
        ended = {"start_date": begun, "planned_end_date": begun + 27 * DAY, "ended_on": begun + 27 * DAY}
        unit = programme("ai-leadership-literacy")
        others.append(EnrolmentFactory(employee=person, programme=unit, status=S.COMPLETED, **ended))
    for fact in answered:
        Confirmation.objects.create(
            enrolment=enrolment,
            fact=fact,
            is_met=False,
            for_start=start if is_for_this_start else start - DAY,
            confirmed_by=hr,
            confirmed_on=TODAY,
        )
    known = latest_of([enrolment]).get(enrolment.pk, {})
    is_open = any(fact not in known for fact in rules.facts_to_confirm(enrolment, others))
    assert (enrolment in to_confirm(TODAY)) is (is_open and 0 <= days <= 28)


@pytest.fixture
def browser(hr):
    client = Client()
    client.force_login(hr)
    return client


def soon(**facts: Any) -> Enrolment:
    """Planned a week from the day that pages read."""
    return planned(start=clock.today() + 7 * DAY, **facts)


class TestThePages:
    def test_the_enrolments_page_lists_each_fact_with_its_state(self, browser, hr):
        enrolment = soon()
        confirm_facts([enrolment], answers={F.RIGHT_TO_WORK: True}, by=hr, on=clock.today())
        page = browser.get(reverse("enrolment:enrolment", args=[enrolment.public_id])).content.decode()
        assert "To confirm" in page
        assert "Right to work" in page
        assert str(hr) in page
        assert reverse("enrolment:confirm", args=[enrolment.public_id]) in page

    def test_the_learner_and_the_manager_do_not_see_them(self):
        own = UserFactory()
        enrolment = soon(employee=EmployeeFactory(user=own))
        client = Client()
        client.force_login(own)
        page = client.get(reverse("enrolment:enrolment", args=[enrolment.public_id])).content.decode()
        assert "To confirm" not in page

    def test_several_are_answered_at_once(self, browser):
        enrolment = soon()
        url = reverse("enrolment:confirm", args=[enrolment.public_id])
        answers = {F.LINE_MANAGER: "yes", F.RIGHT_TO_WORK: "no", F.OTHER_FUNDING: "not_yet"}
        response = browser.post(url, answers, follow=True)
        address = reverse("enrolment:enrolment", args=[enrolment.public_id])
        assert response.redirect_chain[-1][0] == f"{address}?done=confirmed"
        assert ("Today", "/today/") in response.context["onward"]
        assert "puts this on the clash desk" in response.content.decode()
        assert set(Confirmation.objects.values_list("fact", "is_met")) == {
            (F.LINE_MANAGER, True),
            (F.RIGHT_TO_WORK, False),
        }
        page = browser.get(url)
        assert page.context["form"]["right_to_work"].initial == "no"
        assert [value for value, _ in page.context["form"].fields["right_to_work"].choices] == ["yes", "no"]

    @pytest.mark.parametrize("answers", [{}, {F.LINE_MANAGER: "not_yet"}, {F.RIGHT_TO_WORK: "perhaps"}])
    def test_nothing_answered_is_said(self, browser, answers):
        every = dict.fromkeys((F.LINE_MANAGER, F.RIGHT_TO_WORK, F.OTHER_FUNDING), "not_yet") if answers else {}
        url = reverse("enrolment:confirm", args=[soon().public_id])
        response = browser.post(url, {**every, **answers})
        assert response.status_code == 200
        assert "There is a problem" in response.content.decode()
        assert not Confirmation.objects.exists()

    def test_where_nothing_is_to_confirm_the_page_says_why(self, browser, hr):
        queued = EnrolmentFactory(programme=programme("ai-governance"), status=S.QUEUED)
        own = soon(employee=EmployeeFactory(user=hr))
        for enrolment, words in ((queued, "give it dates first"), (own, "Somebody else decides about you")):
            url = reverse("enrolment:confirm", args=[enrolment.public_id])
            assert words in browser.get(url).content.decode()
            assert browser.post(url, {F.RIGHT_TO_WORK: "yes"}).status_code == 200
        assert not Confirmation.objects.exists()

    def test_today_counts_and_lists_those_that_start_soon(self, browser, hr):
        enrolment = soon()
        planned(start=clock.today() + 40 * DAY)
        heap = heaps(hr, on=clock.today())["to_confirm"]
        assert (heap.rows, heap.count) == ([enrolment], 1)
        page = browser.get("/today/").content.decode()
        assert "start soon, to confirm" in page
        assert reverse("enrolment:confirm", args=[enrolment.public_id]) in page

    def test_a_visitor_sees_none(self):
        assert not Enrolment.objects.visible_to(AnonymousUser()).exists()
