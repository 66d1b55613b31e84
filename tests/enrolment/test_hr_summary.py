"""HR's summary: all that Today says waits, with its count and the oldest by name, and only of whom each is HR."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessment.models import Questionnaire, Recommendation, Response
from enrolment.actions.digests import write_digests
from enrolment.models import Statement
from people.models import Notice
from people.roles import HrDepartment
from tests.factories import (
    TODAY,
    DepartmentFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(1)


@pytest.fixture
def hr():
    """Somebody in HR of the whole organisation, with a record that letters go to."""
    return EmployeeFactory(user=UserFactory(is_hr=True))


@pytest.fixture
def report():
    """Somebody whom HR decides about."""
    return EmployeeFactory()


def recommended() -> Recommendation:
    """What the rules say of somebody, and nobody has decided."""
    person, published = EmployeeFactory(), Questionnaire.objects.get(status="published")
    response = Response.objects.create(questionnaire=published, employee=person, started_on=TODAY)
    Response.objects.filter(pk=response.pk).update(submitted_on=TODAY, submitted_at="2026-06-15T09:00:00Z")
    return Recommendation.objects.create(
        response=response, employee=person, programme=programme("ai-governance"), because="So.", made_on=TODAY
    )


def test_hr_hears_of_all_that_today_shows_with_counts_and_the_oldest_first(hr, report):
    for days in range(8):
        NominationFactory(
            employee__family_name=f"Waits{days}", programme=programme("ai-governance"), nominated_on=TODAY - days * DAY
        )
    PlacementFactory(employee=report, programme=programme("ai-transformation"), decided_on=TODAY - DAY)
    made = recommended()
    assert write_digests(on=TODAY + DAY) == 1
    body = Notice.objects.get(kind="digest_hr", employee=hr).body
    waits = body[body.index("Nominations waiting (8)") :]
    order = [waits.index(f"Waits{days}: {programme('ai-governance').name}, since ") for days in (7, 6, 5, 4, 3)]
    assert order == sorted(order)
    assert "Waits2" not in body
    assert "\n- and 3 more" in waits
    assert f"Placed, dates to follow (1)\n- {report.name}: {programme('ai-transformation').name}, since 14 June" in body
    assert f"Recommendations to decide (1)\n- {made.employee.name}: {made.programme}, since 15 June" in body
    assert "left" not in body.lower()  # nobody did


def test_hr_of_a_department_hears_of_what_waits_for_its_own_only():
    user = UserFactory(is_hr=True, is_narrowed=True, is_auditor=True)  # reads everybody, and decides about few
    HrDepartment.objects.create(user=user, department=(department := DepartmentFactory()))
    EmployeeFactory(user=user)
    record = {"programme": programme("ai-governance"), "status": "overdue", "start_date": TODAY - 60 * DAY}
    mine, theirs = (
        EnrolmentFactory(employee=EmployeeFactory(department=where), planned_end_date=TODAY - 30 * DAY, **record)
        for where in (department, DepartmentFactory())
    )
    for each in (mine, theirs):
        statement = Statement.objects.create(
            enrolment=each, status="disputed", said_on=TODAY, reason="I began later.", facts=[]
        )
        assert statement.enrolment == each
        NominationFactory(employee=each.employee, programme=programme("ai-transformation"))
    write_digests(on=TODAY + DAY)
    body = Notice.objects.get(kind="digest_hr").body
    for heading in ("To close (1)", "Records that learners dispute (1)", "Nominations waiting (1)"):
        assert f"{heading}\n- {mine.employee.name}: " in body
    assert theirs.employee.name not in body


def test_one_answer_serves_all_hr_of_the_whole_organisation(hr, report):
    NominationFactory(employee=report, programme=programme("ai-transformation"))

    def cost(on: date) -> int:
        with CaptureQueriesContext(connection) as queried:
            write_digests(on=on)
        return len(queried)

    one = cost(TODAY + DAY)
    for _ in range(4):
        EmployeeFactory(user=UserFactory(is_hr=True))
    assert cost(TODAY + 2 * DAY) <= one + 4  # each one's own: how many to tell in person
    assert Notice.objects.filter(kind="digest_hr").count() == 6
