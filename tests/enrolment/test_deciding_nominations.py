"""HR decides many nominations on one page: each judged again; what is illegal comes back with days that are legal."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrolment.models import Enrolment, Nomination
from people.clock import today
from people.models import Notice
from tests.enrolment.test_second_looks import ask
from tests.factories import (
    CohortFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
N, DAY = Nomination.Status, timedelta(days=1)
PAGE = "/nominations/decide/"


@pytest.fixture
def hr(client):
    """Somebody in HR, signed in."""
    user = UserFactory(is_hr=True)
    client.force_login(user)
    return user


@pytest.fixture
def waiting():
    """Three that wait, oldest first."""
    manager = EmployeeFactory(user=UserFactory())
    return [
        NominationFactory(
            employee=EmployeeFactory(manager=manager),
            programme=programme("ai-governance"),
            nominated_by=manager.user,
            nominated_on=today() - days * DAY,
        )
        for days in (3, 2, 1)
    ]


def sent(page, ticked, **more):
    """The page's form, with these ticked."""
    return {
        "shown": page.context["shown"],
        "how": page.context["how"],
        "listed": [str(row.nomination.public_id) for row in page.context["rows"]],
        "pick": [str(nomination.public_id) for nomination in ticked],
        "key": str(page.context["form"]["key"].value()),
        "reason": "",
        **more,
    }


def test_those_ticked_are_approved_on_the_days_shown_and_the_rest_wait(client, hr, waiting):
    page = client.get(PAGE)
    assert [row.nomination for row in page.context["rows"]] == waiting
    form = sent(page, waiting[:2], approve="yes")
    for _ in range(2):
        after = client.post(PAGE, form)
        assert [row.nomination for row in after.context["rows"]] == [waiting[2]]
    assert list(Enrolment.objects.values_list("start_date", flat=True)) == [today(), today()]
    assert [Nomination.objects.get(pk=n.pk).status for n in waiting] == [N.APPROVED, N.APPROVED, N.SUBMITTED]


def test_whoever_is_looked_at_a_second_time_comes_back_and_holds_up_nobody(client, hr, waiting):
    person = waiting[0].employee
    person.user = UserFactory()
    person.save()
    PlacementFactory(employee=person, programme=None, decided_by=UserFactory(is_hr=True))
    assert ask(person).is_done
    page = client.post(PAGE, sent(client.get(PAGE), waiting[:2], approve="yes"))
    assert "A second look is open: its reviewer writes first what came of it." in page.content.decode()
    assert [Nomination.objects.get(pk=n.pk).status for n in waiting] == [N.SUBMITTED, N.APPROVED, N.SUBMITTED]
    assert not Enrolment.objects.filter(employee=person).exists()


def test_what_became_illegal_comes_back_with_the_planners_days(client, hr, waiting):
    form = sent(client.get(PAGE), waiting[:2], approve="yes")
    EnrolmentFactory(
        employee=waiting[0].employee,
        programme=programme("ai-transformation"),
        status=Enrolment.Status.ACTIVE,
        start_date=today() - DAY,
        planned_end_date=today() + 9 * DAY,
    )
    page = client.post(PAGE, form)
    back = page.context["rows"][0]
    assert (back.nomination, back.look.plan.start) == (waiting[0], today() + 10 * DAY)
    assert back.came_back
    assert "Came back:" in page.content.decode()
    waiting[0].refresh_from_db()
    assert waiting[0].status == N.SUBMITTED
    client.post(PAGE, sent(page, waiting[:1], approve="yes"))
    waiting[0].refresh_from_db()
    assert (waiting[0].status, waiting[0].enrolment.start_date) == (N.APPROVED, today() + 10 * DAY)


def test_two_for_the_last_seat_are_not_both_seated(client, hr, waiting):
    unit = programme("ai-governance")
    days = {"start_date": today() + 30 * DAY, "planned_end_date": today() + 57 * DAY}
    CohortFactory(programme=unit, seats=1, **days)
    page = client.get(f"{PAGE}?how=cohort")
    after = client.post(PAGE, sent(page, waiting[:2], approve="yes"))
    assert Enrolment.objects.filter(cohort__isnull=False).count() == 1
    back = after.context["rows"][0]
    assert (back.nomination, bool(back.came_back)) == (waiting[1], True)


def test_declining_needs_a_reason_and_the_managers_hear_first(client, hr, waiting):
    page = client.get(PAGE)
    refused = client.post(PAGE, sent(page, waiting[:2], decline="yes"))
    assert refused.context["form"].errors["reason"]
    assert Nomination.objects.open().count() == 3
    client.post(PAGE, sent(page, waiting[:2], decline="yes", reason="The audit comes first."))
    assert Nomination.objects.open().count() == 1
    told = {(n.employee_id, n.kind, n.due_on > today()) for n in Notice.objects.all()}
    manager = waiting[0].employee.manager_id
    assert {(manager, "nomination_declined", False)} | {
        (n.employee_id, "nomination_not_this_time", True) for n in waiting[:2]
    } == told


def test_only_days_that_were_shown_to_this_reader_are_approved(client, hr, waiting):
    form = sent(client.get(PAGE), waiting[:1], approve="yes")
    client.post(PAGE, {**form, "shown": form["shown"] + "x"})
    assert not Enrolment.objects.exists()
    client.force_login(UserFactory(is_hr=True))
    client.post(PAGE, form)
    assert not Enrolment.objects.exists()


def test_nothing_ticked_is_said_and_ones_own_is_not_listed(client, hr, waiting):
    own = NominationFactory(employee=EmployeeFactory(user=hr), programme=programme("ai-governance"))
    page = client.get(PAGE)
    assert own not in [row.nomination for row in page.context["rows"]]
    nothing = client.post(PAGE, sent(page, [], approve="yes"))
    assert "Tick at least one nomination." in nothing.content.decode()
    client.post(PAGE, sent(page, [own], decline="yes", reason="No."))
    own.refresh_from_db()
    assert own.status == N.SUBMITTED


def test_the_list_leads_to_the_page(client, hr, waiting):
    assert PAGE in client.get(reverse("enrolment:nominations")).content.decode()
    named = client.get(f"{PAGE}?pick={waiting[1].public_id}&pick=nonsense")
    assert [row.nomination for row in named.context["rows"]] == [waiting[1]]


def test_what_was_ticked_stays_ticked_when_the_reason_to_decline_is_missing(client, hr, waiting):
    page = client.post(PAGE, sent(client.get(PAGE), waiting[:2], decline="yes"))
    assert page.context["form"].errors
    html = page.content.decode()
    ticked = [f'id="pick-{nomination.public_id}" checked' in html for nomination in waiting]
    assert ticked == [True, True, False]
    after = client.post(PAGE, sent(page, waiting[:1], decline="yes", reason="Not this year."))
    assert " checked" not in after.content.decode()


def test_the_list_says_the_learners_comment_beside_their_word(client, hr, waiting):
    Nomination.objects.filter(pk=waiting[0].pk).update(word="no", word_comment="After my leave.", word_on=today())
    html = " ".join(client.get(PAGE).content.decode().split())
    assert "Their word: no (“After my leave.”). Protected time" in html
    assert html.count("no answer yet.") == 2
