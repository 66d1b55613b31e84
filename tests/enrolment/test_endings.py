"""How a programme ended that ran past its end: told by a manager in place, read by HR where it is closed."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrolment.actions.changes import extend
from enrolment.actions.endings import Telling, tell_endings
from enrolment.models import Ending, Enrolment
from enrolment.queries.lapsed import lapsed
from enrolment.queries.reminders import untold
from people.clock import today
from people.models import Notice
from people.roles import Delegation
from people.rules import say
from tests.factories import EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)


@pytest.fixture
def manager():
    """Somebody with an account and people."""
    return EmployeeFactory(given_names="Grace", family_name="Hopper", user=UserFactory())


def end_of(enrolment: Enrolment) -> date:
    """Its planned end."""
    assert enrolment.planned_end_date
    return enrolment.planned_end_date


def past(manager, *, ended_ago=5, **more) -> Enrolment:
    """A unit of one of the manager's people, past its planned end."""
    last = today() - ended_ago * DAY
    person = EmployeeFactory(manager=manager, **more)
    days = {"start_date": last - 27 * DAY, "planned_end_date": last}
    unit = programme("ai-leadership-literacy")
    return EnrolmentFactory(employee=person, programme=unit, status=S.OVERDUE, **days)


def url(name: str, enrolment: Enrolment) -> str:
    """A page of one enrolment."""
    return reverse(f"enrolment:{name}", args=[enrolment.public_id])


def tell(client, enrolment, how="finished", day="", **more):
    """Send the form."""
    return client.post(url("ending", enrolment), {"how": how, "day": day, **more})


class TestTheManager:
    def test_tells_in_place_and_is_not_asked_again(self, client, manager):
        enrolment, other = past(manager), past(manager)
        client.force_login(manager.user)
        page = client.get(reverse("enrolment:needs"))
        assert url("ending", enrolment) in page.text
        day = end_of(enrolment) - DAY
        answer = tell(client, enrolment, day=say(day), words="She passed with distinction.")
        assert answer.url == reverse("enrolment:needs")
        said = Ending.objects.get()
        assert (said.how, said.day, said.told_by, said.told_on) == ("finished", day, manager.user, today())
        page = client.get(reverse("enrolment:needs"))
        assert f"HR reads how it ended for {enrolment.employee.name}" in page.text
        assert [row.pk for row in page.context["to_close"].rows] == [other.pk]
        assert (page.context["to_close"].count, url("ending", enrolment) in page.text) == (1, False)
        assert f"HR was told how it ended on {today():%-d %B %Y}" in client.get(reverse("enrolment:my_team")).text
        shown = client.get(url("enrolment", enrolment)).text
        assert "Grace Hopper told HR: finished, last day" in shown
        assert "Tell HR how it ended" not in shown
        enrolment.refresh_from_db()
        assert (enrolment.status, enrolment.ended_on) == (S.OVERDUE, None)

    def test_finds_the_way_from_the_enrolment_and_the_team(self, client, manager):
        enrolment = past(manager)
        client.force_login(manager.user)
        for page in (url("enrolment", enrolment), reverse("enrolment:my_team")):
            assert f'href="{url("ending", enrolment)}">Tell HR how it ended' in client.get(page).text

    def test_says_it_anew_and_pressing_twice_is_once(self, client, manager):
        enrolment = past(manager)
        client.force_login(manager.user)
        for _ in range(2):
            tell(client, enrolment, how="longer")
        tell(client, enrolment, how="left", day=say(end_of(enrolment) - 27 * DAY), words="Never came.")
        assert list(Ending.objects.values_list("how", flat=True)) == ["left", "longer"]
        page = client.get(url("ending", enrolment)).text
        assert page.index("told HR: left") < page.index("told HR: needs longer")

    @pytest.mark.parametrize(
        ("how", "day", "says"),
        [
            ("", 0, "Say how it ended."),
            ("finished", None, "Give the last day."),
            ("left", None, "Give the last day."),
            ("finished", 1, "The last day is over: give one up to today"),
            ("left", -400, "It began on"),
            ("longer", -1, "Give a last day that is still to come, or none."),
        ],
    )
    def test_what_cannot_be_is_refused_where_it_was_typed(self, client, manager, how, day, says):
        enrolment = past(manager)
        client.force_login(manager.user)
        answer = tell(client, enrolment, how=how, day="" if day is None else say(today() + day * DAY))
        assert says in answer.text
        assert "There is a problem" in answer.text
        assert not Ending.objects.exists()

    def test_a_new_planned_end_that_passes_is_asked_about_again(self, client, manager):
        enrolment = past(manager)
        client.force_login(manager.user)
        tell(client, enrolment, how="longer", day=say(today() + 3 * DAY))
        by = UserFactory(is_hr=True)
        [outcome] = extend([enrolment], by=by, on=today(), planned_end_date=today() + 3 * DAY, reason="")
        assert outcome.is_done
        assert "nothing is asked" in client.get(url("ending", enrolment)).text
        tell(client, enrolment, how="finished", day=say(today()))
        assert Ending.objects.count() == 1
        Enrolment.objects.filter(pk=enrolment.pk).update(planned_end_date=today() - DAY, status=S.OVERDUE)
        page = client.get(reverse("enrolment:needs"))
        assert [row.pk for row in page.context["to_close"].rows] == [enrolment.pk]

    def test_the_letter_that_asks_is_not_sent_any_more(self, manager):
        enrolment = past(manager, ended_ago=2)
        assert "to_close" in {row.kind for row in untold(today())}
        letter = {"kind": "to_close", "subject": enrolment.public_id, "about_on": enrolment.planned_end_date}
        due = Notice.objects.create(employee=manager, due_on=today(), headline="Has it ended?", body="Ask.", **letter)
        assert lapsed([due], today()) == {}
        telling = Telling(enrolment, "longer")
        [outcome] = tell_endings([telling], by=manager.user, on=today())
        assert outcome.is_done
        due.refresh_from_db()
        assert (due.status, due.why) == (Notice.Status.WITHDRAWN, "HR was told how it ended.")
        assert "to_close" not in {row.kind for row in untold(today())}
        assert due.pk in lapsed([due], today())


