"""What a completed programme changed: who may tell it, what is kept, where it is shown and added up."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from enrolment.actions.impact import Telling, tell_impact
from enrolment.models import Enrolment, Impact
from enrolment.queries import impact as queries
from people import clock
from people.models import Employee, User
from tests.enrolment.test_hr_enrol import text
from tests.factories import DepartmentFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)
S = Enrolment.Status
REPORT = "/reports/impact/"


def completed(code: str = "ai-governance", **facts: Any) -> Enrolment:
    """Somebody who has finished."""
    days = {"start_date": TODAY - 60 * DAY, "planned_end_date": TODAY - 33 * DAY, "ended_on": TODAY - 33 * DAY}
    return EnrolmentFactory(programme=programme(code), status=S.COMPLETED, **{**days, **facts})


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(enrolment: Enrolment) -> str:
    return f"/enrolments/{enrolment.public_id}/impact/"


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


@pytest.fixture
def learner() -> Employee:
    """A learner with an account and a manager who has one too."""
    manager = EmployeeFactory(user=UserFactory())
    return EmployeeFactory(given_names="Lee", family_name="Learner", user=UserFactory(), manager=manager)


class TestTelling:
    def test_any_part_is_enough_and_it_is_told_again_in_its_place(self, hr):
        one = completed()
        for facts in ({"what_changed": " Less typing. "}, {"hours_a_month": 0}, {"pounds_a_year": 900}):
            assert tell_impact([Telling(one, **facts)], by=hr, on=TODAY)[0].is_done
        told = Impact.objects.get()
        assert (told.enrolment, told.told_by, told.told_on) == (one, hr, TODAY)
        assert (told.what_changed, told.hours_a_month, told.pounds_a_year) == ("", None, 900)

    def test_words_lose_the_space_around_them(self, hr):
        tell_impact([Telling(completed(), " Less typing.\n")], by=hr, on=TODAY)
        assert Impact.objects.get().what_changed == "Less typing."

    def test_many_at_once_and_the_refused_come_back(self, hr):
        done, running, empty = completed(), completed(), completed()
        Enrolment.objects.filter(pk=running.pk).update(status=S.ACTIVE, ended_on=None)
        tellings = [Telling(done, "Faster."), Telling(running, "Too soon."), Telling(empty, "  ")]
        outcomes = tell_impact(tellings, by=hr, on=TODAY)
        assert [outcome.refusal and outcome.refusal.code for outcome in outcomes] == [None, "not_completed", "empty"]
        assert [told.enrolment for told in Impact.objects.all()] == [done]

    def test_the_learner_their_manager_and_hr_may(self, learner, hr):
        one = completed(employee=learner)
        for user in (learner.user, learner.manager.user, hr):
            assert tell_impact([Telling(one, f"By {user}")], by=user, on=TODAY)[0].is_done
            assert Impact.objects.get().told_by == user

    @pytest.mark.parametrize("rights", [{}, {"is_administrator": True}])
    def test_nobody_else_may(self, learner, rights):
        with pytest.raises(PermissionDenied):
            tell_impact([Telling(completed(employee=learner), "x")], by=UserFactory(**rights), on=TODAY)
        assert not Impact.objects.exists()


class TestThePage:
    def test_a_learner_comes_from_my_programme_and_goes_back_there(self, learner):
        one, client = completed(employee=learner), signed_in(learner.user)
        assert f'href="{page(one)}"' in client.get("/my-programme/").content.decode()
        data = {"what_changed": "Reports take an hour.", "hours_a_month": "6", "pounds_a_year": ""}
        answer = client.post(page(one), data, follow=True)
        assert answer.redirect_chain == [("/my-programme/", 302)]
        assert "Change what was told about" in text(answer)
        again = client.get(page(one)).content.decode()
        assert "Reports take an hour." in again
        assert 'value="6"' in again

    def test_a_manager_tells_it_and_the_enrolment_shows_it(self, learner):
        one, client = completed(employee=learner), signed_in(learner.manager.user)
        url = f"/enrolments/{one.public_id}/"
        assert "What did it change?" in text(client.get(url))
        answer = client.post(page(one), {"pounds_a_year": "1200", "hours_a_month": "0"}, follow=True)
        assert answer.redirect_chain == [(url, 302)]
        assert "0 hours saved a month." in text(answer)
        assert "£1200 saved a year." in text(answer).replace(",", "")
        assert "Change it" in text(answer)

    def test_completing_offers_it(self, hr):
        start = TODAY - 30 * DAY
        one = EnrolmentFactory(
            programme=programme("ai-governance"),
            status=S.ACTIVE,
            start_date=start,
            planned_end_date=TODAY + 5 * DAY,
        )
        client = signed_in(hr)
        assert "What did it change?" not in text(client.get(f"/enrolments/{one.public_id}/"))
        url = f"/enrolments/{one.public_id}/complete/"
        checked = client.post(url, {"ended_on": TODAY.isoformat()})
        answer = client.post(url, {**checked.context["answers"], "confirm": "yes"}, follow=True)
        assert f'href="{page(one)}"' in answer.content.decode()
        assert "is now completed" in text(answer)

    def test_what_is_not_completed_says_so_and_keeps_nothing(self, learner):
        one = completed(employee=learner)
        Enrolment.objects.filter(pk=one.pk).update(status=S.ACTIVE, ended_on=None)
        client = signed_in(learner.user)
        assert "once it is completed" in text(client.get(page(one)))
        assert "once it is completed" in text(client.post(page(one), {"what_changed": "x"}))
        assert not Impact.objects.exists()

    @pytest.mark.parametrize(
        ("data", "field", "said"),
        [
            ({}, None, "Say what changed, or what it saved."),
            ({"hours_a_month": "some"}, "hours_a_month", "Enter a whole number, such as 6."),
            ({"hours_a_month": "-1"}, "hours_a_month", "Enter 0 or more."),
            ({"pounds_a_year": "-1"}, "pounds_a_year", "Enter 0 or more."),
            ({"hours_a_month": "100001"}, "hours_a_month", "Enter at most 100,000."),
            ({"pounds_a_year": "99999999999"}, "pounds_a_year", "Enter at most 1,000,000,000."),
        ],
    )
    def test_what_cannot_be_kept_is_said(self, learner, data, field, said):
        answer = signed_in(learner.user).post(page(completed(employee=learner)), data)
        assert said in text(answer)
        assert answer.context["form"].has_error(field or "__all__")
        assert "<title>Error: " in answer.content.decode()

    def test_an_auditor_reads_it_and_tells_nothing(self, learner, hr):
        one = completed(employee=learner)
        tell_impact([Telling(one, "Less typing.")], by=hr, on=TODAY)
        client = signed_in(UserFactory(is_auditor=True))
        shown = text(client.get(f"/enrolments/{one.public_id}/"))
        assert "Less typing." in shown
        assert "Change it" not in shown
        assert client.post(page(one), {"what_changed": "x"}).status_code == 403
        assert Impact.objects.get().what_changed == "Less typing."


class TestTheReport:
    def told(self, hr: User, code: str, department: Any, **facts: Any) -> Enrolment:
        one = completed(code, employee=EmployeeFactory(department=department))
        if facts:
            tell_impact([Telling(one, **facts)], by=hr, on=TODAY)
        return one

    def test_it_adds_up_by_programme_and_by_department(self, hr):
        ops, finance = DepartmentFactory(name="Operations"), DepartmentFactory(name="Finance")
        self.told(hr, "ai-governance", ops, hours_a_month=4, pounds_a_year=100)
        self.told(hr, "ai-governance", finance, hours_a_month=10)
        self.told(hr, "ai-practitioner", ops, what_changed="Less typing.")
        self.told(hr, "ai-practitioner", None)
        programmes = [(line.name, line.completed, line.told, line.hours_a_month) for line in queries.by_programme(hr)]
        assert programmes == [
            ("Adopting and Governing AI Systems", 2, 2, 14),
            ("AI & Automation Practitioner apprenticeship", 2, 1, 0),
        ]
        departments = [(line.name, line.completed, line.told, line.pounds_a_year) for line in queries.by_department(hr)]
        assert departments == [("Finance", 1, 1, 0), ("Operations", 2, 2, 100), ("No department", 1, 0, 0)]
        answer = signed_in(hr).get(REPORT)
        shown = text(answer)
        assert "4 completed; 3 told what changed: together 14 hours a month and £100 a year." in shown
        assert "Less typing." in shown
        html = answer.content.decode()
        assert html.index("<svg width=") < html.index("<table")

    def test_many_departments_stay_a_page(self, hr, monkeypatch):
        monkeypatch.setattr(queries, "MOST_DEPARTMENTS", 2)
        for number in range(4):
            self.told(hr, "ai-governance", DepartmentFactory(name=f"D{number}"), hours_a_month=number)
        lines = [(line.name, line.completed, line.hours_a_month) for line in queries.by_department(hr)]
        assert lines == [("D3", 1, 3), ("D2", 1, 2), ("2 other departments", 2, 1)]

    def test_bars_are_as_long_as_their_share_of_the_longest(self):
        lines = [queries.Line("A", 1, 1, 1500, 0), queries.Line("B", 1, 1, 500, 0), queries.Line("C", 1, 0, 0, 0)]
        drawn = [(bar.name, bar.value, bar.length) for bar in queries.bars(lines, "hours_a_month", "{} hours")]
        assert drawn == [("A", "1,500 hours", "100.0%"), ("B", "500 hours", "33.3%"), ("C", "0 hours", "0.0%")]
        assert queries.bars(lines, "pounds_a_year", "£{}") == []

    def test_the_latest_sentences_come_first_and_few(self, hr, monkeypatch):
        monkeypatch.setattr(queries, "MOST_SENTENCES", 2)
        for number in range(3):
            tell_impact([Telling(completed(), f"Change {number}.")], by=hr, on=TODAY - (3 - number) * DAY)
        assert [told.what_changed for told in queries.sentences(hr)] == ["Change 2.", "Change 1."]

    def test_nothing_yet_is_said_and_what_to_do(self, hr):
        client = signed_in(hr)
        assert "Nothing is completed yet" in text(client.get(REPORT))
        completed()
        shown = client.get(REPORT)
        assert "Nobody has told what changed yet." in text(shown)
        assert "/enrolments/?status=completed" in shown.content.decode()
