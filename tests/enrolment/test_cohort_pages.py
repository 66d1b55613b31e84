"""The pages of a cohort: seats and people, the waiting list with its cures, moving, closing, opening again."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrolment.actions import changes
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries import cohorts as queries
from people.clock import now, today
from people.models import Employee, User
from people.rules import say
from programmes.models import Cohort
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
UNIT, OTHER = "ai-governance", "ai-leadership-literacy"


@pytest.fixture
def hr() -> User:
    """Somebody in HR."""
    return UserFactory(is_hr=True)


@pytest.fixture
def client(client: Client, hr: User) -> Client:
    """Their browser."""
    client.force_login(hr)
    return client


def cohort_in(days: int, **facts: Any) -> Cohort:
    """A cohort of four weeks that starts in so many days."""
    start = today() + days * DAY
    return CohortFactory(programme=programme(UNIT), start_date=start, planned_end_date=start + 27 * DAY, **facts)


def into(cohort: Cohort, *people: Employee) -> list[Enrolment]:
    """Enrol people into a cohort or onto its waiting list."""
    wishes = [Wish(person, cohort.programme, cohort=cohort, may_wait=True) for person in people]
    made = [outcome.subject.enrolment for outcome in enrol(wishes, by=None, on=today())]
    return [enrolment for enrolment in made if enrolment]


def busy(person: Employee, first: int, last: int, **facts: Any) -> Enrolment:
    """Another programme on these days from today."""
    days = {"start_date": today() + first * DAY, "planned_end_date": today() + last * DAY}
    return EnrolmentFactory(employee=person, programme=programme(OTHER), **{**days, **facts})


def at(name: str, cohort: Cohort) -> str:
    """An address of a cohort."""
    return reverse(f"enrolment:{name}", args=[cohort.public_id])


def text(response: Any) -> str:
    """What a page says, with its white space folded."""
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def hidden(response: Any) -> dict[str, str]:
    """What a check page sends again."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def test_a_cohort_shows_its_seats_and_people(client: Client) -> None:
    """Who has one by name, what is free, what HR can do."""
    cohort = cohort_in(30, seats=4)
    zoe, ada = EmployeeFactory(family_name="Zett"), EmployeeFactory(family_name="Abel")
    into(cohort, zoe, ada)
    response = client.get(at("cohort", cohort))
    page = text(response)
    assert "2 of 4 seats taken" in page
    assert page.index("Abel") < page.index("Zett")
    assert "Nobody waits." in page
    assert [mark[2] for mark in response.context["picture"].marks] == [True, True, False, False]
    for label in ("Add seats", "Edit", "Move", "Close"):
        assert f">{label}<" in response.content.decode()
    assert "Give the free seats now" not in page


def test_very_many_seats_are_a_bar(client: Client) -> None:
    """Nobody counts a hundred squares."""
    cohort = cohort_in(30, seats=100)
    into(cohort, *EmployeeFactory.create_batch(3))
    picture = client.get(at("cohort", cohort)).context["picture"]
    assert (picture.marks, picture.percent) == ((), 3)


