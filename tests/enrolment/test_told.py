"""What HR records of a programme that runs or was to come: the learner hears how it stands, and nothing undone."""

from datetime import timedelta

import pytest

from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.cohorts import promote
from enrolment.actions.progression import Acceptance, accept
from enrolment.models import Enrolment
from enrolment.queries.lapsed import lapsed
from enrolment.queries.statements import open_until, with_facts
from people.actions.settling import hold
from people.clock import now
from people.models import Employee, Notice
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
S = Enrolment.Status


@pytest.fixture
def hr():
    """Somebody in HR."""
    return UserFactory(is_hr=True)


def running(code: str = "ai-practitioner", *, person: Employee | None = None, days: int = 400, **facts) -> Enrolment:
    """Somebody who began a hundred days ago."""
    dates = {"start_date": TODAY - 100 * DAY, "planned_end_date": TODAY + (days - 100) * DAY}
    return EnrolmentFactory(
        employee=person or EmployeeFactory(given_names="Ada"),
        programme=programme(code),
        **{"status": S.ACTIVE, **dates, **facts},
    )


def letters(enrolment: Enrolment, kind: str = "recorded") -> list[Notice]:
    """What was written of it, in order."""
    return list(Notice.objects.filter(subject=enrolment.public_id, kind=kind).order_by("id"))


