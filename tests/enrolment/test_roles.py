"""Clarity of roles: how it is known who has which, where nobody has, who could close a gap, who is behind a cell."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from assessment.actions import drafts, versions
from assessment.models import Questionnaire, Response
from enrolment.models import Enrolment
from enrolment.queries import role_gaps
from enrolment.queries import roles as queries
from enrolment.rules.roles import QUESTION, ROLES, Count, How, gap_in_words, role_of
from people import clock
from programmes.models import Programme
from tests.enrolment.test_hr_enrol import recommended, text
from tests.factories import DepartmentFactory, EmployeeFactory, EnrolmentFactory, PlacementFactory, UserFactory
from tests.factories import programme as the_programme

TODAY = clock.today()
DAY = timedelta(days=1)
S = Enrolment.Status
DIRECTION, DECISIONS, DELIVERY, IMPROVEMENT = ROLES
REPORT = "/reports/roles/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def finance():
    return DepartmentFactory(name="Finance")


@pytest.fixture
def client():
    browser = Client()
    browser.force_login(UserFactory(is_hr=True))
    return browser


def answered(person, does, code="ai-governance"):
    """Somebody whose answers last sent say what they do, with what the rules recommended."""
    made = recommended(code, person=person)
    Response.objects.filter(pk=made.response_id).update(answers={**made.response.answers, QUESTION: does})
    return made


def took(person, role, status):
    """Somebody with an enrolment on the programme of a role."""
    start = TODAY - 40 * DAY
    dates = {"start_date": start, "planned_end_date": start + 27 * DAY}
    if status in (S.COMPLETED, S.WITHDRAWN):
        dates["ended_on"] = start + 20 * DAY
    if status == S.QUEUED:
        dates = {}
    return EnrolmentFactory(employee=person, programme=the_programme(role.programme), status=status, **dates)


def counted(line):
    """By role of one line, how many by how it is known."""
    return {count.role.code: {how.code: n for how, n in count.by_how.items()} for count in line.counts if count.people}


def line_of(name):
    return next(line for line in queries.clarity(on=TODAY).lines if line.name == name)


class TestRules:
    def test_each_role_has_an_answer_of_the_built_in_questions_and_a_programme_of_the_catalogue(self):
        options = Questionnaire.objects.get(status="published").questions.get(code=QUESTION).options
        assert {role.option for role in ROLES} == set(options.values_list("code", flat=True)) - {"none_of_these"}
        assert {role.programme for role in ROLES} == set(Programme.objects.values_list("code", flat=True))
        assert queries.not_asked() == []

    @pytest.mark.parametrize(
        ("by_how", "sentence"),
        [
            ({}, "Nobody in Finance improves and embeds."),
            (
                {How.ANSWERED: 1},
                "One person in Finance improves and embeds, and is not placed on the programme for it.",
            ),
            (
                {How.ANSWERED: 2},
                "2 people in Finance improve and embed, and none of them is placed on the programme for it.",
            ),
        ],
    )
    def test_a_gap_in_words(self, by_how, sentence):
        assert gap_in_words(Count(IMPROVEMENT, by_how), "Finance") == sentence

    def test_one_who_is_placed_leaves_no_gap(self):
        count = Count(DELIVERY, {How.ANSWERED: 5, How.PLACED: 1})
        assert (count.people, count.is_gap, count.is_unprepared) == (6, False, False)
        assert (role_of("delivery"), role_of("tea")) == (DELIVERY, None)


class TestCounting:
    def test_each_way_of_knowing_and_the_strongest_counts_once(self, finance):
        says, placed, queued, on_it, done = (EmployeeFactory(department=finance) for _ in range(5))
        for person in (says, placed, queued, on_it, done):
            answered(person, "decides_governs")
        PlacementFactory(employee=placed, programme=the_programme("ai-governance"))
        took(queued, DECISIONS, S.QUEUED)
        took(on_it, DECISIONS, S.OVERDUE)
        took(done, DECISIONS, S.COMPLETED)
        PlacementFactory(employee=done, programme=the_programme("ai-governance"))
        assert counted(line_of("Finance")) == {"decisions": {"answered": 1, "placed": 2, "on_it": 1, "finished": 1}}

    def test_somebody_may_have_two_roles(self, finance):
        person = EmployeeFactory(department=finance)
        answered(person, "sets_direction")
        took(person, DELIVERY, S.COMPLETED)
        assert counted(line_of("Finance")) == {"direction": {"answered": 1}, "delivery": {"finished": 1}}

    def test_what_is_over_tells_nothing(self, finance):
        """Earlier answers, replaced placements, what was withdrawn or called off, and whoever has left."""
        person = EmployeeFactory(department=finance)
        answered(person, "sets_direction")
        answered(person, "none_of_these")
        PlacementFactory(employee=person, programme=the_programme("ai-governance"), is_current=False)
        took(person, DELIVERY, S.WITHDRAWN)
        EnrolmentFactory(employee=person, programme=the_programme("ai-practitioner"), status=S.CANCELLED)
        gone = EmployeeFactory(department=finance, employed_until=TODAY - DAY)
        took(gone, DIRECTION, S.COMPLETED)
        found = line_of("Finance")
        assert (found.people, counted(found)) == (1, {})

    def test_the_organisation_and_people_without_a_department(self, finance):
        answered(EmployeeFactory(department=finance), "sets_direction")
        answered(EmployeeFactory(), "sets_direction")
        EmployeeFactory(department=finance)
        found = queries.clarity(on=TODAY)
        assert [(line.name, line.people) for line in found.lines] == [("Finance", 2), ("No department", 1)]
        assert (found.organisation.people, found.departments) == (3, 1)
        assert counted(found.organisation) == {"direction": {"answered": 2}}
        assert counted(found.lines[1]) == {"direction": {"answered": 1}}

    def test_departments_come_in_pages_those_with_most_people_first(self, monkeypatch):
        monkeypatch.setattr(queries, "DEPARTMENTS", 2)
        for size in (1, 3, 2):
            department = DepartmentFactory(name=f"Of {size}")
            EmployeeFactory.create_batch(size, department=department)
            answered(EmployeeFactory(department=department), "sets_direction")
        first, second = (queries.clarity(on=TODAY, number=number) for number in (1, 2))
        assert ([line.name for line in first.lines], first.has_more) == (["Of 3", "Of 2"], True)
        assert ([line.name for line in second.lines], second.has_more) == (["Of 1"], False)
        assert counted(second.organisation) == {"direction": {"answered": 3}}

    def test_a_role_whose_answer_hr_took_away_is_named(self):
        hr = UserFactory(is_hr=True)
        draft = versions.draft(by=hr, on=TODAY, reason="Shorter")
        question = draft.questions.get(code=QUESTION)
        for rule in draft.rules.order_by("-position"):
            if "oversees_delivery" in rule.conditions.get(QUESTION, ()):
                draft.refresh_from_db()
                drafts.remove_rule(draft, rule.position, revision=draft.revision, by=hr, on=TODAY)
        question.options.get(code="oversees_delivery").delete()
        Questionnaire.objects.filter(status="published").update(status="retired")
        Questionnaire.objects.filter(pk=draft.pk).update(status="published")
        assert queries.not_asked() == [DELIVERY]


def gaps_of(department):
    places = role_gaps.gaps(queries.clarity(on=TODAY).lines, on=TODAY)
    return {
        gap.count.role.code: [(closer.employee, closer.why) for closer in gap.closers]
        for place in places
        if place.line.department == department
        for gap in place.gaps
    }


class TestGaps:
    def test_who_answered_so_and_is_not_placed_closes_it_the_undecided_first(self, finance):
        people = [EmployeeFactory(department=finance) for _ in range(4)]
        made = [answered(person, "decides_governs") for person in people]
        type(made[0]).objects.filter(pk=made[0].pk).update(is_decided=True)
        found = gaps_of(finance)["decisions"]
        assert found == [(person, role_gaps.RANKS[0]) for person in people[1:]]

    def test_then_those_whose_answers_come_near(self, finance):
        next_in_line, recommended_it = (EmployeeFactory(department=finance) for _ in range(2))
        made = answered(next_in_line, "none_of_these", None)
        type(made).objects.filter(pk=made.pk).update(runner_up=the_programme("ai-transformation"))
        answered(recommended_it, "none_of_these", "ai-transformation")
        found = gaps_of(finance)
        assert found["delivery"] == [(recommended_it, role_gaps.RANKS[1]), (next_in_line, role_gaps.RANKS[2])]
        assert found["direction"] == []

    def test_then_who_has_not_answered_managers_first_but_not_for_hands_on_work(self, finance):
        worker = EmployeeFactory(department=finance)
        manager = EmployeeFactory(department=finance)
        EmployeeFactory(manager=manager)
        EmployeeFactory(department=finance, employed_until=TODAY - DAY)
        found = gaps_of(finance)
        assert found["direction"] == [(manager, role_gaps.MANAGES), (worker, role_gaps.WORKS)]
        assert found["improvement"] == [(worker, role_gaps.WORKS), (manager, role_gaps.MANAGES)]

    def test_few_are_named_and_nobody_of_another_department(self, finance):
        EmployeeFactory.create_batch(5, department=finance)
        EmployeeFactory.create_batch(5, department=DepartmentFactory())
        found = gaps_of(finance)["direction"]
        assert len(found) == role_gaps.FEW
        assert {person.department for person, _ in found} == {finance}

    def test_a_role_that_somebody_is_placed_for_is_no_gap(self, finance):
        PlacementFactory(
            employee=EmployeeFactory(department=finance), programme=the_programme("ai-leadership-literacy")
        )
        assert "direction" not in gaps_of(finance)


class TestPages:
    def test_the_report_says_it_in_words_and_leads_to_the_people(self, client, finance):
        person = EmployeeFactory(department=finance, given_names="Noor", family_name="Field")
        answered(person, "decides_governs")
        page = client.get(REPORT)
        said = text(page)
        assert "Nobody in the organisation sets the direction." in said
        assert "Nobody in Finance improves and embeds." in said
        assert "One person in Finance makes the decisions, and is not placed on the programme for it." in said
        html = page.content.decode()
        assert "Finance: nobody sets the direction, one person makes the decisions, nobody delivers the change" in html
        cell = f"{reverse('enrolment:role_people', args=['decisions'])}?department={finance.public_id}"
        assert f'href="{cell}"' in html
        listed = client.get(cell)
        assert "Who makes the decisions: Finance" in text(listed)
        assert "Noor Field" in text(listed)
        assert "Answered so" in text(listed)

    def test_nobody_at_all(self, client):
        assert "Nobody works here yet" in text(client.get(REPORT))

    def test_the_reports_lead_to_one_another(self, client):
        assert f'href="{REPORT}"' in client.get("/reports/impact/").content.decode()

    def test_a_cell_by_name_page_by_page(self, client, finance):
        for number in range(60):
            took(EmployeeFactory(department=finance, family_name=f"N{number:02}"), DELIVERY, S.ACTIVE)
        took(EmployeeFactory(family_name="Elsewhere"), DELIVERY, S.ACTIVE)
        first = client.get(f"{REPORT}delivery/", {"department": str(finance.public_id)})
        assert [person.family_name for person, _ in first.context["rows"]] == [f"N{n:02}" for n in range(50)]
        second = client.get(f"{REPORT}delivery/{first.context['next_url']}")
        assert [person.family_name for person, _ in second.context["rows"]] == [f"N{n:02}" for n in range(50, 60)]
        assert second.context["next_url"] is None
        without = client.get(f"{REPORT}delivery/", {"department": "none"})
        assert [person.family_name for person, _ in without.context["rows"]] == ["Elsewhere"]

    @pytest.mark.parametrize("address", ["tea/", "delivery/?department=x", f"delivery/?department={'0' * 32}"])
    def test_what_does_not_exist_is_not_found(self, client, address):
        assert client.get(REPORT + address).status_code == 404

    def test_the_report_as_a_file_is_what_is_shown(self, client, finance):
        took(EmployeeFactory(department=finance), DIRECTION, S.COMPLETED)
        answered(EmployeeFactory(department=finance), "decides_governs")
        rows = read(client.get(REPORT, {"format": "csv"}))
        mine = {row["role"]: row for row in rows if row["department"] == "Finance"}
        assert [row["department"] for row in rows] == ["The organisation"] * 4 + ["Finance"] * 4
        assert (mine["direction"]["people"], mine["direction"]["finished"], mine["direction"]["gap"]) == ("2", "1", "")
        assert (mine["decisions"]["answered"], mine["decisions"]["gap"]) == ("1", "nobody_placed")
        assert (mine["delivery"]["has_it"], mine["delivery"]["gap"]) == ("0", "nobody")

    def test_a_cell_as_a_file_has_everybody_of_it(self, client, finance):
        for number in range(55):
            took(EmployeeFactory(department=finance, family_name=f"N{number:02}"), DELIVERY, S.ACTIVE)
        EmployeeFactory(department=finance)
        rows = read(client.get(f"{REPORT}delivery/", {"format": "csv"}))
        assert [row["family_name"] for row in rows] == [f"N{n:02}" for n in range(55)]
        assert {(row["department"], row["role"], row["known_by"]) for row in rows} == {("Finance", "delivery", "on_it")}


def read(answer):
    """The rows of a file that was answered."""
    return list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
