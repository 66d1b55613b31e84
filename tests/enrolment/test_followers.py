"""What stands behind a programme moves with it: near moves by themselves, far ones when HR says yes (design.md)."""

from datetime import date, timedelta
from typing import Any

import pytest

from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.calendar import people_due
from enrolment.rules import say
from people.models import Employee, Notice, Policy, User
from programmes.models import Cohort
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
CODES = ("ai-leadership-literacy", "ai-governance", "ai-transformation", "ai-practitioner")
DAY = timedelta(1)
END = TODAY + 17 * DAY  # of the first


@pytest.fixture
def hr() -> User:
    """Somebody who decides."""
    return UserFactory(is_hr=True)


@pytest.fixture
def ada() -> Employee:
    """Somebody on a unit until END, with the next two behind it."""
    person = EmployeeFactory(given_names="Ada")
    first = Wish(person, programme(CODES[0]), TODAY - 10 * DAY, END)
    second = Wish(person, programme(CODES[1]), behind=first)
    third = Wish(person, programme(CODES[2]), behind=second)
    assert all(outcome.is_done for outcome in enrol([first, second, third], by=None, on=TODAY))
    return person


def starts(person: Employee) -> list[date | str | None]:
    """When each of the path begins, in its order; how it stands where it has no dates."""
    rows = Enrolment.objects.filter(employee=person).order_by("id")
    return [row.start_date or str(row.status) for row in rows]


def first_of(person: Employee) -> Enrolment:
    """What the others stand behind."""
    return Enrolment.objects.filter(employee=person).earliest("id")


def test_a_path_is_planned_at_once(ada: Employee) -> None:
    """Each starts the day after the one before it ended."""
    assert starts(ada) == [TODAY - 10 * DAY, END + DAY, END + 29 * DAY]
    names = [row.follows and row.follows.programme.code for row in Enrolment.objects.order_by("id")]
    assert names == [None, CODES[0], CODES[1]]


CHANGES: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("extend", {"planned_end_date": END + 5 * DAY}, [END + 6 * DAY, END + 34 * DAY]),
    ("extend", {"planned_end_date": END + 14 * DAY}, [END + 15 * DAY, END + 43 * DAY]),
    ("extend", {"planned_end_date": END + 15 * DAY}, ["queued", "queued"]),
    ("shorten", {"planned_end_date": END - 4 * DAY}, [END - 3 * DAY, END + 25 * DAY]),
    ("complete", {"ended_on": TODAY}, ["queued", "queued"]),
    ("withdraw", {"ended_on": TODAY - DAY}, ["queued", "queued"]),
]


@pytest.mark.parametrize(("name", "how", "expected"), CHANGES)
def test_whatever_happens_to_the_first(
    ada: Employee, hr: User, name: str, how: dict[str, Any], expected: list[Any]
) -> None:
    """Up to fourteen days it moves both ways, with one notice; further it waits for HR, with the dates proposed."""
    Notice.objects.all().delete()
    (outcome,) = getattr(changes, name)([first_of(ada)], by=hr, on=TODAY, reason="So be it.", push=True, **how)
    assert outcome.is_done, outcome.refusal
    assert starts(ada)[1:] == expected
    assert Notice.objects.filter(kind__in=["moved", "queued"]).count() == 2


def test_without_the_editors_word_nothing_is_pushed(ada: Employee, hr: User) -> None:
    """Bulk, import and API never push: they are refused with the plan in the way."""
    (outcome,) = changes.extend([first_of(ada)], planned_end_date=END + 5 * DAY, by=hr, on=TODAY)
    assert outcome.refusal
    assert outcome.refusal.code == "clash"
    assert starts(ada) == [TODAY - 10 * DAY, END + DAY, END + 29 * DAY]


