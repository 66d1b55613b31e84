"""What the page of a next step says: why it cannot start sooner, and who said what, to each reader."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrolment.models import Enrolment
from enrolment.queries.learner import standing
from enrolment.queries.progression import next_steps
from enrolment.rules.holds import Days
from enrolment.rules.planner import Obstacle, Plan, Tried
from enrolment.rules.progression import NextStep, why_not_sooner
from people.clock import today
from people.models import Employee, User
from programmes.actions import change_policy
from programmes.models import Cohort, Programme
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

ON = date(2026, 11, 27)
SOON, LATER = date(2026, 12, 7), date(2027, 1, 11)
S = Enrolment.Status
UNIT = Programme(pk=2, name="The unit", kind="unit", minimum_age=19)
APPRENTICESHIP = Programme(pk=3, name="The Practitioner apprenticeship", kind="apprenticeship")
COHORT = Cohort(name="Winter", start_date=LATER)
OTHER = Enrolment(programme=Programme(name="AI Practitioner apprenticeship", kind="apprenticeship"))


def failed(code: str, *, other: Enrolment | None = None, sentence: str = "So.") -> Plan:
    """The planner's days, one candidate of which failed."""
    why = Obstacle(code, SOON, other, Days(date(2026, 9, 1), date(2026, 12, 6)) if other else None)
    return Plan(SOON, LATER, tried=(Tried(ON, None, code, sentence, why),))


@pytest.mark.parametrize(
    ("alone", "name", "said"),
    [
        (
            failed("clash", other=OTHER),
            "Ada",
            "Ada is on the AI Practitioner apprenticeship from 1 September 2026 to 6 December 2026, and nobody is on "
            "two programmes on the same day.",
        ),
        (
            failed("clash", other=OTHER),
            "",
            "You are on the AI Practitioner apprenticeship from 1 September 2026 to 6 December 2026, and nobody is on "
            "two programmes on the same day.",
        ),
        (failed("clash", sentence="It would be over."), "", "It would be over."),
        (failed("too_young"), "", "You have to be 19 on the first day."),
        (failed("too_young"), "Ada", "Ada has to be 19 on the first day."),
        (failed("not_employed"), "", "You work here from 7 December 2026."),
        (failed("not_employed"), "Ada", "Ada works here from 7 December 2026."),
        (failed("team_load", sentence="Grace is away."), "", "Until then too many of the team are on a programme."),
        (failed("outside_programme_dates"), "Ada", "The unit cannot start sooner."),
        (Plan(SOON, LATER), "", "No start is proposed at shorter notice than 10 days."),
        (Plan(ON, LATER), "", ""),
        (Plan(None, None), "", ""),
    ],
)
def test_the_planners_own_reason_is_said(alone: Plan, name: str, said: str) -> None:
    assert why_not_sooner(NextStep(UNIT, alone, alone), name, on=ON) == said


def test_a_seat_that_is_waited_for_is_not_called_the_rule() -> None:
    seat, free = Plan(LATER, LATER, COHORT), Plan(ON, SOON)
    said = "Winter is the first cohort that fits and has a seat"
    assert why_not_sooner(NextStep(UNIT, seat, free), "Ada", on=ON) == (
        f"{said}; without a cohort it could start on 27 November 2026."
    )
    assert why_not_sooner(NextStep(UNIT, seat, Plan(None, None)), "", on=ON) == f"{said}."
    bound = Plan(LATER, LATER, tried=failed("too_young").tried)
    assert why_not_sooner(NextStep(UNIT, seat, bound), "", on=ON) == "You have to be 19 on the first day."


def finished(person: Employee) -> Enrolment:
    """Somebody who finished three days ago: nothing holds them any more."""
    return EnrolmentFactory(
        employee=person,
        programme=programme("ai-leadership-literacy"),
        status=S.COMPLETED,
        start_date=today() - timedelta(40),
        planned_end_date=today() - timedelta(3),
        ended_on=today() - timedelta(3),
    )


def page_of(row: Enrolment, client: Client, **by: bool) -> str:
    """The page of the next step, as its learner or somebody else reads it, on one line."""
    reader: User | None = UserFactory(**by) if by else row.employee.user
    assert reader
    client.force_login(reader)
    answer = client.get(reverse("enrolment:next_step", args=[row.public_id]))
    return " ".join(answer.content.decode().split())


@pytest.mark.django_db
def test_the_page_says_that_the_cohort_is_what_is_waited_for(client: Client) -> None:
    row = finished(EmployeeFactory(user=UserFactory()))
    first = today() + timedelta(20)
    following = row.programme.leads_to
    assert following
    CohortFactory(programme=following, name="Winter", start_date=first, planned_end_date=first + timedelta(27))
    said = "Winter is the first cohort that fits and has a seat; without a cohort it could start on"
    for page in (page_of(row, client), page_of(row, client, is_hr=True)):
        assert said in page
        assert "the rule of one programme at a time" not in page
    assert f"often comes next, with a seat from {first:%-d %B %Y}." in standing(row.employee, today()).sentence


@pytest.mark.django_db
def test_the_page_says_what_holds_its_reader(client: Client) -> None:
    person = EmployeeFactory(user=UserFactory(), given_names="Karolina")
    row = EnrolmentFactory(
        employee=person,
        programme=programme("ai-leadership-literacy"),
        status=S.ACTIVE,
        start_date=today() - timedelta(10),
        planned_end_date=today() + timedelta(10),
    )
    assert next_steps([row], on=today())[person.pk].plan.start == today() + timedelta(11)
    assert "You are on AI Leadership Literacy from" in page_of(row, client)
    assert "Karolina is on AI Leadership Literacy from" in page_of(row, client, is_hr=True)


@pytest.mark.django_db
def test_the_page_says_that_there_is_a_notice_period(client: Client) -> None:
    row = finished(EmployeeFactory(user=UserFactory()))
    assert "shorter notice" not in page_of(row, client)
    change_policy({"notice_days": 14}, by=UserFactory(is_hr=True), on=today(), reason="Time to plan.")
    assert "No start is proposed at shorter notice than 14 days." in page_of(row, client)
