"""“Not now”: said of what is proposed, seen by manager and HR, no reminder meanwhile, taken back."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from enrolment.actions.calendar import enforce
from enrolment.actions.not_now import Putting, say_not_now, take_back_not_now
from enrolment.models import Enrolment, NotNow
from enrolment.queries.calendar import people_due
from enrolment.queries.happened import happened
from enrolment.queries.not_now import in_force, proposals
from enrolment.queries.reminders import untold
from people.clock import today
from people.models import Notice
from tests.enrolment.test_learner import enrolled, recommended
from tests.factories import TODAY, EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
NEXT = "ai-transformation"  # what often follows ai-governance


@pytest.fixture
def ada():
    """A learner with an account and a manager who has one."""
    return EmployeeFactory(user=UserFactory(), manager=EmployeeFactory(user=UserFactory()))


def put_off(person, code=NEXT, *, by=None, on=TODAY, until=None, reason=""):
    """“Not now” by the action."""
    return say_not_now([Putting(person, programme(code), until, reason)], by=by or person.user, on=on)[0]


def code(outcome):
    """The refusal's code."""
    return outcome.refusal.code if outcome.refusal else ""


def test_it_can_be_said_of_what_is_recommended_planned_or_often_next(ada):
    enrolled(ada, start=TODAY - 10 * DAY)
    enrolled(ada, "ai-leadership-literacy", start=TODAY + 60 * DAY, status=S.PLANNED)
    assert [one.code for one in proposals(ada)] == ["ai-leadership-literacy", NEXT]
    recommended(ada, "ai-practitioner")  # the latest answers come before the path
    assert [one.code for one in proposals(ada)] == ["ai-practitioner", "ai-leadership-literacy"]


def test_what_has_begun_is_not_put_off(ada):
    enrolled(ada, start=TODAY - 10 * DAY)
    recommended(ada, "ai-governance")
    assert code(put_off(ada, "ai-governance")) == "not_proposed"
    assert code(put_off(ada, "ai-practitioner")) == "not_proposed"


def test_only_oneself_and_only_until_a_day_to_come(ada):
    recommended(ada, NEXT)
    assert code(put_off(ada, by=ada.manager.user)) == "not_yours"
    assert code(put_off(ada, until=TODAY - DAY)) == "in_past"
    assert not NotNow.objects.exists()
    assert put_off(ada, until=TODAY).is_done


def test_saying_it_again_replaces_it_and_the_same_again_changes_nothing(ada):
    recommended(ada, NEXT)
    for reason in ("Year end.", "Year end.", "A child is coming."):
        assert put_off(ada, reason=reason).is_done
    assert list(NotNow.objects.order_by("id").values_list("reason", "ended_on")) == [
        ("Year end.", TODAY),
        ("A child is coming.", None),
    ]
    assert [row.reason for row in in_force([ada.pk], on=TODAY)[ada.pk]] == ["A child is coming."]


def test_it_ends_with_its_day_or_when_it_is_taken_back(ada):
    recommended(ada, NEXT)
    put_off(ada, until=TODAY + 5 * DAY)
    assert in_force([ada.pk], on=TODAY + 5 * DAY)
    assert not in_force([ada.pk], on=TODAY + 6 * DAY)
    wish = Putting(ada, programme(NEXT))
    assert code(take_back_not_now([wish], by=ada.manager.user, on=TODAY)[0]) == "not_yours"
    assert take_back_not_now([wish], by=ada.user, on=TODAY + DAY)[0].is_done
    assert take_back_not_now([wish], by=ada.user, on=TODAY + 2 * DAY)[0].is_done
    assert NotNow.objects.get().ended_on == TODAY + DAY
    assert [one.kind for one in happened(ada, on=TODAY).shown][:1] == ["not_now"]


def test_nobody_is_reminded_meanwhile_and_again_afterwards(ada):
    enrolled(ada, start=TODAY - 20 * DAY)
    assert put_off(ada, until=TODAY + 3 * DAY).is_done
    assert "progression" not in {due.kind for due in untold(TODAY, people=[ada.pk])}
    enforce([ada.pk], on=TODAY)
    assert not Notice.objects.filter(kind="progression").exists()
    assert ada.pk not in people_due(TODAY)
    assert ada.pk in people_due(TODAY + 4 * DAY)
    enforce([ada.pk], on=TODAY + 4 * DAY)
    assert Notice.objects.filter(kind="progression", employee=ada).count() == 1