def test_an_overrun_takes_the_dates_and_closing_gives_near_ones_back(ada: Employee, hr: User) -> None:
    """Open-ended: no date can be given. Closed three days late: the same path, three days later."""
    late = END + 3 * DAY
    enforce([ada.pk], on=END + DAY)
    assert starts(ada)[1:] == ["queued", "queued"]
    changes.complete([first_of(ada)], ended_on=late, by=hr, on=late)
    assert starts(ada)[1:] == [late + DAY, late + 29 * DAY]


def test_a_far_move_is_proposed_and_said_yes_to(ada: Employee, hr: User) -> None:
    """It holds neither days nor a seat until then, and is judged again."""
    changes.extend([first_of(ada)], planned_end_date=END + 20 * DAY, by=hr, on=TODAY, push=True)
    second = Enrolment.objects.get(programme=programme(CODES[1]))
    assert (second.status, second.held) == (S.QUEUED, None)
    assert (second.proposed_start_date, second.proposed_end_date) == (END + 21 * DAY, END + 48 * DAY)
    between = Wish(ada, programme(CODES[3]), END + 25 * DAY, END + 400 * DAY)
    assert enrol([between], by=hr, on=TODAY)[0].is_done
    yes = Wish(ada, second.programme, enrolment=second)
    (outcome,) = plan([yes], by=hr, on=TODAY)
    assert outcome.refusal
    assert outcome.refusal.code == "clash"
    changes.cancel([Enrolment.objects.get(programme=programme(CODES[3]))], by=hr, on=TODAY, reason="No.")
    assert plan([yes], by=hr, on=TODAY)[0].is_done
    second.refresh_from_db()
    assert (second.status, second.start_date, second.proposed_start_date) == (S.PLANNED, END + 21 * DAY, None)


def test_after_the_yes_it_still_follows(ada: Employee, hr: User) -> None:
    """The path stays a path: what was agreed to moves back with what it stands behind."""
    changes.extend([first_of(ada)], planned_end_date=END + 20 * DAY, by=hr, on=TODAY, push=True)
    for code in CODES[1:3]:
        proposed = Enrolment.objects.get(programme=programme(code))
        assert plan([Wish(ada, proposed.programme, enrolment=proposed)], by=hr, on=TODAY)[0].is_done
    names = [row.follows and row.follows.programme.code for row in Enrolment.objects.order_by("id")]
    assert names == [None, CODES[0], CODES[1]]
    changes.shorten([first_of(ada)], planned_end_date=END + 10 * DAY, by=hr, on=TODAY, push=True)
    assert starts(ada)[1:] == [END + 11 * DAY, END + 39 * DAY]


def test_other_dates_than_those_proposed_are_its_own(ada: Employee, hr: User) -> None:
    """Whoever is given days by hand goes alone."""
    changes.extend([first_of(ada)], planned_end_date=END + 20 * DAY, by=hr, on=TODAY, push=True)
    second = Enrolment.objects.get(programme=programme(CODES[1]))
    own = Wish(ada, second.programme, END + 30 * DAY, END + 57 * DAY, enrolment=second)
    assert plan([own], by=hr, on=TODAY)[0].is_done
    second.refresh_from_db()
    assert (second.start_date, second.follows) == (END + 30 * DAY, None)


def test_a_break_without_a_return_takes_the_dates(hr: User) -> None:
    """Paused, nobody knows until when: what follows waits; with the return the dates come back."""
    person = EmployeeFactory()
    long = Wish(person, programme(CODES[3]), TODAY - 10 * DAY, TODAY + 299 * DAY)
    enrol([long, Wish(person, programme(CODES[0]), behind=long)], by=hr, on=TODAY)
    paused = first_of(person)
    nothing: dict[str, Any] = {"return_on": None, "planned_end_date": None}
    (refused,) = changes.begin_break([paused], by=hr, on=TODAY, reason="Ill.", **nothing)
    assert refused.refusal
    assert refused.refusal.code == "clash"
    assert changes.begin_break([paused], by=hr, on=TODAY, reason="Ill.", push=True, **nothing)[0].is_done
    assert starts(person)[1] == "queued"
    back: dict[str, Any] = {"return_on": TODAY + 9 * DAY, "planned_end_date": TODAY + 308 * DAY}
    assert changes.state_return([paused], by=hr, on=TODAY, **back)[0].is_done
    assert starts(person)[1] == TODAY + 309 * DAY


