"""The pages of nominations: asked with a warning, answered with dates or a reason, seen by those whom it concerns."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import strip_tags

from enrolment.models import Enrolment, Nomination
from enrolment.queries.holding import holder
from people.clock import today
from tests.factories import EmployeeFactory, EnrolmentFactory, NominationFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
N, S = Nomination.Status, Enrolment.Status
DAY = timedelta(days=1)


@pytest.fixture
def manager():
    """Ada's manager."""
    return EmployeeFactory(given_names="Grace", family_name="Hopper", user=UserFactory())


@pytest.fixture
def ada(manager):
    """Somebody to nominate."""
    return EmployeeFactory(given_names="Ada", family_name="Lovelace", manager=manager)


@pytest.fixture
def hr():
    """Somebody in HR."""
    return UserFactory(is_hr=True)


@pytest.fixture
def nomination(ada, manager):
    """Ada for a unit; it waits."""
    return NominationFactory(employee=ada, programme=programme("ai-governance"), nominated_by=manager.user)


def wish(person, code="ai-governance"):
    """What the form sends."""
    return {
        "employee": str(person.public_id),
        "programme": code,
        "reason": "Writes our business cases.",
        "protected_hours": "4",
    }


def nominated(client, sent):
    """The form sent, looked at with the planner's word, and sent again as seen."""
    page = client.post(reverse("enrolment:nominate"), sent)
    return client.post(reverse("enrolment:nominate"), {**sent, "understood": page.context["understood"]})


def of(name, nomination):
    """The address of a nomination's page."""
    return reverse(f"enrolment:{name}", args=[nomination.public_id])


def test_a_manager_nominates_one_of_theirs(client, manager, ada):
    client.force_login(manager.user)
    page = client.get(f"{reverse('enrolment:nominate')}?employee={ada.public_id}")
    assert page.context["form"].initial["employee"] == str(ada.public_id)
    sent = nominated(client, wish(ada))
    made = Nomination.objects.get()
    assert sent["Location"] == of("nomination", made)
    assert (made.employee, made.nominated_by, made.status) == (ada, manager.user, N.SUBMITTED)


def test_before_it_is_sent_the_planners_days_and_who_would_be_away_together_are_shown(client, manager, ada):
    bob = EmployeeFactory(given_names="Bob", family_name="Bemer", manager=manager)
    days = {"start_date": today() - 5 * DAY, "planned_end_date": today() + 20 * DAY}
    EnrolmentFactory(employee=bob, programme=programme("ai-transformation"), status=S.ACTIVE, **days)
    client.force_login(manager.user)
    page = client.post(reverse("enrolment:nominate"), wish(ada))
    assert not Nomination.objects.exists()
    text = " ".join(strip_tags(page.content.decode()).split())
    assert f"Legal, from {date_format(today(), 'j F Y')}" in text
    assert "Who would be away together, in the team of Grace Hopper" in text
    (load,) = page.context["loads"]
    first = load.months[0]
    assert (first.now, first.then, first.names, first.wished) == (1, 2, ("Bob Bemer",), ("Ada Lovelace",))
    changed = {**wish(ada, "ai-leadership-literacy"), "understood": page.context["understood"]}
    assert client.post(reverse("enrolment:nominate"), changed).status_code == 200
    assert not Nomination.objects.exists(), "what was seen was another programme"


def test_nobody_nominates_somebody_elses_people_or_themself(client, manager, ada):
    client.force_login(manager.user)
    for person in (EmployeeFactory(), manager):
        page = client.post(reverse("enrolment:nominate"), wish(person))
        assert page.context["form"].errors["employee"]
    assert not Nomination.objects.exists()


def test_a_programme_on_the_likely_days_warns_and_refuses_nothing(client, manager, ada):
    start = today() - 5 * DAY
    EnrolmentFactory(
        employee=ada,
        programme=programme("ai-transformation"),
        status=S.ACTIVE,
        start_date=start,
        planned_end_date=start + 27 * DAY,
    )
    client.force_login(manager.user)
    page = client.post(reverse("enrolment:nominate"), wish(ada))
    assert "Ada is on Delivering AI-Enabled Transformation" in page.content.decode()
    assert not Nomination.objects.exists()
    client.post(reverse("enrolment:nominate"), {**wish(ada), "understood": page.context["understood"]})
    assert Nomination.objects.get().status == N.SUBMITTED


