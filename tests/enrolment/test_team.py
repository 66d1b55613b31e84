"""A manager's first page: who of the team is on what, what waits, and nobody else's people."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrolment.models import Enrolment
from enrolment.queries.team import bars, members, months, nomination_warnings
from people.clock import today
from tests.factories import (
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


@pytest.fixture
def manager():
    """Somebody with an account and people."""
    return EmployeeFactory(given_names="Grace", user=UserFactory())


def on_unit(employee, *, start, days, status=S.ACTIVE, code="ai-governance", **more):
    """An enrolment on a unit, as a row, its start counted from today."""
    first = today() + start * DAY
    return EnrolmentFactory(
        employee=employee,
        programme=programme(code),
        status=status,
        start_date=first,
        planned_end_date=first + (days - 1) * DAY,
        **more,
    )


def test_each_report_is_shown_with_what_runs_and_what_comes(client, manager):
    ada = EmployeeFactory(given_names="Ada", family_name="Lovelace", manager=manager)
    on_unit(ada, start=-5, days=28)
    on_unit(ada, start=40, days=28, status=S.PLANNED, code="ai-transformation")
    NominationFactory(employee=ada, programme=programme("ai-leadership-literacy"), nominated_by=manager.user)
    client.force_login(manager.user)
    page = client.get(reverse("enrolment:my_team")).content.decode()
    for words in ("Ada Lovelace", "Adopting and Governing AI Systems", "Delivering AI-Enabled Transformation"):
        assert words in page
    assert "Nominated for AI Leadership Literacy" in page
    assert f"{reverse('enrolment:nominate')}?employee={ada.public_id}" in page
    assert reverse("assessment:questionnaire_for", args=[ada.public_id]) in page


def test_other_peoples_reports_and_leavers_are_not_shown(client, manager):
    EmployeeFactory(family_name="Mine", manager=manager)
    EmployeeFactory(family_name="Left", manager=manager, employed_until=today() - DAY)
    EmployeeFactory(family_name="Theirs", manager=EmployeeFactory(user=UserFactory()))
    client.force_login(manager.user)
    page = client.get(reverse("enrolment:my_team")).content.decode()
    assert "Ada Mine" in page
    assert "Ada Left" not in page
    assert "Ada Theirs" not in page


def test_somebody_without_reports_may_not_look(client):
    person = EmployeeFactory(user=UserFactory())
    client.force_login(person.user)
    assert client.get(reverse("enrolment:my_team")).status_code == 403


def test_hr_without_reports_is_told_so_kindly(client):
    client.force_login(UserFactory(is_hr=True))
    assert "Nobody reports to you here" in client.get(reverse("enrolment:my_team")).content.decode()


def test_a_long_team_has_pages_and_each_person_is_on_one(client, manager):
    for number in range(53):
        EmployeeFactory(family_name=f"Report{number:02}", manager=manager)
    client.force_login(manager.user)
    first = client.get(reverse("enrolment:my_team"))
    second = client.get(reverse("enrolment:my_team") + first.context["next_url"])
    names = [m.employee.family_name for page in (first, second) for m in page.context["members"]]
    assert names == [f"Report{number:02}" for number in range(53)]
    assert second.context["next_url"] is None


def test_what_the_calendar_has_not_done_yet_is_shown_as_it_is_today(manager):
    ada = EmployeeFactory(manager=manager)
    on_unit(ada, start=-40, days=28)
    now = members([ada], today())[0].now
    assert now
    assert now.status == S.OVERDUE


def test_a_break_without_a_return_is_drawn_without_an_end(manager):
    ada = EmployeeFactory(manager=manager)
    on_unit(ada, start=-5, days=28, status=S.PAUSED)
    assert [bar["end"] for bar in bars(members([ada], today()))] == [None]


def test_dates_follow_a_placement_until_an_enrolment_does(manager):
    ada = EmployeeFactory(manager=manager)
    placement = PlacementFactory(employee=ada, programme=programme("ai-governance"))
    assert members([ada], today())[0].to_follow == placement
    on_unit(ada, start=-5, days=28, status=S.WITHDRAWN, ended_on=today(), placement=placement)
    assert members([ada], today())[0].to_follow is None


def test_the_months_count_people_and_not_enrolments(manager):
    ada, bob = EmployeeFactory(manager=manager), EmployeeFactory(manager=manager)
    on_unit(ada, start=0, days=1)
    on_unit(ada, start=1, days=1, status=S.PLANNED, code="ai-transformation")
    on_unit(bob, start=0, days=1)
    on_unit(EmployeeFactory(), start=0, days=1)
    found = months(manager.user, today())
    assert found[0].count == 2
    assert len(found) == 6
    assert found[5].count == 0


def test_a_nomination_warns_of_another_programme_and_of_the_same_one(manager):
    ada = EmployeeFactory(given_names="Ada", manager=manager)
    assert nomination_warnings(ada, programme("ai-transformation"), today()) == []
    on_unit(ada, start=-5, days=28)
    assert (
        "Ada is on Adopting and Governing AI Systems"
        in nomination_warnings(ada, programme("ai-transformation"), today())[0]
    )
    assert nomination_warnings(ada, programme("ai-governance"), today()) == [
        "Ada is already on this programme: active."
    ]