def test_anything_else_moves_only_out_of_the_way_and_only_later(hr: User) -> None:
    """A plan that follows nobody keeps its dates when there is more room before it."""
    person = EmployeeFactory()
    wishes = [
        Wish(person, programme(CODES[0]), TODAY - 10 * DAY, END),
        Wish(person, programme(CODES[1]), END + 5 * DAY, END + 32 * DAY),
    ]
    enrol(wishes, by=hr, on=TODAY)
    assert changes.shorten([first_of(person)], planned_end_date=END - 9 * DAY, by=hr, on=TODAY, push=True)[0].is_done
    assert starts(person)[1] == END + 5 * DAY
    assert changes.extend([first_of(person)], planned_end_date=END + 7 * DAY, by=hr, on=TODAY, push=True)[0].is_done
    assert starts(person)[1] == END + 8 * DAY


def test_a_follower_in_a_cohort_gets_the_next_cohort_with_a_seat(hr: User) -> None:
    """Its old seat is released at once."""
    unit = programme(CODES[1])
    soon = CohortFactory(programme=unit, start_date=END + DAY, planned_end_date=END + 28 * DAY, seats=1)
    full = CohortFactory(programme=unit, start_date=END + 6 * DAY, planned_end_date=END + 33 * DAY, seats=1)
    later = CohortFactory(programme=unit, start_date=END + 8 * DAY, planned_end_date=END + 35 * DAY, seats=1)
    enrol([Wish(EmployeeFactory(), unit, cohort=full)], by=hr, on=TODAY)
    person = EmployeeFactory()
    first = Wish(person, programme(CODES[0]), TODAY - 10 * DAY, END)
    enrol([first, Wish(person, unit, behind=first, in_cohort=True)], by=hr, on=TODAY)
    follower = Enrolment.objects.get(employee=person, programme=unit)
    assert follower.cohort == soon
    assert changes.extend([first_of(person)], planned_end_date=END + 2 * DAY, by=hr, on=TODAY, push=True)[0].is_done
    follower.refresh_from_db()
    assert (follower.cohort, follower.start_date, follower.status) == (later, later.start_date, S.PLANNED)
    assert not Enrolment.objects.filter(seat__cohort=soon).exists()


def test_how_far_is_the_organisations_to_say(ada: Employee, hr: User) -> None:
    """The fourteen days are a setting."""
    Policy.objects.filter(pk=1).update(follower_days=3)
    changes.extend([first_of(ada)], planned_end_date=END + 5 * DAY, by=hr, on=TODAY, push=True)
    assert starts(ada)[1:] == ["queued", "queued"]


def test_the_calendar_gives_dates_once_they_can_be_given(hr: User) -> None:
    """Queued behind what has no end; closed by somebody, and swept up by the next run if need be."""
    person = EmployeeFactory()
    first = Wish(person, programme(CODES[0]), TODAY - 30 * DAY, TODAY - 3 * DAY)
    enrol([first, Wish(person, programme(CODES[1]), behind=first)], by=hr, on=TODAY)
    assert starts(person)[1] == "queued"
    Enrolment.objects.filter(pk=first_of(person).pk).update(status=S.COMPLETED, ended_on=TODAY)  # past the actions
    enforce([person.pk], on=TODAY + DAY)
    assert starts(person)[1] == TODAY + 2 * DAY