def test_the_same_wish_again_says_that_it_waits(client, manager, ada, nomination):
    client.force_login(manager.user)
    page = client.post(reverse("enrolment:nominate"), wish(ada))
    assert "already nominated" in page.content.decode()


def test_hr_names_anybody_by_staff_number(client, hr, ada):
    client.force_login(hr)
    page = client.post(reverse("enrolment:nominate"), {**wish(ada), "staff_number": "nobody"})
    assert page.context["form"].errors.as_data()["staff_number"][0].code == "unknown_employee"
    nominated(client, {**wish(ada), "staff_number": ada.staff_number})
    assert Nomination.objects.get().nominated_by == hr


def test_a_nomination_is_hidden_from_everybody_it_does_not_concern(client, nomination):
    for user in (EmployeeFactory(user=UserFactory()).user, UserFactory()):
        client.force_login(user)
        assert client.get(of("nomination", nomination)).status_code == 404
    stranger = EmployeeFactory(user=UserFactory())
    EmployeeFactory(manager=stranger)
    client.force_login(stranger.user)
    assert client.get(of("nomination", nomination)).status_code == 404
    assert client.post(of("retract_nomination", nomination)).status_code == 404
    assert list(client.get(reverse("enrolment:nominations")).context["rows"]) == []


def test_hr_sees_those_that_wait_first_oldest_first(client, hr, ada, manager):
    made = [
        NominationFactory(
            employee=EmployeeFactory(manager=manager),
            programme=programme("ai-governance"),
            nominated_by=manager.user,
            nominated_on=today() - days * DAY,
            status=status,
            answer="No." if status == N.DECLINED else "",
        )
        for days, status in ((1, N.SUBMITTED), (9, N.SUBMITTED), (4, N.DECLINED))
    ]
    client.force_login(hr)
    assert client.get(reverse("enrolment:nominations")).context["rows"] == [made[1], made[0]]
    assert client.get(reverse("enrolment:nominations") + "?status=declined").context["rows"] == [made[2]]
    client.force_login(manager.user)
    assert client.get(reverse("enrolment:nominations")).context["rows"] == [made[0], made[2], made[1]]


def test_approving_checks_first_then_enrols_once(client, hr, nomination):
    client.force_login(hr)
    start = today() + 20 * DAY
    dates = {"start_date": start.isoformat(), "planned_end_date": (start + 27 * DAY).isoformat()}
    page = client.post(of("decide_nomination", nomination), dates)
    assert "Check before you confirm" in page.content.decode()
    assert not Enrolment.objects.exists()
    confirmed = {**page.context["answers"], "confirm": "yes"}
    for _ in range(2):
        sent = client.post(of("decide_nomination", nomination), confirmed)
        enrolment = Enrolment.objects.get()
        assert sent["Location"].startswith(reverse("enrolment:enrolment", args=[enrolment.public_id]))
    nomination.refresh_from_db()
    assert (nomination.status, nomination.enrolment, enrolment.status) == (N.APPROVED, enrolment, S.PLANNED)


def test_a_clash_is_its_own_page_and_the_nomination_waits_on(client, hr, nomination, ada):
    start = today() + 10 * DAY
    EnrolmentFactory(
        employee=ada,
        programme=programme("ai-transformation"),
        start_date=start,
        planned_end_date=start + 27 * DAY,
    )
    client.force_login(hr)
    dates = {"start_date": start.isoformat(), "planned_end_date": (start + 13 * DAY).isoformat()}
    for more in ({}, {"confirm": "yes", "key": str(uuid4())}):
        page = client.post(of("decide_nomination", nomination), {**dates, **more}).content.decode()
        assert "Ada Lovelace is on another programme on those days" in page
    nomination.refresh_from_db()
    assert nomination.status == N.SUBMITTED


def test_declining_needs_a_reason_that_the_manager_reads(client, hr, nomination, manager):
    client.force_login(hr)
    page = client.post(of("decide_nomination", nomination), {"decline": "yes", "decline-reason": ""})
    assert page.context["declining"].errors
    answer = {"decline": "yes", "decline-reason": "Two of this team start next month."}
    assert client.post(of("decide_nomination", nomination), answer)["Location"] == of("nomination", nomination)
    client.force_login(manager.user)
    page = client.get(of("nomination", nomination)).content.decode()
    assert page.count("Two of this team start next month.") == 2
    assert "Declined" in page