def test_a_reminder_that_waits_to_be_sent_is_withdrawn_and_others_are_not(ada):
    enrolment = enrolled(ada, start=TODAY - 20 * DAY)
    enforce([ada.pk], on=TODAY)
    other = Notice.objects.create(
        employee=ada, kind="moved", subject=enrolment.public_id, due_on=TODAY, headline="Other dates", body="So."
    )
    assert put_off(ada).is_done
    other.refresh_from_db()
    assert (other.status, Notice.objects.get(kind="progression").status) == ("due", "withdrawn")
    take_back_not_now([Putting(ada, programme(NEXT))], by=ada.user, on=TODAY)
    enforce([ada.pk], on=TODAY)
    assert Notice.objects.get(kind="progression").status == "due"


def test_of_a_finish_the_night_tells_again_without_what_was_put_off(ada):
    done = enrolled(ada, start=TODAY - 40 * DAY, status=S.COMPLETED, ended_on=TODAY - DAY)
    enforce([ada.pk], on=TODAY)
    letters = Notice.objects.filter(subject=done.public_id, kind__in=["finished", "can_start"]).order_by("kind")
    assert ["The next step that fits" in letter.body for letter in letters] == [True, True]
    assert put_off(ada).is_done
    assert [letter.status for letter in letters.all()] == ["withdrawn", "withdrawn"]
    enforce([ada.pk], on=TODAY)
    assert [letter.status for letter in letters.all()] == ["due", "due"]
    assert ["The next step that fits" in letter.body for letter in letters.all()] == [False, False]


def test_who_has_a_plan_is_told_of_it_all_the_same(ada):
    enrolled(ada, start=TODAY - 20 * DAY)
    enrolled(ada, "ai-leadership-literacy", start=TODAY + 60 * DAY, status=S.PLANNED)
    put_off(ada)
    enforce([ada.pk], on=TODAY)
    assert Notice.objects.filter(kind="progression").count() == 1


def test_the_database_keeps_one_at_a_time_that_ends_later(ada):
    facts = {"employee": ada, "programme": programme(NEXT), "said_by": ada.user, "said_on": TODAY}
    bad = NotNow(**facts, until=TODAY - DAY)
    with pytest.raises(ValidationError) as error:
        bad.full_clean()
    assert error.value.error_dict["__all__"][0].code == "in_past"
    NotNow.objects.create(**facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        NotNow.objects.create(**facts)


def test_said_on_the_page_seen_by_manager_and_hr_and_taken_back(ada, client):
    enrolled(ada, start=today() - 20 * DAY)
    client.force_login(ada.user)
    address = reverse("enrolment:not_now", args=[NEXT])
    assert address in client.get(reverse("enrolment:my_programme")).content.decode()
    assert "Give a day that has not gone." in client.post(address, {"until": "1 January 2020"}).content.decode()
    done = client.post(address, {"until": "", "reason": "Year end first."}, follow=True).content.decode()
    assert "Year end first." in done
    for user, page in (
        (ada.manager.user, reverse("enrolment:my_team")),
        (ada.manager.user, reverse("enrolment:person", args=[ada.public_id])),
        (UserFactory(is_hr=True), reverse("enrolment:decide", args=[ada.public_id])),
    ):
        client.force_login(user)
        assert "Year end first." in client.get(page).content.decode(), page
    client.force_login(ada.user)
    assert "Take it back" in client.get(address).content.decode()
    client.post(address, {"do": "take_back"})
    assert not in_force([ada.pk], on=today())


def test_what_is_not_proposed_has_no_page(ada, client):
    client.force_login(ada.user)
    assert client.get(reverse("enrolment:not_now", args=["ai-governance"])).status_code == 404
    client.force_login(UserFactory(is_hr=True))
    assert client.get(reverse("enrolment:not_now", args=["ai-governance"])).status_code == 404
