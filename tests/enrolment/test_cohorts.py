"""A cohort and its people: freed seats given on, the cohort moved with them, closed with a way for each, reopened."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from enrolment import tasks
from enrolment.actions import calendar, changes
from enrolment.actions.cohorts import close_cohort, move_cohort, promote, reopen_cohort
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.rules.cohorts import CANCEL, QUEUE, SEAT, STAY, WAIT, Way
from people.models import Employee, Notice, User
from programmes.actions import change_cohort
from programmes.models import Cohort
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
NOW = datetime(2026, 6, 15, 9, tzinfo=ZoneInfo("Europe/London"))
UNIT, OTHER = "ai-governance", "ai-leadership-literacy"
OCTOBER = {"start_date": date(2026, 10, 5), "planned_end_date": date(2026, 11, 1)}


@pytest.fixture
def hr() -> User:
    """Somebody in HR."""
    return UserFactory(is_hr=True)


@pytest.fixture
def cohort() -> Cohort:
    """Governance in September, with three seats."""
    return CohortFactory(programme=programme(UNIT), name="September", seats=3)


def test_a_way_begins_with_the_name_of_the_cohort(cohort: Cohort) -> None:
    """A narrow box shows the beginning of what is chosen."""
    start = f"{cohort.start_date:%-d %B %Y}"
    assert Way(SEAT, cohort).label == f"September: seat from {start}"
    assert Way(WAIT, cohort).label == f"September: waiting list from {start}"


def into(cohort: Cohort, *people: Employee, on: date = TODAY) -> list[Enrolment]:
    """Enrol people into a cohort or onto its waiting list."""
    wishes = [Wish(person, cohort.programme, cohort=cohort, may_wait=True) for person in people]
    made = [outcome.subject.enrolment for outcome in enrol(wishes, by=None, on=on)]
    return [enrolment for enrolment in made if enrolment]


def busy(person: Employee, first: date, last: date) -> Enrolment:
    """Another programme on these days."""
    return EnrolmentFactory(employee=person, programme=programme(OTHER), start_date=first, planned_end_date=last)


def moved(cohort: Cohort, *, by: User, key: Any = None, on: date = TODAY, **facts: Any) -> Any:
    """Move a cohort, to October unless the test says otherwise."""
    how = {**OCTOBER, "leave_behind": {}, "reason": "The trainer is away.", **facts}
    return move_cohort(cohort, by=by, on=on, at=NOW, key=key, **how)


def closed(cohort: Cohort, ways: dict[int, Way], *, by: User, **facts: Any) -> Any:
    """Close a cohort."""
    how = {"reason": "Too few people.", "on": TODAY, "key": None, **facts}
    return close_cohort(cohort, ways=ways, by=by, at=NOW, **how)


def code_of(error: pytest.ExceptionInfo[ValidationError]) -> str:
    """The code of the one thing that was refused."""
    found = error.value.error_dict if hasattr(error.value, "error_dict") else {"": [error.value]}
    return str(next(one.code for errors in found.values() for one in errors))


def heard() -> None:
    """Whoever was enrolled has been told of it."""
    Notice.objects.filter(kind="enrolled").update(status="sent", sent_at=NOW)


def told(kind: str) -> set[int]:
    """Whom a kind of notice that is still due goes to."""
    return set(Notice.objects.filter(kind=kind, status="due").values_list("employee_id", flat=True))


# Freed seats


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which sweeps were asked for."""
    asked: list[str] = []
    for module in (
        "enrolment.actions.line",
        "enrolment.actions.calendar",
        "enrolment.actions.cohorts",
        "enrolment.actions.leavers",
    ):
        monkeypatch.setattr(f"{module}.wake", asked.append)
    monkeypatch.setattr("programmes.actions.wake", asked.append)
    return asked