def test_who_would_be_passed_over_is_told_why_and_what_helps(client: Client) -> None:
    """A cohort that fits and has a seat, else what to close, else the earliest start, else that nothing fits."""
    cohort = cohort_in(30, seats=1)
    fits = cohort_in(90, name="Spring")
    cohort_in(44, name="Too soon")
    cohort_in(70, name="Full", seats=1)
    people = EmployeeFactory.create_batch(6)
    into(Cohort.objects.get(name="Full"), EmployeeFactory())
    _, clash, overran, leaver, long, free = into(cohort, *people)
    busy(people[1], 40, 68)
    late = busy(people[2], -40, -5, status=S.OVERDUE)
    Employee.objects.filter(pk=people[3].pk).update(employed_until=today() + 10 * DAY)
    busy(people[4], 40, 140)
    response = client.get(at("cohort", cohort))
    lines = {row["record"].pk: row for row in response.context["in_line"]}
    assert [row["place"].position for row in lines.values()] == [1, 2, 3, 4, 5]
    plan = reverse("enrolment:plan", args=[clash.public_id])
    assert lines[clash.pk]["cure"] == f"Spring from {say(fits.start_date)} fits and has a seat."
    assert lines[clash.pk]["cure_url"] == f"{plan}?cohort={fits.public_id}"
    assert lines[overran.pk]["cure"] == "Close AI Leadership Literacy first."
    assert lines[overran.pk]["cure_url"] == reverse("enrolment:enrolment", args=[late.public_id])
    assert lines[leaver.pk]["cure_url"] == reverse("enrolment:cancel", args=[leaver.public_id])
    assert say(today() + 141 * DAY) in lines[long.pk]["cure"]
    assert lines[free.pk]["place"].refusal is None
    page = text(response)
    assert "AI Leadership Literacy from" in page
    assert "Yes, as soon as one is free" in page
    offered = client.get(lines[clash.pk]["cure_url"])
    assert f'value="{fits.public_id}" selected' in offered.content.decode()
    check = client.post(plan, {"cohort": str(fits.public_id)})
    client.post(plan, {**hidden(check), "confirm": "yes"})
    clash.refresh_from_db()
    assert (clash.status, clash.cohort, clash.waiting_since) == (S.PLANNED, fits, None)