def test_queued_behind_a_known_end_the_dates_come_at_once(hr: User) -> None:
    """Near its old dates it is moved; nothing waits for the night."""
    person = EmployeeFactory()
    first = Wish(person, programme(CODES[0]), TODAY - 10 * DAY, END)
    second = Wish(person, programme(CODES[1]), END + 5 * DAY, END + 32 * DAY)
    enrol([first, second], by=hr, on=TODAY)
    record = Enrolment.objects.get(programme=programme(CODES[1]))
    assert changes.queue([record], behind=first_of(person), by=hr, on=TODAY)[0].is_done
    record.refresh_from_db()
    assert (record.status, record.start_date, record.follows) == (S.PLANNED, END + DAY, first_of(person))


def test_a_proposal_leaves_time_to_answer_and_is_not_told_again(hr: User) -> None:
    """Nobody says yes: a week later other dates are proposed, and the learner, who knows, hears nothing new."""
    person = EmployeeFactory()
    first = Wish(person, programme(CODES[0]), TODAY - 10 * DAY, END + 60 * DAY)
    enrol([first, Wish(person, programme(CODES[1]), behind=first)], by=hr, on=TODAY)
    changes.complete([first_of(person)], ended_on=TODAY, by=hr, on=TODAY)
    record = Enrolment.objects.get(programme=programme(CODES[1]))
    assert (record.status, record.proposed_start_date) == (S.QUEUED, TODAY + 7 * DAY)
    for days in range(1, 9):
        enforce([person.pk], on=TODAY + days * DAY)
    record.refresh_from_db()
    assert record.proposed_start_date == TODAY + 14 * DAY
    assert record.events.filter(move="propose").count() == 2
    assert Notice.objects.filter(kind="queued", employee=person).count() == 1


def test_nothing_is_queued_behind_itself_or_behind_what_follows_it(ada: Employee, hr: User) -> None:
    """Neither could ever get dates."""
    first, second, third = Enrolment.objects.order_by("id")
    for record, behind in ((second, second), (second, third)):
        (outcome,) = changes.queue([record], behind=behind, by=hr, on=TODAY)
        assert outcome.refusal
        assert outcome.refusal.code == "unknown_predecessor"
    assert changes.queue([third], behind=first, by=hr, on=TODAY)[0].is_done


def test_what_somebody_said_yes_to_stays(hr: User) -> None:
    """Only what it follows moves it: a yes to a later day is not taken back because an earlier one was free."""
    person = EmployeeFactory()
    first = Wish(person, programme(CODES[0]), TODAY - 10 * DAY, END + 60 * DAY)
    enrol([first, Wish(person, programme(CODES[1]), behind=first)], by=hr, on=TODAY)
    changes.complete([first_of(person)], ended_on=TODAY, by=hr, on=TODAY)
    record = Enrolment.objects.get(programme=programme(CODES[1]))
    assert plan([Wish(person, record.programme, enrolment=record)], by=hr, on=TODAY)[0].is_done
    enforce([person.pk], on=TODAY + DAY)
    record.refresh_from_db()
    assert (record.status, record.start_date, record.follows) == (S.PLANNED, TODAY + 7 * DAY, first_of(person))


def proposed_in(cohort_on: date, hr: User) -> tuple[Employee, Enrolment, Enrolment]:
    """Somebody on a unit, and behind it a plan that lost its seat: the next cohort is proposed to HR."""
    person, unit = EmployeeFactory(), programme(CODES[1])
    soon = CohortFactory(programme=unit, start_date=END + 5 * DAY, planned_end_date=END + 32 * DAY)
    CohortFactory(programme=unit, start_date=cohort_on, planned_end_date=cohort_on + 27 * DAY)
    first = Wish(person, programme(CODES[0]), TODAY - 10 * DAY, END)
    assert all(o.is_done for o in enrol([first, Wish(person, unit, cohort=soon, behind=first)], by=None, on=TODAY))
    ahead = first_of(person)
    changes.extend([ahead], planned_end_date=END + 10 * DAY, by=hr, on=TODAY, push=True)
    behind = Enrolment.objects.get(employee=person, programme=unit)
    assert (behind.status, behind.proposed_start_date) == (S.QUEUED, cohort_on)
    return person, ahead, behind


