"""One message that is only foreseen: held back, cancelled or sent now, and what its day makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessment.models import Sending
from enrolment.actions.ahead import settle_foreseen
from enrolment.actions.calendar import enforce
from enrolment.actions.nominations import decline
from enrolment.actions.outcomes import Outcome
from enrolment.actions.sendings import end, remind, remind_all, send
from enrolment.models import Nomination
from enrolment.queries import foreseen as queries
from enrolment.queries.calendar import people_due
from enrolment.queries.lapsed import lapsed
from enrolment.queries.messages import Narrowed
from enrolment.queries.picked import Key, keys, picked
from enrolment.rules.kinds import TOO_EARLY
from people.actions import settling
from people.actions.mailing import send_due
from people.clock import now, today
from people.ledger import NoticeEvent
from people.models import Employee, Notice, Policy, User
from people.roles import HrDepartment
from tests.factories import (
    TODAY,
    DepartmentFactory,
    EmployeeFactory,
    NominationFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Q = Notice.Status
MONTH = [TODAY + number * DAY for number in range(31)]


@pytest.fixture
def hr() -> User:
    """Somebody in HR, with a record that letters go to."""
    user = EmployeeFactory(user=UserFactory(is_hr=True)).user
    assert user
    return user


def asked(hr: User, person: Employee | None = None, on: date = TODAY) -> tuple[Sending, Employee]:
    """Somebody asked to answer within ten days, who has not."""
    person = person or EmployeeFactory()
    (outcome,) = send([person.pk], to="one", due_on=on + 10 * DAY, by=hr, on=on)
    Notice.objects.filter(kind="questionnaire").delete()
    return outcome.subject.sending, person


def nominated(on: date = TODAY) -> Nomination:
    """A nomination by the manager, both with accounts."""
    manager = EmployeeFactory(user=UserFactory())
    ada = EmployeeFactory(manager=manager, user=UserFactory())
    return NominationFactory(
        employee=ada, nominated_by=manager.user, nominated_on=on, programme=programme("ai-governance")
    )


def all_keys(user: User, on: date = TODAY) -> list[Key]:
    """Everything that is foreseen."""
    return [one.key for line in queries.foreseen(user, Narrowed(), on=on).lines for one in line.to]


def do(step: str, wanted: list[Key], by: User, on: date = TODAY) -> list[Outcome[Key]]:
    """A step with its reason."""
    return settle_foreseen(wanted, step=step, by=by, on=on, reason="Not these words.")


def a_month(first: int = 0) -> list[tuple[str, date, int]]:
    """Live through the days and send what is due; what left: kind, day, to whom."""
    left = []
    for on in MONTH[first:]:
        enforce(people_due(on), on=on)
        remind_all(on=on)
        before = set(Notice.objects.filter(status=Q.SENT).values_list("pk", flat=True))
        send_due(on=on, now=now(), lapsed=lapsed)
        made = Notice.objects.filter(status=Q.SENT).exclude(pk__in=before)
        left += [(kind, on, to) for kind, to in made.values_list("kind", "employee_id")]
    return left


def test_one_that_is_held_is_not_sent_and_goes_once_it_is_let_go(hr):
    sending, person = asked(hr)
    _, other = asked(hr)
    key = Key("questionnaire_due_soon", sending.public_id, person.public_id)
    assert key in all_keys(hr)
    assert [outcome.is_done for outcome in do("hold", [key], hr)] == [True]
    row = Notice.objects.get()
    assert (row.status, row.due_on, row.about_on) == (Q.HELD, TODAY + 8 * DAY, sending.due_on)
    assert (row.why, row.settled_by) == ("Not these words.", hr)
    assert NoticeEvent.objects.get(notice=row).step == "hold"
    assert key not in all_keys(hr)
    left = a_month()
    assert ("questionnaire_due_soon", other.pk) in {(kind, to) for kind, _, to in left}
    assert ("questionnaire_due_soon", person.pk) not in {(kind, to) for kind, _, to in left}
    assert Notice.objects.get(pk=row.pk).status == Q.HELD


def test_one_that_is_let_go_before_its_day_goes_on_it_and_once(hr):
    sending, person = asked(hr)
    do("hold", [Key("questionnaire_due_soon", sending.public_id, person.public_id)], hr)
    settling.release([Notice.objects.get().pk], by=hr, on=TODAY)
    left = [(kind, day) for kind, day, to in a_month() if to == person.pk]
    assert left == [("questionnaire_due_soon", MONTH[8]), ("questionnaire_overdue", MONTH[11])]


@pytest.mark.parametrize("step", ["hold", "call_off"])
def test_no_step_of_a_nomination_is_said_that_was_held_or_cancelled(hr, step):
    nominated()
    stays = nominated()
    wanted = [key for key in all_keys(hr) if key.subject != stays.public_id]
    assert {key.kind for key in wanted} == {
        *("nomination_waits", "nomination_escalated", "nomination_expires", "nomination_expired"),
    }
    assert all(outcome.is_done for outcome in do(step, wanted, hr))
    left = a_month()
    assert len(left) == len(set(left)) == len(wanted)  # the other one's, and nothing of this
    made = {notice.kind: notice.status for notice in Notice.objects.exclude(subject=stays.public_id)}
    assert made.pop("nomination_expired") == (Q.HELD if step == "hold" else Q.WITHDRAWN)
    assert set(made.values()) == {Q.WITHDRAWN}  # what was held of the wait ended with it
    assert Notice.objects.exclude(subject=stays.public_id).count() == len(wanted)


def test_each_step_let_go_goes_on_its_day_as_if_it_had_never_been_held(hr):
    nominated()
    expected = {(line.kind, line.day) for line in queries.foreseen(hr, Narrowed(), on=TODAY).lines}
    do("hold", all_keys(hr), hr)
    settling.release(list(Notice.objects.values_list("pk", flat=True)), by=hr, on=TODAY)
    left = a_month()
    assert {(kind, day) for kind, day, _ in left} == expected
    assert len(left) == Notice.objects.count()


def test_what_was_cancelled_is_never_sent_and_the_next_reminder_is(hr):
    sending, person = asked(hr)
    do("call_off", [Key("questionnaire_due_soon", sending.public_id, person.public_id)], hr)
    assert Notice.objects.get().state == "cancelled"
    assert [key.kind for key in all_keys(hr)] == ["questionnaire_overdue"]
    assert [kind for kind, _, _ in a_month()] == ["questionnaire_overdue"]


def test_a_cancelled_reminder_is_said_of_another_wait(hr):
    """Cancelled was what it said of one day; of another it is a new message."""
    nomination = nominated()
    do("call_off", [key for key in all_keys(hr) if key.kind == "nomination_waits"], hr)
    Nomination.objects.filter(pk=nomination.pk).update(waiting_since=TODAY + 5 * DAY)
    assert "nomination_waits" in {key.kind for key in all_keys(hr)}
    assert "nomination_waits" in {kind for kind, _, _ in a_month()}


@pytest.mark.parametrize("step", ["hold", "call_off"])
def test_what_ends_it_withdraws_it(hr, step):
    sending, _ = asked(hr)
    nomination = nominated()
    do(step, all_keys(hr), hr)
    end([sending], by=hr, on=TODAY)
    decline([nomination], reason="Not this year.", by=hr, on=TODAY)
    about = Notice.objects.filter(subject__in=[sending.public_id, nomination.public_id])
    written = about.exclude(kind__in=["nomination_declined", "nomination_not_this_time"])
    assert {row.status for row in written} == {Q.WITHDRAWN}
    assert {kind for kind, _, _ in a_month()} == {"nomination_declined", "nomination_not_this_time"}


def test_a_leaver_gets_nothing_that_was_let_go(hr):
    sending, person = asked(hr)
    do("hold", [Key("questionnaire_due_soon", sending.public_id, person.public_id)], hr)
    settling.release([Notice.objects.get().pk], by=hr, on=TODAY)
    Employee.objects.filter(pk=person.pk).update(employed_until=TODAY + DAY)
    assert a_month() == []


def test_what_is_true_today_is_sent_now_and_not_again(hr):
    _, person = asked(hr)
    nominated(TODAY - DAY)
    wanted = [key for key in all_keys(hr) if key.kind in ("questionnaire_due_soon", "nomination_waits")]
    assert all(outcome.is_done for outcome in do("hurry", wanted, hr))
    left = a_month()
    assert left[:2] == [("questionnaire_due_soon", TODAY, person.pk), ("nomination_waits", TODAY, hr.employee.pk)]
    kinds = [kind for kind, _, _ in left]
    assert kinds.count("questionnaire_due_soon") == kinds.count("nomination_waits") == 1


def test_what_is_not_true_yet_is_not_sent_before_its_day_and_says_why(hr):
    asked(hr)
    nominated()
    early = [key for key in all_keys(hr) if key.kind in TOO_EARLY]
    assert {key.kind for key in early} == {kind for kind in TOO_EARLY if not kind.startswith("wish")}
    refusals = [outcome.refusal for outcome in do("hurry", early, hr)]
    assert [(r.code, r.message) for r in refusals if r] == [("too_early", TOO_EARLY[key.kind]) for key in early]
    assert not Notice.objects.exists()


@pytest.mark.parametrize("kind", ["questionnaire_overdue", "nomination_escalated", "nomination_expires"])
def test_what_was_held_and_is_sent_too_early_waits_for_its_day(hr, kind):
    """The row is there and can be sent now by its own page: then it says so, and its day writes it again."""
    asked(hr)
    nominated()
    do("hold", [key for key in all_keys(hr) if key.kind == kind], hr)
    settling.hurry(list(Notice.objects.values_list("pk", flat=True)), by=hr, on=TODAY)
    left = [(day, to) for each, day, to in a_month() if each == kind]
    assert left
    assert all(day > TODAY for day, _ in left)
    assert len(left) == len(set(left)) == Notice.objects.filter(kind=kind).count()


def test_who_was_sent_it_today_is_not_reminded_today(hr):
    sending, person = asked(hr, on=TODAY - DAY)
    do("hurry", [Key("questionnaire_due_soon", sending.public_id, person.public_id)], hr)
    (outcome,) = remind([sending], by=hr, on=TODAY)
    assert outcome.refusal
    assert outcome.refusal.code == "nobody_to_remind"
    (later,) = remind([sending], by=hr, on=TODAY + DAY)
    assert later.is_done


def test_twice_is_once_and_what_is_not_foreseen_comes_back(hr):
    sending, person = asked(hr)
    key = Key("questionnaire_due_soon", sending.public_id, person.public_id)
    outcomes = do("hold", [key], hr) + do("hold", [key], hr)
    assert [outcome.refusal.code if outcome.refusal else "" for outcome in outcomes] == ["", "not_foreseen"]
    assert NoticeEvent.objects.count() == 1
    other = do("call_off", [key._replace(subject=person.public_id)], hr)
    assert other[0].refusal
    assert other[0].refusal.code == "not_foreseen"


def test_a_longer_wait_by_policy_takes_its_reminder_along(hr):
    """What was let go and speaks of a step that the calendar has not made is not said; the step's own day says it."""
    nominated()
    do("hold", [key for key in all_keys(hr) if key.kind == "nomination_expires"], hr)
    settling.release(list(Notice.objects.values_list("pk", flat=True)), by=hr, on=TODAY)
    planned = Notice.objects.values_list("due_on", flat=True)[0]
    Policy.objects.filter(pk=1).update(nomination_expiry_days=18)
    left = [day for kind, day, _ in a_month() if kind == "nomination_expires"]
    assert left
    assert all(day > planned for day in left)