MOVES = {
    "extended": (
        lambda e, how: changes.extend([e], planned_end_date=TODAY + 330 * DAY, **how),
        "planned to end on 11 May 2027",
    ),
    "shortened": (
        lambda e, how: changes.shorten([e], planned_end_date=TODAY + 290 * DAY, **how),
        "planned to end on 1 April 2027",
    ),
    "paused": (
        lambda e, how: changes.begin_break([e], return_on=TODAY + 30 * DAY, planned_end_date=TODAY + 330 * DAY, **how),
        "You are expected back on 15 July 2026, and its planned last day is 11 May 2027",
    ),
    "paused, nobody knows until when": (
        lambda e, how: changes.begin_break([e], return_on=None, planned_end_date=TODAY + 300 * DAY, **how),
        "The day of your return is not known yet",
    ),
    "withdrawn": (lambda e, how: changes.withdraw([e], ended_on=TODAY - DAY, **how), "ended on 14 June 2026"),
    "never attended": (
        lambda e, how: changes.withdraw([e], ended_on=e.start_date - DAY, **how),
        "HR has recorded that you did not take",
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_the_learner_hears_how_it_stands(hr, name):
    enrolment, (move, words) = running(), MOVES[name]
    (outcome,) = move(enrolment, {"by": hr, "on": TODAY, "reason": "So it is."})
    assert outcome.is_done, outcome.refusal
    (letter,) = letters(enrolment)
    assert (letter.employee, letter.status) == (enrolment.employee, "due")
    assert words in letter.body
    assert lapsed([letter], TODAY) == {}


def test_a_letter_that_was_not_sent_says_the_last_of_it(hr):
    enrolment = running()
    for days in (330, 340):
        end = TODAY + days * DAY
        assert changes.extend([enrolment], planned_end_date=end, by=hr, on=TODAY)[0].is_done
    (letter,) = letters(enrolment)
    assert "21 May 2027" in letter.body


def test_one_that_was_sent_is_followed_by_the_next(hr):
    enrolment = running()
    assert changes.extend([enrolment], planned_end_date=TODAY + 330 * DAY, by=hr, on=TODAY)[0].is_done
    Notice.objects.update(status="sent", sent_at=now())
    assert changes.begin_break(
        [enrolment], return_on=None, planned_end_date=TODAY + 330 * DAY, by=hr, on=TODAY, reason="Ill."
    )[0].is_done
    assert [letter.status for letter in letters(enrolment)] == ["sent", "due"]


def test_who_was_told_today_hears_the_rest_of_the_day_tomorrow_in_one_letter(hr):
    enrolment, other = running(), running()
    assert changes.extend([enrolment], planned_end_date=TODAY + 330 * DAY, by=hr, on=TODAY)[0].is_done
    Notice.objects.update(status="sent", sent_at=now())
    for days in (340, 350):
        end = TODAY + days * DAY
        assert all(each.is_done for each in changes.extend([enrolment, other], planned_end_date=end, by=hr, on=TODAY))
    found = [(letter.status, letter.due_on) for letter in letters(enrolment)]
    assert found == [("sent", TODAY), ("due", TODAY + DAY)]
    assert "31 May 2027" in letters(enrolment)[-1].body
    assert [letter.due_on for letter in letters(other)] == [TODAY]
    later = TODAY + DAY
    assert changes.extend([enrolment], planned_end_date=TODAY + 360 * DAY, by=hr, on=later)[0].is_done
    assert [letter.due_on for letter in letters(enrolment)] == [TODAY, later]
    Notice.objects.filter(status="due").update(status="sent", sent_at=now() + DAY)
    assert changes.extend([enrolment], planned_end_date=TODAY + 370 * DAY, by=hr, on=TODAY + 2 * DAY)[0].is_done
    assert [letter.due_on for letter in letters(enrolment)] == [TODAY, later, TODAY + 2 * DAY]


def test_what_hr_holds_back_stays_held_when_something_else_is_recorded(hr):
    enrolment = running()
    assert changes.extend([enrolment], planned_end_date=TODAY + 330 * DAY, by=hr, on=TODAY)[0].is_done
    hold([letters(enrolment)[0].pk], by=hr, on=TODAY, reason="Wait.")
    assert changes.extend([enrolment], planned_end_date=TODAY + 340 * DAY, by=hr, on=TODAY)[0].is_done
    (letter,) = letters(enrolment)
    assert (letter.status, letter.why) == ("held", "Wait.")
    assert "21 May 2027" in letter.body


@pytest.mark.parametrize("kind", ["recorded", "finished", "promoted"])
def test_what_can_be_confirmed_or_disputed_says_until_which_day(hr, kind):
    enrolment = running("ai-governance", days=105)
    if kind == "recorded":
        assert changes.extend([enrolment], planned_end_date=TODAY + 10 * DAY, by=hr, on=TODAY)[0].is_done
    elif kind == "finished":
        assert changes.complete([enrolment], ended_on=TODAY - DAY, by=hr, on=TODAY)[0].is_done
    else:
        days = {"start_date": TODAY + 200 * DAY, "planned_end_date": TODAY + 230 * DAY}
        cohort = CohortFactory(programme=enrolment.programme, **days)
        waits = {"status": S.WAITING, "start_date": None, "planned_end_date": None, "waiting_since": now()}
        enrolment = EnrolmentFactory(programme=cohort.programme, cohort=cohort, **waits)
        assert promote([cohort], by=None, on=TODAY)[0].is_done
    (letter,) = letters(enrolment, kind)
    assert "on your page by 29 June 2026" in letter.body.replace(", by", " by")
    enrolment.refresh_from_db()
    assert open_until(list(with_facts(Enrolment.objects.filter(pk=enrolment.pk))), on=TODAY) == {
        enrolment.pk: TODAY + 14 * DAY
    }


def test_what_changes_no_fact_asks_for_nothing_that_the_page_does_not_take(hr):
    """A break without a return moves no day on the page: who confirmed long ago has nothing to confirm there."""
    enrolment, end = running(), TODAY + 330 * DAY
    assert changes.extend([enrolment], planned_end_date=end, by=hr, on=TODAY - 60 * DAY)[0].is_done
    Notice.objects.all().delete()
    paused = changes.begin_break([enrolment], return_on=None, planned_end_date=end, reason="Ill.", by=hr, on=TODAY)
    assert paused[0].is_done
    (letter,) = letters(enrolment)
    assert open_until(list(with_facts(Enrolment.objects.filter(pk=enrolment.pk))), on=TODAY) == {}
    assert "If it is not, tell HR" in letter.body


def test_a_manager_is_asked_by_a_day_how_it_ended():
    boss = EmployeeFactory()
    enrolment = running(person=EmployeeFactory(manager=boss), days=100)
    enforce([enrolment.employee_id], on=TODAY + DAY)
    (letter,) = letters(enrolment, "to_close")
    assert (letter.due_on, "tell HR the last day by 19 June 2026" in letter.body) == (TODAY + DAY, True)


def test_what_is_something_else_by_now_is_not_sent(hr):
    enrolment = running()
    assert changes.extend([enrolment], planned_end_date=TODAY + 330 * DAY, by=hr, on=TODAY)[0].is_done
    Enrolment.objects.filter(pk=enrolment.pk).update(planned_end_date=TODAY + 340 * DAY)
    (letter,) = letters(enrolment)
    assert lapsed([letter], TODAY) == {letter.pk: "Something else is recorded by now."}


@pytest.mark.parametrize("was_sent", [True, False])
def test_of_what_is_undone_only_who_was_told_hears(hr, was_sent):
    enrolment = running()
    assert changes.withdraw([enrolment], ended_on=TODAY - DAY, by=hr, on=TODAY, reason="Wrong person.")[0].is_done
    if was_sent:
        Notice.objects.update(status="sent", sent_at=now())
    assert changes.undo([enrolment], by=hr, on=TODAY, at=now())[0].is_done
    found = [(letter.status, letter.headline) for letter in letters(enrolment)]
    ended = "Your time on the AI & Automation Practitioner apprenticeship has ended"
    again = ("due", "Your time on the AI & Automation Practitioner apprenticeship: another last day")
    assert found == ([("sent", ended), again] if was_sent else [("withdrawn", ended)])


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_place_that_is_cancelled_is_called_off_and_given_back_only_to_who_heard(hr, was_sent):
    enrolment = running("ai-governance", status=S.PLANNED, start_date=TODAY + 30 * DAY, days=160)
    assert changes.cancel([enrolment], by=hr, on=TODAY, reason="No room.")[0].is_done
    (letter,) = letters(enrolment, "called_off")
    assert "is called off" in letter.body
    assert "closed" not in letter.body
    if was_sent:
        Notice.objects.update(status="sent", sent_at=now())
    assert changes.undo([enrolment], by=hr, on=TODAY, at=now())[0].is_done
    assert [letter.status for letter in letters(enrolment, "called_off")] == ["sent" if was_sent else "withdrawn"]
    assert [letter.status for letter in letters(enrolment, "enrolled")] == (["due"] if was_sent else [])


def test_who_finishes_hears_in_the_same_transaction_what_comes_next(hr):
    boss = EmployeeFactory()
    enrolment = running("ai-leadership-literacy", person=EmployeeFactory(manager=boss))
    assert changes.complete([enrolment], ended_on=TODAY - DAY, by=hr, on=TODAY)[0].is_done
    assert len(letters(enrolment, "finished")) == 1
    assert [letter.employee for letter in letters(enrolment, "can_start")] == [boss]


def test_what_comes_next_is_not_said_once_it_was_done(hr):
    boss = EmployeeFactory(user=UserFactory())
    learner = UserFactory()
    enrolment = running("ai-leadership-literacy", person=EmployeeFactory(manager=boss, user=learner))
    assert changes.complete([enrolment], ended_on=TODAY - DAY, by=hr, on=TODAY)[0].is_done
    told = [*letters(enrolment, "finished"), *letters(enrolment, "can_start")]
    assert len(told) == 2
    assert lapsed(told, TODAY) == {}
    (yes,) = accept([Acceptance(enrolment, "ai-governance")], by=learner, on=TODAY)
    assert yes.is_done, yes.refusal
    assert set(lapsed(told, TODAY).values()) == {"What comes next is other by now."}
    Notice.objects.filter(pk__in=[each.pk for each in told]).update(status="withdrawn")
    enforce([enrolment.employee_id], on=TODAY)
    again = [*letters(enrolment, "finished"), *letters(enrolment, "can_start")]
    assert [letter.status for letter in again] == ["due", "due"]
    assert "You are nominated for Adopting and Governing AI Systems" in again[0].body
    assert "They are nominated for Adopting and Governing AI Systems" in again[1].body
    assert lapsed(again, TODAY) == {}


def test_a_short_unit_does_not_begin_with_the_letter_of_its_end():
    unit = running("ai-governance", start_date=TODAY, days=127)
    enforce([unit.employee_id], on=TODAY)
    (ends,), (started,) = letters(unit, "progression"), letters(unit, "started")
    assert started.due_on == TODAY
    assert ends.due_on == TODAY + 14 * DAY
    assert ends.about_on == TODAY + 27 * DAY
    long = running(start_date=TODAY - 300 * DAY, days=120)
    enforce([long.employee_id], on=TODAY)
    assert [letter.due_on for letter in letters(long, "progression")] == [TODAY]