class TestWhoMayTell:
    def test_a_deputy_may_while_they_stand_in(self, client, manager):
        enrolment, deputy = past(manager), EmployeeFactory(user=UserFactory())
        client.force_login(deputy.user)
        assert client.get(url("ending", enrolment)).status_code == 404
        days = {"first_day": today(), "last_day": today(), "made_on": today()}
        Delegation.objects.create(from_employee=manager, to_employee=deputy, **days)
        assert tell(client, enrolment, day=say(today())).url == reverse("enrolment:needs")
        assert Ending.objects.get().told_by == deputy.user

    def test_never_the_learner_who_does_not_read_it_either(self, client, manager):
        enrolment = past(manager, user=UserFactory())
        tell_endings([Telling(enrolment, "left", today(), "A long story.")], by=manager.user, on=today())
        client.force_login(enrolment.employee.user)
        assert tell(client, enrolment, day=say(today())).status_code == 404
        page = client.get(url("enrolment", enrolment)).text
        assert "A long story" not in page
        assert "told HR" not in page
        learner = enrolment.employee.user
        assert learner
        [outcome] = tell_endings([Telling(enrolment, "longer")], by=learner, on=today())
        assert outcome.refusal is not None
        assert outcome.refusal.code == "not_yours"

    def test_only_of_what_is_past_its_end(self, manager):
        enrolment = past(manager)
        Enrolment.objects.filter(pk=enrolment.pk).update(status=S.COMPLETED, ended_on=today())
        [outcome] = tell_endings([Telling(enrolment, "longer")], by=manager.user, on=today())
        assert outcome.refusal is not None
        assert outcome.refusal.code == "not_over"


class TestHr:
    @pytest.mark.parametrize(
        ("how", "move", "box"),
        [
            ("finished", "complete", "ended_on"),
            ("left", "withdraw", "ended_on"),
            ("longer", "extend", "planned_end_date"),
        ],
    )
    def test_reads_it_on_today_and_beside_the_enrolment_and_closes_by_it(self, client, manager, how, move, box):
        enrolment, silent = past(manager), past(manager)
        day = today() + 20 * DAY if how == "longer" else end_of(enrolment) - DAY
        tell_endings([Telling(enrolment, how, day, "Ask me for more.")], by=manager.user, on=today())
        client.force_login(UserFactory(is_hr=True))
        close = f"{url(move, enrolment)}?{box}={day.isoformat()}"
        page = client.get(reverse("enrolment:today"))
        assert page.context["to_close"].count == 2
        assert close in page.text
        assert "“Ask me for more.”" in page.text
        assert url("enrolment", silent) in page.text
        assert close in client.get(url("enrolment", enrolment)).text
        form = client.get(close)
        assert f'value="{say(day)}"' in form.text

    def test_an_auditor_reads_and_does_not_close(self, client, manager):
        enrolment = past(manager)
        tell_endings([Telling(enrolment, "finished", today())], by=manager.user, on=today())
        client.force_login(UserFactory(is_auditor=True))
        for page in (reverse("enrolment:today"), url("enrolment", enrolment)):
            text = client.get(page).text
            assert "inished, last day" in text
            assert url("complete", enrolment) not in text
        assert client.get(url("ending", enrolment)).status_code == 404

    def test_many_are_read_with_as_many_questions_as_one(self, client, manager):
        def asked(page: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse(page)).status_code == 200
            return len(queries)

        counts = []
        for number in (1, 4):
            for _ in range(number):
                enrolment = past(manager)
                tell_endings([Telling(enrolment, "finished", today())], by=manager.user, on=today())
                past(manager)
            found = []
            for user, page in (
                (UserFactory(is_hr=True), "today"), (manager.user, "needs"), (manager.user, "my_team"),
            ):  # fmt: skip
                client.force_login(user)
                asked(f"enrolment:{page}")
                found.append(asked(f"enrolment:{page}"))
            counts.append(found)
        assert counts[0] == counts[1]