def test_hr_of_a_department_settles_only_its_own(hr):
    user = UserFactory(is_hr=True, is_narrowed=True)
    department = DepartmentFactory()
    HrDepartment.objects.create(user=user, department=department)
    asked(hr, EmployeeFactory(department=department))
    asked(hr)
    wanted = all_keys(hr)
    outcomes = do("hold", wanted, user)
    assert sum(outcome.is_done for outcome in outcomes) == len(wanted) / 2
    assert {row.employee.department for row in Notice.objects.all()} == {department}


def test_many_take_as_many_queries_as_one(hr, django_assert_max_num_queries):
    def cost(number: int) -> int:
        people = EmployeeFactory.create_batch(number)
        send([each.pk for each in people], to="some", due_on=TODAY + 10 * DAY, by=hr, on=TODAY)
        for days in range(number):
            nominated(TODAY - days * DAY)  # each has days of its own
        wanted = all_keys(hr)
        with django_assert_max_num_queries(60) as queried:
            assert picked(hr, wanted, on=TODAY)
            do("hold", wanted, hr)
        return len(queried)

    little = cost(1)
    assert cost(4) == little


def test_a_form_names_messages_and_what_names_none_is_left_out(hr):
    sending, person = asked(hr)
    key = Key("questionnaire_due_soon", sending.public_id, person.public_id)
    assert keys([str(key), str(key), "nonsense", "a:b:c", ""]) == [key]