def withdrawn(record: Enrolment) -> list[str]:
    """Why each proposal of a plan was withdrawn; it has none now."""
    record.refresh_from_db()
    assert (record.status, record.proposed_start_date, record.proposed_end_date) == (S.QUEUED, None, None)
    return list(record.events.filter(move="unpropose").order_by("id").values_list("reason", flat=True))


def test_a_proposal_that_was_overtaken_is_withdrawn(hr: User) -> None:
    """There is no later cohort: nothing is asked of HR that would be refused; the next night writes nothing again."""
    person, ahead, behind = proposed_in(END + 40 * DAY, hr)
    changes.extend([ahead], planned_end_date=END + 45 * DAY, by=hr, on=TODAY, push=True)
    assert withdrawn(behind) == [f"The proposed dates cannot be had any more, after {ahead.programme.name}."]
    assert enforce([person.pk], on=TODAY + DAY) == []
    assert len(withdrawn(behind)) == 1


def test_a_proposal_whose_start_has_passed_is_withdrawn(hr: User) -> None:
    """Nobody said yes in time, and no later cohort is there."""
    person, _, behind = proposed_in(END + 40 * DAY, hr)
    Cohort.objects.filter(programme=behind.programme).update(start_date=TODAY - DAY)
    Enrolment.objects.filter(pk=behind.pk).update(proposed_start_date=TODAY - DAY)
    assert person.pk in people_due(TODAY)
    enforce([person.pk], on=TODAY)
    assert len(withdrawn(behind)) == 1


def test_a_proposal_in_the_way_of_what_was_enrolled_since_is_withdrawn_with_it(hr: User) -> None:
    """By the action that takes its days, not by the night after it."""
    person, _, behind = proposed_in(END + 40 * DAY, hr)
    days = END + 30 * DAY, END + 300 * DAY
    assert enrol([Wish(person, programme(CODES[3]), *days)], by=hr, on=TODAY)[0].is_done
    enforce([person.pk], on=TODAY)
    assert withdrawn(behind)


def test_a_proposal_behind_something_without_an_end_is_withdrawn(hr: User) -> None:
    person, ahead, behind = proposed_in(END + 40 * DAY, hr)
    enforce([person.pk], on=ahead.planned_end_date + 11 * DAY if ahead.planned_end_date else TODAY)
    ahead.refresh_from_db()
    assert ahead.status == S.OVERDUE
    assert withdrawn(behind)


def test_a_proposal_that_can_still_be_had_stays(hr: User) -> None:
    person, _, behind = proposed_in(END + 40 * DAY, hr)
    enforce([person.pk], on=TODAY + DAY)
    behind.refresh_from_db()
    assert behind.proposed_start_date == END + 40 * DAY
    assert not behind.events.filter(move="unpropose").exists()


def test_what_a_night_planned_is_spoken_of_with_its_days() -> None:
    """The letter of an end names what comes next as the same night left it."""
    person = EmployeeFactory()
    runs = EnrolmentFactory(
        employee=person,
        programme=programme(CODES[0]),
        status=S.ACTIVE,
        start_date=TODAY - 10 * DAY,
        planned_end_date=END,
    )
    waits = EnrolmentFactory(
        employee=person,
        programme=programme(CODES[1]),
        status=S.QUEUED,
        follows=runs,
        start_date=None,
        planned_end_date=None,
    )
    had = {"start_date": END + DAY, "planned_end_date": END + 28 * DAY}
    EnrolmentEvent.objects.create(subject=waits, move="plan", to_status=S.PLANNED, on=TODAY - DAY, **had)
    assert waits in {outcome.subject for outcome in enforce([person.pk], on=TODAY)}
    letter = Notice.objects.get(kind="progression", subject=runs.public_id)
    waits.refresh_from_db()
    assert waits.status == S.PLANNED
    assert f"from {say(waits.start_date)}" in letter.body