@pytest.mark.parametrize("how", ["cancel", "queue", "wait", "redate", "change_cohort", "leaver", "push", "seats"])
def test_a_freed_seat_goes_to_who_waits(hr: User, woken: list[str], monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """By whatever it became free; in a transaction of its own, which that one only wakes."""
    monkeypatch.setattr("enrolment.tasks.today", lambda: TODAY)
    full = CohortFactory(programme=programme(UNIT), seats=1)
    other = CohortFactory(programme=programme(UNIT), start_date=date(2026, 12, 7), planned_end_date=date(2027, 1, 3))
    first, second = EmployeeFactory.create_batch(2)
    has, waits = into(full, first, second)
    assert (has.status, waits.status) == (S.PLANNED, S.WAITING)
    free(how, has, full, other, hr)
    waits.refresh_from_db()
    assert waits.status == S.WAITING
    assert calendar.GIVE_SEATS in woken
    assert tasks.give_seats.run() == (2 if how == "wait" else 1)  # a list with free seats is none for long
    waits.refresh_from_db()
    assert (waits.status, waits.start_date, waits.waiting_since) == (S.PLANNED, full.start_date, None)
    assert second.pk in told("promoted")
    assert second.pk not in told("waiting")
    assert tasks.give_seats.run() == 0


def free(how: str, has: Enrolment, full: Cohort, other: Cohort, hr: User) -> None:
    """Free the one seat of a cohort, or add another."""
    who: dict[str, Any] = {"by": hr, "on": TODAY}
    match how:
        case "cancel":
            changes.cancel([has], reason="Not now.", **who)
        case "queue":
            changes.queue([has], **who)
        case "wait":
            changes.wait([has], cohort=other, at=NOW, **who)
        case "redate":
            changes.redate([has], start_date=date(2027, 2, 1), planned_end_date=date(2027, 2, 28), **who)
        case "change_cohort":
            changes.change_cohort([has], cohort=other, **who)
        case "leaver":
            Employee.objects.filter(pk=has.employee_id).update(employed_until=TODAY - DAY)
            calendar.enforce([has.employee_id], on=TODAY)
        case "push":
            running = EnrolmentFactory(
                employee=has.employee, programme=programme(OTHER), status=S.ACTIVE,
                start_date=TODAY - 20 * DAY, planned_end_date=TODAY + DAY,
            )  # fmt: skip
            changes.extend([running], planned_end_date=full.start_date, push=True, **who)
        case "seats":
            names = ("name", "programme", "provider", "start_date", "planned_end_date")
            change_cohort(full, seats=2, **{name: getattr(full, name) for name in names}, **who)


def test_nobody_gives_a_seat_to_themself(hr: User) -> None:
    """HR who waits is passed over by their own hand, and not by the sweep."""
    cohort = CohortFactory(programme=programme(UNIT), seats=1)
    own = EmployeeFactory(user=hr)
    (has, waits) = into(cohort, EmployeeFactory(), own)
    changes.cancel([has], by=None, on=TODAY, reason="Not now.")
    (refused,) = promote([cohort], by=hr, on=TODAY)
    assert refused.refusal is not None
    assert refused.refusal.code == "own_enrolment"
    assert promote([cohort], by=None, on=TODAY)[0].is_done
    assert waits.events.filter(move="promote", by=None).exists()


def test_a_seat_that_comes_twice_is_told_twice(hr: User) -> None:
    """Who gave their place up and waits again hears again."""
    cohort = CohortFactory(programme=programme(UNIT), seats=1)
    has, waits = into(cohort, *EmployeeFactory.create_batch(2))
    changes.cancel([has], by=hr, on=TODAY, reason="Not now.")
    for _ in range(2):
        assert promote([cohort], by=None, on=TODAY)[0].is_done
        Notice.objects.filter(kind="promoted").update(status="sent", sent_at=NOW)
        changes.wait([waits], cohort=cohort, by=hr, on=TODAY, at=NOW)
    assert Notice.objects.filter(kind="promoted").count() == 2


# Moving


def test_a_cohort_moves_with_its_people(cohort: Cohort, hr: User) -> None:
    """All in one step, each with an event and a message; who waits keeps their place and hears of it too."""
    people = EmployeeFactory.create_batch(4)
    *seated, waits = into(cohort, *people)
    heard()
    seats = {enrolment.pk: enrolment.seat_id for enrolment in seated}
    key = uuid4()
    outcomes = moved(cohort, by=hr, key=key)
    assert [outcome.is_done for outcome in outcomes] == [True] * 3
    cohort.refresh_from_db()
    assert (cohort.start_date, cohort.planned_end_date) == (OCTOBER["start_date"], OCTOBER["planned_end_date"])
    for enrolment in Enrolment.objects.filter(pk__in=seats):
        assert (enrolment.start_date, enrolment.planned_end_date) == (cohort.start_date, cohort.planned_end_date)
        assert (enrolment.cohort, enrolment.seat_id) == (cohort, seats[enrolment.pk])
        event = enrolment.events.get(move="redate")
        assert (event.by, event.reason, event.request_key) == (hr, "The trainer is away.", key)
    assert told("moved") == {person.pk for person in people[:3]}
    waits.refresh_from_db()
    assert waits.status == S.WAITING
    assert "5 October 2026" in Notice.objects.get(kind="waiting", employee=people[3]).body
    events = EnrolmentEvent.objects.count()
    assert len(moved(cohort, by=hr, key=key)) == 3
    assert EnrolmentEvent.objects.count() == events


def test_the_version_and_the_followers_come_along(cohort: Cohort, hr: User) -> None:
    """A follower moves with what it follows, as with any other change of dates."""
    (first,) = into(cohort, EmployeeFactory())
    (outcome,) = enrol([Wish(first.employee, programme(OTHER), behind=first)], by=hr, on=TODAY)
    follower = outcome.subject.enrolment
    assert follower is not None
    assert follower.start_date == cohort.planned_end_date + DAY
    moved(cohort, by=hr, start_date=cohort.start_date + 7 * DAY, planned_end_date=cohort.planned_end_date + 7 * DAY)
    follower.refresh_from_db()
    assert follower.start_date == cohort.planned_end_date + 8 * DAY


def test_who_cannot_come_stops_it_until_they_have_a_way(cohort: Cohort, hr: User) -> None:
    """Each by the rule: a clash, a job that ends before, an age; then the others move and these are settled."""
    later = CohortFactory(programme=programme(UNIT), name="December", start_date=date(2026, 12, 7),
                          planned_end_date=date(2027, 1, 3))  # fmt: skip
    people = EmployeeFactory.create_batch(3)
    comes, clashes, leaves = into(cohort, *people)
    heard()
    busy(people[1], date(2026, 11, 1), date(2026, 11, 20))
    Employee.objects.filter(pk=people[2].pk).update(employed_until=date(2026, 10, 1))
    before = list(Enrolment.objects.order_by("id").values("status", "start_date", "seat_id", "cohort_id"))
    with pytest.raises(ValidationError) as refused:
        moved(cohort, by=hr)
    assert code_of(refused) == "people_cannot_come"
    assert people[1].name in str(refused.value)
    assert list(Enrolment.objects.order_by("id").values("status", "start_date", "seat_id", "cohort_id")) == before
    assert not EnrolmentEvent.objects.filter(move="redate").exists()
    outcomes = moved(cohort, by=hr, leave_behind={clashes.pk: Way(SEAT, later), leaves.pk: Way(QUEUE)})
    assert len(outcomes) == 3
    for enrolment in (comes, clashes, leaves):
        enrolment.refresh_from_db()
    assert (comes.start_date, comes.cohort) == (OCTOBER["start_date"], cohort)
    assert (clashes.status, clashes.start_date, clashes.cohort) == (S.PLANNED, later.start_date, later)
    assert (leaves.status, leaves.start_date, leaves.cohort, leaves.seat) == (S.QUEUED, None, None, None)
    assert told("moved") == {people[0].pk, people[1].pk}
    assert told("queued") == {people[2].pk}
    assert "takes place without you" in Notice.objects.get(kind="queued").body


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"start_date": date(2026, 9, 7), "planned_end_date": date(2026, 10, 4)}, "nothing_changed"),
        ({"start_date": TODAY}, "in_past"),
        ({"planned_end_date": date(2026, 10, 4)}, "end_before_start"),
        ({"planned_end_date": date(2027, 1, 26)}, "too_long"),
    ],
)
def test_dates_a_cohort_cannot_have(cohort: Cohort, hr: User, facts: dict[str, date], code: str) -> None:
    """Refused by field, before anybody is asked."""
    into(cohort, EmployeeFactory())
    with pytest.raises(ValidationError) as refused:
        moved(cohort, by=hr, **facts)
    assert code_of(refused) == code
    cohort.refresh_from_db()
    assert cohort.start_date == date(2026, 9, 7)


