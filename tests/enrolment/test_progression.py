"""Going on: the step that fits, one yes that nominates, the report of who was not asked, and asking."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assessment.models import Questionnaire, Recommendation, Response
from enrolment.actions.calendar import enforce
from enrolment.actions.progression import Acceptance, accept, ask, tell_recommended
from enrolment.models import Enrolment, Nomination
from enrolment.queries.lapsed import lapsed
from enrolment.queries.needs import needs
from enrolment.queries.progression import counted, next_steps, unasked, unasked_in_turn
from people.clock import today
from people.models import Employee, Notice, User
from programmes.models import Programme
from tests.factories import DepartmentFactory, EmployeeFactory, EnrolmentFactory, UserFactory

pytestmark = pytest.mark.django_db
ON = today()
S = Enrolment.Status
FIRST, SECOND = "ai-leadership-literacy", "ai-governance"


def programme(code: str) -> Programme:
    """One of the catalogue."""
    return Programme.objects.get(code=code)


def finished(person: Employee | None = None, *, days: int = 3, code: str = "ai-leadership-literacy") -> Enrolment:
    """Somebody who finished so many days ago."""
    return EnrolmentFactory(
        employee=person or EmployeeFactory(),
        programme=programme(code),
        status=S.COMPLETED,
        start_date=ON - timedelta(days=days + 30),
        planned_end_date=ON - timedelta(days=days),
        ended_on=ON - timedelta(days=days),
    )


def managed() -> tuple[Employee, User, User]:
    """A learner with an account, and their manager's account."""
    manager, learner = UserFactory(), UserFactory()
    boss = EmployeeFactory(user=manager)
    return EmployeeFactory(user=learner, manager=boss), learner, manager


def recommend(person: Employee, code: str, *, by: User | None = None) -> Recommendation:
    """What answers lead to, given by somebody else."""
    response = Response.objects.create(
        questionnaire=Questionnaire.objects.published().get(),
        employee=person,
        answered_by=by or UserFactory(is_hr=True),
        is_on_behalf=True,
        started_on=ON,
        submitted_on=ON,
        submitted_at="2026-01-01T10:00Z",
    )
    return Recommendation.objects.create(
        response=response, employee=person, programme=programme(code), because="So.", made_on=ON
    )


def test_the_path_leads_on_and_the_answers_come_first():
    row = finished()
    step = next_steps([row], on=ON)[row.employee_id]
    assert step.programme == row.programme.leads_to
    assert step.plan.start
    assert step.plan.start >= ON
    recommend(row.employee, "ai-transformation")
    assert next_steps([row], on=ON)[row.employee_id].programme.code == "ai-transformation"
    recommended_again = finished()
    recommend(recommended_again.employee, recommended_again.programme.code)
    step = next_steps([recommended_again], on=ON)[recommended_again.employee_id]
    assert step.programme == recommended_again.programme.leads_to, "nobody takes again what they have had"


def test_the_step_asks_as_often_for_five_as_for_one(django_assert_max_num_queries):
    rows = [finished() for _ in range(5)]
    next_steps(rows[:1], on=ON)
    with django_assert_max_num_queries(20) as few:
        next_steps(rows[:1], on=ON)
    with django_assert_max_num_queries(len(few)):
        assert len(next_steps(rows, on=ON)) == 5


def test_learner_and_manager_hear_of_a_finish_once_with_day_and_page():
    person, _, manager = managed()
    row = finished(person, days=0)
    step = next_steps([row], on=ON)[person.pk]
    enforce([person.pk], on=ON)
    enforce([person.pk], on=ON)
    to_learner = Notice.objects.get(kind="finished")
    to_manager = Notice.objects.get(kind="can_start")
    assert to_learner.employee == person
    assert to_manager.employee == manager.employee
    for letter in (to_learner, to_manager):
        assert step.programme.name in letter.body
        assert f"{step.plan.start:%B %Y}" in letter.body
        assert f"/next-step/{row.public_id}/" in letter.body
    assert person.name in to_manager.headline
    assert f"Hello {manager.employee.given_names}," in to_manager.body
    assert lapsed([to_learner, to_manager], ON) == {}
    Employee.objects.filter(pk=person.pk).update(manager=None)
    assert set(lapsed([to_learner, to_manager], ON)) == {to_manager.pk}, "whoever manages nobody any more is not told"


def test_what_nobody_closed_is_the_managers_to_ask_about_the_day_after():
    person, _, manager = managed()
    row = EnrolmentFactory(
        employee=person,
        programme=programme("ai-governance"),
        status=S.ACTIVE,
        start_date=ON - timedelta(40),
        planned_end_date=ON + timedelta(3),
    )
    enforce([person.pk], on=ON)
    letter = Notice.objects.get(kind="to_close")
    assert letter.employee == manager.employee
    assert letter.due_on > row.planned_end_date
    assert f"/enrolments/{row.public_id}/" in letter.body
    Enrolment.objects.filter(pk=row.pk).update(status=S.COMPLETED, ended_on=ON)
    assert set(lapsed([letter], ON)) == {letter.pk}


@pytest.mark.parametrize("who", ["learner", "manager"])
def test_a_yes_nominates_once_and_somebody_else_decides(client, who):
    person, learner, manager = managed()
    row = finished(person)
    by = {"learner": learner, "manager": manager}[who]
    client.force_login(by)
    url = reverse("enrolment:next_step", args=[row.public_id])
    for look in (client.get, client.head):
        assert look(url).status_code == 200
    assert not Nomination.objects.exists(), "opening the link changes nothing"
    code = next_steps([row], on=ON)[person.pk].programme.code
    assert client.post(url, {"programme": code}).status_code == 302
    made = Nomination.objects.get()
    assert (made.employee, made.programme.code, made.nominated_by) == (person, code, by)
    assert made.status == Nomination.Status.SUBMITTED
    assert made.word == ("yes" if who == "learner" else "")
    assert Notice.objects.filter(kind="nomination_asked").exists() == (who == "manager")
    client.post(url, {"programme": code})
    assert Nomination.objects.count() == 1
    page = client.get(url).content.decode()
    assert "Somebody in HR decides" in page
    assert "<button" not in page.split("<main")[1].split("</main")[0]
    assert not Enrolment.objects.filter(programme=made.programme).exists()


