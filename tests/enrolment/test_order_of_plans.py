"""The order of one person's plans: an edit never pushes what comes before it, and nothing follows itself in the end."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment
from enrolment.queries.enrolments import history_of
from enrolment.queries.knock_on import Preview, preview
from enrolment.queries.lapsed import lapsed
from enrolment.queries.prove import Scope
from enrolment.queries.prove.states import stranded
from people.clock import now, today
from people.models import Notice, User
from people.rules import say
from tests.enrolment.test_hr_enrol import text
from tests.factories import EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
FIRST, SECOND, THIRD = "ai-governance", "ai-transformation", "ai-leadership-literacy"
TODAY, DAY = today(), timedelta(1)
START, END = TODAY + 30 * DAY, TODAY + 57 * DAY  # of the first of a path
NEXT = END + DAY


@pytest.fixture
def hr() -> User:
    """Somebody who decides."""
    return UserFactory(is_hr=True)


@pytest.fixture
def path() -> tuple[Enrolment, Enrolment]:
    """Two plans of one person, the second right after the first, which it follows."""
    person = EmployeeFactory(given_names="Ada")
    first = Wish(person, programme(FIRST), START, END)
    outcomes = enrol([first, Wish(person, programme(SECOND), behind=first)], by=None, on=TODAY)
    one, two = (outcome.subject.enrolment for outcome in outcomes)
    assert one
    assert two
    assert (two.start_date, two.follows) == (NEXT, one)
    return one, two


def days(start: date, length: int = 28) -> dict[str, Any]:
    return {"start_date": start, "planned_end_date": start + (length - 1) * DAY}


def shown(record: Enrolment, name: str, **how: Any) -> Preview:
    """What the check page of a move shows."""
    records = history_of(record.employee_id, on=TODAY)
    before = next(each for each in records if each.pk == record.pk)
    return preview(records, before, name, {"reason": "", **how}, on=TODAY, at=now())


def test_a_plan_never_pushes_what_comes_before_it(path: tuple[Enrolment, Enrolment], hr: User) -> None:
    """Re-dated into what it follows it is refused, in the preview and by the action; nothing moves."""
    first, second = path
    into = days(START + 11 * DAY)
    look = shown(second, "redate", **into)
    (outcome,) = changes.redate([second], by=hr, on=TODAY, push=True, **into)
    for refusal in (look.refusal, outcome.refusal):
        assert refusal
        assert (refusal.code, [clash.other for clash in refusal.clashes]) == ("clash", [first])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.start_date, first.follows) == (S.PLANNED, START, None)
    assert (second.start_date, second.follows) == (NEXT, first)


def test_nor_an_earlier_plan_that_it_does_not_follow(path: tuple[Enrolment, Enrolment], hr: User) -> None:
    first, second = path
    Enrolment.objects.filter(pk=second.pk).update(follows=None)
    (outcome,) = changes.redate([second], by=hr, on=TODAY, push=True, **days(START + DAY))
    assert outcome.refusal
    assert outcome.refusal.code == "clash"
    first.refresh_from_db()
    assert (first.status, first.start_date) == (S.PLANNED, START)


def test_what_follows_it_is_taken_along_even_from_before(path: tuple[Enrolment, Enrolment], hr: User) -> None:
    """The first goes past the start of its follower, which moves behind it."""
    first, second = path
    assert changes.redate([first], by=hr, on=TODAY, push=True, **days(NEXT + 10 * DAY))[0].is_done
    second.refresh_from_db()
    start = second.start_date or second.proposed_start_date
    assert (start, second.follows) == (NEXT + 38 * DAY, first)


@pytest.mark.parametrize("start", [TODAY + DAY, START])
def test_given_a_start_that_is_no_later_it_follows_no_more(
    path: tuple[Enrolment, Enrolment], hr: User, client: Client, start: date
) -> None:
    """The check page says so; what it followed can lose its dates then, and it keeps its own."""
    first, second = path
    client.force_login(hr)
    sent = {name: say(day) for name, day in days(start).items()}
    check = client.post(reverse("enrolment:redate", args=[second.public_id]), sent)
    assert f"{first.programme.name} no more: it starts no later" in text(check)
    assert changes.redate([second], by=hr, on=TODAY, push=True, **days(start))[0].is_done
    second.refresh_from_db()
    first.refresh_from_db()
    assert (second.start_date, second.follows) == (start, None)
    if start == START:  # what comes later now is pushed further than it may be without a yes
        assert (first.status, first.is_displaced, first.proposed_start_date) == (S.QUEUED, True, START + 28 * DAY)
        return
    assert (first.start_date, first.follows) == (START, None)
    assert changes.queue([first], by=hr, on=TODAY)[0].is_done
    second.refresh_from_db()
    assert (second.status, second.start_date) == (S.PLANNED, start)


def test_given_a_later_start_it_goes_on_following(path: tuple[Enrolment, Enrolment], hr: User) -> None:
    first, second = path
    assert changes.redate([second], by=hr, on=TODAY, push=True, **days(NEXT + 5 * DAY))[0].is_done
    second.refresh_from_db()
    assert second.follows == first


def test_nothing_is_put_behind_what_stands_behind_it(path: tuple[Enrolment, Enrolment], hr: User) -> None:
    """What runs says that it follows a plan: the plan that its overrun displaces waits, and follows nothing."""
    plan, other = path
    changes.cancel([other], by=hr, on=TODAY, reason="No.")
    (outcome,) = enrol([Wish(plan.employee, programme(THIRD), TODAY - 5 * DAY, TODAY + 20 * DAY)], by=hr, on=TODAY)
    running = outcome.subject.enrolment
    assert running
    Enrolment.objects.filter(pk=running.pk).update(follows=plan)  # past the actions
    enforce([plan.employee_id], on=TODAY + 21 * DAY)
    plan.refresh_from_db()
    assert (plan.status, plan.follows, plan.is_displaced) == (S.QUEUED, None, True)
    assert proved(plan) == []
    letter = Notice.objects.get(subject=plan.public_id, kind="queued")
    assert (letter.employee, letter.status) == (plan.employee, Notice.Status.DUE)
    assert letter.headline.startswith("New dates follow")
    assert "cannot stand, because another programme of yours needs those days" in letter.body
    assert "You get those days back if they are free in time, else other days" in letter.body
    assert "cohort" not in letter.body
    assert lapsed([letter], TODAY + 21 * DAY) == {}
    assert changes.complete([running], ended_on=TODAY + 21 * DAY, by=hr, on=TODAY + 21 * DAY)[0].is_done
    plan.refresh_from_db()
    assert (plan.status, plan.start_date, plan.follows) == (S.PLANNED, START, None)
    letter.refresh_from_db()
    assert letter.status == Notice.Status.WITHDRAWN
    assert f"now runs from {say(START)}" in Notice.objects.get(subject=plan.public_id, kind="moved").body


def test_what_is_taken_up_again_follows_no_follower_of_its_own(path: tuple[Enrolment, Enrolment], hr: User) -> None:
    first, second = path
    changes.cancel([second], by=hr, on=TODAY, reason="No.")
    Enrolment.objects.filter(pk=first.pk).update(follows=second)  # past the actions
    assert changes.undo([second], by=hr, on=TODAY, at=now())[0].is_done
    second.refresh_from_db()
    assert (second.status, second.start_date, second.follows) == (S.PLANNED, NEXT, None)
    assert proved(second) == []


def test_a_loop_of_three_is_named_and_what_only_leads_into_it_is_not(path: tuple[Enrolment, Enrolment]) -> None:
    """The proof names each that follows itself in the end, whatever their statuses."""
    first, second = path
    days_after = days(NEXT + 60 * DAY)
    third, fourth = (
        enrol([Wish(first.employee, programme(code), **when)], by=None, on=TODAY)[0].subject.enrolment
        for code, when in ((THIRD, days_after), ("ai-practitioner", days(NEXT + 120 * DAY, 400)))
    )
    assert third
    assert fourth
    Enrolment.objects.filter(pk=first.pk).update(follows=third)
    Enrolment.objects.filter(pk__in=[third.pk, fourth.pk]).update(follows=second)
    assert proved(first) == sorted(("follows_itself", each.reference) for each in (first, second, third))


def proved(record: Enrolment) -> list[tuple[str, str]]:
    """What the proof finds of a person: the kind, and of which enrolment first."""
    found = stranded(Scope([record.employee_id], []))
    return sorted((each.code, each.enrolments[0]) for each in found)


def test_what_follows_it_however_far_is_not_offered_to_queue_behind(
    path: tuple[Enrolment, Enrolment], hr: User, client: Client
) -> None:
    """Nor previewed as if it could: the check and the action refuse alike."""
    first, second = path
    (outcome,) = enrol([Wish(first.employee, programme(THIRD), behind=second)], by=hr, on=TODAY)
    third = outcome.subject.enrolment
    assert third
    client.force_login(hr)
    form = client.get(reverse("enrolment:queue", args=[first.public_id])).context["form"]
    assert [value for value, _ in form.fields["behind"].choices] == [""]
    offered = client.get(reverse("enrolment:queue", args=[third.public_id])).context["form"].fields["behind"].choices
    assert {value for value, _ in offered} == {"", str(first.public_id), str(second.public_id)}
    look = shown(first, "queue", behind=third)
    (refused,) = changes.queue([first], behind=third, by=hr, on=TODAY)
    for refusal in (look.refusal, refused.refusal):
        assert refusal
        assert refusal.code == "unknown_predecessor"