def test_no_start_outside_the_programmes_window(hr: User) -> None:
    """A withdrawn programme has no later cohort."""
    unit = programme(UNIT)
    unit.withdrawn_on = date(2026, 10, 1)
    unit.save()
    with pytest.raises(ValidationError) as refused:
        moved(CohortFactory(programme=unit), by=hr)
    assert code_of(refused) == "outside_programme_dates"


def test_under_way_only_the_planned_end_changes(cohort: Cohort, hr: User) -> None:
    """For those who have the cohort's; a later plan in the way keeps somebody as they are, if HR says so."""
    people = EmployeeFactory.create_batch(3)
    runs, own_end, clashes = into(cohort, *people)
    heard()
    on, end = date(2026, 9, 21), date(2026, 10, 18)
    changes.extend([own_end], planned_end_date=date(2026, 10, 11), by=hr, on=on)
    busy(people[2], date(2026, 10, 12), date(2026, 11, 8))
    with pytest.raises(ValidationError) as refused:
        moved(cohort, by=hr, on=on)
    assert code_of(refused) == "cohort_started"
    days = {"start_date": cohort.start_date, "planned_end_date": end}
    with pytest.raises(ValidationError) as refused:
        moved(cohort, by=hr, on=on, **days)
    assert code_of(refused) == "people_cannot_come"
    moved(cohort, by=hr, on=on, leave_behind={clashes.pk: Way(STAY)}, **days)
    for enrolment in (runs, own_end, clashes):
        enrolment.refresh_from_db()
    assert [e.planned_end_date for e in (runs, own_end, clashes)] == [end, date(2026, 10, 11), date(2026, 10, 4)]
    assert runs.events.filter(move="extend").exists()
    assert told("moved") == set()
    assert told("recorded") == {people[0].pk, people[1].pk}, "each whose last day is another, by whichever way"
    moved(cohort, by=hr, on=on, start_date=cohort.start_date, planned_end_date=date(2026, 9, 30))
    runs.refresh_from_db()
    assert (runs.planned_end_date, runs.status) == (date(2026, 9, 30), S.ACTIVE)


