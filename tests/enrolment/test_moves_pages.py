"""Every move's page: form, what it moves and breaks, confirm, what was done; proposals and undoing."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from enrolment import rules
from enrolment.actions.changes import cancel, withdraw
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.views.enrolment import state_of
from enrolment.views.moves import NEVER_ATTENDED
from enrolment.views.ways import WAYS
from people import clock
from people.models import User
from programmes.models import Programme
from tests.enrolment.test_hr_enrol import text
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
TODAY, DAY = clock.today(), timedelta(days=1)
S = Enrolment.Status
LONG, FIRST, SECOND = "ai-practitioner", "ai-leadership-literacy", "ai-governance"


@pytest.fixture
def hr() -> User:
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr: User) -> Client:
    client = Client()
    client.force_login(hr)
    return client


def later(days: int) -> date:
    return TODAY + days * DAY


def on_programme(status: str = S.ACTIVE, code: str = LONG, **facts: Any) -> Enrolment:
    """Somebody on a programme from 300 (a unit 20) days ago until day 30."""
    facts = {"start_date": later(-300 if code == LONG else -20), "planned_end_date": later(30), **facts}
    person = facts.pop("employee", None) or EmployeeFactory(given_names="Ada", family_name="Ash")
    made: Enrolment = EnrolmentFactory(employee=person, programme=programme(code), status=status, **facts)
    return made


def follower_of(one: Enrolment, start: int = 31, **facts: Any) -> Enrolment:
    days = {"start_date": later(start), "planned_end_date": later(start + 27), "follows": one, **facts}
    made: Enrolment = EnrolmentFactory(employee=one.employee, programme=programme(FIRST), **days)
    return made


def ask(browser: Client, one: Enrolment, move: str, **sent: Any) -> Any:
    return browser.post(reverse(f"enrolment:{move}", args=[one.public_id]), {k: str(v) for k, v in sent.items()})


def confirm(browser: Client, one: Enrolment, move: str, check: Any) -> Any:
    url = reverse(f"enrolment:{move}", args=[one.public_id])
    return browser.post(url, {**check.context["answers"], "confirm": "yes"}, follow=True)


def make(browser: Client, one: Enrolment, move: str, **sent: Any) -> Any:
    check = ask(browser, one, move, **sent)
    assert check.context["checked"], text(check)
    return confirm(browser, one, move, check)


MADE: list[tuple[str, str, dict[str, Any], str, str]] = [
    (S.PLANNED, "redate", {"start_date": later(40), "planned_end_date": later(60)}, S.PLANNED, "Dates changed"),
    (S.ACTIVE, "extend", {"planned_end_date": later(60)}, S.ACTIVE, "Extended"),
    (S.OVERDUE, "extend", {"planned_end_date": later(60)}, S.ACTIVE, "Extended"),
    (S.ACTIVE, "shorten", {"planned_end_date": later(9)}, S.ACTIVE, "Shortened"),
    (S.ACTIVE, "begin_break", {"reason": "Parental leave."}, S.PAUSED, "Break begun"),
    (S.PAUSED, "state_return", {"return_on": later(9), "planned_end_date": later(60)}, S.PAUSED, "Return stated"),
    (S.PAUSED, "end_break", {"planned_end_date": later(60)}, S.ACTIVE, "Break ended"),
    (S.COMPLETED, "correct", {"ended_on": later(-5), "reason": "A slip."}, S.COMPLETED, "Corrected"),
    (S.WITHDRAWN, "correct", {"ended_on": later(-5), "reason": "A slip."}, S.WITHDRAWN, "Corrected"),
    (S.COMPLETED, "reopen", {"reason": "The assessment is to come."}, S.ACTIVE, "Re-opened"),
    (S.WITHDRAWN, "reinstate", {"planned_end_date": later(60), "reason": "Back."}, S.ACTIVE, "Reinstated"),
    (S.PLANNED, "queue", {}, S.QUEUED, "Queued"),
    (S.PLANNED, "cancel", {"reason": "Not now."}, S.CANCELLED, "Cancelled"),
]


@pytest.mark.parametrize(("status", "move", "sent", "target", "words"), MADE)
def test_each_is_asked_checked_made_and_said(
    browser: Client, status: str, move: str, sent: dict[str, Any], target: str, words: str
) -> None:
    days = {S.PLANNED: {"start_date": later(20), "planned_end_date": later(40)}, S.OVERDUE: {}}.get(S(status), {})
    days |= {"planned_end_date": later(-2)} if status == S.OVERDUE else {}
    days |= {"ended_on": later(-3)} if status in (S.COMPLETED, S.WITHDRAWN) else {}
    one = on_programme(status, SECOND if status == S.PLANNED else LONG, **days)
    page = browser.get(reverse("enrolment:enrolment", args=[one.public_id]))
    assert reverse(f"enrolment:{move}", args=[one.public_id]) in page.content.decode()
    assert browser.get(reverse(f"enrolment:{move}", args=[one.public_id])).status_code == 200
    check = ask(browser, one, move, **sent)
    assert "Check before you confirm" in text(check)
    assert not one.events.exists()
    for _ in range(2):  # a double click finds its first result
        said = text(confirm(browser, one, move, check))
        assert f"{words}: {one.programme.name} for Ada Ash is now {state_of(target)}" in said
        one.refresh_from_db()
        assert one.status == target
    assert list(one.events.values_list("move", flat=True)) == [move]


def test_what_was_never_attended_is_said_before_and_after(browser: Client) -> None:
    """A last day before the start holds nothing: no days are named that were none."""
    one = on_programme(S.ACTIVE, FIRST, start_date=TODAY, planned_end_date=later(27))
    check = ask(browser, one, "withdraw", ended_on=later(-1), reason="She never came.")
    assert "never attended, so none" in text(check)
    assert NEVER_ATTENDED in text(check)
    assert WAYS["withdraw"].consequence not in text(check)
    said = text(confirm(browser, one, "withdraw", check))
    assert f"{one.programme.name} for Ada Ash is now withdrawn, never attended." in said
    assert f"{rules.say(TODAY)} to {rules.say(later(-1))}" not in said
    assert f"last day {rules.say(later(-1))}, never attended" in said
    again = ask(browser, one, "correct", ended_on=TODAY, reason="A slip.")
    assert NEVER_ATTENDED in text(again)
    person = text(browser.get(reverse("enrolment:person", args=[one.employee.public_id])))
    assert "by user" in person.split("History")[-1]
    assert "never attended" in person.split("History")[-1]
    assert f"{rules.say(TODAY)} to {rules.say(later(-1))}" not in person


def test_a_break_without_a_return_names_no_end(browser: Client) -> None:
    one = on_programme()
    said = text(make(browser, one, "begin_break", reason="Parental leave."))
    stands = f"from {rules.say(later(-300))}, no end yet"
    assert f"is now on a break in learning, {stands}." in said
    assert f"to {rules.say(later(30))}" not in said.split("All programmes of")[0]
    assert said.count(stands) == 2  # the headline and the history
    person = text(browser.get(reverse("enrolment:person", args=[one.employee.public_id])))
    assert stands in person.split("History")[-1]
    assert f"{rules.say(later(-300))} , no end yet" in person.split("Time-line")[0]
    assert f"to {rules.say(later(30))}" not in person


def test_what_is_cancelled_names_days_that_were_only_planned(browser: Client) -> None:
    one = on_programme(S.PLANNED, FIRST, start_date=later(20), planned_end_date=later(47))
    said = text(make(browser, one, "cancel", reason="Not now."))
    once = f"once planned from {rules.say(later(20))} to {rules.say(later(47))}"
    assert f"is now cancelled, {once}." in said
    assert said.count(once) == 3  # the headline, the line under the heading, the history


def test_what_moves_is_seen_before_and_said_after(browser: Client) -> None:
    one = on_programme()
    follower = follower_of(one)
    check = ask(browser, one, "extend", planned_end_date=later(36))
    goes = f"{rules.say(later(37))} to {rules.say(later(64))}"
    assert goes in text(check)
    assert f"It follows {one.programme.name}." in text(check)
    follower.refresh_from_db()
    assert follower.start_date == later(31)
    said = confirm(browser, one, "extend", check)
    follower.refresh_from_db()
    assert (follower.start_date, follower.planned_end_date) == (later(37), later(64))
    assert f"now {goes}. It follows {one.programme.name}." in text(said)  # in the same words
    address = said.redirect_chain[-1][0]
    assert "now" in text(browser.get(address))  # the address can be kept


@pytest.mark.parametrize(
    ("move", "sent", "words"),
    [
        ("extend", {"planned_end_date": later(80)}, f"Proposed: {rules.say(later(81))} to {rules.say(later(108))}"),
        ("begin_break", {"reason": "Leave."}, "loses its dates until AI & Automation Practitioner"),
    ],
)
def test_what_loses_its_dates_is_said(browser: Client, move: str, sent: dict[str, Any], words: str) -> None:
    one = on_programme()
    follower = follower_of(one)
    check = ask(browser, one, move, **sent)
    assert words in text(check)
    said = text(confirm(browser, one, move, check))
    follower.refresh_from_db()
    assert (follower.status, follower.start_date) == (S.QUEUED, None)
    assert "no dates any more" in said


def test_finished_early_nothing_is_said_to_be_in_the_way(browser: Client) -> None:
    """It could come earlier, and follows; whoever had no dates loses none, and hears that too."""
    one = on_programme()
    follower = follower_of(one, 60)
    dates = {"start_date": follower.start_date, "planned_end_date": follower.planned_end_date}
    EnrolmentEvent.objects.create(subject=follower, move="enrol", to_status=S.PLANNED, on=TODAY, **dates)
    goes = f"{rules.say(later(8))} to {rules.say(later(35))}"
    check = ask(browser, one, "shorten", planned_end_date=later(7))
    assert f"{rules.say(later(60))} to {rules.say(later(87))} → no dates. Proposed: {goes}" in text(check)
    said = text(confirm(browser, one, "shorten", check))
    assert f"no dates any more. It follows {one.programme.name}. Proposed: {goes}." in said
    later_on = ask(browser, one, "extend", planned_end_date=later(20))
    said = text(confirm(browser, one, "extend", later_on))
    goes = f"{rules.say(later(21))} to {rules.say(later(48))}"
    assert f"still no dates. It follows {one.programme.name}. Proposed: {goes}." in said
    reasons = list(follower.events.order_by("id").values_list("reason", flat=True))
    assert not [reason for reason in reasons if "needs its days" in reason]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (S.PLANNED, "It follows {} and moves with it."),
        (S.CANCELLED, "It was planned behind {}, which is cancelled."),
        (S.WITHDRAWN, "It was planned behind {}, which is withdrawn."),
    ],
)
def test_what_a_plan_follows_is_said_as_it_stands(browser: Client, status: str, words: str) -> None:
    start, ended = (3, None) if status != S.WITHDRAWN else (-20, later(-2))
    one = on_programme(status, SECOND, start_date=later(start), ended_on=ended)
    page = text(browser.get(reverse("enrolment:enrolment", args=[follower_of(one).public_id])))
    assert words.format(one.programme.name) in page
    assert page.count("moves with it") == (status == S.PLANNED)


def test_what_changed_since_is_shown_again_and_not_made(browser: Client) -> None:
    one = on_programme()
    check = ask(browser, one, "extend", planned_end_date=later(36))
    follower_of(one)
    again = confirm(browser, one, "extend", check)
    assert "What it moves has changed since you looked." in text(again)
    assert not one.events.exists()
    assert "Extended" in text(confirm(browser, one, "extend", again))


def test_a_clash_is_its_own_page_with_ways_out_that_work(browser: Client) -> None:
    one = on_programme(S.WITHDRAWN, SECOND, ended_on=later(-12))
    other = on_programme(S.ACTIVE, FIRST, employee=one.employee, start_date=later(-9), planned_end_date=later(19))
    clash = ask(browser, one, "correct", ended_on=later(-1), reason="A slip.")
    said = text(clash)
    assert "is on another programme on those days" in said
    assert other.programme.name in said
    assert f"Last free day before {rules.say(later(-10))}" in " ".join(said.split())
    (fix,) = clash.context["fixes"]
    check = browser.post(fix["url"], fix["answers"])
    assert "Corrected" in text(confirm(browser, one, "correct", check))
    one.refresh_from_db()
    assert one.ended_on == later(-10)


def test_an_end_that_moves_nothing_is_offered(browser: Client) -> None:
    one = on_programme()
    follower = follower_of(one, 40, follows=None)
    check = ask(browser, one, "extend", planned_end_date=later(50))
    assert f"{one.programme.name} needs its days." in text(check)
    (fix,) = check.context["fixes"]
    assert f"Use {rules.say(later(39))} instead" in text(check)
    check = browser.post(fix["url"], fix["answers"])
    assert f"Nothing else of {one.employee.given_names} moves." in text(check)
    confirm(browser, one, "extend", check)
    follower.refresh_from_db()
    assert follower.start_date == later(40)


def test_another_cohort_and_its_waiting_list(browser: Client) -> None:
    plan = on_programme(S.PLANNED, SECOND, start_date=later(20), planned_end_date=later(47))
    days = {"start_date": later(60), "planned_end_date": later(87)}
    full, free = (CohortFactory(programme=programme(SECOND), seats=1, **days) for _ in range(2))
    first = EnrolmentFactory(programme=programme(SECOND), cohort=full, **days)
    refused = ask(browser, plan, "change_cohort", cohort=full.public_id)
    assert f"{full.name} is full: no seat is free." in text(refused)
    assert [fix["button"] for fix in refused.context["fixes"]] == [free.name]
    assert "Cohort changed" in text(make(browser, plan, "change_cohort", cohort=free.public_id))
    EnrolmentFactory(programme=programme(SECOND), cohort=full, status=S.WAITING, waiting_since=clock.now())
    said = text(make(browser, plan, "wait", cohort=full.public_id))
    assert f"Number 2 on the waiting list of {full.name}" in said
    cancel([first], by=None, on=TODAY, reason="Not now.")
    plan.refresh_from_db()
    assert (plan.status, plan.seat) == (S.WAITING, None)


def test_queueing_behind_another_programme(browser: Client) -> None:
    one = on_programme(S.PAUSED)
    plan = on_programme(S.WAITING, SECOND, employee=one.employee, start_date=None, planned_end_date=None, **waiting())
    make(browser, plan, "queue", behind=one.public_id)
    plan.refresh_from_db()
    assert (plan.status, plan.follows) == (S.QUEUED, one)
    assert f"Queued behind {one.programme.name}" in text(browser.get(url_of(plan)))
    follower = reverse("enrolment:queue", args=[one.public_id])
    assert "is not possible while the enrolment is paused" in text(browser.get(follower))


def waiting() -> dict[str, Any]:
    return {"cohort": CohortFactory(programme=programme(SECOND)), "waiting_since": clock.now()}


def url_of(one: Enrolment) -> str:
    return reverse("enrolment:enrolment", args=[one.public_id])


class TestUndo:
    @pytest.mark.parametrize("is_withdrawn", [True, False])
    def test_one_button_while_it_can_be_undone(self, browser: Client, hr: User, is_withdrawn: bool) -> None:
        if is_withdrawn:
            one = on_programme()
            withdraw([one], ended_on=TODAY, by=hr, on=TODAY, reason="A slip.")
        else:
            one = on_programme(S.PLANNED, SECOND, start_date=later(9), planned_end_date=later(30))
            cancel([one], by=hr, on=TODAY, reason="A slip.")
        page = browser.get(url_of(one))
        assert page.context["undo"] == ("Undo the withdrawal" if is_withdrawn else "Undo the cancelling")
        undo = reverse("enrolment:undo", args=[one.public_id])
        check = browser.get(undo)
        for _ in range(2):
            assert "undone" in text(confirm(browser, one, "undo", check))
        one.refresh_from_db()
        assert one.status == (S.ACTIVE if is_withdrawn else S.PLANNED)
        assert one.events.count() == 2
        assert browser.get(url_of(one)).context["undo"] == ""
        assert "of the last 24 hours can be undone" in text(browser.get(undo))

    def test_later_there_is_none(self, browser: Client, hr: User) -> None:
        one = on_programme()
        withdraw([one], ended_on=TODAY, by=hr, on=TODAY, reason="So be it.")
        EnrolmentEvent.objects.filter(subject=one).update(at=clock.now() - timedelta(hours=25))
        assert browser.get(url_of(one)).context["undo"] == ""

    def test_days_that_were_given_on_are_a_clash(self, browser: Client, hr: User) -> None:
        one = on_programme()
        withdraw([one], ended_on=TODAY, by=hr, on=TODAY, reason="A slip.")
        follower_of(one, 5, follows=None)
        clash = browser.get(reverse("enrolment:undo", args=[one.public_id]))
        assert "is on another programme on those days" in text(clash)


class TestProposals:
    def proposed(self) -> Enrolment:
        one = on_programme()
        offered: dict[str, Any] = {"proposed_start_date": later(60), "proposed_end_date": later(87)}
        return follower_of(one, status=S.QUEUED, start_date=None, planned_end_date=None, **offered)

    def test_today_lists_them_and_one_click_says_yes(self, browser: Client) -> None:
        plan = self.proposed()
        today = browser.get("/today/")
        ((row, key),) = today.context["proposals"]
        assert row == plan
        assert "Yes, these dates" in text(today)
        assert not today.context["without_dates"].rows
        for _ in range(2):
            accept = reverse("enrolment:accept", args=[plan.public_id])
            assert "Dates given" in text(browser.post(accept, {"key": key}, follow=True))
        plan.refresh_from_db()
        assert (plan.status, plan.start_date, plan.planned_end_date) == (S.PLANNED, later(60), later(87))
        assert plan.events.count() == 1

    def test_everybody_reads_what_is_proposed(self, browser: Client) -> None:
        plan = self.proposed()
        days = f"{rules.say(later(60))} to {rules.say(later(87))}"
        boss, person = EmployeeFactory(user=UserFactory()), plan.employee
        person.manager, person.user = boss, UserFactory()
        person.save()
        for url in (url_of(plan), reverse("enrolment:person", args=[person.public_id])):
            page = text(browser.get(url))
            assert f"Proposed: {days}" in " ".join(page.split())
            assert "Give other dates" in page
        team, learner = Client(), Client()
        team.force_login(boss.user)
        learner.force_login(person.user)
        assert f"proposed from {rules.say(later(60))}, HR decides" in " ".join(text(team.get("/team/")).split())
        assert "Yes, these dates" not in text(learner.get(url_of(plan)))
        accept = reverse("enrolment:accept", args=[plan.public_id])
        assert team.post(accept).status_code == learner.post(accept).status_code == 403

    def test_a_proposal_that_is_replaced_is_shown_beside_the_new_one(self, browser: Client) -> None:
        plan = self.proposed()
        had = {"start_date": later(31), "planned_end_date": later(58)}
        EnrolmentEvent.objects.create(subject=plan, move="enrol", to_status=S.PLANNED, on=TODAY, **had)
        ahead = plan.follows
        assert ahead
        extend = reverse("enrolment:extend", args=[ahead.public_id])
        longer = {"planned_end_date": rules.say(later(100)), "reason": "More to do."}
        page = " ".join(text(browser.post(extend, longer)).split())
        before, now = (f"{rules.say(later(a))} to {rules.say(later(b))}" for a, b in ((60, 87), (101, 128)))
        assert f"proposed were {before}; proposed now: {now}, for HR to say yes." in page

    def test_a_yes_to_other_dates_than_those_shown_is_not_taken(self, browser: Client) -> None:
        plan = self.proposed()
        EnrolmentEvent.objects.create(subject=plan, move="propose", to_status=S.QUEUED, on=TODAY)
        accept = reverse("enrolment:accept", args=[plan.public_id])
        for key in (str(uuid4()), "", "x"):
            assert "Other dates are proposed by now" in text(browser.post(accept, {"key": key}, follow=True))
        plan.refresh_from_db()
        assert plan.status == S.QUEUED

    def test_a_yes_that_clashes_by_now_says_so(self, browser: Client) -> None:
        plan = self.proposed()
        Enrolment.objects.filter(followers=plan).update(planned_end_date=later(70))
        key = browser.get(url_of(plan)).context["proposal_key"]
        accept = reverse("enrolment:accept", args=[plan.public_id])
        assert "Give other dates." in text(browser.post(accept, {"key": key}, follow=True))


class TestWhoReadsWhat:
    def as_learner(self, one: Enrolment) -> str:
        one.employee.user = UserFactory()
        one.employee.save()
        client = Client()
        client.force_login(one.employee.user)
        return text(client.get("/my-programme/"))

    def test_a_break(self, browser: Client) -> None:
        one = on_programme(S.PAUSED)
        assert "the return date is not known" in text(browser.get(url_of(one)))
        assert "the day you come back is not known yet" in self.as_learner(one)
        Enrolment.objects.filter(pk=one.pk).update(return_on=later(9))
        assert f"back on {rules.say(later(9))}" in text(browser.get(url_of(one)))
        assert f"come back on {rules.say(later(9))}" in self.as_learner(one)

    def test_a_waiting_list(self) -> None:
        one = on_programme(S.WAITING, SECOND, start_date=None, planned_end_date=None, **waiting())
        assert "You are number 1 on the waiting list of" in self.as_learner(one)


def test_units_have_no_break_and_nobody_moves_their_own(browser: Client, hr: User) -> None:
    unit = on_programme(code=SECOND)
    assert "begin_break" not in [move.name for move, _ in browser.get(url_of(unit)).context["moves"]]
    refused = ask(browser, unit, "begin_break", reason="Leave.")
    assert "units cannot be paused" in text(refused)
    unit.employee.user = hr
    unit.employee.save()
    assert not browser.get(url_of(unit)).context["moves"]
    for move in WAYS:
        page = browser.get(reverse(f"enrolment:{move}", args=[unit.public_id]))
        assert "Somebody else decides about you" in text(page), move
    sent = {"planned_end_date": later(60), "key": str(uuid4()), "confirm": "yes"}
    assert "Somebody else decides about you" in text(ask(browser, unit, "extend", **sent))
    assert not unit.events.exists()


@pytest.mark.parametrize(
    ("status", "move", "sent", "sentence"),
    [
        (S.ACTIVE, "extend", {"planned_end_date": later(10)}, "That is not after the planned end"),
        (S.ACTIVE, "extend", {}, "Give the planned end."),
        (S.ACTIVE, "shorten", {"planned_end_date": later(40)}, "That is not before the planned end"),
        (S.ACTIVE, "begin_break", {}, "Say why, for the history."),
        (S.ACTIVE, "begin_break", {"return_on": later(9), "reason": "x"}, "Give the new planned end as well."),
        (S.PAUSED, "state_return", {"planned_end_date": later(9)}, "Give the return date too"),
        (S.PAUSED, "state_return", {"return_on": TODAY, "planned_end_date": later(9)}, "is recorded as"),
        (S.PAUSED, "end_break", {"planned_end_date": later(-9)}, "A planned end lies ahead"),
        (S.ACTIVE, "redate", {}, "is not possible while the enrolment is active"),
        (S.PLANNED, "change_cohort", {"cohort": "x"}, "Select a valid choice"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    browser: Client, status: str, move: str, sent: dict[str, Any], sentence: str
) -> None:
    days = {"start_date": later(9), "planned_end_date": later(30)} if status == S.PLANNED else {}
    one = on_programme(status, SECOND if status == S.PLANNED else LONG, **days)
    assert sentence in text(ask(browser, one, move, **sent))
    assert not one.events.exists()


def test_answers_come_back_when_something_is_to_change(browser: Client) -> None:
    one = on_programme()
    check = ask(browser, one, "extend", planned_end_date=later(60), reason="More to learn.")
    back = next(row["change_url"] for row in check.context["checked"] if row["change_url"])
    form = browser.get(back)
    assert f'value="{rules.say(later(60))}"' in form.content.decode()
    assert "More to learn." in text(form)
    assert Programme.objects.count() == 4


def test_states_read_as_a_sentence() -> None:
    """A status is what stands after “is”."""
    assert [state_of(status) for status in (S.PAUSED, S.WAITING, S.ACTIVE)] == [
        "on a break in learning",
        "on the waiting list",
        "active",
    ]