@pytest.fixture
def page(client) -> Callable[..., str]:
    """HR, signed in: the whole way, asked and then done; what the list says afterwards."""
    client.force_login(EmployeeFactory(user=UserFactory(is_hr=True)).user)

    def settle(step: str, *wanted: Key, **more: str) -> str:
        data = {"step": step, "foreseen": [str(key) for key in wanted], **more}
        return str(client.post(reverse("enrolment:settle_foreseen"), data, follow=True).content.decode())

    return settle


def test_on_the_page_one_is_ticked_asked_about_and_held(client, page):
    hr = User.objects.get(is_hr=True)
    sending, person = asked(hr, on=today())
    key = Key("questionnaire_due_soon", sending.public_id, person.public_id)
    text = client.get(reverse("enrolment:messages_ahead")).content.decode()
    assert f'value="{key}"' in text
    asks = page("hold", key)
    assert "Hold back: 1 message" in asks
    assert f"Answers due soon, to {person.name}" in asks
    assert "Say why, for the history." in page("hold", key, do="yes", count="1")
    assert not Notice.objects.exists()
    assert "1 message is held back." in page("hold", key, do="yes", count="1", reason="Half-term.")
    assert Notice.objects.get().why == "Half-term."
    assert "Tick at least one message that is still foreseen" in page("hold", key)