def test_nobody_moves_themself(cohort: Cohort, hr: User) -> None:
    """HR with a seat in it asks a colleague."""
    into(cohort, EmployeeFactory(user=hr))
    with pytest.raises(ValidationError) as refused:
        moved(cohort, by=hr)
    assert code_of(refused) == "own_enrolment"


# Closing


def test_closing_sends_each_their_way(cohort: Cohort, hr: User) -> None:
    """A seat elsewhere, another list, queued, cancelled; each hears; the cohort takes nobody any more."""
    seat = CohortFactory(programme=programme(UNIT), name="Seats", **OCTOBER)
    full = CohortFactory(programme=programme(UNIT), name="Full", seats=1, **OCTOBER)
    into(full, EmployeeFactory())
    people = EmployeeFactory.create_batch(5)
    one, two, three, four, five = into(cohort, *people)
    heard()
    assert four.status == five.status == S.WAITING
    ways = {
        one.pk: Way(SEAT, seat),
        two.pk: Way(QUEUE),
        three.pk: Way(CANCEL),
        four.pk: Way(SEAT, seat),
        five.pk: Way(WAIT, full),
    }
    key = uuid4()
    assert len(closed(cohort, ways, by=hr, key=key)) == 5
    cohort.refresh_from_db()
    assert cohort.closed_on == TODAY
    for enrolment in (one, two, three, four, five):
        enrolment.refresh_from_db()
    assert [e.status for e in (one, two, three, four, five)] == [
        S.PLANNED, S.QUEUED, S.CANCELLED, S.PLANNED, S.WAITING,
    ]  # fmt: skip
    assert (one.cohort, four.cohort, five.cohort) == (seat, seat, full)
    assert four.waiting_since is None
    assert one.seat_id != four.seat_id
    assert told("moved") == {people[0].pk, people[3].pk}
    assert (told("queued"), told("called_off")) == ({people[1].pk}, {people[2].pk})
    assert "on its waiting list" in Notice.objects.get(kind="waiting", employee=people[4], status="due").body
    assert set(EnrolmentEvent.objects.filter(request_key=key).values_list("reason", flat=True)) == {"Too few people."}
    assert len(closed(cohort, ways, by=hr, key=key)) == 5
    late = enrol([Wish(EmployeeFactory(), cohort.programme, cohort=cohort, may_wait=True)], by=hr, on=TODAY)[0]
    assert late.refusal is not None
    assert late.refusal.code == "cohort_closed"


