"""Nominating several together: what the planner says first, each by one action, and the load of the team."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from enrolment.actions.nominations import NominationWish, nominate
from enrolment.forms.nominations import AS_PLACED
from enrolment.models import Enrolment, Nomination
from enrolment.queries.nominating import loads, looks
from enrolment.rules import Away, Days
from enrolment.rules.load import months, most_at_once, stretches
from people.clock import today
from people.models import Notice, Policy
from tests.enrolment.test_learner import recommended
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
DAY = timedelta(days=1)
MANY = "/nominations/several/"


@pytest.fixture
def manager():
    """Whose team it is."""
    return EmployeeFactory(given_names="Grace", family_name="Hopper", user=UserFactory())


@pytest.fixture
def team(manager):
    """Three people: free, on an apprenticeship that overruns, and on a unit that ends."""
    free, stuck, busy = (
        EmployeeFactory(given_names=given, family_name=family, manager=manager)
        for given, family in (("Ada", "Lovelace"), ("Bob", "Bemer"), ("Cleo", "Cray"))
    )
    on = today()
    for person, code, status, start, end in (
        (stuck, "ai-practitioner", Enrolment.Status.OVERDUE, on - 500 * DAY, on - 5 * DAY),
        (busy, "ai-transformation", Enrolment.Status.ACTIVE, on - 5 * DAY, on + 20 * DAY),
    ):
        EnrolmentFactory(
            employee=person, programme=programme(code), status=status, start_date=start, planned_end_date=end
        )
    return [free, stuck, busy]


def wishes(people, code="ai-governance"):
    """What the form sends."""
    return {
        "people": [str(person.public_id) for person in people],
        "programme": code,
        "reason": "Writes our business cases.",
        "protected_hours": "4",
    }


def test_the_most_at_once_counts_both_ends():
    june = Days(date(2026, 6, 1), date(2026, 6, 30))
    first, handover = Days(date(2026, 5, 1), date(2026, 6, 10)), Days(date(2026, 6, 10), date(2026, 6, 20))
    after = Days(date(2026, 6, 21), None)
    assert most_at_once([first, handover, after], june) == 2
    assert most_at_once([Days(date(2026, 6, 1), date(2026, 6, 9)), handover, after], june) == 1
    assert most_at_once([Days(date(2026, 7, 1), None)], june) == 0


def test_months_name_who_is_away_and_who_would_be():
    away = [Away(1, "Bob", Days(date(2026, 6, 10), date(2026, 7, 5)))]
    wished = [Away(2, "Ada", Days(date(2026, 7, 1), date(2026, 7, 28)))]
    june, july, august = months(away, wished, date(2026, 6, 1), 3)
    assert (june.now, june.then, june.names, june.wished) == (1, 1, ("Bob",), ())
    assert (july.now, july.then, july.names, july.wished) == (1, 2, ("Bob",), ("Ada",))
    assert (august.now, august.then, august.names, august.wished) == (0, 0, (), ())


def test_months_in_which_nothing_changes_are_one_row():
    away = [Away(1, "Bob", Days(date(2026, 6, 1), date(2026, 8, 31)))]
    runs = stretches(months(away, [], date(2026, 6, 1), 5))
    assert [(first.first.month, last.first.month, first.now) for first, last in runs] == [(6, 8, 1), (9, 10, 0)]


def test_each_team_has_its_own_load_and_limit(team):
    Policy.objects.update(team_load_limit=2)
    other = EmployeeFactory(manager=EmployeeFactory(family_name="Aaron"))
    hr = UserFactory(is_hr=True)
    shown = looks([(p, programme("ai-governance")) for p in (*team, other)], reader=hr, on=today())
    first, second = loads(shown, reader=hr, on=today())
    assert [month.then for month in (first.months[0], second.months[0])] == [1, 2]
    assert (first.manager, first.limit, first.too_many) == (other.manager, 2, [])


def test_looking_says_legal_from_when_or_why_not(manager, team):
    how = {"reader": manager.user, "on": (on := today())}
    free, stuck, busy = looks([(person, programme("ai-governance")) for person in team], **how)
    assert (free.is_legal_now, free.plan.start) == (True, on)
    assert (stuck.is_legal, "Close AI & Automation Practitioner apprenticeship first" in stuck.why) == (False, True)
    assert (busy.is_legal, busy.is_legal_now, busy.plan.start) == (True, False, on + 21 * DAY)
    (same,) = looks([(team[2], programme("ai-transformation"))], **how)
    assert (same.is_legal, "Already on this programme" in same.why) == (False, True)


def test_nothing_is_sent_before_the_check_and_then_those_ticked(client, manager, team):
    client.force_login(manager.user)
    page = client.post(MANY, wishes(team))
    text = page.content.decode()
    assert "Who would be away together" in text
    assert "Close AI &amp; Automation Practitioner apprenticeship first" in text
    assert not Nomination.objects.exists()
    seen = [seen for _, seen in page.context["shown"]]
    client.post(MANY, {**wishes([team[0], team[2]]), "seen": seen, "confirm": "yes"})
    assert {n.employee for n in Nomination.objects.all()} == {team[0], team[2]}
    assert set(Nomination.objects.values_list("protected_hours", flat=True)) == {4}


def test_a_double_click_nominates_each_once(client, manager, team):
    client.force_login(manager.user)
    key = str(client.get(MANY).context["form"]["key"].value())
    page = client.post(MANY, {**wishes(team[:1]), "key": key})
    sent = {**wishes(team[:1]), "key": key, "seen": [seen for _, seen in page.context["shown"]], "confirm": "yes"}
    first, again = client.post(MANY, sent), client.post(MANY, sent)
    made = Nomination.objects.get()
    assert first["Location"] == again["Location"] == reverse("enrolment:nomination", args=[made.public_id])


def test_changing_the_answers_keeps_them(client, manager, team):
    client.force_login(manager.user)
    page = client.post(MANY, {**wishes(team[:2]), "change": "yes"})
    assert page.context["form"]["people"].value() == wishes(team[:2])["people"]
    assert page.context["form"]["reason"].value() == "Writes our business cases."
    assert not page.context["form"].errors


def test_what_changed_since_is_looked_at_again(client, manager, team):
    client.force_login(manager.user)
    page = client.post(MANY, wishes(team[:1]))
    sent = {**wishes(team[:1]), "seen": [seen for _, seen in page.context["shown"]], "confirm": "yes"}
    EnrolmentFactory(
        employee=team[0],
        programme=programme("ai-transformation"),
        status=Enrolment.Status.ACTIVE,
        start_date=today(),
        planned_end_date=today() + 9 * DAY,
    )
    assert "Something has changed since you looked" in client.post(MANY, sent).content.decode()
    assert not Nomination.objects.exists()


def test_whatever_the_questionnaire_says_is_each_ones_placement(client, manager, team):
    PlacementFactory(employee=team[0], programme=programme("ai-leadership-literacy"), is_current=True)
    client.force_login(manager.user)
    page = client.post(MANY, wishes(team[:2], "as_placed"))
    said = [look.programme and look.programme.code for look, _ in page.context["shown"]]
    assert said == ["ai-leadership-literacy", None]
    assert page.context["without"] == [team[1]]
    client.post(MANY, {**wishes(team[:2], "as_placed"), "ask": "yes"})
    assert set(Notice.objects.values_list("employee", "kind")) == {(team[1].pk, "questionnaire")}
    assert not Nomination.objects.exists()


def test_the_action_finds_the_placement_and_names_who_has_none(manager, team):
    PlacementFactory(employee=team[0], programme=programme("ai-leadership-literacy"), is_current=True)
    done, refused = nominate([NominationWish(person, None, "Good.") for person in team[:2]], by=manager.user, on=TODAY)
    assert done.subject.nomination
    assert done.subject.nomination.programme.code == "ai-leadership-literacy"
    assert refused.refusal
    assert refused.refusal.code == "not_placed"
    assert Nomination.objects.count() == 1


def test_nobody_elses_people_can_be_named(client, manager, team):
    client.force_login(manager.user)
    page = client.post(MANY, wishes([*team, EmployeeFactory()]))
    assert page.context["form"].errors["people"]
    assert not Nomination.objects.exists()


def test_hr_names_people_by_number_and_sends_those_ticked(client, team):
    client.force_login(UserFactory(is_hr=True))
    numbers = [team[0].staff_number, team[2].staff_number]
    page = client.post(MANY, {**wishes([]), "staff_numbers": ", ".join(numbers)})
    seen = [seen for _, seen in page.context["shown"]]
    client.post(MANY, {**wishes([]), "staff_numbers": numbers, "seen": seen, "confirm": "yes"})
    assert Nomination.objects.count() == 2
    unknown = client.post(MANY, {**wishes([]), "staff_numbers": "nobody"})
    assert unknown.context["form"].errors.as_data()["staff_numbers"][0].code == "unknown_employee"


def test_a_nomination_that_waits_for_another_programme_is_said_of_each(client, manager, team):
    NominationFactory(employee=team[0], programme=programme("ai-transformation"), nominated_by=manager.user)
    client.force_login(manager.user)
    page = client.post(MANY, wishes(team[:2])).content.decode()
    assert page.count("waits for HR already.") == 1
    assert f"A nomination for {programme('ai-transformation').name} waits for HR already." in page


def test_who_is_recommended_already_is_not_asked_to_answer_again(client, manager, team):
    made = recommended(team[0])
    assert made.programme
    client.force_login(manager.user)
    page = client.post(MANY, wishes(team[:2], AS_PLACED))
    assert page.context["without"] == [team[1]]
    assert f"Recommended: {made.programme.name}. HR has not decided yet." in page.content.decode()
    client.post(MANY, {**wishes(team[:2], AS_PLACED), "ask": "yes"})
    assert list(Notice.objects.filter(employee__in=team[:2]).values_list("employee", flat=True)) == [team[1].pk]


def test_one_is_nominated_for_whatever_they_were_placed_on(client, manager, team):
    client.force_login(manager.user)
    one = {**wishes(team[:1], AS_PLACED), "employee": str(team[0].public_id)}
    page = client.post(reverse("enrolment:nominate"), one)
    assert page.context["form"].errors["programme"] == [
        "Nothing is decided for them yet: they have no placement. Choose a programme."
    ]
    PlacementFactory(employee=team[0], programme=programme("ai-governance"))
    page = client.post(reverse("enrolment:nominate"), one)
    assert page.context["look"].programme == programme("ai-governance")
    client.post(reverse("enrolment:nominate"), {**one, "understood": page.context["understood"]})
    assert Nomination.objects.get().programme == programme("ai-governance")


def test_a_forged_choice_is_refused_in_words_and_not_shown(client, manager, team):
    client.force_login(manager.user)
    stranger = EmployeeFactory()
    for address, field in ((MANY, "people"), (reverse("enrolment:nominate"), "employee")):
        sent = {**wishes([stranger]), "employee": str(stranger.public_id), "programme": "no-such"}
        page = client.post(address, sent)
        said = "That is not on the list, or not any more. Choose again."
        assert page.context["form"].errors[field] == page.context["form"].errors["programme"] == [said]