def test_nobody_decides_about_themself(client, hr, manager):
    own = NominationFactory(
        employee=EmployeeFactory(user=hr, manager=manager),
        programme=programme("ai-governance"),
        nominated_by=manager.user,
    )
    client.force_login(hr)
    assert "Somebody else decides about you" in client.get(of("decide_nomination", own)).content.decode()
    client.post(of("decide_nomination", own), {"decline": "yes", "decline-reason": "No."})
    own.refresh_from_db()
    assert own.status == N.SUBMITTED


def test_whoever_nominated_takes_it_back_while_it_waits(client, manager, nomination):
    client.force_login(manager.user)
    assert of("retract_nomination", nomination) in client.get(of("nomination", nomination)).content.decode()
    client.post(of("retract_nomination", nomination), {"reason": "Changed teams."})
    nomination.refresh_from_db()
    assert nomination.status == N.RETRACTED
    again = client.post(of("retract_nomination", nomination)).content.decode()
    assert "nothing left to retract" in again
    assert "Changed teams." in client.get(of("nomination", nomination)).content.decode()


def test_an_answered_nomination_is_not_decided_again(client, hr, nomination, manager):
    nomination.status = N.RETRACTED
    nomination.save()
    client.force_login(hr)
    assert client.get(of("decide_nomination", nomination))["Location"] == of("nomination", nomination)


def test_a_double_click_nominates_once_and_shows_the_first_result(client, manager, ada):
    client.force_login(manager.user)
    sent = {**wish(ada), "key": str(client.get(reverse("enrolment:nominate")).context["form"]["key"].value())}
    sent["understood"] = client.post(reverse("enrolment:nominate"), sent).context["understood"]
    first, second = (client.post(reverse("enrolment:nominate"), sent) for _ in range(2))
    assert first["Location"] == second["Location"] == of("nomination", Nomination.objects.get())


def test_a_double_click_declines_once_and_another_form_is_refused_in_words(client, hr, nomination):
    client.force_login(hr)
    url = of("decide_nomination", nomination)
    key = str(client.get(url).context["declining"]["key"].value())
    sent = {"decline": "yes", "decline-reason": "Two start next month.", "decline-key": key}
    for _ in range(2):
        assert "is declined." in client.post(url, sent, follow=True).content.decode()
    assert nomination.events.filter(move="decline").count() == 1
    dates = {"start_date": str(today() + 20 * DAY)}
    for other in (
        {**sent, "decline-key": ""},
        {**sent, "decline-key": str(uuid4())},
        dates,
        {**dates, "confirm": "yes", "key": str(uuid4())},
    ):
        page = client.post(url, other, follow=True).content.decode()
        assert "is declined already; nothing was changed" in page
        assert "is declined." not in page
    assert not Enrolment.objects.exists()


def test_a_double_click_retracts_once_and_another_form_is_refused_in_words(client, manager, nomination):
    client.force_login(manager.user)
    url = of("retract_nomination", nomination)
    key = str(client.get(url).context["form"]["key"].value())
    for _ in range(2):
        assert client.post(url, {"key": key})["Location"] == of("nomination", nomination)
    assert nomination.events.filter(move="retract").count() == 1
    for other in ({}, {"key": str(uuid4())}):
        assert "is not possible while the nomination is retracted" in client.post(url, other).content.decode()


def test_a_nominee_reads_who_holds_the_decision_and_since_when(client, nomination, ada):
    ada.user = UserFactory()
    ada.save()
    nomination.waiting_since = today() - 2 * DAY
    nomination.save()
    client.force_login(ada.user)
    since = date_format(nomination.waiting_since, "j F Y")
    held = holder(nomination, on=today())
    assert held
    assert (held.name, held.since) == ("HR", nomination.waiting_since)
    for address in (reverse("enrolment:my_programme"), of("my_nomination", nomination)):
        text = " ".join(strip_tags(client.get(address).content.decode()).split())
        assert f"HR holds the decision since {since}" in text
    nomination.status = N.RETRACTED
    nomination.save()
    assert holder(nomination, on=today()) is None
    for address in (reverse("enrolment:my_programme"), of("my_nomination", nomination)):
        assert "holds the decision" not in client.get(address).content.decode()