def test_who_was_given_a_seat_while_the_page_was_made_is_not_in_line(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = cohort_in(30, seats=1)
    _, first, second = into(cohort, *EmployeeFactory.create_batch(3))
    places = queries.places

    def late(waiting: list[Enrolment]) -> dict[int, int]:
        changes.cancel([first], by=None, on=today(), reason="Elsewhere.")
        return places(waiting)

    monkeypatch.setattr(queries, "places", late)
    lines = client.get(at("cohort", cohort)).context["in_line"]
    assert [(row["record"].pk, row["place"].position) for row in lines] == [(second.pk, 1)]


def test_free_seats_are_given_at_once(client: Client) -> None:
    """By the button, to the first who may; the page says to whom."""
    cohort = cohort_in(30, seats=1)
    first, skipped, second = EmployeeFactory.create_batch(3)
    has, _, waits = into(cohort, first, skipped, second)
    busy(skipped, 31, 40)
    changes.cancel([has], by=None, on=today(), reason="Not now.")
    assert "Give the free seats now" in text(client.get(at("cohort", cohort)))
    page = text(client.post(at("cohort_give_seats", cohort), follow=True))
    assert f"{second.name} has a seat now" in page
    waits.refresh_from_db()
    assert (waits.status, waits.events.get(move="promote").by) == (S.PLANNED, User.objects.get(is_hr=True))
    assert "Nobody on the waiting list can have a seat now" in text(
        client.post(at("cohort_give_seats", cohort), follow=True)
    )


def test_a_cohort_is_moved_in_the_browser(client: Client) -> None:
    """Form, check with who cannot come, confirm, result; sent twice it is once."""
    cohort, other = cohort_in(30, name="Here"), cohort_in(100, name="There")
    comes, clashes = EmployeeFactory.create_batch(2)
    one, two = into(cohort, comes, clashes)
    busy(clashes, 60, 80)
    start, end = today() + 37 * DAY, today() + 64 * DAY
    assert "See who can come" in text(client.get(at("cohort_move", cohort)))
    days = {"start_date": say(start), "planned_end_date": say(end), "reason": "The room."}
    check = client.post(at("cohort_move", cohort), days)
    page = text(check)
    assert "1 cannot come" in page
    assert f"{clashes.name} is on AI Leadership Literacy" in page
    assert "1 can come" in page
    assert check.context["left"][0]["way"].cohort == other
    assert EnrolmentEvent.objects.filter(move="redate").count() == 0
    sent = {**hidden(check), f"goes-{two.public_id}": "queue", "confirm": "yes"}
    result = client.post(at("cohort_move", cohort), sent, follow=True)
    assert "Here was moved." in text(result)
    assert result.context["done"]["sums"] == ["1 moved with it", "1 queued"]
    for enrolment in (one, two):
        enrolment.refresh_from_db()
    assert (one.start_date, one.planned_end_date, two.status) == (start, end, S.QUEUED)
    events = EnrolmentEvent.objects.count()
    client.post(at("cohort_move", cohort), sent, follow=True)
    assert EnrolmentEvent.objects.count() == events


def test_dates_that_cannot_be_are_refused_beside_their_field(client: Client) -> None:
    """Before anybody is asked."""
    cohort = cohort_in(30)
    days = {"start_date": say(today()), "planned_end_date": say(today() + 20 * DAY)}
    response = client.post(at("cohort_move", cohort), days)
    assert [error.code for error in response.context["form"].errors.as_data()["start_date"]] == ["in_past"]
    assert "Error:" in response.content.decode().split("</title>")[0]


def test_under_way_only_the_end_is_asked(client: Client) -> None:
    """Who cannot run on keeps the end they have."""
    cohort = cohort_in(-10)
    runs, clashes = EmployeeFactory.create_batch(2)
    one, two = into(cohort, runs, clashes)
    busy(clashes, 20, 40)
    form = client.get(at("cohort_move", cohort))
    assert "start_date" not in form.context["form"].fields
    check = client.post(at("cohort_move", cohort), {"planned_end_date": say(today() + 24 * DAY)})
    page = text(check)
    assert "1 cannot run to the new planned end" in page
    assert "1 can run to the new planned end" in page
    assert "Check the new planned end of" in page
    assert "Change the planned end" in page
    assert "Move the cohort" not in page
    assert "moves" not in page.split("Skip to the main part")[0]  # the title
    said = text(client.post(at("cohort_move", cohort), {**hidden(check), "confirm": "yes"}, follow=True))
    assert f"{cohort.name} has the planned end {say(today() + 24 * DAY)} now." in said
    assert "was moved" not in said
    assert f"1 with the new planned end. Everybody concerned hears of it. Person Now {runs.name}" in said
    for enrolment in (one, two):
        enrolment.refresh_from_db()
    assert one.planned_end_date == today() + 24 * DAY
    assert two.planned_end_date == cohort.planned_end_date


def test_who_does_not_move_with_the_cohort_is_named_and_why(client: Client) -> None:
    """On a break, past the end, on dates of their own: they stay, and are not counted as coming."""
    cohort = cohort_in(-10)
    runs, breaks, ran, own = (EmployeeFactory(given_names=name) for name in ("Rita", "Bea", "Olu", "Dan"))
    stays = into(cohort, runs, breaks, ran, own)
    days = today()
    changed: dict[int, dict[str, Any]] = {
        1: {"status": S.PAUSED, "return_on": None},
        2: {"status": S.OVERDUE, "start_date": days - 60 * DAY, "planned_end_date": days - 10 * DAY},
        3: {"planned_end_date": cohort.planned_end_date - DAY},
    }
    for place, facts in changed.items():
        Enrolment.objects.filter(pk=stays[place].pk).update(**facts)
    ends = {record.pk: record.planned_end_date for record in Enrolment.objects.all()}
    check = client.post(at("cohort_move", cohort), {"planned_end_date": say(days + 24 * DAY)})
    page = text(check)
    assert "1 can run to the new planned end" in page
    assert "3 stay as they are" in page
    for said in (
        f"{breaks.name} : It is on a break in learning",
        f"{ran.name} : It ran past its planned end, {say(days - 10 * DAY)}",
        f"{own.name} : It has dates of its own",
    ):
        assert said in page
    client.post(at("cohort_move", cohort), {**hidden(check), "confirm": "yes"})
    moved = {record.pk for record in Enrolment.objects.all() if record.planned_end_date != ends[record.pk]}
    assert moved == {stays[0].pk}


def test_before_its_start_another_end_alone_is_no_move(client: Client) -> None:
    """The words follow what changes, not whether it has started; who waits is spoken of where somebody does."""
    cohort = cohort_in(30, seats=1, name="Here")
    into(cohort, EmployeeFactory())
    days = {"start_date": say(cohort.start_date), "planned_end_date": say(cohort.planned_end_date + 7 * DAY)}
    page = text(client.post(at("cohort_move", cohort), days))
    assert "Check the new planned end of Here" in page
    assert "1 can run to the new planned end" in page
    assert "Move the cohort" not in page
    assert "waiting list" not in page
    person = into(cohort, EmployeeFactory())[0].employee
    page = text(client.post(at("cohort_move", cohort), days))
    assert "Whoever is on the waiting list keeps their place and hears of the new dates." in page
    check = client.post(at("cohort_move", cohort), days)
    result = client.post(at("cohort_move", cohort), {**hidden(check), "confirm": "yes"}, follow=True)
    (row,) = result.context["done"]["rows"]
    assert (row["said"], result.context["done"]["sums"]) == ("Has the new planned end", ["1 with the new planned end"])
    assert row["name"] != person.name
    assert "oved with it" not in text(result)


def test_who_began_before_the_cohort_does_not_move_with_it(client: Client) -> None:
    """Before it starts only who is planned on its dates moves."""
    cohort = cohort_in(30)
    planned, began = into(cohort, *EmployeeFactory.create_batch(2))
    Enrolment.objects.filter(pk=began.pk).update(status=S.ACTIVE, start_date=today() - DAY)
    start, end = today() + 37 * DAY, today() + 64 * DAY
    check = client.post(at("cohort_move", cohort), {"start_date": say(start), "planned_end_date": say(end)})
    assert "1 can come" in text(check)
    assert "1 stays as it is" in text(check)
    client.post(at("cohort_move", cohort), {**hidden(check), "confirm": "yes"})
    for enrolment in (planned, began):
        enrolment.refresh_from_db()
    assert planned.start_date == start
    assert (began.status, began.start_date) == (S.ACTIVE, today() - DAY)


def test_a_cohort_is_closed_in_the_browser(client: Client) -> None:
    """Each with a default that fits, one for all, a check, and what it came to; then it can be opened again."""
    cohort, other = cohort_in(30, seats=2, name="Here"), cohort_in(60, seats=1, name="There")
    people = EmployeeFactory.create_batch(3)
    one, two, waits = into(cohort, *people)
    first = client.get(at("cohort_close", cohort))
    defaults = [row["way"].code for row in first.context["rows"]]
    assert defaults == [f"seat:{other.public_id}", "queue", "queue"]
    missing = client.post(at("cohort_close", cohort), {})
    assert "Say why, for the history." in text(missing)
    check = client.post(
        at("cohort_close", cohort),
        {"reason": "Too few.", "goes": "cancel", f"goes-{one.public_id}": f"seat:{other.public_id}"},
    )
    assert [row["way"].code for row in check.context["rows"]] == ["cancel"] * 3
    check = client.post(at("cohort_close", cohort), {"reason": "Too few.", f"goes-{two.public_id}": "cancel"})
    assert "Check before you close Here" in text(check)
    assert cohort.closed_on is None
    back = client.post(at("cohort_close", cohort), {**hidden(check), "change": "yes"})
    assert [row["way"].code for row in back.context["rows"]] == [f"seat:{other.public_id}", "cancel", "queue"]
    sent = {**hidden(check), "confirm": "yes"}
    result = client.post(at("cohort_close", cohort), sent, follow=True)
    assert "Here was closed." in text(result)
    for enrolment in (one, two, waits):
        enrolment.refresh_from_db()
    assert [e.status for e in (one, two, waits)] == [S.PLANNED, S.CANCELLED, S.QUEUED]
    assert len(result.context["done"]["rows"]) == 3
    assert client.post(at("cohort_close", cohort), sent).status_code == 302
    assert "closed already" in text(client.get(at("cohort_close", cohort)))
    assert "Closed" in text(client.get("/cohorts/"))
    assert "open again" in text(client.post(at("cohort_reopen", cohort), follow=True))
    cohort.refresh_from_db()
    assert cohort.closed_on is None


def test_closing_what_somebody_closed_meanwhile_says_so(client: Client) -> None:
    """A second tab did nothing, and its reason is nowhere; the same form sent again is no second one."""
    cohort = cohort_in(30, name="Here")
    into(cohort, EmployeeFactory())
    first, second = (client.post(at("cohort_close", cohort), {"reason": f"Reason {tab}."}) for tab in (1, 2))
    sent = {**hidden(first), "confirm": "yes"}
    assert "Here was closed." in text(client.post(at("cohort_close", cohort), sent, follow=True))
    again = text(client.post(at("cohort_close", cohort), sent, follow=True))
    assert "closed already" not in again
    late = text(client.post(at("cohort_close", cohort), {**hidden(second), "confirm": "yes"}, follow=True))
    assert f"Here was closed already, on {say(today())}." in late
    assert "the reason that you gave is not kept" in late
    assert list(EnrolmentEvent.objects.filter(move="queue").values_list("reason", flat=True)) == ["Reason 1."]


def test_a_way_that_is_not_open_any_more_is_refused_whole(client: Client) -> None:
    """The last seat elsewhere went while HR was looking: nothing is done, and the page says so."""
    cohort, other = cohort_in(30), cohort_in(60, seats=1)
    (one,) = into(cohort, EmployeeFactory())
    check = client.post(at("cohort_close", cohort), {"reason": "Too few."})
    into(cohort, joined := EmployeeFactory())
    answers = {**hidden(check), "confirm": "yes", f"goes-{one.public_id}": f"seat:{other.public_id}"}
    response = client.post(at("cohort_close", cohort), answers)
    assert response.status_code == 302  # who joined since goes by default
    assert Enrolment.objects.get(employee=joined).status == S.QUEUED
    assert Enrolment.objects.get(pk=one.pk).cohort == other


@pytest.mark.parametrize("page", ["cohort_move", "cohort_close"])
def test_nobody_decides_about_themself(client: Client, hr: User, page: str) -> None:
    """HR with a seat in it is sent to a colleague, and nothing is changed by a form that says otherwise."""
    cohort = cohort_in(30)
    into(cohort, EmployeeFactory(user=hr))
    days = {"start_date": say(today() + 37 * DAY), "planned_end_date": say(today() + 60 * DAY), "reason": "Why."}
    answers = {**days, "confirm": "yes", "key": "5d7ad1a5-6c11-4f0b-9f57-d2f3b37ea3a1"}
    assert "nobody decides about themself" in text(client.post(at(page, cohort), answers))
    cohort.refresh_from_db()
    assert (cohort.closed_on, cohort.start_date) == (None, today() + 30 * DAY)


def test_who_waits_for_what_has_started_is_not_forgotten(client: Client) -> None:
    """The page says that nobody is promoted any more, and where HR says where they go."""
    cohort = cohort_in(-1, seats=1)
    EnrolmentFactory(employee=EmployeeFactory(), programme=cohort.programme, cohort=cohort, status=S.WAITING,
                     waiting_since=now())  # fmt: skip
    page = client.get(at("cohort", cohort))
    assert "nobody who waits can have a seat any more" in text(page)
    assert at("cohort_close", cohort) in page.content.decode()


def test_a_full_page_asks_as_often_as_an_empty_one(client: Client) -> None:
    """Thirty who have a seat and thirty who wait take as many queries as one of each."""
    cohort = cohort_in(30, seats=30)

    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(at(name, cohort)).status_code == 200
        return len(captured)

    waiting = {"programme": cohort.programme, "cohort": cohort, "status": S.WAITING}
    into(cohort, EmployeeFactory())
    EnrolmentFactory(waiting_since=now(), **waiting)
    few = {name: count(name) for name in ("cohort", "cohort_close", "cohort_move")}
    into(cohort, *EmployeeFactory.create_batch(29))
    for _ in range(29):
        person = EmployeeFactory()
        busy(person, 31, 40)
        EnrolmentFactory(employee=person, waiting_since=now(), **waiting)
    assert {name: count(name) for name in few} == few
    assert few["cohort"] <= 16


def test_undoing_is_offered_while_the_seat_is_free_and_not_after(client: Client, hr: User) -> None:
    """Whose seat was given on is not offered what would be refused."""
    cohort = cohort_in(30, seats=1)
    gone, comes = EmployeeFactory.create_batch(2)
    (one,) = into(cohort, gone)
    changes.cancel([one], by=hr, on=today(), reason="A slip.")
    page = reverse("enrolment:enrolment", args=[one.public_id])
    undo = reverse("enrolment:undo", args=[one.public_id])
    assert undo in client.get(page).content.decode()
    (other,) = into(cohort, comes)
    assert other.seat_id == Enrolment.objects.get(pk=other.pk).seat_id is not None
    assert undo not in client.get(page).content.decode()
