"""A manager's month: who is away on which days, fifty a page, and how many of the whole team on each."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from enrolment.models import Enrolment
from enrolment.queries.month import away, counts, stays
from tests.enrolment.test_learner import enrolled
from tests.factories import EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
MAY = date(2026, 5, 1)


@pytest.fixture
def mary():
    """A manager."""
    return EmployeeFactory(user=UserFactory(), given_names="Mary")


def report(mary, name, start, days=28, status=S.COMPLETED, **more):
    """Somebody of the team, on something."""
    person = EmployeeFactory(manager=mary, family_name=name)
    if status in (S.COMPLETED, S.WITHDRAWN):
        more.setdefault("ended_on", start + (days - 1) * DAY)
    enrolled(person, start=start, days=days, status=status, **more)
    return person


def test_only_the_team_and_only_who_holds_a_day_of_the_month(mary):
    before = report(mary, "Ash", date(2026, 4, 10), days=22)  # to 1 May, included
    after = report(mary, "Birch", date(2026, 5, 31), status=S.PLANNED)
    report(mary, "Cedar", date(2026, 4, 1), days=30)  # to 30 April
    report(mary, "Elm", date(2026, 6, 1), status=S.PLANNED)
    report(mary, "Fir", date(2026, 5, 4), status=S.CANCELLED)
    report(mary, "Gorse", date(2026, 5, 4), status=S.WITHDRAWN, ended_on=date(2026, 5, 4))
    report(EmployeeFactory(user=UserFactory()), "Hazel", date(2026, 5, 4))
    assert list(away(mary.user, MAY)) == [before, after]


def test_an_open_end_has_no_last_day(mary):
    person = report(mary, "Ash", date(2026, 4, 10), status=S.OVERDUE)
    (found,) = stays([person], MAY)
    assert [(stay.first, stay.last) for stay in found.stays] == [(date(2026, 4, 10), None)]


def test_each_day_counts_people_of_the_whole_team(mary):
    report(mary, "Ash", date(2026, 5, 4), days=3)
    report(mary, "Birch", date(2026, 5, 6), days=2)
    found = {day.day: count for day, count in counts(mary.user, MAY) if count}
    assert found == {4: 1, 5: 1, 6: 2, 7: 1}


def test_the_page_draws_and_lists_the_same(mary, client):
    report(mary, "Ash", date(2026, 5, 4), days=3)
    report(mary, "Birch", date(2026, 4, 6), days=40)
    report(mary, "Cedar", date(2026, 4, 6), status=S.OVERDUE)
    client.force_login(mary.user)
    answer = client.get(reverse("enrolment:team_month") + "?month=2026-05")
    text = " ".join(answer.content.decode().split())
    assert "At most 3 of your team on one day, first on 4 May." in text
    for days in ("4 to 6 May", "until 15 May", "the whole month"):
        assert days in text
    assert (answer.context["last_month"], answer.context["next_month"]) == ("2026-04", "2026-06")
    assert [row.label for row in answer.context["picture"].rows] == ["Ada Ash", "Ada Birch", "Ada Cedar"]


@pytest.mark.parametrize("month", ["", "x", "2026-13", "9999-12", "0001-01", "2026-05-01", "2199-12", "1900-01"])
def test_any_address_is_answered(mary, client, month):
    EmployeeFactory(manager=mary)
    client.force_login(mary.user)
    answer = client.get(reverse("enrolment:team_month"), {"month": month})
    assert answer.status_code == 200
    assert b"Nobody of your team is on a programme this month." in answer.content


def test_five_hundred_people_are_fifty_a_page(mary, client, django_assert_max_num_queries):
    for number in range(500):
        report(mary, f"Person {number:03}", date(2026, 5, 4))
    client.force_login(mary.user)
    with django_assert_max_num_queries(14):
        answer = client.get(reverse("enrolment:team_month") + "?month=2026-05")
    assert len(answer.context["people"]) == 50
    assert "At most 500 of your team" in answer.content.decode()
    following = client.get(reverse("enrolment:team_month") + answer.context["next_url"])
    assert following.context["people"][0][0].label == "Ada Person 050"