def test_the_form_on_the_page_carries_its_token(hr):
    """The list is another template's, which gets only what it is given."""
    asked(hr, on=today())
    client = Client(enforce_csrf_checks=True)
    client.force_login(hr)
    text = client.get(reverse("enrolment:messages_ahead")).content.decode()
    form = text[text.index('id="some"') :]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    key = re.search(r'name="foreseen" value="([^"]+)"', form)
    assert token
    assert key
    data = {"step": "hold", "foreseen": key[1], "csrfmiddlewaretoken": token[1]}
    assert client.post(reverse("enrolment:settle_foreseen"), data).context["count"] == 1


def test_on_the_page_what_is_too_early_says_why(page):
    hr = User.objects.get(is_hr=True)
    sending, person = asked(hr, on=today())
    late, soon = (
        Key(kind, sending.public_id, person.public_id) for kind in ("questionnaire_overdue", "questionnaire_due_soon")
    )
    assert "the day to answer by has gone, and it has not" in page("hurry", late)
    asks = page("hurry", late, soon)
    assert "Send now: 1 message" in asks
    assert "1 of those you ticked cannot be sent before its day." in asks
    assert "1 message is sent as soon as mail leaves." in page("hurry", late, soon, do="yes", count="1")
    assert "Choose what to do with them." in page("dance", late)