def test_on_another_list_they_keep_their_order_behind_those_who_wait_there(cohort: Cohort, hr: User) -> None:
    """A list is in order of joining it."""
    full = CohortFactory(programme=programme(UNIT), seats=1, **OCTOBER)
    _, there = into(full, *EmployeeFactory.create_batch(2))
    Enrolment.objects.filter(pk=there.pk).update(waiting_since=NOW - timedelta(hours=1))
    *_, first, second = into(cohort, *EmployeeFactory.create_batch(5))
    here = Enrolment.objects.filter(cohort=cohort)
    ways = {
        pk: Way(WAIT, full) if pk in (first.pk, second.pk) else Way(CANCEL) for pk in here.values_list("pk", flat=True)
    }
    closed(cohort, ways, by=hr)
    line = Enrolment.objects.filter(cohort=full, status=S.WAITING).order_by("waiting_since", "id")
    assert list(line) == [there, first, second]


@pytest.mark.parametrize("broken", ["nobody said", "full", "clash", "reason", "closed"])
def test_closing_is_all_or_nothing(cohort: Cohort, hr: User, broken: str) -> None:
    """What was open when it was looked at and is not any more leaves everybody where they are."""
    elsewhere = CohortFactory(programme=programme(UNIT), seats=1, **OCTOBER)
    one, two = into(cohort, *EmployeeFactory.create_batch(2))
    ways, facts, code = {one.pk: Way(SEAT, elsewhere), two.pk: Way(QUEUE)}, {}, "people_cannot_come"
    if broken == "nobody said":
        del ways[two.pk]
    elif broken == "full":
        ways[two.pk] = Way(SEAT, elsewhere)
    elif broken == "clash":
        busy(one.employee, *OCTOBER.values())
    elif broken == "reason":
        facts, code = {"reason": " "}, "reason_missing"
    else:
        Cohort.objects.filter(pk=cohort.pk).update(closed_on=TODAY)
        code = "cohort_closed"
    with pytest.raises(ValidationError) as refused:
        closed(cohort, ways, by=hr, **facts)
    assert code_of(refused) == code
    assert set(Enrolment.objects.filter(cohort=cohort).values_list("status", flat=True)) == {S.PLANNED}
    assert not EnrolmentEvent.objects.filter(move__in=["queue", "change_cohort"]).exists()


def test_what_runs_goes_on(hr: User) -> None:
    """A started cohort that closes only says where those go who still wait."""
    cohort = CohortFactory(programme=programme(UNIT), seats=1)
    runs, waits = into(cohort, *EmployeeFactory.create_batch(2))
    closed(cohort, {waits.pk: Way(QUEUE)}, by=hr, on=date(2026, 9, 8))
    runs.refresh_from_db()
    waits.refresh_from_db()
    assert (runs.status, waits.status, waits.cohort) == (S.ACTIVE, S.QUEUED, None)


def test_a_closed_cohort_opens_again_before_its_start(cohort: Cohort, hr: User) -> None:
    """Not after."""
    closed(cohort, {}, by=hr)
    reopen_cohort(cohort, by=hr, on=TODAY)
    cohort.refresh_from_db()
    assert cohort.closed_on is None
    assert len(into(cohort, EmployeeFactory())) == 1
    Cohort.objects.filter(pk=cohort.pk).update(closed_on=TODAY)
    with pytest.raises(ValidationError) as refused:
        reopen_cohort(cohort, by=hr, on=cohort.start_date)
    assert code_of(refused) == "cohort_started"