def test_a_yes_to_another_step_or_to_none_is_refused():
    person, learner, _ = managed()
    row = finished(person)
    outcome = accept([Acceptance(row, "ai-practitioner")], by=learner, on=ON)[0]
    assert outcome.refusal
    assert outcome.refusal.code == "other_step"
    EnrolmentFactory(employee=person, programme=programme("ai-transformation"), status=S.QUEUED)
    code = next_steps([row], on=ON)[person.pk].programme.code
    outcome = accept([Acceptance(row, code)], by=learner, on=ON)[0]
    assert outcome.refusal
    assert outcome.refusal.code == "nothing_fits"
    assert not Nomination.objects.exists()


def test_the_report_has_who_could_go_on_and_nobody_else():
    hr = UserFactory(is_hr=True)
    could = finished()
    planned = finished()
    EnrolmentFactory(employee=planned.employee, programme=programme("ai-transformation"), status=S.QUEUED)
    gone = finished(EmployeeFactory(employed_until=ON - timedelta(1)))
    long_ago = finished(days=400)
    everything = EmployeeFactory()
    for place, code in enumerate(Programme.objects.order_by("pk").values_list("code", flat=True)):
        finished(everything, days=3 + 40 * place, code=code)
    found = list(unasked(hr, on=ON))
    assert found == [could], [gone, long_ago, everything]


def test_they_are_counted_by_programme_and_by_department_the_most_first():
    hr = UserFactory(is_hr=True)
    few, many = DepartmentFactory(name="Accounts"), DepartmentFactory(name="Works")
    for department, code in ((many, FIRST), (many, SECOND), (many, FIRST), (few, FIRST), (None, FIRST)):
        finished(EmployeeFactory(department=department), code=code)
    programmes, departments = counted(unasked(hr, on=ON))
    assert {line.key: line.people for line in programmes} == {SECOND: 1, FIRST: 4}
    assert [(line.name, line.people) for line in departments] == [("Works", 3), ("Accounts", 1), ("No department", 1)]


def test_in_turn_it_is_the_same_people_who_finished_first_first():
    hr, manager = UserFactory(is_hr=True), EmployeeFactory(user=UserFactory())
    late, early = (finished(EmployeeFactory(manager=manager), days=days) for days in (3, 30))
    ends = EnrolmentFactory(
        employee__manager=manager, programme=programme(FIRST), status=S.ACTIVE,
        start_date=ON - timedelta(9), planned_end_date=ON + timedelta(18),
    )  # fmt: skip
    assert [row for part in unasked_in_turn(hr, on=ON) for row in part] == [early, late, ends]
    assert needs(manager.user, on=ON)["going_on"].rows == [early, late, ends]


def test_asking_writes_one_letter_and_takes_people_off_the_report():
    hr = UserFactory(is_hr=True)
    row = finished()
    assert [outcome.is_done for outcome in ask([row], by=hr, on=ON)] == [True]
    letter = Notice.objects.get(kind="next_asked")
    assert letter.employee == row.employee
    assert f"/next-step/{row.public_id}/" in letter.body
    assert not unasked(hr, on=ON).exists()
    again = ask([row], by=hr, on=ON)[0]
    assert again.refusal
    assert again.refusal.code == "asked_already"
    assert lapsed([letter], ON) == {}
    EnrolmentFactory(employee=row.employee, programme=programme("ai-transformation"), status=S.QUEUED)
    assert set(lapsed([letter], ON)) == {letter.pk}


def test_the_page_counts_before_it_asks_more_than_fifty(client, monkeypatch):
    monkeypatch.setattr("enrolment.views.progression.MOST_UNASKED", 1)
    client.force_login(UserFactory(is_hr=True))
    rows = [finished() for _ in range(2)]
    report, url = reverse("enrolment:progression_report"), reverse("enrolment:ask_to_go_on")
    page = client.get(report)
    assert [row for row, _ in page.context["rows"]] == rows[::-1]
    assert page.context["total"] == 2
    csv = b"".join(client.get(f"{report}?format=csv").streaming_content).decode()
    assert all(row.employee.staff_number in csv for row in rows)
    asked = client.post(url)
    assert "Ask 2 people?" in asked.content.decode()
    assert not Notice.objects.filter(kind="next_asked").exists()
    assert client.post(url, {"count": "2"}).status_code == 302
    assert Notice.objects.filter(kind="next_asked").count() == 2
    assert "is left to ask" in client.get(report).content.decode()


def test_who_was_answered_for_is_told_once_and_only_while_it_is_so():
    made = recommend(EmployeeFactory(), "ai-governance")
    own = recommend(EmployeeFactory(), "ai-governance")
    Response.objects.filter(pk=own.response_id).update(is_on_behalf=False)
    assert tell_recommended(on=ON) == 1
    assert tell_recommended(on=ON) == 0
    letter = Notice.objects.get(kind="recommended")
    assert letter.employee == made.employee
    assert reverse("assessment:result", args=[made.response.public_id]) in letter.body
    assert made.programme
    assert made.programme.name in letter.body
    assert lapsed([letter], ON) == {}
    Recommendation.objects.filter(pk=made.pk).update(is_decided=True)
    assert set(lapsed([letter], ON)) == {letter.pk}
