"""A learner asks to be nominated: who hears, who answers and how, what the calendar and other changes do to it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrolment.actions.asking import Asking, ask, take_back
from enrolment.actions.calendar import enforce
from enrolment.actions.nominations import (
    Approval,
    NominationWish,
    approve,
    decline,
    nominate,
    retract,
    turn_down,
)
from enrolment.actions.progression import Acceptance, accept
from enrolment.models import Enrolment, Nomination, NominationEvent
from enrolment.queries.calendar import people_due
from enrolment.queries.holding import for_hr, holder
from enrolment.queries.lapsed import lapsed
from enrolment.queries.today import waiting_nominations
from people.clock import today
from people.models import Employee, Notice
from people.roles import Delegation
from tests.factories import (
    TODAY,
    DepartmentFactory,
    EmployeeFactory,
    EnrolmentFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
N, DAY = Nomination.Status, timedelta(days=1)
ASK = "/my-nominations/ask/"


@pytest.fixture
def hr():
    """Somebody in HR, with a record that letters go to."""
    return EmployeeFactory(user=UserFactory(is_hr=True)).user


@pytest.fixture
def manager():
    """Who answers."""
    return EmployeeFactory(given_names="Grace", family_name="Hopper", user=UserFactory())


@pytest.fixture
def ada(manager):
    """Who asks."""
    return EmployeeFactory(given_names="Ada", family_name="Lovelace", manager=manager, user=UserFactory())


@pytest.fixture
def deputy(manager):
    """Who stands in for the manager today, by either clock."""
    person = EmployeeFactory(given_names="Dan", family_name="Deputy", user=UserFactory())
    first = min(TODAY, today())
    window = {"first_day": first, "last_day": max(TODAY, today()), "made_on": first}
    Delegation.objects.create(from_employee=manager, to_employee=person, **window)
    return person


def asked(person, code="ai-governance", why="I write half of it already.", on=TODAY):
    """What somebody asked for."""
    return ask([Asking(person, programme(code), why)], by=person.user, on=on)[0].subject.nomination


def told(kind):
    """Who is told so."""
    return set(Notice.objects.filter(kind=kind).exclude(status="withdrawn").values_list("employee", flat=True))


def code(outcomes):
    """Why the only one was refused, or nothing."""
    (outcome,) = outcomes
    return outcome.refusal.code if outcome.refusal else ""


def moves(nomination):
    """Its history."""
    return [(event.move, event.to_status) for event in nomination.events.order_by("id")]


def test_asking_waits_for_the_manager_and_tells_them_and_a_deputy(ada, manager, deputy, hr):
    made = asked(ada)
    assert (made.status, made.asked_on, made.asked_why, made.reason) == (
        N.ASKED,
        TODAY,
        "I write half of it already.",
        "",
    )
    assert moves(made) == [("ask", N.ASKED)]
    assert told("wish") == {manager.pk, deputy.pk}
    letter = Notice.objects.get(employee=manager)
    assert letter.headline == f"Ada Lovelace asks to be nominated for {made.programme.name}"
    assert "Why: I write half of it already." in letter.body
    held = holder(made, on=TODAY)
    assert held
    assert (held.who, held.since) == ("Grace Hopper (or Dan Deputy, their deputy)", TODAY)
    after = holder(made, on=max(TODAY, today()) + DAY)
    assert after
    assert after.who == "Grace Hopper", "a window that is over gives nothing"


@pytest.mark.parametrize("why", ["none", "left", "no account"])
def test_without_a_manager_who_can_answer_hr_of_the_person_hears(ada, manager, hr, why):
    ada.department = DepartmentFactory()
    ada.manager = None if why == "none" else manager
    ada.save()
    if why == "left":
        Employee.objects.filter(pk=manager.pk).update(employed_until=TODAY - DAY)
    elif why == "no account":
        Employee.objects.filter(pk=manager.pk).update(user=None)
    EmployeeFactory(user=UserFactory(is_hr=True, is_narrowed=True))
    person = Employee.objects.get(pk=ada.pk)
    made = asked(person)
    assert told("wish") == {hr.employee.pk}
    held = holder(made, on=TODAY)
    assert held
    assert held.who == "HR"
    assert list(waiting_nominations(TODAY)) == [made]


def test_what_is_asked_twice_or_had_or_somebody_elses_is_refused(ada, manager):
    first = asked(ada)
    again = Asking(ada, first.programme)
    assert code(ask([again], by=ada.user, on=TODAY)) == "already_nominated"
    nominate([NominationWish(ada, programme("ai-transformation"), "Good.")], by=manager.user, on=TODAY)
    assert code(ask([Asking(ada, programme("ai-transformation"))], by=ada.user, on=TODAY)) == "already_nominated"
    EnrolmentFactory(
        employee=ada,
        programme=programme("ai-practitioner"),
        start_date=TODAY + DAY,
        planned_end_date=TODAY + 500 * DAY,
    )
    assert code(ask([Asking(ada, programme("ai-practitioner"))], by=ada.user, on=TODAY)) == "already_on_programme"
    other = programme("ai-leadership-literacy")
    assert code(ask([Asking(ada, other)], by=manager.user, on=TODAY)) == "not_yours"
    Employee.objects.filter(pk=ada.pk).update(employed_until=TODAY - DAY)
    assert code(ask([Asking(ada, other)], by=ada.user, on=TODAY)) == "left"
    assert Nomination.objects.count() == 2
    assert NominationEvent.objects.count() == 2


def test_the_managers_nomination_is_what_was_asked_for_and_hr_decides(ada, manager, hr):
    made = asked(ada)
    later = TODAY + 2 * DAY
    wish = NominationWish(ada, made.programme, "Writes our cases.", protected_hours=4)
    (outcome,) = nominate([wish], by=manager.user, on=later)
    assert outcome.is_done
    made.refresh_from_db()
    assert outcome.subject.nomination == made
    assert (made.status, made.nominated_by, made.nominated_on, made.held_since) == (
        N.SUBMITTED,
        manager.user,
        later,
        later,
    )
    assert (made.word, made.word_on, made.reason, made.protected_hours) == ("yes", TODAY, "Writes our cases.", 4)
    assert moves(made) == [("ask", N.ASKED), ("nominate", N.SUBMITTED)]
    assert (told("wish"), told("wish_granted"), told("nomination_asked")) == (set(), {ada.pk}, set())
    assert code(nominate([wish], by=manager.user, on=later)) == "already_nominated"
    assert approve([Approval(made, later + DAY, later + 20 * DAY)], by=hr, on=later)[0].is_done
    assert Enrolment.objects.get().employee == ada


def test_whoever_may_nominate_may_answer_and_nobody_else(ada, manager, deputy, hr):
    boss = EmployeeFactory(user=UserFactory())
    manager.manager = boss
    manager.save()
    stranger = EmployeeFactory(user=UserFactory())
    EmployeeFactory(manager=stranger)
    elsewhere = UserFactory(is_hr=True, is_narrowed=True)
    made = asked(ada)
    for user, why in ((stranger.user, "move_not_allowed"), (elsewhere, "not_yours"), (ada.user, "own_nomination")):
        assert code(turn_down([made], by=user, on=TODAY, reason="No.")) == why
    assert code(nominate([NominationWish(ada, made.programme, "Me.")], by=ada.user, on=TODAY)) == "own_nomination"
    assert code(turn_down([made], by=manager.user, on=TODAY, reason=" ")) == "reason_missing"
    for user in (manager.user, boss.user, deputy.user, hr):
        (outcome,) = turn_down([made], by=user, on=TODAY, reason="After the audit.")
        assert outcome.is_done
        made = asked(ada)
    assert Nomination.objects.filter(status=N.TURNED_DOWN).count() == 4


def test_turned_down_is_said_to_the_learner_with_the_reason_and_is_final(ada, manager, hr):
    made = asked(ada)
    turn_down([made], by=manager.user, on=TODAY, reason="After the audit, gladly.")
    made.refresh_from_db()
    assert (made.status, made.answer, made.decided_by) == (N.TURNED_DOWN, "After the audit, gladly.", manager.user)
    assert (told("wish"), told("wish_turned_down")) == (set(), {ada.pk})
    assert "After the audit, gladly." in Notice.objects.get(kind="wish_turned_down").body
    for outcomes in (
        turn_down([made], by=manager.user, on=TODAY, reason="Again."),
        decline([made], by=hr, on=TODAY, reason="Again."),
        take_back([made], by=ada.user, on=TODAY),
    ):
        assert code(outcomes) == "move_not_allowed"
    assert asked(ada).pk != made.pk, "and asking again is normal"


def test_hr_does_not_decide_what_no_manager_has_nominated(ada, hr, manager):
    made = asked(ada)
    assert code(approve([Approval(made, TODAY, TODAY + 20 * DAY)], by=hr, on=TODAY)) == "move_not_allowed"
    assert code(decline([made], by=hr, on=TODAY, reason="No.")) == "move_not_allowed"
    assert code(retract([made], by=manager.user, on=TODAY)) == "move_not_allowed"
    made.refresh_from_db()
    assert made.status == N.ASKED


def test_the_learner_takes_it_back_and_nobody_else(ada, manager):
    made = asked(ada)
    assert code(take_back([made], by=manager.user, on=TODAY)) == "not_yours"
    assert take_back([made], by=ada.user, on=TODAY)[0].is_done
    made.refresh_from_db()
    assert (made.status, told("wish")) == (N.RETRACTED, set())
    assert moves(made) == [("ask", N.ASKED), ("take_back", N.RETRACTED)]


def test_the_manager_is_reminded_then_hr_told_then_it_expires_each_once(ada, manager, deputy, hr):
    boss = EmployeeFactory(user=UserFactory(is_administrator=True))
    made = asked(ada)
    Delegation.objects.update(last_day=TODAY + 3 * DAY)  # a Thursday: over once HR is told
    when = {}
    for number in range(40):
        on = TODAY + number * DAY
        for _ in range(2):
            enforce(people_due(on), on=on)
        for event in made.events.filter(on=on).exclude(move="ask"):
            when[event.move] = on
            if event.move == "remind":
                assert told("wish_waits") == {manager.pk, deputy.pk}
            if event.move == "escalate":
                assert told("wish_waits") - {manager.pk, deputy.pk} == {hr.employee.pk}
                assert list(for_hr(Nomination.objects.all(), on)) == [made]
            if event.move == "warn":
                assert told("wish_expires") == {ada.pk, manager.pk}
    assert [move for move, _ in moves(made)] == ["ask", "remind", "escalate", "warn", "expire"]
    assert when["remind"] == TODAY + 3 * DAY
    assert told("wish_expired") == {ada.pk, manager.pk}
    assert not Notice.objects.filter(employee=boss).exists()
    assert not Notice.objects.filter(kind__startswith="nomination_").exists()


def test_who_leaves_asks_for_nothing_any_more(ada, manager):
    made = asked(ada)
    Employee.objects.filter(pk=ada.pk).update(employed_until=TODAY)
    enforce(people_due(TODAY + DAY), on=TODAY + DAY)
    made.refresh_from_db()
    assert (made.status, told("wish"), told("nomination_left")) == (N.EXPIRED, set(), {manager.pk})


def test_another_manager_answers_what_was_asked_of_the_one_before(ada, manager, hr):
    made = asked(ada)
    new = EmployeeFactory(given_names="Nina", family_name="New", user=UserFactory())
    Employee.objects.filter(pk=ada.pk).update(manager=new)
    letter = Notice.objects.get(kind="wish", employee=manager)
    assert lapsed([letter], TODAY) == {letter.pk: "It is somebody else’s to hear by now."}
    made = Nomination.objects.select_related("employee__manager").get(pk=made.pk)
    held = holder(made, on=TODAY)
    assert held
    assert held.who == "Nina New"
    assert code(turn_down([made], by=manager.user, on=TODAY, reason="No.")) == "move_not_allowed"
    assert turn_down([made], by=new.user, on=TODAY, reason="Not now.")[0].is_done


@pytest.mark.parametrize("is_nominated", [False, True])
def test_letters_are_so_while_it_waits_and_no_longer(ada, manager, is_nominated):
    made = asked(ada)
    letter = Notice.objects.get(kind="wish")
    assert lapsed([letter], TODAY) == {}
    if is_nominated:
        nominate([NominationWish(ada, made.programme, "Good.")], by=manager.user, on=TODAY)
        assert lapsed(list(Notice.objects.filter(kind="wish_granted")), TODAY) == {}
    else:
        turn_down([made], by=manager.user, on=TODAY, reason="No.")
        assert lapsed(list(Notice.objects.filter(kind="wish_turned_down")), TODAY) == {}
    assert lapsed([letter], TODAY) == {letter.pk: f"The nomination is {Nomination.objects.get().get_status_display()}."}


def test_the_pages_from_asking_to_the_answer(client, ada, manager):
    PlacementFactory(employee=ada, programme=programme("ai-governance"), is_current=True)
    client.force_login(ada.user)
    assert ASK in client.get(reverse("enrolment:my_programme")).content.decode()
    assert client.get(f"{ASK}?programme=ai-governance").context["form"]["programme"].value() == "ai-governance"
    assert client.post(ASK, {"why": "Because."}).context["form"].errors["programme"]
    key = str(client.get(ASK).context["form"]["key"].value())
    sent = {"programme": "ai-governance", "why": "It fits.", "key": key}
    first, again = client.post(ASK, sent), client.post(ASK, sent)
    made = Nomination.objects.get()
    mine = reverse("enrolment:my_nomination", args=[made.public_id])
    assert first["Location"] == again["Location"] == mine
    text = client.get(mine).content.decode()
    assert "Grace Hopper holds the decision since" in text
    assert "Take it back" in text
    assert "Grace Hopper holds the decision since" in client.get(reverse("enrolment:my_programme")).content.decode()
    assert client.get(reverse("enrolment:nomination", args=[made.public_id])).status_code == 404

    client.force_login(manager.user)
    page = client.get(reverse("enrolment:nomination", args=[made.public_id])).content.decode()
    address = f"{reverse('enrolment:nominate')}?employee={ada.public_id}&programme=ai-governance"
    assert address.replace("&", "&amp;") in page
    initial = client.get(address).context["form"].initial
    assert (initial["programme"], initial["reason"]) == ("ai-governance", "It fits.")
    assert "Asks for" in client.get(reverse("enrolment:my_team")).content.decode()
    down = reverse("enrolment:turn_down_wish", args=[made.public_id])
    assert client.post(down).context["form"].errors["reason"]
    client.post(down, {"reason": "After the audit."})
    assert Nomination.objects.get().status == N.TURNED_DOWN
    assert client.get(down)["Location"] == reverse("enrolment:nomination", args=[made.public_id])

    client.force_login(ada.user)
    text = client.get(mine).content.decode()
    assert "After the audit." in text
    assert "Take it back" not in text


def test_taking_back_on_the_page(client, ada):
    made = asked(ada, on=today())
    client.force_login(ada.user)
    url = reverse("enrolment:take_back_wish", args=[made.public_id])
    for _ in range(2):
        client.post(url)
    made.refresh_from_db()
    assert (made.status, made.events.count()) == (N.RETRACTED, 2)


def test_hr_reads_that_a_learner_asked_and_not_that_they_nominated_themself(ada, hr):
    ended = EnrolmentFactory(
        employee=ada,
        programme=programme("ai-leadership-literacy"),
        status=Enrolment.Status.COMPLETED,
        start_date=TODAY - 40 * DAY,
        planned_end_date=TODAY - 13 * DAY,
        ended_on=TODAY - 13 * DAY,
    )
    (outcome,) = accept([Acceptance(ended, "ai-governance")], by=ada.user, on=TODAY)
    assert outcome.is_done
    on = TODAY + 3 * DAY
    enforce(people_due(on), on=on)
    body = Notice.objects.get(kind="nomination_waits", employee__user=hr).body
    assert f"Ada Lovelace asked for {programme('ai-governance').name}, the next step." in body
    assert "nominated" not in body.split("http")[0]
